"""Which study and cell a row of a table of runs belongs to."""

import pandas as pd
import pytest

from activation_lab.analysis.cells import with_cells


def cells(*rows):
    names = ["study", "cell", "settings_id", "untrained_id", "seeds", "learning_rate"]
    frame = pd.DataFrame(rows, columns=names)
    return frame.assign(activation="relu", optimizer="adam", tuning_id=None)


def runs(*rows, **columns):
    frame = pd.DataFrame(rows, columns=["settings_id", "seed", "value"])
    return frame.assign(activation="relu", optimizer="sgd", learning_rate=0.01, **columns)


def told(frame, *names):
    return list(frame[list(names)].itertuples(index=False, name=None))


def test_a_run_that_two_cells_ask_for_is_there_for_both_in_their_order():
    asked = cells(
        ("second", "a", "s1", "u1", [1], 0.1),
        ("first", "b", "s1", "u1", [1, 2], 0.1),
    )
    found = with_cells(runs(("s1", 2, 20), ("s1", 1, 10)), asked)
    assert told(found, "study", "cell", "seed", "value") == [
        ("second", "a", 1, 10),
        ("first", "b", 1, 10),
        ("first", "b", 2, 20),
    ]


def test_runs_and_seeds_that_no_cell_asks_for_are_left_out():
    found = with_cells(
        runs(("s1", 1, 10), ("s1", 9, 90), ("s2", 1, 0)), cells(("s", "c", "s1", "u1", [1], 0.1))
    )
    assert told(found, "seed", "value") == [(1, 10)]


def test_untrained_rows_stand_under_every_cell_that_trains_from_there():
    asked = cells(("s", "slow", "s1", "u1", [1], 0.1), ("s", "fast", "s2", "u1", [1], 0.3))
    rows = runs(("u1", 1, 0), ("s1", 1, 10), ("s2", 1, 20)).assign(
        phase=["untrained", "best", "best"]
    )
    found = with_cells(rows, asked)
    assert told(found, "cell", "phase", "value", "learning_rate", "optimizer") == [
        ("slow", "untrained", 0, 0.1, "adam"),
        ("slow", "best", 10, 0.1, "adam"),
        ("fast", "untrained", 0, 0.3, "adam"),
        ("fast", "best", 20, 0.3, "adam"),
    ]


def test_theory_knows_no_seeds_and_no_training():
    asked = cells(("s", "slow", "s1", "u1", [1, 2], 0.1), ("s", "fast", "s2", "u1", [1, 2], 0.3))
    rows = pd.DataFrame({"settings_id": ["u1", "u1"], "layer": [1, 2], "rms": [0.1, 0.2]})
    found = with_cells(rows, asked)
    assert told(found, "cell", "layer", "rms") == [
        ("slow", 1, 0.1),
        ("slow", 2, 0.2),
        ("fast", 1, 0.1),
        ("fast", 2, 0.2),
    ]


@pytest.mark.parametrize("frame", [pd.DataFrame({"x": [1]}), cells()])
def test_other_tables_stay_as_they_are(frame):
    assert with_cells(frame, cells()) is frame


def test_a_study_without_runs_has_empty_tables_with_all_columns():
    found = with_cells(runs(("s1", 1, 10)), cells(("s", "c", "other", "u", [1], 0.1)))
    assert len(found) == 0
    assert {"study", "cell", "seed", "value", "learning_rate"} <= set(found)
