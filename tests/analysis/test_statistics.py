import numpy as np
import pandas as pd
import pytest
from scipy import stats

from activation_lab import datasets
from activation_lab.analysis import statistics
from activation_lab.analysis.statistics import mean_interval, pooled_density, success_rate, summary


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
            **{"settings_id": "s", "dataset": "d"},
            **{"depth": 1, "initialisation": "default", "optimizer": "sgd", "learning_rate": 0.1},
            "seed": range(count),
            "status": statuses,
            "epochs": 8,
            "best_epoch": 1,
            "test_accuracy": [0.8 if status == "ok" else 0.1 for status in statuses],
            **dict.fromkeys(("test_loss", "test_accuracy_last", "best_val_accuracy"), 0.5),
        }
    )


def cells(varied, **columns):
    frame = pd.DataFrame(columns).assign(study="s")
    return frame.assign(
        **{"depth": 1, "initialisation": "default", "optimizer": "sgd"},
        family=columns.get("family", "mlp"),
        varied=[varied] * len(frame),
    )


def two_cells(first, second):
    """Runs of tanh and relu with these test accuracies, and their cells."""
    both = [
        runs(["ok" if value is not None else "plateau" for value in values]).assign(
            cell=name, activation=name, test_accuracy=values
        )
        for name, values in (("tanh", first), ("relu", second))
    ]
    table = cells(["activation"], cell=["tanh", "relu"], activation=["tanh", "relu"], network="8")
    return pd.concat(both), table.assign(learning_rate=0.1)


def test_a_contrast_of_a_case_worked_by_hand():
    # Differences .01, .02, .03: mean .02, s .01, t = .02 / (.01 / √3) = 3.4641, p = .0742 (2 df),
    # t(0.975, 2) = 4.302653. A run of tanh beats one of relu in 7 of 9 pairs and ties in one.
    table = statistics.contrasts(*two_cells([0.83, 0.86, 0.89], [0.82, 0.84, 0.86]))
    row = table.set_index("metric").loc["test_accuracy"]
    assert (row["setting"], row["first"], row["second"], row["n"]) == (
        *("activation", "tanh", "relu"),
        3,
    )
    assert row["difference"] == pytest.approx(0.02)
    assert row["std"] == pytest.approx(0.01)
    assert row["p"] == row["p_holm"] == pytest.approx(0.0742, abs=5e-5)
    assert row["high"] == pytest.approx(0.02 + 4.302653 * 0.01 / 3**0.5, abs=1e-7)
    assert row["probability_of_improvement"] == pytest.approx(6.5 / 9)


def test_only_seeds_of_which_both_runs_learnt_are_compared():
    table = statistics.contrasts(*two_cells([0.83, None, 0.89], [0.82, 0.84, None]))
    row = table.set_index("metric").loc["test_accuracy"]
    assert (row["n"], row["difference"]) == (1, pytest.approx(0.01))
    assert row[["std", "low", "p", "p_holm"]].isna().all()
    none = statistics.contrasts(*two_cells([None, None], [0.82, 0.84])).set_index("metric")
    assert none.loc["test_accuracy", "n"] == 0
    assert none.loc["test_accuracy", ["difference", "probability_of_improvement"]].isna().all()


def test_equal_runs_differ_by_nothing():
    row = statistics.contrasts(*two_cells([0.8, 0.8], [0.8, 0.8])).iloc[0]
    assert (row["difference"], row["low"], row["high"], row["p"]) == (0, 0, 0, 1)
    assert row["probability_of_improvement"] == 0.5


def test_holm_corrects_over_the_pairs_of_a_study_and_metric():
    # Holm: sorted p .01, .02, .04 times 3, 2, 1, made monotone.
    rows = [{"p": p, "p_holm": None} for p in (0.04, None, 0.01, 0.02)]
    corrected = [row["p_holm"] for row in statistics._corrected(rows)]
    assert corrected == [pytest.approx(0.04), None, pytest.approx(0.03), pytest.approx(0.04)]


def test_cells_are_compared_when_one_setting_differs():
    grid = [(name, rate) for name in ("tanh", "relu", "elu") for rate in (0.3, 0.1, 0.2)]
    table = cells(
        ["activation", "learning_rate"],
        cell=[f"{name}-{rate}" for name, rate in grid],
        activation=[name for name, _ in grid],
        learning_rate=[rate for _, rate in grid],
    )
    pairs = list(statistics._pairs(table))
    assert (
        len(pairs) == 3 * 3 + 3 * 2
    )  # of each rate all activations, of each activation neighbours
    assert {"setting": "learning_rate", "first": "elu-0.1", "second": "elu-0.2"} in pairs
    assert {"setting": "activation", "first": "tanh-0.2", "second": "elu-0.2"} in pairs


def reaching(epochs, ended=None):
    """The table `targets`, by target, of runs that reach 0.8 in these epochs; None: never.

    `ended` has the last epoch of each run, by default the ninth.
    """
    metrics = pd.DataFrame(
        [
            {**{"study": "s", "cell": "relu", "seed": seed, "epoch": epoch}, "val_accuracy": value}
            for seed, (there, last) in enumerate(zip(epochs, ended or [9] * 9, strict=False))
            for epoch in range(1, last + 1)
            for value in [0.81 if there and epoch >= there else 0.5]
        ]
    )
    table = cells(["activation"], cell=["relu"], activation="relu", network="8", learning_rate=0.1)
    table = table.assign(settings_id="s", dataset=datasets.DEFAULT)
    return statistics.targets(metrics, table).set_index("target")


def test_a_run_that_never_reaches_a_target_is_later_than_all_others():
    got = reaching([2, 4, 3, None, None]).loc[0.8]
    assert (got["n"], got["reached"], got["median"]) == (5, 3, 4)  # 2, 3, 4, later, later
    # Runs that patience ended first are not left out, as Kaplan and Meier's median of 5 would.
    got = reaching([4, 5, 6, None, None], ended=[9, 9, 9, 1, 1]).loc[0.8]
    assert got["median"] == 6


@pytest.mark.parametrize("epochs", [[2, 3, None, None], [2, None, None], [None, None]])
def test_there_is_no_median_where_half_or_more_never_got_there(epochs):
    got = reaching(epochs)
    assert (got.loc[0.8, "n"], got.loc[0.8, "reached"]) == (
        len(epochs),
        epochs.count(2) + epochs.count(3),
    )
    assert got["median"].isna().all()
    assert got.loc[0.85, "reached"] == 0


def test_the_interval_of_a_median_is_by_order_statistics():
    """Of 9 values from the second to the eighth: B(9, 1/2) puts 2% below 2, and 2% above 7."""
    got = reaching([1, 2, 3, 4, 5, 6, 7, 8, 9]).loc[0.8]
    assert got[["low", "median", "high"]].tolist() == [2, 5, 8]
    unbounded = reaching([1, 2, 3, 4, 5, 6, 7, None, None]).loc[0.8]
    assert unbounded[["low", "median"]].tolist() == [2, 5]
    assert pd.isna(unbounded["high"])
    few = reaching([1, 2, 3, 4, 5]).loc[0.8]
    assert few["median"] == 3
    assert few[["low", "high"]].isna().all()


def test_the_interval_of_a_median_covers_as_often_as_it_says():
    generator = np.random.default_rng(5)
    drawn = (statistics.median_interval(generator.exponential(size=9)) for _ in range(1_000))
    covered = np.mean([got["low"] <= np.log(2) <= got["high"] for got in drawn])
    assert covered == pytest.approx(1 - 20 / 512, abs=0.02)  # 1 - 2 (1 + 9) / 2⁹


def test_power_agrees_with_the_noncentral_t_distribution():
    n, difference = 34, statistics.resolvable(0.006, 34)
    shift, beyond = difference / 0.006 * n**0.5, stats.t.ppf(0.975, n - 1)
    power = stats.nct.sf(beyond, n - 1, shift) + stats.nct.cdf(-beyond, n - 1, shift)
    assert power == pytest.approx(0.8, abs=1e-4)
    assert statistics.pairs_needed(0.006, difference * 1.001) == n


def test_small_deviations_need_few_pairs_and_break_nothing():
    needed = [statistics.pairs_needed(std, 0.003) for std in (1e-6, 1e-4, 5e-4, 1e-3, 3e-3)]
    assert needed == [2, 2, 3, 4, 10]


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


def test_runs_that_never_leave_the_plateau_stay_there():
    exits = pd.Series([2, None, 4, None], dtype="Int64")
    curve = statistics.still_stuck(exits, 5)
    assert curve["epoch"].tolist() == [0, 1, 2, 3, 4, 5]
    assert curve["share"].tolist() == [1, 1, 0.75, 0.75, 0.5, 0.5]
    exact = statistics.exact_share(3, 4)
    assert curve.loc[2, ["low", "high"]].tolist() == [exact["low"], exact["high"]]


def test_clopper_and_pearsons_interval_of_a_published_case():
    # 1 of 5: (0.00505, 0.71642); of all or none the one end is 1 or 0.
    got = statistics.exact_share(1, 5)
    assert (got["mean"], got["n"], got["method"]) == (0.2, 5, "exact")
    assert (got["low"], got["high"]) == pytest.approx((0.00505, 0.71642), abs=5e-6)
    assert statistics.exact_share(0, 5)["low"] == 0
    assert statistics.exact_share(0, 5)["high"] == pytest.approx(1 - 0.025 ** (1 / 5))
    assert statistics.exact_share(5, 5)["high"] == 1


def test_the_exact_interval_never_covers_too_seldom_and_wilsons_does():
    shares = np.linspace(0.01, 0.99, 99)
    least = {}
    for interval in (statistics.exact_share, success_rate):
        got = [interval(k, 5) for k in range(6)]
        covers = [
            sum(
                stats.binom.pmf(k, 5, share)
                for k in range(6)
                if got[k]["low"] <= share <= got[k]["high"]
            )
            for share in shares
        ]
        least[interval.__name__] = min(covers)
    assert least["exact_share"] >= 0.95
    assert least["success_rate"] < 0.9


def test_learnt_tells_runs_apart_by_cell_and_seed():
    frame = runs(["plateau", "ok"])
    assert statistics.learnt(frame, frame).tolist() == [False, True]
