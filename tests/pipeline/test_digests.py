"""What a stage's digest follows: code that its result depends on, and nothing else."""

import pytest

from activation_lab.pipeline import digests
from activation_lab.schemas import TABLES


def names(stage):
    return {path.name for path in digests.reached(stage)}


def test_a_stage_depends_on_what_it_imports_and_on_nothing_else():
    training = names("train")
    assert {"fit.py", "job.py", "tables.py", "protocol.py", "base.py"} <= training
    assert not {"sections.py", "statistics.py", "style.py", "wording.py", "dead.py"} & training
    assert {"statistics.py", "dead.py"} <= names("analyse")
    assert {"style.py", "units.py", "accuracy.py"} <= names("figures")
    assert {"selection.py", "revival.py", "printed_numbers.py"} <= names("claims")
    assert not {"sections.py", "style.py", "networks.py", "dead.py"} & names("claims")
    assert {"sections.py", "scoreboard.py", "wording.py", "printed_numbers.py"} <= names("report")


# A package of our kind: a stage, a module with code and words, and registries with their entries.
FILES = {
    "__init__.py": "",
    "cli.py": """
from activation_lab.unused import x

@app.command(panel="For rules")
def train(job, out):
    from activation_lab.commands import train

    train.run(job, out, 1)

def other(out):
    print(out)
""",
    "commands/__init__.py": "",
    "commands/train.py": """
from activation_lab import used
from activation_lab.activations.catalogue import ACTIVATIONS
from activation_lab.datasets import DATASETS
""",
    "used.py": '''
"""What it does."""

from activation_lab.errors import UserError

COLUMNS = {"dead": (int, "Units that are dead")}


def check(x):
    """Return it."""
    # Because.
    if x < 0:
        raise UserError(f"It is {x}, and must not be below 0")
    return x + 1
''',
    "errors.py": "class UserError(Exception):\n    pass\n",
    "unused.py": "x = 1\n",
    "activations/__init__.py": "",
    "activations/catalogue.py": """
def entry(path, **parameters):
    return path, parameters


ACTIVATIONS = {
    "relu": entry("torch.nn:ReLU"),
    "swish": entry("activation_lab.activations.modules:Swish", beta=1.0),
}
""",
    "activations/modules.py": "class Swish:\n    pass\n",
    "datasets/__init__.py": """
from activation_lab.datasets.base import Dataset
from activation_lab.datasets.fashion import FASHION

DATASETS: dict[str, Dataset] = {
    "fashion": FASHION,
}
""",
    "datasets/base.py": "class Dataset:\n    pass\n",
    "datasets/fashion.py": "from activation_lab.datasets.base import Dataset\n\nFASHION = Dataset()\n",
    "initialisations.py": "INITIALISATIONS = {}\n",
    "networks/__init__.py": "FAMILIES = {}\n",
    "measures/__init__.py": "MEASURES = {}\n",
}


@pytest.fixture
def package(tmp_path, monkeypatch):
    folder = tmp_path / "activation_lab"
    for name, text in FILES.items():
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        (folder / name).write_text(text)
    monkeypatch.setattr(digests, "PACKAGE", folder)
    return folder


RELU = [("activation", "relu"), ("dataset", "fashion")]
SWISH = [("activation", "swish"), ("dataset", "fashion")]


def told():
    """The digests of training a ReLU, of training a Swish, and of what uses no entry."""
    for known in (digests._digest, digests._part, digests._tree, digests._entry, digests._imported):
        known.cache_clear()
    return [digests.digest("train", entries) for entries in (RELU, SWISH, [])]


def changed(package, name, old, new):
    """Which of the three digests change with an edit."""
    before = told()
    path = package / name
    assert old in path.read_text()
    path.write_text(path.read_text().replace(old, new, 1))
    return [first != second for first, second in zip(before, told(), strict=True)]


NOTHING, ALL = [False] * 3, [True] * 3


@pytest.mark.parametrize(
    ("name", "old", "new", "expected"),
    [
        ("used.py", "# Because.", "# For another reason.", NOTHING),
        ("used.py", '"""Return it."""', '"""Return one more."""', NOTHING),
        ("used.py", '"""Return it."""\n', "\n", NOTHING),
        ("used.py", '"""What it does."""', '"""One."""', NOTHING),
        ("used.py", "x + 1", "( x+1 )", NOTHING),
        ("used.py", "and must not be below 0", "but must be at least 0", NOTHING),
        ("used.py", "Units that are dead", "Dead units of the layer", NOTHING),
        ("unused.py", "x = 1", "x = 2", NOTHING),
        ("cli.py", "For rules", "For everybody", NOTHING),
        ("cli.py", "print(out)", "print(out, 1)", NOTHING),
        ("cli.py", "out, 1", "out, 2", ALL),
        ("used.py", "x + 1", "x + 2", ALL),
        ("used.py", '"dead"', '"died"', ALL),
        ("used.py", "x < 0", "x <= 0", ALL),
        ("errors.py", "Exception", "ValueError", ALL),
        ("datasets/base.py", "pass", "size = 1", [True, True, False]),
        ("activations/catalogue.py", "return path, parameters", "return path, {}", ALL),
    ],
)
def test_the_digest_follows_what_code_means_and_not_its_words(package, name, old, new, expected):
    assert changed(package, name, old, new) == expected


@pytest.mark.parametrize(
    ("name", "old", "new", "expected"),
    [
        (
            "activations/catalogue.py",
            '    "relu"',
            '    "elu": entry("torch.nn:ELU"),\n    "relu"',
            NOTHING,
        ),
        ("activations/catalogue.py", '"torch.nn:ReLU"', '"torch.nn:ReLU6"', [True, False, False]),
        ("activations/catalogue.py", "beta=1.0", "beta=2.0", [False, True, False]),
        ("activations/modules.py", "pass", "beta = 1", [False, True, False]),
        ("datasets/fashion.py", "Dataset()", "Dataset", [True, True, False]),
    ],
)
def test_an_entry_counts_for_those_that_use_it(package, name, old, new, expected):
    assert changed(package, name, old, new) == expected


def test_a_new_dataset_with_a_file_of_its_own_changes_nothing(package):
    before = told()
    (package / "datasets/mine.py").write_text("MINE = object()\n")
    registry = package / "datasets/__init__.py"
    text = registry.read_text()
    text = text.replace(
        "from activation_lab.datasets.fashion",
        "from activation_lab.datasets.mine import MINE\nfrom activation_lab.datasets.fashion",
    )
    registry.write_text(text.replace('    "fashion"', '    "mine": MINE,\n    "fashion"'))
    assert told() == before


def test_an_entry_that_no_registry_has_counts_for_nothing(package):
    own = digests.digest(
        "train", [*RELU, ("activation", "mine:Snake"), ("initialisation", "critical")]
    )
    assert own == digests.digest("train", RELU)


def test_relative_imports_are_refused(package):
    (package / "used.py").write_text("from . import errors\n")
    with pytest.raises(ValueError, match="write absolute imports"):
        told()


def test_every_registry_is_where_it_is_said_to_be():
    for kind, name in (
        ("activation", "swish"),
        ("initialisation", "he"),
        ("dataset", "fashion-mnist"),
        ("network", "mlp"),
        ("measure", "neurons"),
    ):
        assert digests._entry(digests.PACKAGE, kind, name) is not None
        assert digests.digest("train", [(kind, name)]) != digests.digest("train")


# Which stage writes a table, by the file that has its schema.
WRITERS = {
    "analysis": {"analyse"},
    "cells": {"collect"},
    "claims": {"claims"},
    "experiments": {"experiment", "experiments"},
    "functions": {"functions"},
    "runs": {"train", "untrained", "collect"},
    "theory": {"theory", "collect"},
    "trial": {"judge"},
    "tuning": {"tune", "collect"},
}
STAGES = {stage for stages in WRITERS.values() for stage in stages}


SCHEMAS = sorted((digests.PACKAGE / "schemas").glob("[a-z]*.py"))


@pytest.mark.parametrize("path", SCHEMAS, ids=lambda path: path.stem)
def test_a_schema_is_code_of_the_stages_that_write_its_tables(path):
    """So a new column of theory trains nothing again. Who only reads a table may know its schema too."""
    reaching = {stage for stage in STAGES if path in digests.reached(stage)}
    assert WRITERS[path.stem] <= reaching
    assert not {"train", "untrained", "tune", "theory"} & (reaching - WRITERS[path.stem])


def test_what_columns_mean_is_wording():
    """Otherwise a reworded column would train all networks again."""
    for table in TABLES.values():
        for column, (_, meaning) in table.columns.items():
            assert digests.WORDING.search(meaning), (
                f"{column}: write {meaning!r} in two words or more"
            )
