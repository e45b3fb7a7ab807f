"""CONTRIBUTING shows how to add one of each kind: here exactly that is done, in a copy of the project.

What to write, and where, is read from the document itself. The pipeline then runs on a small study.
"""

import ast
import json
import re
import shutil
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path

import pyarrow.parquet as pq
import pytest
import yaml

from activation_lab import tables
from activation_lab.analysis import cells
from activation_lab.analysis.agreement import agreement
from activation_lab.config import cells as grid
from activation_lab.config import read as config
from activation_lab.wording import label, percent
from conftest import ROOT, copy_project, environment

HEADING = re.compile(r"^### (.+?)\n(.*?)(?=^##|\Z)", re.MULTILINE | re.DOTALL)
BLOCK = re.compile(r"```\w+\n# (\S+?)(?:, in (\w+))?\n(.*?)```", re.DOTALL)
KINDS = (
    "An activation",
    "An initialisation",
    "A dataset",
    "A network family",
    "A measure",
    "A number",
    "A study",
    "A claim",
    "A finding",
    "A figure",
)
SMALL = {
    **{"network": [16, 8], "epochs": 4, "training_images": 1_024},
    **{"learning_rate": 0.1, "batch_size": 128},
}
WHOLE = ("train", "untrained", "theory", "functions", "collect", "analyse", "claims", "report")


@dataclass(frozen=True)
class Addition:
    """Lines for a file of the project: into a registry of it, or to its end."""

    path: str
    registry: str | None
    code: str

    def apply(self, project: Path) -> Path:
        """Make the edit and return the edited file."""
        path = project / self.path
        path.write_text(self.edited(path.read_text() if path.exists() else ""))
        return path

    def edited(self, text: str) -> str:
        if not self.registry:
            blank = "\n\n" if text and self.path.endswith(".py") else ""
            return f"{text}{blank}{self.code}"
        for line in self.imports:
            text = imported(text, line)
        lines = text.splitlines(keepends=True)
        end = last_line(ast.parse(text), self.registry)
        indented = [f"    {line}\n" for line in self.entries]
        return "".join([*lines[: end - 1], *indented, *lines[end - 1 :]])

    @property
    def imports(self) -> list[str]:
        return [line for line in self.code.splitlines() if line.startswith("from ")]

    @property
    def entries(self) -> list[str]:
        return [line for line in self.code.splitlines() if not line.startswith("from ")]


def imported(text: str, line: str) -> str:
    """Put an import beside the others, in their order."""
    lines = text.splitlines(keepends=True)
    places = [n for n, other in enumerate(lines) if other.startswith("from activation_lab")]
    after = [n for n in places if lines[n].split()[1] < line.split()[1]]
    place = after[-1] + 1 if after else places[0]
    return "".join([*lines[:place], f"{line}\n", *lines[place:]])


def last_line(tree: ast.Module, name: str) -> int:
    """The line on which the value of a module's variable ends."""
    for node in tree.body:
        targets = node.targets if isinstance(node, ast.Assign) else [getattr(node, "target", None)]
        if any(isinstance(target, ast.Name) and target.id == name for target in targets):
            return node.value.end_lineno
    raise LookupError(name)


def shown() -> dict[str, list[Addition]]:
    """What CONTRIBUTING shows under each heading of how to add."""
    text = (ROOT / "CONTRIBUTING.md").read_text()
    return {
        kind: [Addition(path, name or None, code) for path, name, code in BLOCK.findall(body)]
        for kind, body in HEADING.findall(text)
    }


SHOWN = shown()


def addition(kind: str) -> Addition:
    """What a kind is written as: its only block, or the first of a function and its entry."""
    return SHOWN[kind][0]


def add(kind: str, project: Path) -> None:
    """Make every edit that a kind takes; the dataset's own file is a link on the page."""
    if kind == "A dataset":
        shutil.copy(
            ROOT / "tests/datasets/corners.py", project / "workflow/activation_lab/datasets"
        )
    for one in SHOWN[kind]:
        one.apply(project)


def small(project: Path, **vary) -> dict:
    """The config with only the study that CONTRIBUTING adds, small; `vary` replaces its grid."""
    raw = yaml.safe_load((project / "config.yaml").read_text())
    (name,) = yaml.safe_load(addition("A study").code)
    raw["settings"] |= SMALL
    raw["only"] = [name]
    if vary:
        raw["studies"][name]["vary"] = vary
    return raw


def run(project: Path, raw: dict, *stages: str) -> None:
    """Run stages, or all of them, with the code of the copy."""
    done = subprocess.run(
        [sys.executable, ROOT / "tests/pipeline.py", json.dumps(raw), *stages],
        cwd=project,
        env={**environment(), "PYTHONPATH": str(project / "workflow")},
        capture_output=True,
        text=True,
        check=False,
        timeout=300,
    )
    assert done.returncode == 0, done.stderr


@pytest.fixture(scope="module")
def finished(tmp_path_factory, raw):
    """A finished run of the study that CONTRIBUTING adds."""
    project = copy_project(tmp_path_factory.mktemp("added") / "project", raw)
    add("A study", project)
    run(project, small(project))
    return project


@pytest.fixture
def project(finished, tmp_path):
    """A finished run of one's own, to change."""
    return shutil.copytree(finished, tmp_path / "project", symlinks=True)


def report(project: Path) -> str:
    return (project / "results/report.md").read_text()


def table(name: str, project: Path):
    return tables.load(name, project / "results/tables")


def test_the_document_shows_each_kind():
    assert set(KINDS) <= set(SHOWN)


# A claim says who says what in which words; a file of its own has a docstring and imports.
LONGER = {"A claim": 12, "A network family": 50, "A measure": 25}
# What is added in its module or its own file, and one entry in the registry.
TWO_PLACES = ("A claim", "A finding", "A figure", "A network family", "A measure")


@pytest.mark.parametrize("kind", KINDS)
def test_each_takes_one_place_and_few_lines(kind):
    first, *others = SHOWN[kind]
    assert len(first.code.splitlines()) <= LONGER.get(kind, 5)
    assert len(others) == (kind in TWO_PLACES)
    for entry in others:
        assert entry.registry
        assert len(entry.entries) == 1


PYTHON = [
    pytest.param(one, id=f"{kind}: {one.path}")
    for kind in KINDS
    for one in SHOWN[kind]
    if one.path.endswith(".py")
]


@pytest.mark.parametrize("shown", PYTHON)
def test_what_is_shown_is_as_lint_wants_it(shown, tmp_path):
    path = tmp_path / Path(shown.path).name
    there = ROOT / shown.path
    path.write_text(shown.edited(there.read_text() if there.exists() else ""))
    # A module that is not there yet has no place among the imports.
    for command in (["check", "--ignore", "I001"], ["format", "--check", "--diff"]):
        ruff = [sys.executable, "-m", "ruff", *command, "--config", ROOT / "pyproject.toml", path]
        done = subprocess.run(ruff, capture_output=True, text=True, check=False)
        assert done.returncode == 0, done.stdout


def test_a_study_has_its_jobs_its_tables_and_its_section(finished):
    ((name, study),) = yaml.safe_load(addition("A study").code).items()
    ((axis, values),) = study["vary"].items()
    raw = yaml.safe_load((finished / "config.yaml").read_text())
    planned = [cell for cell in grid.cells(config.read(raw)) if cell.study == name]
    assert [getattr(cell.settings, axis) for cell in planned] == values
    assert [cell.seeds for cell in planned] == [(1, 2, 3)] * len(values)
    assert table("runs", finished)["settings_id"].nunique() == len(values) + 1  # one is untrained
    assert f"## {name}\n\n**{study['question']}**" in report(finished)
    assert set(table("contrasts", finished)["setting"]) == {axis}


def test_the_way_of_one_number(finished):
    """From the runs of one job to the mean in the report's table."""
    cell = table("cells", finished).iloc[0].to_dict()
    job = grid.jobs(config.read(small(finished)))[0]
    mean = tables.load("runs", finished / "results/runs" / job.id)["test_accuracy"].mean()
    summary = table("summary", finished).query("metric == 'test_accuracy'").set_index("cell")
    assert summary.loc[cell["cell"], "mean"] == pytest.approx(mean)
    assert f"| {label(cell)} | 3 of 3 | {percent(mean)} (" in report(finished)


def named(kind: str) -> str:
    """The name under which a registry gets an entry."""
    return re.match(r'"(\w+)"', addition(kind).code)[1]


def test_an_activation_trains_has_a_theory_and_stands_in_the_report(project):
    add("An activation", project)
    name = named("An activation")
    run(project, small(project, activation=[name]), *WHOLE, "config-reference")
    for known in ("runs", "functions", "theory"):
        assert set(table(known, project)["activation"]) == {name}
    assert re.search(rf"\| {name} \| \d of 3 ", report(project))
    assert f"| `{name}` |" in (project / "config.md").read_text()


def test_an_initialisation_draws_has_a_theory_and_stands_in_the_report(project):
    add("An initialisation", project)
    name = named("An initialisation")
    run(project, small(project, initialisation=[name]), *WHOLE)
    assert set(table("runs", project)["initialisation"]) == {name}
    shown = f"{name.replace('_', '-')} initialisation"
    assert re.search(rf"\| {shown} \| \d of 3 ", report(project))
    folder = project / "results/tables"
    compared = ("gradients", "dead_neurons", "predictions", "jacobians", "theory")
    found = agreement({name: cells.load(name, folder) for name in compared})
    assert found["difference"].abs().max() < 0.5  # networks of a few units


def test_a_dataset_is_fetched_trained_on_and_shown(project):
    add("A dataset", project)
    run(project, small(project, dataset=["corners"]), "data", "samples", *WHOLE)
    assert set(table("runs", project)["dataset"]) == {"corners"}
    assert (table("runs", project).query("epochs > 0")["test_accuracy"] > 0.4).all()
    assert "](figures/samples-corners.svg)" in report(project)


def test_a_network_family_trains_is_measured_and_stands_in_the_report(project):
    add("A network family", project)
    network = {"family": "bottleneck", "units": 32}
    run(project, small(project, network=[network]), *WHOLE)
    runs = table("runs", project)
    assert set(runs["network"]) == {"bottleneck-32"}
    # 784·32 + 32·8 + 8·10 weights, and a bias for each unit.
    assert set(runs["parameters"]) == {784 * 32 + 32 * 8 + 8 * 10 + 32 + 8 + 10}
    assert set(table("neurons", project).groupby("layer")["unit"].max()) == {32, 8}
    assert set(table("gradients", project)["layer"]) == {1, 2, 3}
    assert len(table("theory", project)) == 0  # it has none
    assert "bottleneck" in report(project)


def test_a_measure_has_a_table_in_every_run_and_wherever_tables_are_listed(project):
    add("A measure", project)
    raw = small(project, batch_size=[64])
    run(project, raw, "train", "untrained", "theory", "collect", "data-dictionary")
    found = pq.read_table(project / "results/tables/weights.parquet").to_pylist()
    assert {(row["phase"], row["layer"]) for row in found} == {
        (phase, layer) for phase in ("untrained", "best") for layer in (1, 2, 3)
    }
    assert {row["seed"] for row in found} == {1, 2, 3}
    assert all(0 < row["largest"] < 10 for row in found)
    assert (
        "## weights\n\nOne row per run, phase and layer"
        in (project / "data-dictionary.md").read_text()
    )
    code = (
        "import activation_lab; from activation_lab.analysis.verification.moments import RUNS; "
        "print(RUNS['weights'], len(activation_lab.load()['weights']))"
    )
    environment_ = {**environment(), "PYTHONPATH": str(project / "workflow")}
    done = subprocess.run(
        [sys.executable, "-c", code],
        cwd=project,
        env=environment_,
        capture_output=True,
        text=True,
        check=True,
    )
    assert done.stdout.strip() == f"('phase', 'layer') {len(found)}"


def test_a_number_is_a_column_of_two_tables_and_a_line_of_the_dictionary(project):
    add("A number", project)
    name = named("A number")
    raw = small(project, batch_size=[64])
    run(project, raw, "train", "untrained", "theory", "collect", "data-dictionary")
    meaning = re.search(r'Number\("(.+?)"', addition("A number").code)[1]
    dictionary = (project / "data-dictionary.md").read_text()
    assert dictionary.count(f"| `{name}` | double | {meaning} |") == 2
    for measured in ("gradients", "activations"):
        column = pq.read_table(project / f"results/tables/{measured}.parquet")[name].to_pylist()
        assert len(column) > 3 * 3
        assert all(0 <= value <= 1 for value in column)
        assert len(set(column)) > 3


def test_a_finding_is_a_sentence_of_the_report(project):
    add("A finding", project)
    run(project, small(project), "report")
    assert re.search(r"After training \d+\.\d% of the units hardly vary\.", report(project))


def test_a_claim_is_judged_and_stands_in_the_report(project):
    shown = addition("A claim")
    add("A claim", project)
    run(project, small(project), "claims", "report")
    (statement,) = re.search(r'statement="(.+?)"', shown.code).groups()
    (row,) = table("claims", project).query("statement == @statement").to_dict("records")
    assert (row["verdict"], row["n"]) == ("refuted", 3)
    assert row["low"] < row["estimate"] < row["high"]
    assert f"| ✗ refuted | {statement} |" in report(project)


def test_a_figure_is_drawn_and_listed_with_its_caption(project):
    shown = addition("A figure")
    add("A figure", project)
    run(project, small(project), "figures", "report", "captions")
    name = re.search(r"def (\w+)", shown.code)[1]
    caption = re.search(r'"""(.+?)"""', shown.code)[1]
    assert (project / f"results/figures/batches/{name}.svg").stat().st_size > 4_000
    assert f"](figures/batches/{name}.svg)" in report(project)
    assert caption in report(project)
    assert caption.replace("`", "") in (project / "figure.rst").read_text()
