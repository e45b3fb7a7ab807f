"""False alarms are counted on the seeds of finished runs."""

import numpy as np
import pandas as pd
import pytest

import planted
from activation_lab.analysis.verification import false_alarms
from activation_lab.analysis.verification.moments import RUNS
from activation_lab.cli import main


def write(folder, seeds, factor=1.0):
    """The tables of runs, empty but for `runs` of two studies and their `jacobians`."""
    generator = np.random.default_rng(list(seeds))
    pairs = [(study, seed) for study in ("a", "b") for seed in seeds if study == "a" or seed < 4]
    rows = pd.DataFrame(pairs, columns=["study", "seed"]).assign(cell="relu", status="ok", epochs=3)
    rows["test_accuracy"] = 0.88 + 0.003 * generator.standard_normal(len(rows))
    measured = rows[["study", "seed", "cell"]].assign(phase="untrained", layer=2)
    measured["largest"] = factor * np.exp(0.05 * generator.standard_normal(len(rows)))
    made = {"runs": rows, "jacobians": measured}
    planted.write(folder, **{name: made.get(name, rows[:0]) for name in RUNS})
    return folder


def test_halves_are_disjoint_and_seeds_that_studies_share_stay_together(tmp_path):
    measured = false_alarms.read([write(tmp_path, range(5))])
    found = list(false_alarms.splits(measured.runs, 20, np.random.default_rng(0)))
    assert len(found) == 20
    assert len({tuple(map(tuple, halves["a"])) for halves in found}) > 10
    for halves in found:
        assert [len(half) for half in halves["a"]] == [2, 3]
        assert sorted(seed for half in halves["a"] for seed in half) == list(range(5))
        order = {study: [*first, *second] for study, (first, second) in halves.items()}
        assert [seed for seed in order["a"] if seed < 4] == order["b"]


def test_a_half_holds_its_own_seeds_only(tmp_path):
    measured = false_alarms.read([write(tmp_path, range(5))])
    frame = false_alarms._of_values(measured.tables["runs"], {"a": [0, 1], "b": [2, 3]})
    there = frame.notna().groupby("study").any()
    assert [list(there.columns[row]) for row in there.to_numpy()] == [[0, 1], [2, 3]]


def test_seeds_alike_raise_few_alarms_and_other_seeds_many(tmp_path):
    alike = false_alarms.read([write(tmp_path / "a", range(10))])
    for halves in false_alarms.splits(alike.runs, 20, np.random.default_rng(0)):
        assert not any(false_alarms.alarms(alike, halves).values())
    folders = [write(tmp_path / "b", range(5)), write(tmp_path / "c", range(5, 10), factor=2)]
    measured = false_alarms.read(folders)
    found = false_alarms.alarms(measured, {"a": (range(5), range(5, 10)), "b": ([0, 1], [2, 3])})
    assert [name for name, alarm in found.items() if alarm] == ["jacobians"]


def test_the_command_says_how_often_which_table_is_called_different(tmp_path, capsys):
    folders = [write(tmp_path / "a", range(3)), write(tmp_path / "b", range(4, 7))]
    main(["false-alarms", "--repetitions", "10", *map(str, folders)])
    out = capsys.readouterr().out
    assert "jacobians     0 of 10\n" in out
    assert "any of them   0 of 10\n" in out
    assert "Not measured, for want of seeds: b." in out


def test_two_folders_with_the_same_seed_are_refused(tmp_path):
    folders = [write(tmp_path / "a", range(3)), write(tmp_path / "b", range(2, 6))]
    with pytest.raises(SystemExit, match="Seed 2 of a is in two of the folders"):
        main(["false-alarms", *map(str, folders)])
