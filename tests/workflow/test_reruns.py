"""What runs again after a change, by Snakemake itself."""

import os
import re

import numpy as np
import pytest

from activation_lab import tables
from activation_lab.analysis import cells
from activation_lab.files import checksum, read_json
from conftest import (
    ROOT,
    edit,
    planned,
    snakemake,
)

# Of tiny.yaml: two activations × two seeds train; untrained networks are a batch for each activation.
JOBS, BATCHES = 4, 2
MADE = {"train": JOBS, "untrained": BATCHES}
FOLLOWS = {"collect": 1, "analyse": 1, "claims": 1, "figures": 2, "report": 1}
# The figures' package is imported by the sample images.
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


def tuned_learning_rate(project):
    """Each activation chooses its rate first; untrained networks know none."""
    rate = "{rates: [0.01, 0.1], seeds: [1], epochs: 1}"
    line = f"seeds: [42, 43]\n    settings: {{learning_rate: {rate}}}"
    edit(project / "tiny.yaml", "seeds: [42, 43]", line)
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
    (append("training/tune.py"), {}),
    (append("config/read.py"), FOLLOWS),
    (append("commands/train.py"), {"train": JOBS, **FOLLOWS}),
    (append("theory/mean_field.py"), {**TRAIN, "functions": 1}),
    (append("theory/predictions.py"), {**THEORY, **FOLLOWS}),
    (append("schemas/theory.py"), {**THEORY, **FOLLOWS}),
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
    (tuned_learning_rate, {"tune": 2, "train": 4, **FOLLOWS}),
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


def test_ones_own_activation_reaches_the_report_and_its_edits_are_noticed(project):
    """From a blank file to a row in the report, as docs/experiments.md shows."""
    shown = (ROOT / "docs/experiments.md").read_text()
    code = re.search(r"# mine\.py\n.*?(?=```)", shown, re.DOTALL)[0]
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


PARTS = {"train": 1_300, "test": 100}


def save_images(project, seed):
    """A dataset of one's own: 1,300 grey images of 28 × 28 pixels."""
    generator = np.random.default_rng(seed)
    made = {
        f"x_{part}": generator.integers(256, size=(count, 28, 28), dtype=np.uint8)
        for part, count in PARTS.items()
    }
    made |= {f"y_{part}": np.arange(count) % 3 for part, count in PARTS.items()}
    np.savez(project / "mine.npz", **made)


def test_ones_own_network_and_dataset_reach_the_report_and_their_edits_are_noticed(project):
    """From a blank file to a section in the report; the network is that of docs/experiments.md."""
    shown = (ROOT / "docs/experiments.md").read_text()
    code = re.search(r"# my_network\.py\n.*?(?=```)", shown, re.DOTALL)[0]
    (project / "my_network.py").write_text(code)
    save_images(project, 0)
    own = 'network: "my_network:Net"\n  dataset: mine.npz'
    edit(project / "tiny.yaml", "network: [16, 8]", own)
    snakemake(project)
    folder = project / "results/tables"
    runs = cells.load("runs", folder)
    assert set(runs["dataset"]) == {"mine.npz"}
    assert set(runs.query("study == 'tutorial'")["network"]) == {"my_network.Net"}
    units = tables.load("neurons", folder).query("network == 'my_network.Net'")
    assert units.groupby("layer")["unit"].max().tolist() == [8, 32]
    record = read_json(next(project.glob("results/runs/own-mine/my_network.Net/relu/*/*/job.json")))
    files = {"my_network:Net": "my_network.py", "mine.npz": "mine.npz"}
    assert record["own"] == {name: checksum(project / file) for name, file in files.items()}
    text = (project / "results/report.md").read_text()
    assert "](figures/samples-own-mine.svg)" in text
    assert "Measured on mine.npz" in text
    assert "network my\\_network.Net" in text
    assert planned(project) == {}
    edit(project / "my_network.py", "stride=2", "stride=2, bias=False")
    made_again = planned(project)
    assert made_again["train"] == JOBS
    assert {"functions", "samples"}.isdisjoint(made_again)
    save_images(project, 1)
    assert planned(project) == {**TRAIN, "samples": 1}


def test_ones_own_activation_that_cannot_be_used_stops_before_any_job(project):
    (project / "mine.py").write_text("def broken(x):\n    return x.log()\n")
    edit(project / "tiny.yaml", "[relu, sigmoid]", '["mine:broken"]')
    done = snakemake(project, check=False)
    assert done.returncode != 0
    assert "mine.py): φ is not finite at x = -20" in done.stderr
    assert "No job was started." in done.stderr
    assert "Traceback" not in done.stderr
