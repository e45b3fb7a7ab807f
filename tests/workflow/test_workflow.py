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
from activation_lab.schemas import TABLES, TRAINED_TABLES
from conftest import (
    ROOT,
    all_tables,
    copy_project,
    edit,
    environment,
    job_of,
    planned,
    snakemake,
    start_snakemake,
)

# Of tiny.yaml: two activations × two seeds train; untrained networks are a batch for each activation.
JOBS, BATCHES = 4, 2
MADE = {"train": JOBS, "untrained": BATCHES}
FOLLOWS = {"collect": 1, "analyse": 1, "claims": 1, "figures": 2, "report": 1}


def test_a_run_makes_every_table_figure_and_report(made):
    assert {path.removesuffix(".parquet") for path in all_tables(made)} == set(TABLES)
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
        "the first four training examples",
        "Each small mark is one run",
    ):
        assert said.casefold() in text.casefold()


def test_the_report_links_what_is_there_and_the_page_stands_alone(made):
    text = (made / "results/report.md").read_text()
    links = re.findall(r"!\[.*?\]\((.*?)\)", text)
    assert len(links) > 8
    assert all((made / "results" / link).is_file() for link in links)
    page = (made / "results/report.html").read_text()
    sources = re.findall(r'(?:src|href)="([^#][^"]{0,40})', page)
    assert len(sources) == len(links)
    assert all(source.startswith("data:image/svg+xml;base64,") for source in sources)


def test_no_table_tells_time_or_host(made):
    for name in TABLES:
        table = tables.read(name, made / f"results/tables/{name}.parquet")
        assert table.schema.metadata is None
        assert not [field.name for field in table.schema if pa.types.is_temporal(field.type)]
        assert not {"host", "date", "seconds", "device"} & set(table.schema.names)


# What must hold: a change → what runs again. The figures' package is imported by the sample images.
DRAWN = {"figures": 2, "samples": 1, "report": 1}
THEORY = {"theory": BATCHES}
TRAIN = {**MADE, **THEORY, **FOLLOWS}


def append(*modules):
    """A change of the code of these modules."""

    def change(project):
        for name in modules:
            with (project / "workflow/activation_lab" / name).open("a") as file:
                file.write("\nCHANGED = True\n")
        return ()

    change.__name__ = modules[0]
    return change


def comments_and_docstrings(project):
    """They mean nothing to a result, in no module."""
    for path in project.glob("workflow/activation_lab/**/*.py"):
        text = path.read_text()
        path.write_text(text.replace('"""', '"""Reworded. ', 1) + "\n# Why this is so.\n")
    return ()


PACKAGE = "workflow/activation_lab"


def reworded_message(project):
    """Of code that every job runs."""
    edit(project / PACKAGE / "training/process.py", "Too little memory for", "There is no room for")
    return ()


def reworded_column(project):
    edit(project / PACKAGE / "measures/gradients.py", "Largest absolute value", "Greatest size")
    return ()


def new_activation_in_the_catalogue(project):
    entry = 'ACTIVATIONS: dict[str, Entry] = {\n    "mine": Entry("torch.nn:ReLU6"),'
    edit(project / PACKAGE / "activations/catalogue.py", "ACTIVATIONS: dict[str, Entry] = {", entry)
    return ()


def new_initialisation(project):
    registry = "INITIALISATIONS: dict[str, Initialisation] = {"
    entry = '\n    "mine": Initialisation(lambda n, m: 2.0, zero, normal(2.0)),'
    edit(project / PACKAGE / "initialisations.py", registry, registry + entry)
    return ()


def new_dataset(project):
    folder = project / PACKAGE / "datasets"
    text = (folder / "fashion_mnist.py").read_text()
    (folder / "mine.py").write_text(text.replace('name="fashion-mnist"', 'name="mine"'))
    registry = "DATASETS: dict[str, Dataset] = {"
    line = "from activation_lab.datasets.mine import FASHION_MNIST as MINE\n"
    edit(folder / "__init__.py", registry, f'{line}\n{registry}\n    "mine": MINE,')
    return ()


def new_network_family(project):
    folder = project / PACKAGE / "networks"
    text = (folder / "mlp.py").read_text()
    (folder / "mine.py").write_text(text.replace('["mlp"] = "mlp"', '["mine"] = "mine"'))
    registry = "FAMILIES: dict[str, type[Network]] = {"
    line = "from activation_lab.networks.mine import MLP as Mine\n"
    edit(folder / "__init__.py", registry, f'{line}\n{registry}\n    "mine": Mine,')
    return ()


def nothing(project):
    return ()


def touched_sources(project):
    """A git checkout of the same content gives every file a new time."""
    for path in [*project.glob("workflow/**/*"), project / "Snakefile", project / "config.yaml"]:
        if path.is_file():
            os.utime(path)
    return ()


def edited_and_restored(project):
    path = project / "workflow/activation_lab/measures/neurons.py"
    text = path.read_text()
    path.write_text(text + "\nCHANGED = True\n")
    path.write_text(text)
    return ()


def template_of_the_report(project):
    with (project / "workflow/report/report.md.j2").open("a") as file:
        file.write("\nThe end.\n")
    return ()


def deleted_report(project):
    (project / "results/report.html").unlink()
    return ()


def setting_of_one_study(project):
    edit(project / "tiny.yaml", "network: [16, 16, 8]", "network: [16, 16, 4]")
    return ()


def setting_of_the_other_study(project):
    edit(project / "tiny.yaml", "seeds: [42, 43]", "seeds: [42, 43]\n    settings: {momentum: 0.5}")
    return ()


def one_more_activation(project):
    edit(project / "tiny.yaml", "[relu, sigmoid]", "[relu, sigmoid, elu]")
    return ()


def one_more_learning_rate(project):
    """A new axis renames the study's cells; the runs of 0.01 are there already."""
    edit(project / "tiny.yaml", "vary:\n", "vary:\n      learning_rate: [0.01, 0.1]\n")
    return ()


def one_more_seed(project):
    edit(project / "tiny.yaml", "seeds: [42, 43]", "seeds: [42, 43, 44]")
    return ()


def own_activation(project):
    """One's own activation trains its own networks."""
    (project / "mine.py").write_text("def half(x):\n    return x.relu() / 2\n")
    edit(project / "tiny.yaml", "[relu, sigmoid]", '[relu, sigmoid, "mine:half"]')
    return ()


def another_data_folder(project):
    return ("--config", 'data={"folder": "/somewhere/else"}')


def more_cores(project):
    return ("--cores", "4")


RERUNS = [
    (nothing, {}),
    (touched_sources, {}),
    (edited_and_restored, {}),
    (comments_and_docstrings, {}),
    (more_cores, {}),
    (reworded_message, {}),
    (reworded_column, {}),
    (new_activation_in_the_catalogue, {}),
    (new_initialisation, {}),
    (new_dataset, {}),
    (new_network_family, {}),
    (append("measures/neurons.py"), {**MADE, **FOLLOWS}),
    (append("training/fit.py"), {**MADE, **FOLLOWS}),
    (append("commands/train.py"), {"train": JOBS, **FOLLOWS}),
    (append("theory/mean_field.py"), TRAIN),
    (append("theory/predictions.py"), {**THEORY, **FOLLOWS}),
    (append("analysis/statistics.py"), {"analyse": 1, "claims": 1, **DRAWN}),
    (append("analysis/claims/units.py"), {"claims": 1, "report": 1}),
    (append("report/figures/units.py"), DRAWN),
    (append("report/sections.py"), {"report": 1}),
    (append("report/findings/units.py"), {"report": 1}),
    (template_of_the_report, {"report": 1}),
    (deleted_report, {"report": 1}),
    (setting_of_one_study, {"untrained": 1, "theory": 1, **FOLLOWS}),
    (setting_of_the_other_study, {"train": 4, **FOLLOWS}),
    (one_more_activation, {"train": 2, "untrained": 1, "theory": 1, "functions": 1, **FOLLOWS}),
    (one_more_learning_rate, {"train": 4, **FOLLOWS}),
    (one_more_seed, {"train": 2, "untrained": 2, **THEORY, **FOLLOWS}),
    (own_activation, {"train": 2, "untrained": 1, "theory": 1, "functions": 1, **FOLLOWS}),
    (another_data_folder, FOLLOWS),
]


@pytest.mark.parametrize(
    ("change", "expected"), RERUNS, ids=[change.__name__ for change, _ in RERUNS]
)
def test_what_runs_again(project, change, expected):
    arguments = change(project)
    assert planned(project, *arguments) == expected


def test_a_deleted_report_comes_back_without_training(project):
    before = {path: path.stat().st_mtime_ns for path in project.glob("results/runs/**/*.parquet")}
    text = (project / "results/report.md").read_text()
    for name in ("report.md", "report.html"):
        (project / "results" / name).unlink()
    snakemake(project)
    assert (project / "results/report.md").read_text() == text
    assert before == {path: path.stat().st_mtime_ns for path in before}


def test_another_config_goes_on_from_the_runs_of_the_first(project):
    """With results in a folder of its own, it trains and measures only the seed that is new."""
    runs = {path: path.stat().st_mtime_ns for path in project.glob("results/runs/**/*.parquet")}
    one_more_seed(project)
    other = ("--config", "results=results/more")
    expected = {"train": 2, "untrained": 2, **THEORY, "functions": 1, "samples": 1, **FOLLOWS}
    assert planned(project, *other) == expected
    snakemake(project, *other)
    assert runs == {path: path.stat().st_mtime_ns for path in runs}
    assert set(tables.load("runs", project / "results/more/tables")["seed"]) == {42, 43, 44}
    assert set(tables.load("runs", project / "results/tables")["seed"]) == {42, 43}


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
    command += ["--data", str(raw), "--device", "cpu", "--out", str(out)]
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
    assert sorted(path.name for path in tmp_path.iterdir()) == ["checkpoint.pt", "progress.json"]
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
        assert "Another snakemake is at work in" in done.stderr
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


def test_ones_own_activation_reaches_the_report_and_its_edits_are_noticed(project):
    """From a blank file to a row in the report, as the README shows."""
    readme = (ROOT / "README.md").read_text()
    code = re.search(r"# mine\.py\n.*?(?=```)", readme, re.DOTALL)[0]
    (project / "mine.py").write_text(code)
    names = '["mine:Snake", {name: "mine:Snake", frequency: 2}]'
    edit(project / "tiny.yaml", "[relu, sigmoid]", names)
    snakemake(project)
    text = (project / "results/report.md").read_text()
    assert "| `Snake` |" in text
    assert "| `Snake-frequency=2.0` |" in text
    theory = tables.load("theory", project / "results/tables")
    assert {"Snake", "Snake-frequency=2.0"} <= set(theory["activation"])
    assert planned(project) == {}
    edit(project / "mine.py", "torch.sin", "torch.cos")
    expected = {"train": 4, "untrained": 2, "theory": 2, "functions": 1, **FOLLOWS}
    assert planned(project) == expected


def test_ones_own_activation_that_cannot_be_used_stops_before_any_job(project):
    (project / "mine.py").write_text("def broken(x):\n    return x.log()\n")
    edit(project / "tiny.yaml", "[relu, sigmoid]", '["mine:broken"]')
    done = snakemake(project, check=False)
    assert done.returncode != 0
    assert "mine.py): φ is not finite at x = -20" in done.stderr
    assert "No job was started." in done.stderr
    assert "Traceback" not in done.stderr
