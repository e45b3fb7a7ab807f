"""Slides, tables for LaTeX and TensorBoard's files of a finished run, as a user makes them."""

import io
import re
import struct
import subprocess
import sys

import pandas as pd
import pytest
from PIL import Image
from tensorboardX.proto.event_pb2 import Event
from tensorboardX.proto.plugin_hparams_pb2 import HParamsPluginData

from activation_lab import tables
from activation_lab.analysis.cells import of_study
from activation_lab.commands.tensorboard import EPOCHS, events, folders
from activation_lab.report.latex import escaped
from activation_lab.schemas import TABLES
from conftest import ROOT, environment

KINDS = ("slides", "latex", "tensorboard")


def export(kind, results, out):
    command = [sys.executable, "-W", "error", "-m", "activation_lab", kind]
    command += ["--results", str(results), "--out", str(out)]
    return subprocess.run(
        command, cwd=ROOT, env=environment(), capture_output=True, text=True, check=False
    )


@pytest.fixture(scope="module")
def exported(made, tmp_path_factory):
    """A folder with every export of a finished run."""
    folder = tmp_path_factory.mktemp("exports")
    for kind in KINDS:
        (folder / kind).mkdir()
        (folder / kind / "old").touch()  # of a run before
        done = export(kind, made / "results", folder / kind)
        assert (done.returncode, done.stderr) == (0, "")
    return folder


def files(folder):
    return {
        str(path.relative_to(folder)): path.read_bytes()
        for path in sorted(folder.rglob("*"))
        if path.is_file()
    }


@pytest.mark.parametrize("kind", KINDS)
def test_the_same_run_gives_the_same_bytes(kind, exported, made, tmp_path):
    assert export(kind, made / "results", tmp_path / "again").returncode == 0
    assert files(tmp_path / "again") == files(exported / kind)


def test_slides_are_pictures_and_pages(exported):
    found = files(exported / "slides")
    assert set(found) == {"01-tutorial.png", "02-ten-layer.png", "slides.pdf"}
    pages = found.pop("slides.pdf")
    assert pages.count(b"/Type /Page ") == 2
    assert b"CreationDate" not in pages
    for picture in found.values():
        assert Image.open(io.BytesIO(picture)).size == (1920, 1080)


def test_every_table_of_the_report_is_there_for_latex(exported, made):
    report, _, _ = (
        (made / "results/report.md").read_text().partition("## Where the numbers come from")
    )
    found = {name: text.decode() for name, text in files(exported / "latex").items()}
    assert len(re.findall(r"^\| ---", report, flags=re.MULTILINE)) == len(found)
    assert {"claims-judged.tex", "tutorial-test-accuracy.tex"} <= set(found)
    shown = re.search(r"\*\*Test accuracy\*\*\n\n(?:\|.*\n){2}((?:\|.*\n)+)", report)[1]
    rows = [line.strip("| ").split(" | ") for line in shown.splitlines()]
    assert len(rows) == 2
    for row in rows:
        line = " & ".join(map(escaped, row))
        assert f"\n{line} \\\\\n" in found["tutorial-test-accuracy.tex"]
    for name, text in found.items():
        assert f"\\label{{tab:{name.removesuffix('.tex')}}}" in text


def records(path):
    """Return the records of an event file, each checked against its checksums."""
    data, at, found = path.read_bytes(), 0, []
    while at < len(data):
        (size,) = struct.unpack_from("<Q", data, at)
        body = data[at + 12 : at + 12 + size]
        assert struct.unpack_from("<I", data, at + 8)[0] == masked(data[at : at + 8])
        assert struct.unpack_from("<I", data, at + 12 + size)[0] == masked(body)
        found.append(Event.FromString(body))
        at += 16 + size
    return found


def masked(data):
    """Return the checksum of a record: CRC-32C, turned by 15 bits and moved."""
    crc = 0xFFFFFFFF
    for byte in data:
        crc ^= byte
        for _ in range(8):
            crc = (crc >> 1) ^ (0x82F63B78 * (crc & 1))
    crc ^= 0xFFFFFFFF
    return (((crc >> 15) | (crc << 17)) + 0xA282EAD8) & 0xFFFFFFFF


def test_tensorboard_sees_what_the_tables_have(exported, made):
    found = of_study("tutorial", made / "results/tables")
    paths = sorted((exported / "tensorboard").rglob("*tfevents*"))
    runs = found["runs"].query("epochs > 0").set_index(["label", "seed"])
    assert len(paths) == len(runs) == 4
    for path in paths:
        label, seed = path.parts[-3], int(path.parts[-2].removeprefix("seed-"))
        first, *others = records(path)
        assert first.file_version == "brain.Event:2"
        rows = [
            (value.tag, event.step, value.simple_value)
            for event in others
            for value in event.summary.value
            if not value.tag.startswith("_hparams_")
        ]
        own = found["metrics"].query("label == @label and seed == @seed")
        expected = [
            (f"{name}/{part}", row["epoch"], row[f"{prefix}_{name}"])
            for _, row in own.iterrows()
            for name in ("accuracy", "loss")
            for part, prefix in (("training", "train"), ("validation", "val"))
        ]
        run = runs.loc[(label, seed)]
        expected += [
            (f"{name}/test", run["best_epoch"], run[f"test_{name}"])
            for name in ("accuracy", "loss")
        ]
        assert [row[:2] for row in rows] == [row[:2] for row in expected]
        assert [row[2] for row in rows] == pytest.approx([row[2] for row in expected])
        assert all(event.wall_time == event.step for event in others)


def test_tensorboard_knows_the_settings_of_a_run(exported):
    path = next((exported / "tensorboard/tutorial/relu/seed-43").iterdir())
    told = {}
    for event in records(path):
        for value in event.summary.value:
            content = HParamsPluginData.FromString(value.metadata.plugin_data.content)
            told |= dict(content.session_start_info.hparams)
    assert told["activation"].string_value == "relu"
    assert told["learning_rate"].number_value == 0.01
    assert (told["seed"].number_value, told["epochs"].number_value) == (43, 2)


def test_what_a_run_does_not_have_is_left_out():
    """A run that diverged in its first epoch has no epoch, and no best one."""
    run = {"best_epoch": 0, "test_accuracy": 0.1, "test_loss": float("nan")}
    epochs = pd.DataFrame({"epoch": [1], **{name: [float("nan")] for name in EPOCHS.values()}})
    made = list(events({"activation": "relu", "patience": pd.NA}, epochs, run))
    assert [value.tag for event in made for value in event.summary.value][3:] == ["accuracy/test"]


def test_cells_whose_labels_are_alike_in_paths_have_folders_of_their_own():
    shown = pd.DataFrame(
        {
            "study": ["one", "one", "one", "two"],
            "label": ["slope 0.1", "slope -0.1", "slope 1", "slope 0.1"],
            "settings_id": ["a", "b", "c", "d"],
        }
    )
    assert folders(shown).tolist() == ["slope-0-1-a", "slope-0-1-b", "slope-1", "slope-0-1"]


@pytest.mark.parametrize("kind", KINDS)
def test_without_a_finished_run_one_sentence_says_so(kind, project, tmp_path):
    out = tmp_path / "out"
    none = export(kind, tmp_path, out)
    (project / "results/tables/runs.parquet").unlink()
    part = export(kind, project / "results", out)
    for done, said in ((none, "There are no tables in"), (part, "runs.parquet")):
        assert done.returncode == 1
        assert done.stderr.startswith("Error: ")
        assert said in done.stderr
        assert len(done.stderr.splitlines()) == 1
    assert not out.exists()


def test_a_study_that_a_run_does_not_have_yet_is_left_out(project, tmp_path):
    """As in `results/so-far`, whose config has more studies than results."""
    path = project / "results/tables/cells.parquet"
    shown = tables.load("cells", path.parent)
    kept = tables.from_pandas(TABLES["cells"], shown[shown["study"] == "tutorial"])
    tables.write(TABLES["cells"], kept, path)
    assert export("slides", project / "results", tmp_path / "out").returncode == 0
    assert set(files(tmp_path / "out")) == {"01-tutorial.png", "slides.pdf"}
