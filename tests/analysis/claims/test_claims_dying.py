"""Claims that a high learning rate kills units, judged on tables in which the truth is known."""

import numpy as np
import pandas as pd
import pytest
from judging import judged, rarely_wrong, scenarios

from activation_lab.analysis.claims.base import (
    ANSWERED,
    INCONCLUSIVE,
    NOT_RUN,
    REFUTED,
    SUPPORTED,
)
from activation_lab.analysis.claims.power.dying import RATES, SEEDS, rates_that_kill
from activation_lab.schemas import TABLES

REPETITIONS = 25
MEASURED = (0.03, 0.02, 0.0, 0.07, 0.33)
ACCURACY = (0.79, 0.85, 0.87, 0.86, 0.5)  # the best at 0.03
JITTER = np.array([0.0, 0.01, -0.01])[:, None]


def planted(died=MEASURED, diverged=(), stuck=(), accuracy=ACCURACY, seeds=SEEDS, rates=RATES):
    """Networks of which so many units died at each rate; (seed, rate) that diverged or were stuck."""
    shares = np.array(died) + JITTER[: len(seeds)] * (np.array(died) > 0)
    shape = shares.shape
    lost = np.array([[(seed, rate) in diverged for rate in rates] for seed in seeds])
    made = rates_that_kill(shares, lost, np.broadcast_to(accuracy, shape), seeds, rates)
    made["runs"]["status"] = [
        "plateau" if place in stuck else status
        for *place, status in made["runs"][["seed", "learning_rate", "status"]].itertuples(
            index=False
        )
        for place in [tuple(place)]
    ]
    return made | {"dead_neurons": counted(made["neurons"])}


def counted(neurons):
    keys = ["study", "cell", "activation", "learning_rate", "seed", "phase", "layer"]
    dead = neurons.assign(dead=neurons["nonzero_fraction"] == 0, units=1)
    return dead.groupby(keys, sort=False)[["dead", "units"]].sum().reset_index()


def every(rate, seeds=SEEDS):
    return [(seed, rate) for seed in seeds]


def test_more_units_die_the_higher_the_rate():
    got = judged("lr-kills", planted())
    assert (got.verdict, got.n) == (SUPPORTED, 3)
    assert got.estimate == pytest.approx(0.6)  # ranks 3, 2, 1, 4, 5
    assert "has a rank correlation of 0.60 with the rate, mean over 3 seeds" in got.evidence
    assert "(Page's trend test, p = 0.020)" in got.evidence
    assert "3.0% at 0.003, 0.0% at 0.03 and 33.0% at 0.3 of the units died, the fewest at 0.03" in (
        got.evidence
    )
    falling = judged("lr-kills", planted(MEASURED[::-1]))
    assert (falling.verdict, falling.estimate) == (REFUTED, pytest.approx(-0.6))
    none = judged("lr-kills", planted((0.1, 0.05, 0.02, 0.05, 0.1)))
    assert none.verdict == INCONCLUSIVE
    assert none.estimate == pytest.approx(0, abs=0.1)


def test_scattered_correlations_do_not_decide_even_where_page_would():
    shares = np.array([[1, 2, 3, 4, 5], [1, 2, 3, 4, 5], [5, 1, 2, 3, 4]]) / 20
    made = rates_that_kill(shares, np.zeros((3, 5), bool), np.ones((3, 5)))
    got = judged("lr-kills", made)
    assert "0.67 with the rate, mean over 3 seeds (Page's trend test, p = 0.010)" in got.evidence
    assert got.verdict == INCONCLUSIVE


def test_a_run_that_diverged_ranks_above_every_share_and_is_not_averaged():
    diverged = [*every(0.1), *every(0.3)]
    got = judged("lr-kills", planted((0.5, 0.6, 0.7, 0.0, 0.0), diverged))
    assert (got.verdict, got.estimate) == (
        SUPPORTED,
        pytest.approx(0.95),
    )  # the last two share a rank
    assert "; at a rate of 0.1, 3 of 3 runs diverged; at a rate of 0.3, 3 of 3 runs diverged." in (
        got.evidence
    )
    assert "50.0% at 0.003 and 70.0% at 0.03 of the units died, the fewest at 0.003" in got.evidence
    mixed = judged("lr-kills", planted(diverged=[(42, 0.3)], stuck=[(43, 0.3), (44, 0.3)]))
    assert mixed.verdict == SUPPORTED
    assert "at a rate of 0.3, 1 of 3 runs diverged and 2 stayed at chance level." in mixed.evidence
    assert "7.0% at 0.1 of the units died" in mixed.evidence


def test_what_cannot_be_told_is_not_what_was_not_run():
    everything = [place for rate in RATES for place in every(rate)]
    for name in ("lr-kills", "lr-kills-above-best"):
        got = judged(name, planted(diverged=everything))
        assert got.verdict == INCONCLUSIVE
    assert judged("lr-kills", planted(diverged=everything)).evidence == (
        "It cannot be told: all 15 runs diverged."
    )
    assert "two seeds" in judged("lr-kills", planted(seeds=SEEDS[:1])).evidence
    stuck = judged("lr-kills", planted(stuck=everything))
    assert "; no run learnt; " in stuck.evidence
    few = planted(MEASURED[:2], rates=RATES[:2], accuracy=ACCURACY[:2])
    assert judged("lr-kills", few).verdict == NOT_RUN
    assert judged("lr-kills", few).evidence == (
        "There are no ReLU networks trained at 3 learning rates or more; "
        "the study `dying-relu` of `config.yaml` has them."
    )


def test_from_the_best_rate_upwards():
    got = judged("lr-kills-above-best", planted())
    assert (got.verdict, got.n, got.estimate) == (SUPPORTED, 3, pytest.approx(1))
    assert got.evidence.startswith("From 0.03, the best rate, upwards: the share of units that die")
    assert "0.0% at 0.03 and 33.0% at 0.3 of the units died" in got.evidence
    lowest_best = (0.9, *ACCURACY[1:])
    falling = planted((0.5, 0.4, 0.3, 0.2, 0.1), accuracy=lowest_best)
    assert judged("lr-kills-above-best", falling).verdict == REFUTED
    bend = planted((0.1, 0.05, 0.02, 0.05, 0.1), accuracy=lowest_best)
    assert judged("lr-kills-above-best", bend).verdict == INCONCLUSIVE


@pytest.mark.parametrize(
    ("best", "said"),
    [
        (0.3, "no rate lies above the best one, 0.3, and a trend needs two"),
        (0.1, "one rate lies above the best one, 0.1, and a trend needs two"),
    ],
)
def test_too_few_rates_above_the_best(best, said):
    accuracy = [0.9 if rate == best else 0.8 for rate in RATES]
    got = judged("lr-kills-above-best", planted(accuracy=accuracy))
    assert (got.verdict, got.n) == (INCONCLUSIVE, 3)
    assert got.evidence == f"It cannot be told: {said}."


@pytest.mark.parametrize("failure", ["diverged", "stuck"])
def test_a_failed_run_has_no_better_accuracy_than_chance(failure):
    """At 0.3 one run of three is the best of all; the other two fail."""
    made = planted(accuracy=(0.8, 0.8, 0.85, 0.8, 0.99), **{failure: [(42, 0.3), (43, 0.3)]})
    made["runs"].loc[made["runs"]["learning_rate"] == 0.3, "best_val_accuracy"] = 0.99
    assert "From 0.03, the best rate" in judged("lr-kills-above-best", made).evidence


def test_lowering_the_rate():
    got = judged("lowering-rate", planted(stuck=every(0.3)))
    assert (got.verdict, got.n) == (ANSWERED, 3)
    assert got.estimate == pytest.approx(-0.07)
    assert (
        "training at 0.1, the highest rate at which two runs learnt, 7.0% of the units"
        in got.evidence
    )
    assert "at 0.03 0.0%, a change of −7.00 points (95% interval −" in got.evidence
    assert (
        "at 0.003, the lowest rate, it is 3.0%, so that lower is not always better" in got.evidence
    )
    assert got.evidence.endswith("at a rate of 0.3, 3 of 3 runs stayed at chance level.")
    # 1 point of scatter; three lower rates to choose from: t(1 - 0.05/6) instead of t(0.975).
    assert got.high - got.estimate == pytest.approx(7.649 * 0.01 / 3**0.5, rel=1e-3)
    one_learnt = judged("lowering-rate", planted(stuck=[(42, 0.3), (43, 0.3)]))
    assert one_learnt.evidence.startswith(
        "After training at 0.1, the highest rate at which two runs"
    )
    down = judged("lowering-rate", planted((0.01, 0.02, 0.03, 0.07, 0.33)))
    assert "not always better" not in down.evidence
    assert "training at 0.3" in down.evidence


def test_lowering_the_rate_needs_two_rates_at_which_two_runs_learnt():
    one = judged("lowering-rate", planted(diverged=[p for rate in RATES[1:] for p in every(rate)]))
    assert one.verdict == INCONCLUSIVE
    assert (
        "at fewer than two learning rates two runs learnt; at a rate of 0.01, 3 of 3"
        in one.evidence
    )
    apart = planted(
        MEASURED[:2],
        rates=RATES[:2],
        accuracy=ACCURACY[:2],
        diverged=[(42, 0.003), (43, 0.01)],
    )
    said = judged("lowering-rate", apart).evidence
    assert "fewer than two seeds learnt both at 0.003 and at 0.01" in said
    alone = planted(MEASURED[:1], rates=RATES[:1], accuracy=ACCURACY[:1])
    assert judged("lowering-rate", alone).verdict == NOT_RUN


def test_verdicts_do_not_depend_on_what_else_is_varied_or_by_which_study():
    made = planted(stuck=[(42, 0.3)])
    normalised = planted(MEASURED[::-1])
    normalised["cells"]["normalisation"] = "batch"
    longer = planted((0.9,), rates=(0.01,), accuracy=(0.9,))
    longer["cells"]["epochs"] = 50
    names = [name for name in TABLES if "study" in made[name] and len(made[name])]
    for other in (made, normalised, longer):
        # The others come first: whatever stands first must not be taken for the network that counts.
        both = {name: pd.concat([other[name].assign(study="other"), made[name]]) for name in names}
        for name in ("lr-kills", "lr-kills-above-best", "lowering-rate"):
            assert judged(name, made | both) == judged(name, made)


POWER = {  # as in docs/verdicts.md
    "shares and divergence as in the published run": 0.87,
    "shares, divergence and accuracies as in the published run": 0.71,
    "half again as many units die at each greater rate": 0.99,
    "half again as many units die at each lower rate": 0.99,
    "the lowest rate is best, and most units die there": 0.48,
}


@pytest.mark.parametrize(
    "scenario",
    scenarios("lr-kills", "lr-kills-above-best"),
    ids=lambda one: f"{one.claim}: {one.words}",
)
def test_size_and_power(scenario):
    rarely_wrong(scenario, REPETITIONS, POWER.get(scenario.words))
