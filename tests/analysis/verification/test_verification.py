"""Two runs are identical, consistent or different: on planted tables."""

import json

import numpy as np
import pandas as pd
import pyarrow as pa
import pyarrow.parquet as pq
import pytest

import planted
from activation_lab import tables
from activation_lab.analysis.verification.comparison import (
    DERIVED,
    EXACT,
    changed_verdicts,
    compare_exact,
    differences,
)
from activation_lab.analysis.verification.moments import COLUMNS, MAGNITUDES, NOT_MEASURED, RUNS
from activation_lab.cli import main
from activation_lab.errors import UserError
from activation_lab.schemas import TABLES

KEYS = {"network": "512", "depth": 1, "initialisation": "default", "optimizer": "sgd"}
PUBLISHED = [0.880, 0.884, 0.882, 0.886, 0.878]  # of seeds 42 to 46


def runs(accuracies, cell="relu", first=42, ends=None):
    """The table `runs` of one cell; `ends` says how each run ended, ok if not given."""
    rows = [
        {
            **{"study": "s", "cell": cell, "activation": cell, "learning_rate": 0.1, **KEYS},
            **{"seed": seed, "status": "ok", "epochs": 3, "best_epoch": 2, "parameters": 10},
            **{"stopped_early": False, "test_accuracy": accuracy, "test_loss": 1 - accuracy},
        }
        for seed, accuracy in enumerate(accuracies, first)
    ]
    frame = pd.DataFrame(rows, columns=["study", "cell", *TABLES["runs"].columns])
    return frame.assign(status=ends) if ends else frame


def test_every_table_is_compared_in_one_way_and_by_its_own_columns():
    assert set(RUNS) | set(DERIVED) | set(EXACT) == set(TABLES)
    assert len(RUNS) + len(DERIVED) + len(EXACT) == len(TABLES)
    by = {**RUNS, **EXACT, **{name: keys for name, (keys, _) in DERIVED.items()}}
    for name, keys in by.items():
        assert set(keys) <= {"study", "cell", *TABLES[name].columns}
    for name, columns in MAGNITUDES.items():
        assert set(columns) <= set(TABLES[name].columns)
    assert set(NOT_MEASURED) <= {column for table in TABLES.values() for column in table.columns}


def exact(ours, theirs):
    return compare_exact("functions", ("activation", "x"), lambda _: ours, lambda _: theirs)


def test_exact_tables_are_equal_but_for_rounding():
    ours = pd.DataFrame({"activation": "a", "x": [0.0, 1.0, 2.0], "value": [1, np.nan, np.inf]})
    assert exact(ours, ours.assign(value=[1 + 1e-6, np.nan, np.inf])).verdict == "consistent"
    found = exact(ours, ours.assign(value=[1.01, np.nan, np.inf]))
    assert (found.verdict, found.compared) == ("different", 3)
    assert found.differ == ("a, 0.0: value 1 here, 1.01 published",)
    assert exact(ours, ours.assign(value=[1, np.nan, 5.0])).verdict == "different"
    assert exact(ours, ours.assign(value=[1, 1.0, np.inf])).verdict == "different"
    assert exact(ours, ours.assign(x=[7, 8, 9])).verdict.startswith("nothing to compare")


def test_words_and_flags_of_exact_tables_are_the_same():
    ours = pd.DataFrame({"activation": ["a"], "x": [0.0], "stop": ["never"], "on": [True]})
    assert exact(ours, ours).verdict == "consistent"
    found = exact(ours, ours.assign(stop="patience", on=False))
    assert found.differ[0] == "a, 0.0: stop never here, patience published"
    assert len(found.differ) == 2


def test_verdicts_that_changed_are_listed():
    theirs = pd.DataFrame(
        {"claim": ["a", "b", "c"], "verdict": ["supported", "refuted", "not run"]}
    )
    ours = pd.DataFrame(
        {"claim": ["a", "b", "d"], "verdict": ["supported", "inconclusive", "refuted"]}
    )
    assert changed_verdicts(ours, theirs) == (
        "b: refuted → inconclusive",
        "c: not run → none",
        "d: none → refuted",
    )


def test_what_else_differs_is_named_by_its_place():
    theirs = {"config": {"device": "cpu", "studies": {"a": 1}}, "torch": "2"}
    ours = {"config": {"device": "cuda", "studies": {"a": 1, "b": [1] * 99}}, "torch": "2"}
    first, second = differences(ours, theirs)
    assert first == "config.device: cpu → cuda"
    assert second.startswith("config.studies.b: none → [1, 1,")
    assert second.endswith("...")


@pytest.fixture
def finished(tmp_path):
    """A results folder with some tables and the record of how they were made, and its reference."""
    folder = tmp_path / "results"
    (folder / "figures/s").mkdir(parents=True)
    for name in ("dead.svg", ".snakemake_timestamp"):
        (folder / "figures/s" / name).touch()
    for name in ("report.md", "report.html"):
        (folder / name).write_text("Report\n")
    write(folder, "runs", runs(PUBLISHED))
    write(folder, "jacobians", jacobians(range(42, 47)))
    write(folder, "functions", pd.DataFrame([{"activation": "relu", "x": 1.0, "value": 1.0}]))
    write(folder, "summary", summary(0.882))
    write(folder, "claims", claims("supported"))
    record = {name: {"this": 1} for name in ("device", "processor", "threads", "code")}
    record |= {"versions": {"torch": {"2": 1}}, "config": {"device": "cpu"}}
    (folder / "tables/provenance.json").write_text(json.dumps(record))
    main(["publish", "--results", str(folder), "--out", str(tmp_path / "reference")])
    return folder


def write(folder, name, frame):
    planted.write(folder, **{name: frame})


def jacobians(seeds, factor=1.0):
    generator = np.random.default_rng(list(seeds))
    rows = {"study": "s", "cell": "relu", "phase": "untrained", "layer": 2, "seed": seeds}
    frame = pd.DataFrame(rows)
    return frame.assign(largest=factor * np.exp(0.05 * generator.standard_normal(len(frame))))


def summary(mean):
    return pd.DataFrame([{"study": "s", "cell": "relu", "metric": "test_accuracy", "mean": mean}])


def claims(verdict):
    return pd.DataFrame([{"claim": "it-trains", "verdict": verdict}])


def verify(folder):
    main(["verify", "--results", str(folder), "--reference", str(folder.parent / "reference")])


def lines(capsys):
    """What was printed of each table, by its first word."""
    printed = capsys.readouterr().out.splitlines()
    return {line.split()[0]: line for line in printed if line and not line.startswith(" ")}


def test_a_run_agrees_with_what_was_published_of_it(finished, capsys):
    verify(finished)
    out = capsys.readouterr().out
    assert out.count("identical\n") == 6
    assert "Nothing else differs." in out
    assert "This run is identical to" in out
    figures = (finished.parent / "reference/figures/s").iterdir()
    assert [path.name for path in figures] == ["dead.svg"]
    known = pd.read_parquet(finished.parent / "reference/moments.parquet")
    assert list(known.columns) == COLUMNS


def test_other_bits_are_consistent_and_say_what_differs(finished, capsys):
    write(finished, "runs", runs([*PUBLISHED[:4], 0.8781]))
    record = json.loads((finished / "tables/provenance.json").read_text())
    record["processor"] = {"another": 1}
    (finished / "tables/provenance.json").write_text(json.dumps(record))
    verify(finished)
    out = capsys.readouterr().out
    assert "runs          consistent" in out
    assert "outcomes      consistent (1 cells)" in out
    assert "processor: this → another" in out
    assert "This run is consistent with" in out


def test_other_seeds_are_consistent(finished, capsys):
    write(finished, "runs", runs([0.884, 0.882, 0.886, 0.878, 0.8815], first=43))
    write(finished, "jacobians", jacobians(range(43, 48)))
    verify(finished)
    found = lines(capsys)
    assert "consistent" in found["runs"]
    assert "consistent" in found["jacobians"]


def test_one_more_run_that_diverges_is_consistent(finished, capsys):
    """Its accuracy of a tenth is no value of a trained network."""
    ends = ["ok", "ok", "ok", "ok", "diverged"]
    write(finished, "runs", runs([*PUBLISHED[:4], 0.1], ends=ends))
    verify(finished)
    found = lines(capsys)
    assert "consistent" in found["runs"]
    assert "consistent" in found["outcomes"]


def test_a_cell_whose_runs_all_fail_is_different(finished, capsys):
    write(finished, "runs", runs(PUBLISHED, ends=["diverged"] * 5))
    with pytest.raises(SystemExit, match=r"This run is different from .*: runs, outcomes\."):
        verify(finished)
    out = capsys.readouterr().out
    assert "runs          nothing to compare: no cell has two runs that are ok on both sides" in out
    assert "s, relu: 5 diverged here, 5 ok published" in out


def test_three_points_of_accuracy_are_different(finished, capsys):
    write(finished, "runs", runs([accuracy - 0.03 for accuracy in PUBLISHED]))
    with pytest.raises(SystemExit, match=r"This run is different from .*: runs\."):
        verify(finished)
    assert "s, relu: test_accuracy 0.852 here, 0.882 published (n 5, 5)" in capsys.readouterr().out


def test_a_factor_is_different_and_missing_tables_are_named(finished, capsys):
    write(finished, "jacobians", jacobians(range(42, 47), factor=1.5))
    (finished / "tables/functions.parquet").unlink()
    with pytest.raises(SystemExit, match=r"This run is different from .*: jacobians, functions\."):
        verify(finished)
    found = capsys.readouterr().out
    assert "jacobians     different: 1 of 1 values\n" in found
    assert "s, relu, untrained, layer 2: largest 1.5" in found
    assert "functions     missing" in found


def test_cells_of_one_side_alone_are_counted(finished, capsys):
    both = pd.concat([runs(PUBLISHED), runs(PUBLISHED, "elu"), runs(PUBLISHED, "tanh")])
    write(finished, "runs", both)
    verify(finished)
    assert "cells that only this run has: 2" in capsys.readouterr().out


def test_what_follows_from_identical_tables_must_be_the_same(finished, capsys):
    write(finished, "summary", summary(0.7))
    with pytest.raises(SystemExit, match=r"This run is different from .*: summary\."):
        verify(finished)
    assert "s, relu, test_accuracy: mean 0.7 here, 0.882 published" in capsys.readouterr().out


def test_what_follows_from_consistent_tables_is_not_tested_again(finished, capsys):
    write(finished, "runs", runs([*PUBLISHED[:4], 0.8781]))
    write(finished, "summary", summary(0.7))
    write(finished, "claims", claims("refuted"))
    verify(finished)
    out = capsys.readouterr().out
    assert "summary       derived" in out
    assert "claims        derived\n              it-trains: supported → refuted" in out


def test_a_table_that_was_published_with_other_columns_is_named(finished, capsys):
    published = finished.parent / "reference/tables/functions.parquet"
    pq.write_table(pa.table({"activation": ["relu"]}), published)
    write(finished, "functions", pd.DataFrame([{"activation": "relu", "x": 2.0}]))
    with pytest.raises(SystemExit, match=r"This run is different from .*: functions\."):
        verify(finished)
    assert "functions     not comparable: it is broken, or was published" in capsys.readouterr().out


def test_moments_of_an_older_edition_are_named(finished, capsys):
    path = finished.parent / "reference/moments.parquet"
    pd.read_parquet(path).drop(columns="scale").to_parquet(path)
    write(finished, "runs", runs([*PUBLISHED[:4], 0.8781]))
    with pytest.raises(SystemExit, match=r": runs\."):
        verify(finished)
    assert "runs          not comparable" in capsys.readouterr().out


def test_a_folder_without_tables_is_named(tmp_path):
    with pytest.raises(SystemExit, match="There are no tables"):
        main(["publish", "--results", str(tmp_path), "--out", str(tmp_path / "out")])
    assert not (tmp_path / "out").exists()
    assert issubclass(tables.TableError, UserError)
