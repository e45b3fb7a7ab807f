"""What is published of the runs of a cell: n, mean and standard deviation over seeds."""

import numpy as np
import pandas as pd
import pytest

from activation_lab.analysis.verification.comparison import side_by_side
from activation_lab.analysis.verification.moments import moments, values

FIVE = [0.880, 0.884, 0.882, 0.886, 0.878]


def runs(accuracies, ends=None):
    """The table `runs` of one cell from seed 42 on; `ends` says how each ended, ok if not given."""
    frame = pd.DataFrame({"seed": range(42, 42 + len(accuracies)), "test_accuracy": accuracies})
    return frame.assign(study="s", cell="relu", status=ends or "ok")


def of_runs(frame):
    return moments("runs", values("runs", frame, frame)).set_index("column")


def test_moments_are_those_of_the_seeds():
    found = of_runs(runs([0.5, 0.75, 1.0])).loc["test_accuracy"]
    assert (found["n"], found["mean"], found["std"]) == (3, 0.75, 0.25)
    assert (found["table"], found["scale"]) == ("runs", "linear")


def test_magnitudes_are_compared_by_their_logarithms_and_zero_is_the_least_value():
    frame = pd.DataFrame({"study": "s", "cell": "c", "phase": "untrained", "layer": 1}, range(2))
    frame = frame.assign(seed=[1, 2], variance=[np.e**2, np.e**4], mean=[-1.0, 1.0])
    nobody = runs([])
    found = moments("neurons", values("neurons", frame, nobody)).set_index("column")
    assert found.loc["variance", ["scale", "mean"]].tolist() == ["log", pytest.approx(3)]
    assert found.loc["mean", ["scale", "mean"]].tolist() == ["linear", 0]
    zeros = frame.assign(variance=[0.0, 1e-20])
    found = moments("neurons", values("neurons", zeros, nobody)).set_index("column")
    assert found.loc["variance", "std"] == 0


def test_rows_of_one_seed_are_averaged_first():
    """Otherwise a seed with more epochs would weigh more, and n would count epochs."""
    rows = [("relu", 42, 1.0), ("relu", 42, 3.0), ("relu", 43, 4.0)]
    frame = pd.DataFrame(rows, columns=["cell", "seed", "val_accuracy"]).assign(study="s")
    found = moments("metrics", values("metrics", frame, runs([0.5, 0.6]))).iloc[0]
    assert (found["n"], found["mean"]) == (2, 3.0)


def test_what_training_made_counts_for_runs_that_are_ok_and_what_is_untrained_for_all():
    ended = runs([0.5, 0.6, 0.7, 0.1], ends=["ok", "ok", "plateau", "diverged"])
    assert of_runs(ended).loc["test_accuracy", "n"] == 2
    places = [(seed, stage) for seed in range(42, 46) for stage in ("untrained", "best")]
    rows = pd.DataFrame(places, columns=["seed", "phase"])
    rows = rows.assign(study="s", cell="relu", layer=1, norm=1.0)
    found = moments("gradients", values("gradients", rows, ended)).set_index("phase")
    assert found["n"].to_dict() == {"untrained": 4, "best": 2}
    rows = rows.drop(columns=["phase", "norm"]).assign(epoch=1, dead=3)
    assert moments("transitions", values("transitions", rows, ended))["n"].tolist() == [2]


def test_of_runs_that_all_failed_there_are_no_moments():
    assert of_runs(runs([0.1, 0.1], ends=["diverged"] * 2)).empty


def test_values_are_compared_where_both_have_two_runs_that_are_ok():
    five = of_runs(runs(FIVE)).reset_index()
    ends = ["ok", "diverged", "diverged"]
    one = of_runs(runs([0.5, 0.1, 0.1], ends=ends)).reset_index()
    assert len(side_by_side("runs", five, five)) == len(five) > 0
    assert side_by_side("runs", one, five).empty
    assert side_by_side("runs", five, one).empty
