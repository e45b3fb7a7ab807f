"""The pipeline as a user runs it: snakemake itself, on real data, with a small config."""

import errno
import json
import os
import re
import signal
import subprocess
import sys
import time
import zipfile

import pyarrow as pa
import pytest

from activation_lab import tables
from activation_lab.analysis.cells import with_cells
from activation_lab.schemas import OPTIONAL_TABLES, TABLES
from activation_lab.schemas.runs import TRAINED_TABLES
from conftest import (
    all_tables,
    copy_project,
    edit,
    environment,
    job_of,
    planned,
    snakemake,
    start_snakemake,
)


def test_a_run_makes_every_table_figure_and_report(made):
    tables_made = {path.removesuffix(".parquet") for path in all_tables(made)}
    assert tables_made == set(TABLES) - set(OPTIONAL_TABLES)
    runs = tables.load("runs", made / "results/tables")
    shown = with_cells(runs, tables.load("cells", made / "results/tables"))
    assert shown.groupby(["study", "cell"])["seed"].apply(list).to_dict() == {
        ("tutorial", "relu"): [42, 43],
        ("tutorial", "sigmoid"): [42, 43],
        ("ten-layer", "relu"): [42],
    }
    assert len(runs) == 4 + 5  # each trained network is measured before training too
    figures = {
        str(path.relative_to(made / "results/figures")) for path in made.glob("results/**/*.svg")
    }
    assert {
        "samples-fashion-mnist.svg",
        "tutorial/accuracy.svg",
        "ten-layer/gradients.svg",
    } <= figures
    assert "ten-layer/accuracy.svg" not in figures
    record = json.loads((job_of(made, "relu") / "job.json").read_text())
    assert record["threads"] == 1
    assert record["job"]["seeds"] == [42]


def test_snakemakes_own_report_shows_figures_with_captions(made, tmp_path):
    snakemake(made, "--report", str(tmp_path / "provenance.zip"))
    with zipfile.ZipFile(tmp_path / "provenance.zip") as archive:
        names = {name.rsplit("/", 1)[1] for name in archive.namelist()}
        text = archive.read("provenance/report.html").decode()
    assert {"report.html", "accuracy.svg", "samples-fashion-mnist.svg"} <= names
    for said in (
        "Figures",
        "ten-layer",
        "the first training examples of each class of fashion-mnist",
        "Each small mark is one run",
    ):
        assert said.casefold() in text.casefold()


def test_the_report_links_what_is_there_and_the_page_stands_alone(made):
    text = (made / "results/report.md").read_text()
    links = re.findall(r"!\[.*?\]\((.*?)\)", text)
    assert len(links) > 8
    assert all((made / "results" / link).is_file() for link in links)
    page = (made / "results/report.html").read_text()
    assert page.count('role="img"') == len(links) + page.count('class="thumbnail"')
    sources = re.findall(r'(?:src|href)="([^#][^"]{0,40})', page)
    assert all(source.startswith("data:image/png;base64,") for source in sources)
    referred = set(re.findall(r'(?:href="|url\()#([\w-]+)', page))
    assert referred <= set(re.findall(r' id="([^"]*)"', page))


def test_no_table_tells_time_or_host(made):
    for name in set(TABLES) - set(OPTIONAL_TABLES):
        table = tables.read(name, made / f"results/tables/{name}.parquet")
        assert table.schema.metadata is None
        assert not [field.name for field in table.schema if pa.types.is_temporal(field.type)]
        assert not {"host", "date", "seconds", "device"} & set(table.schema.names)


def so_far(folder):
    """Run the command that writes a report of the jobs that are done."""
    command = [sys.executable, "-m", "activation_lab", "report-so-far", "config.yaml", "tiny.yaml"]
    path = {"PYTHONPATH": str(folder / "workflow")}
    return subprocess.run(
        command, cwd=folder, env=environment() | path, capture_output=True, text=True, check=False
    )


def test_a_report_shows_what_is_done_so_far(project):
    before = (project / "results/report.md").read_text()
    for job in (job_of(project, "relu"), *project.glob("results/untrained/*/sigmoid/1")):
        for record in (job / "job.json", job / "jobs.json"):
            record.unlink(missing_ok=True)
    done = so_far(project)
    assert done.returncode == 0, done.stderr
    assert "The report so far, of 4 of 6 jobs: results/so-far/report.html" in done.stdout
    told = (project / "results/so-far/report.md").read_text()
    assert "**This report is unfinished:** 4 of 6 jobs are done." in told
    assert "This report is unfinished:" in (project / "results/so-far/report.html").read_text()
    assert "What others claim" not in told
    cells = tables.load("cells", project / "results/so-far/tables").set_index(["study", "cell"])
    assert cells["seeds"].apply(list).to_dict() == {
        ("tutorial", "relu"): [43],
        ("tutorial", "sigmoid"): [42, 43],
        ("ten-layer", "relu"): [42],
    }
    links = re.findall(r"\]\((figures/[^)]+)\)", told)
    assert links
    assert all((project / "results/so-far" / link).is_file() for link in links)
    assert (project / "results/report.md").read_text() == before


def test_a_report_so_far_of_everything_is_the_report_without_verdicts(project):
    assert "of 6 of 6 jobs" in so_far(project).stdout
    told = (project / "results/so-far/report.md").read_text()
    assert "unfinished" not in told
    name = "summary.parquet"
    there, here = (project / "results" / part / name for part in ("tables", "so-far/tables"))
    assert there.read_bytes() == here.read_bytes()


def test_a_report_so_far_needs_a_job_that_is_done(tmp_path, raw):
    folder = copy_project(tmp_path / "nothing", raw)
    done = so_far(folder)
    assert done.returncode == 1
    assert done.stderr.strip().endswith("`make status` says how far each is.")
    assert "Traceback" not in done.stderr


def test_one_core_gives_the_same_bytes_as_two(made, tmp_path, raw):
    folder = copy_project(tmp_path / "one", raw)
    snakemake(folder, "--cores", "1")
    assert all_tables(folder) == all_tables(made)


def test_killed_with_its_jobs_it_goes_on_and_ends_in_the_same_bytes(made, tmp_path, raw):
    folder = copy_project(tmp_path / "killed", raw)
    process = start_snakemake(folder)
    deadline = time.monotonic() + 300
    logs = []
    while not any("epoch 1 " in log.read_text() for log in logs) and time.monotonic() < deadline:
        time.sleep(0.05)
        logs = list(folder.glob("results/runs/**/train.log"))
    os.killpg(process.pid, signal.SIGKILL)
    process.wait()
    assert not (folder / "results/report.md").exists()
    snakemake(folder)
    assert all_tables(folder) == all_tables(made)


def start_training(made, raw, out, seconds="0"):
    """Start one of the run's jobs alone, with more epochs."""
    record = json.loads((job_of(made, "relu") / "job.json").read_text())
    job = {**record["job"], "settings": {**record["job"]["settings"], "epochs": 12}}
    out.mkdir(exist_ok=True)
    command = ["python", "-m", "activation_lab", "train", "--job", json.dumps(job)]
    command += ["--data", str(raw), "--device", "cpu", "--runs", str(out), "--out", str(out)]
    return subprocess.Popen(
        [*command, "--checkpoint-seconds", seconds],
        cwd=made,
        env={**environment(), "PYTHONPATH": "workflow"},
        stderr=subprocess.PIPE,
        text=True,
    )


@pytest.fixture(scope="module")
def unharmed(made, tmp_path_factory, raw):
    """The tables of the job that was left alone."""
    out = tmp_path_factory.mktemp("job") / "whole"
    with start_training(made, raw, out) as whole:
        whole.communicate()
    assert whole.returncode == 0
    tables = {path.name: path.read_bytes() for path in out.glob("*.parquet")}
    assert len(tables) == len(TRAINED_TABLES)
    return tables


# SIGKILL finds a checkpoint that was written in time; at SIGTERM it is written, and ends the job.
ENDINGS = [
    (signal.SIGKILL, "0", -signal.SIGKILL, ".*epoch"),
    (signal.SIGTERM, "1e9", 1, r"Error: ended by SIGTERM after epoch \d+; the next run resumes"),
]


@pytest.mark.parametrize(("number", "seconds", "code", "last"), ENDINGS, ids=["SIGKILL", "SIGTERM"])
def test_a_job_killed_in_training_resumes_to_the_same_bytes(
    made, unharmed, tmp_path, raw, number, seconds, code, last
):
    with start_training(made, raw, tmp_path, seconds) as killed:
        for line in killed.stderr:
            if "epoch 4 " in line:
                break
        killed.send_signal(number)
        said = [line, *killed.communicate()[1].splitlines()]
    assert killed.returncode == code
    assert re.match(last, said[-1])
    left = {path.name for path in tmp_path.iterdir()}
    # SIGKILL may come while the next checkpoint is written.
    whole = {
        name for name in left if number == signal.SIGTERM or not name.startswith(".checkpoint.pt.")
    }
    assert whole == {"checkpoint.pt", "progress.json"}
    (tmp_path / ".checkpoint.pt.123").touch()  # as a kill while writing leaves it

    (made / ".snakemake/activation-lab.lock").unlink(missing_ok=True)  # started by hand
    with start_training(made, raw, tmp_path) as again:
        assert "Resumed from the checkpoint of epoch" in again.communicate()[1]
    assert again.returncode == 0
    assert {path.name: path.read_bytes() for path in tmp_path.glob("*.parquet")} == unharmed
    assert not list(tmp_path.glob("*checkpoint*"))
    assert json.loads((tmp_path / "job.json").read_text())["resumed"] == 1


def test_a_bad_config_stops_before_any_job_with_every_mistake(tmp_path, raw):
    folder = copy_project(tmp_path / "bad", raw)
    edit(folder / "tiny.yaml", "[relu, sigmoid]", "[rellu, sigmoid]")
    edit(folder / "tiny.yaml", "epochs: 2", "epoch: 2")
    done = snakemake(folder, check=False)
    assert done.returncode != 0
    assert "rellu is not an activation; did you mean relu?" in done.stderr
    assert "settings.epoch = 2: unknown key; did you mean epochs?" in done.stderr
    assert "No job was started." in done.stderr
    assert "Traceback" not in done.stderr
    assert not list(folder.glob("results/runs/**/*"))


def test_two_at_once_in_one_folder_are_kept_apart(project):
    from activation_lab.pipeline.lock import hold

    lock = project / ".snakemake/activation-lab.lock"
    (project / "results/report.md").unlink()
    with hold(lock):
        done = snakemake(project, check=False)
        assert done.returncode != 0
        assert "Another snakemake is at work in" in done.stderr.splitlines()[-1]
        assert "File " not in done.stderr  # where in our code it was found out
        assert planned(project) == {"report": 1}  # to look is allowed
    snakemake(project)
    assert (project / "results/report.md").exists()


def test_a_file_system_without_locks_is_named_and_no_obstacle(tmp_path, monkeypatch, capsys):
    from activation_lab.pipeline import lock

    def refuse(*_):
        raise OSError(errno.ENOSYS, "Function not implemented")

    monkeypatch.setattr(lock.fcntl, "flock", refuse)
    lock.hold(tmp_path / "lock").close()
    assert "This file system has no locks" in capsys.readouterr().err
