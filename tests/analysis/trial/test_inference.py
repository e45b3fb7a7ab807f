"""Verdicts of a trial: their intervals, their looks, and how often they are wrong."""

import numpy as np
import pytest
from scipy import stats

from activation_lab.analysis.improvement import probability_of_improvement
from activation_lab.analysis.trial.court import (
    MARGIN,
    STD,
    Truth,
    resampled,
    simulated,
    trial,
    wrong,
)
from activation_lab.analysis.trial.inference import (
    Looks,
    half_width,
    judge,
    largest_unseen,
    seeds_needed,
    shape,
    spent,
)
from activation_lab.protocol import ALPHA


def test_all_looks_and_comparisons_together_spend_alpha():
    looks, comparisons = (4, 10, 17, 30), 18
    levels = [Looks(looks[:count], 30, comparisons).level for count in range(1, len(looks) + 1)]
    assert comparisons * sum(levels) == pytest.approx(ALPHA)
    assert spent(0, 30) == 0
    assert spent(30, 30) == spent(90, 30) == pytest.approx(ALPHA)


def test_the_interval_is_students():
    values = np.array([0.1, 0.3, 0.2, 0.6, 0.4])
    low, high = stats.t.interval(0.99, 4, loc=values.mean(), scale=stats.sem(values))
    found = judge(values, 0.003, 0.01)
    assert (found.low, found.high) == pytest.approx((low, high))
    assert (high - low) / 2 == pytest.approx(half_width(found.std, 5, 0.01))


@pytest.mark.parametrize(
    ("mean", "verdict"),
    [(0.05, "better"), (-0.05, "worse"), (0.0, "equivalent"), (0.003, "undecided")],
)
def test_a_verdict_says_where_the_interval_lies(mean, verdict):
    values = mean + np.array([-0.005, 0.005, -0.003, 0.003, 0.001, -0.001])
    assert judge(values, margin=0.005, level=0.05).verdict == verdict


def test_equal_runs_are_equivalent_and_no_interval_leaves_the_scale():
    assert judge(np.zeros(4), 0.003, 0.001).verdict == "equivalent"
    found = judge(np.array([0.9, -0.9, 0.5]), 0.003, 0.001)
    assert (found.low, found.high) == (-1, 1)


@pytest.mark.parametrize("looks", [(4,), (10,), (4, 10), (10, 20, 30)], ids=str)
@pytest.mark.parametrize("truth", [Truth(0.0), Truth(0.0, 0.2, 0.2), Truth(0.0, 0.5, 0.5)], ids=str)
def test_a_whole_trial_without_a_difference_rarely_finds_one(truth, looks):
    """600 trials: at a true rate of 5%, more than 7.5% would be seen in less than one case of 300."""
    assert simulated(truth, looks, comparisons=6, repetitions=600)["wrong"] <= 0.075


def test_a_court_that_does_not_correct_would_be_caught():
    """The same check, on verdicts at 5% each: it fails, as it should."""
    generator = np.random.default_rng(0)
    drawn = Truth(0.0).draw(generator, (600, 6, 10))
    wrongs = [any(wrong(judge(row, MARGIN, ALPHA).verdict, 0.0) for row in one) for one in drawn]
    assert np.mean(wrongs) > 0.2


def test_adding_seeds_until_it_wins_does_not_win():
    """A look after every second seed: still at most 5%; looks that are not corrected find something."""
    generator, looks = np.random.default_rng(1), tuple(range(4, 31, 2))
    won = uncorrected = 0
    for _ in range(300):
        drawn = Truth(0.0).draw(generator, (1, 30))
        ends = [
            judge(drawn[0, :n], MARGIN, Looks(looks[: at + 1], 30, 1).level).verdict
            for at, n in enumerate(looks)
        ]
        won += "better" in ends or "worse" in ends
        naive = [judge(drawn[0, :n], MARGIN, ALPHA).verdict for n in looks]
        uncorrected += "better" in naive or "worse" in naive
    assert won / 300 <= 0.08
    assert uncorrected / 300 > 0.12


@pytest.mark.parametrize(("difference", "least"), [(0.006, 0.9), (0.01, 0.99)])
def test_thirty_seeds_find_what_the_design_promises(difference, least):
    found = simulated(Truth(difference), (10, 20, 30), comparisons=18, repetitions=200)
    assert found["better"] >= least
    assert found["wrong"] <= 0.05


@pytest.mark.parametrize("difference", [0.006, 0.01])
def test_the_recommended_number_of_seeds_decides(difference):
    """With the true mean and deviation, about 80% are decided there; half as many seeds do not do."""
    looks = Looks((6,), 30, 18)
    needed = seeds_needed(difference, STD, MARGIN, looks)
    assert needed
    shares = {
        n: simulated(Truth(difference), (6, n), 18, 60, planned=max(30, n))["better"]
        for n in (needed, max(7, round(needed / 1.5)))
    }
    few, enough = shares[max(7, round(needed / 1.5))], shares[needed]
    assert 0.7 <= enough <= 0.93
    assert few < 0.7


def test_no_number_of_seeds_is_recommended_where_a_thousand_would_not_do():
    assert seeds_needed(0.003, 0.5, 0.003, Looks((10,), 30, 18)) is None


def test_failures_that_n_runs_do_not_exclude():
    assert largest_unseen(10) == pytest.approx(1 - 0.05 ** (1 / 10))
    assert (1 - largest_unseen(10)) ** 10 == pytest.approx(0.05)


def test_improvement_counts_ties_half():
    assert probability_of_improvement(np.array([1, 2]), np.array([1, 1])) == 0.75
    assert probability_of_improvement(np.array([1.0]), np.array([1.0])) == 0.5


def test_skewed_differences_are_noticed_and_normal_ones_are_not():
    generator = np.random.default_rng(3)
    skewed = shape([generator.standard_exponential(10) for _ in range(6)])
    normal = shape([generator.normal(size=10) for _ in range(6)])
    assert skewed
    assert normal
    assert not skewed.normal
    assert normal.normal
    assert shape([np.zeros(5)]) is None


def test_a_made_up_trial_fails_as_often_as_it_is_told_to():
    truth = Truth(0.01, fails=0.2)
    drawn = truth.draw(np.random.default_rng(0), (20_000,))
    assert (drawn < -0.5).mean() == pytest.approx(0.2, abs=0.01)
    assert drawn.mean() == pytest.approx(truth.mean, abs=0.01)


def test_looks_of_a_made_up_trial_add_seeds_to_those_before():
    first, second = trial(Truth(0.0), (4, 8), 30, 1, np.random.default_rng(0))
    alone = next(trial(Truth(0.0), (8,), 30, 1, np.random.default_rng(0)))
    assert second[0].mean == alone[0].mean != first[0].mean


def test_an_activation_against_itself_on_disjoint_seeds_is_not_called_better():
    import pandas as pd

    generator = np.random.default_rng(0)
    runs = pd.DataFrame({name: 0.88 + 0.004 * generator.normal(size=40) for name in "abc"})
    margins = dict.fromkeys(runs, 0.003)
    assert resampled(runs, margins, seeds=10, repetitions=300)["wrong"] <= 0.05


def test_each_task_is_judged_by_its_own_margin():
    import pandas as pd

    runs = pd.DataFrame({name: [0.88, 0.88001] * 20 for name in "ab"})
    found = resampled(runs, {"a": 0.003, "b": 1e-9}, seeds=10, repetitions=20)
    assert found["equivalent"] == 0.5
