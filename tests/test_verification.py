"""Two runs are identical, consistent or different: on planted tables."""

import json

import numpy as np
import pandas as pd
import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from activation_lab import UserError, tables
from activation_lab.__main__ import main
from activation_lab.schemas import TABLES
from activation_lab.verification import (
    ESTIMATES,
    EXACT,
    RUNS,
    compare_estimates,
    compare_exact,
    compare_moments,
    differences,
    moments,
)

KEYS = {"network": "512", "depth": 1, "initialisation": "default", "optimizer": "sgd"}


def runs(accuracies, cell="relu"):
    rows = [
        {
            **{"study": "s", "cell": cell, "activation": cell, "learning_rate": 0.1, **KEYS},
            **{"seed": seed, "status": "ok", "epochs": 3, "best_epoch": 2, "parameters": 10},
            **{"stopped_early": False, "test_accuracy": accuracy, "test_loss": 1 - accuracy},
        }
        for seed, accuracy in enumerate(accuracies)
    ]
    return pd.DataFrame(rows, columns=list(TABLES["runs"].columns))


def judged(ours, theirs):
    return compare_moments("runs", moments("runs", runs(ours)), moments("runs", runs(theirs)))


def test_every_table_is_compared_in_one_way_and_by_its_own_columns():
    assert set(RUNS) | set(ESTIMATES) | set(EXACT) == set(TABLES)
    assert len(RUNS) + len(ESTIMATES) + len(EXACT) == len(TABLES)
    for name, keys in {**RUNS, **ESTIMATES, **EXACT}.items():
        assert set(keys) <= set(TABLES[name].columns)


def test_moments_are_those_of_the_seeds():
    found = moments("runs", runs([0.5, 0.75, 1.0])).set_index("column").loc["test_accuracy"]
    assert (found["n"], found["mean"], found["std"]) == (3, 0.75, 0.25)
    assert found["table"] == "runs"


def test_rows_of_one_seed_are_averaged_first():
    """Otherwise a seed with more epochs would weigh more, and n would count epochs."""
    rows = [("a", 0, 1.0), ("a", 0, 3.0), ("a", 1, 4.0)]
    frame = pd.DataFrame(rows, columns=["cell", "seed", "val_loss"]).assign(study="s")
    found = moments("metrics", frame).iloc[0]
    assert (found["n"], found["mean"]) == (2, 3.0)


def test_other_seeds_are_consistent_and_a_shift_is_different():
    generator = np.random.default_rng(0)
    theirs = 0.88 + 0.002 * generator.standard_normal(5)
    others = 0.88 + 0.002 * generator.standard_normal(5)
    assert judged(others, theirs).verdict == "consistent"
    shifted = judged(others - 0.05, theirs)
    assert shifted.verdict == "different"
    assert shifted.differ == ("s, relu, test_accuracy", "s, relu, test_loss")


def test_runs_of_other_seeds_seem_different_as_rarely_as_said():
    generator = np.random.default_rng(0)
    draws = generator.standard_normal((200, 2, 5))
    found = [judged(0.5 + 0.01 * ours, 0.5 + 0.01 * theirs) for ours, theirs in draws]
    assert sum(c.verdict == "different" for c in found) <= 0.05 * 200


def test_rounding_is_consistent_even_where_seeds_do_not_vary():
    assert judged([0.5, 0.5], [0.5 + 1e-9, 0.5 + 1e-9]).verdict == "consistent"
    assert judged([0.5], [0.5 + 1e-9]).verdict == "consistent"
    assert judged([0.5], [0.6]).verdict == "different"


def test_cells_of_one_side_alone_are_not_compared():
    ours, theirs = moments("runs", runs([0.5, 0.6])), moments("runs", runs([0.5], "elu"))
    assert compare_moments("runs", ours, theirs).verdict == "nothing in common"


def test_estimates_are_consistent_where_their_intervals_overlap():
    ours = pd.DataFrame({"claim": ["a", "b", "c"], "low": [0, 0, None], "high": [1, 1, None]})
    theirs = ours.assign(low=[0.5, 2, 0], high=[2, 3, 1])
    found = compare_estimates(ours, theirs, ["claim"])
    assert (found.verdict, found.differ) == ("different", ("b",))


def test_exact_tables_are_equal_but_for_rounding():
    ours = pd.DataFrame({"activation": ["a", "a"], "x": [0.0, 1.0], "value": [1.0, np.nan]})
    assert compare_exact(ours, ours * 1, ["activation", "x"]).verdict == "consistent"
    theirs = ours.assign(value=[1.01, np.nan])
    assert compare_exact(ours, theirs, ["activation", "x"]).differ == ("a, 0.0",)


def test_what_else_differs_is_named_by_its_place():
    theirs = {"config": {"device": "cpu", "studies": {"a": 1}}, "torch": "2"}
    ours = {"config": {"device": "cuda", "studies": {"a": 1, "b": [1] * 99}}, "torch": "2"}
    first, second = differences(ours, theirs)
    assert first == "config.device: cpu → cuda"
    assert second.startswith("config.studies.b: none → [1, 1,")
    assert second.endswith("...")


@pytest.fixture
def finished(tmp_path):
    """A results folder with three tables and the record of how they were made."""
    folder = tmp_path / "results"
    (folder / "figures/s").mkdir(parents=True)
    for name in ("dead.svg", ".snakemake_timestamp"):
        (folder / "figures/s" / name).touch()
    (folder / "report.md").write_text("# Report\n")
    write(folder, [0.88, 0.881, 0.882])
    place = {"study": "s", "cell": "relu", "seed": 0, "stage": "best", "layer": 2}
    rows = [{**place, "mean_square": 1.0, "largest": 2.0}]
    tables.write("jacobians", rows, folder / "tables/jacobians.parquet")
    rows = [{"activation": "relu", "x": 1.0, "value": 1.0, "derivative": 1.0}]
    tables.write("functions", rows, folder / "tables/functions.parquet")
    record = {name: {"this": 1} for name in ("device", "processor", "threads", "code")}
    record |= {"versions": {"torch": {"2": 1}}, "config": {"device": "cpu"}}
    (folder / "tables/provenance.json").write_text(json.dumps(record))
    main(["publish", "--results", str(folder), "--out", str(tmp_path / "reference")])
    return folder


def write(folder, accuracies):
    made = tables.from_pandas("runs", runs(accuracies))
    tables.write("runs", made, folder / "tables/runs.parquet")


def verify(folder):
    main(["verify", "--results", str(folder), "--reference", str(folder.parent / "reference")])


def test_a_run_agrees_with_what_was_published_of_it(finished, capsys):
    verify(finished)
    out = capsys.readouterr().out
    assert out.count("identical") == 3
    assert "Nothing else differs." in out
    figures = (finished.parent / "reference/figures/s").iterdir()
    assert [path.name for path in figures] == ["dead.svg"]


def test_other_bits_are_consistent_and_say_what_differs(finished, capsys):
    write(finished, [0.8801, 0.8809, 0.882])
    record = json.loads((finished / "tables/provenance.json").read_text())
    record["processor"] = {"another": 1}
    (finished / "tables/provenance.json").write_text(json.dumps(record))
    verify(finished)
    out = capsys.readouterr().out
    assert "runs          consistent" in out
    assert "processor: this → another" in out


def test_a_different_table_and_a_missing_one_end_in_an_error(finished, capsys):
    write(finished, [0.5, 0.501, 0.502])
    (finished / "tables/functions.parquet").unlink()
    with pytest.raises(SystemExit, match=r"Not as in .*: runs, functions\."):
        verify(finished)
    assert "s, relu, test_accuracy" in capsys.readouterr().out


def test_a_table_that_was_published_with_other_columns_is_named(finished, capsys):
    published = finished.parent / "reference/tables/functions.parquet"
    pq.write_table(pa.table({"activation": ["relu"]}), published)
    rows = [{"activation": "relu", "x": 2.0, "value": 1.0, "derivative": 1.0}]
    tables.write("functions", rows, finished / "tables/functions.parquet")
    with pytest.raises(SystemExit, match=r"Not as in .*: functions\."):
        verify(finished)
    assert "functions     not comparable: it is broken, or was published" in capsys.readouterr().out


def test_a_folder_without_tables_is_named(tmp_path):
    with pytest.raises(SystemExit, match="There are no tables"):
        main(["publish", "--results", str(tmp_path), "--out", str(tmp_path / "out")])
    assert not (tmp_path / "out").exists()
    assert issubclass(tables.TableError, UserError)
