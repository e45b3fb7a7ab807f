import numpy as np
import pandas as pd
import pytest

from activation_lab import statistics
from activation_lab.statistics import mean_interval, pooled_density, success_rate, summary


def test_students_interval_of_a_case_worked_by_hand():
    # mean 3, s = √2.5, t(0.975, 4) = 2.776445: 3 ± 2.776445 · √2.5 / √5
    got = mean_interval(np.array([1.0, 2.0, 3.0, 4.0, 5.0]))
    assert (got["n"], got["mean"], got["method"]) == (5, 3, "student-t")
    assert got["std"] == pytest.approx(2.5**0.5)
    assert got["low"] == pytest.approx(3 - 2.776445 * 0.5**0.5, abs=1e-6)
    assert got["high"] == pytest.approx(3 + 2.776445 * 0.5**0.5, abs=1e-6)


def test_few_values_have_no_interval():
    assert mean_interval(np.array([]))["mean"] is None
    one = mean_interval(np.array([0.5]))
    assert (one["mean"], one["std"], one["low"], one["method"]) == (0.5, None, None, "none")
    same = mean_interval(np.array([0.5, 0.5, 0.5]))
    assert (same["low"], same["high"]) == (0.5, 0.5)


def test_the_bootstrap_serves_from_twenty_on_and_repeats_itself():
    values = np.random.default_rng(1).normal(size=25)
    first, second = mean_interval(values), mean_interval(values)
    assert first == second
    assert first["method"] == "bca"
    assert first["low"] < first["mean"] < first["high"]


def test_the_interval_of_five_covers_as_often_as_it_says():
    generator = np.random.default_rng(7)
    covered = [
        got["low"] <= 0 <= got["high"]
        for got in (mean_interval(generator.normal(size=5)) for _ in range(2_000))
    ]
    assert 0.93 <= np.mean(covered) <= 0.97


def test_wilson_interval_of_a_published_case():
    # 1 of 5: Wilson's score interval is (0.0362, 0.6245).
    got = success_rate(1, 5)
    assert got["mean"] == 0.2
    assert (got["low"], got["high"]) == pytest.approx((0.0362, 0.6245), abs=5e-5)


def runs(statuses):
    count = len(statuses)
    return pd.DataFrame(
        {
            **{"study": "s", "cell": "sigmoid", "activation": "sigmoid", "network": "8"},
            **{"depth": 1, "initialisation": "default", "optimizer": "sgd", "learning_rate": 0.1},
            "seed": range(count),
            "status": statuses,
            "epochs": 8,
            "best_epoch": 1,
            "test_accuracy": [0.8 if status == "ok" else 0.1 for status in statuses],
            **dict.fromkeys(("test_loss", "test_accuracy_last", "best_val_accuracy"), 0.5),
        }
    )


def test_a_split_cell_is_summarised_over_the_runs_that_learnt():
    rows = summary(runs(["plateau", "ok", "plateau", "ok"])).set_index("metric")
    assert rows.loc["test_accuracy", "n"] == 2
    assert rows.loc["test_accuracy", "mean"] == pytest.approx(0.8)
    assert rows.loc["success_rate", ["n", "mean", "method"]].tolist() == [4, 0.5, "wilson"]
    assert set(rows.index) == {*statistics.METRICS, "success_rate"}


def test_a_cell_in_which_nothing_learnt_has_a_rate_and_no_mean():
    rows = summary(runs(["plateau", "diverged"])).set_index("metric")
    assert rows.loc["test_accuracy", "n"] == 0
    assert pd.isna(rows.loc["test_accuracy", "mean"])
    assert rows.loc["success_rate", "mean"] == 0


def test_pooled_histograms_keep_their_mass():
    edges, density = pooled_density(
        [np.array([0.0, 1.0, 2.0]), np.array([1.0, 2.0, 3.0])], [np.array([3, 1]), np.array([2, 2])]
    )
    assert edges.tolist() == [0, 1.5, 3]
    assert (density * np.diff(edges)).sum() == pytest.approx(1)
    # left of 1.5: of the first 3 + 1/2 in 4, of the second 1 in 4
    assert density[0] * 1.5 == pytest.approx((3.5 / 4 + 1 / 4) / 2)


def test_a_histogram_of_one_value_has_a_width():
    edges, density = pooled_density([np.array([2.0, 2.0, 2.0])], [np.array([0, 5])])
    assert edges[0] < 2 < edges[-1]
    assert (density * np.diff(edges)).sum() == pytest.approx(1)


def test_survival_of_a_case_worked_by_hand():
    # Leave at 2 and 4, censored at 3 and 5: S(2) = 3/4, S(4) = 3/4 · 1/2.
    exits = pd.Series([2, None, 4, None], dtype="Int64")
    curve = statistics.survival(pd.Series([9, 3, 9, 5]), exits).set_index("epoch")["share"]
    assert curve[2] == 0.75
    assert curve[3] == 0.75
    assert curve[4] == pytest.approx(0.375)


def test_learnt_tells_runs_apart_by_cell_and_seed():
    frame = runs(["plateau", "ok"])
    assert statistics.learnt(frame, frame).tolist() == [False, True]
