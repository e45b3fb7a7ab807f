"""Claims on what a choice depends on, and advice, on networks whose accuracies are known."""

import numpy as np
import pytest
from judging import ended, judged, rarely_wrong, scenarios, twice

from activation_lab.analysis.claims.base import INCONCLUSIVE, NOT_RUN, REFUTED, SUPPORTED
from activation_lab.analysis.claims.power.choosing import at_depths, at_rates, five
from activation_lab.analysis.claims.power.planted import tables

DEPENDS, ORDER, SELECT = "optimal-depends", "optimal-depends-order", "select-by-network"
RATE, SEEDS = "careful-rate", "more-seeds"


def drawn(seed):
    return np.random.default_rng(seed)


def draw():
    return drawn(3)


def deep(shallow, deepest, initialisation="critical"):
    """Accuracies of tanh, ReLU and Swish with 2 layers and with 48."""
    return at_depths(draw(), {(2, initialisation): shallow, (48, initialisation): deepest})


LOW, EVEN, HIGH = (0.7, 0.6, 0.5), (0.7, 0.7, 0.7), (0.6, 0.7, 0.5)
NONE = (0.1, 0.1, 0.1)


def by_rate(lost, status="ok", rates=(0.003, 0.01, 0.03, 0.1, 0.3)):
    means = dict.fromkeys(rates, 0.84) | {0.03: 0.86}
    return at_rates(draw(), {**means, max(rates): 0.86 - lost}, status)


@pytest.mark.parametrize(
    ("name", "verdict", "made"),
    [
        (DEPENDS, SUPPORTED, deep(EVEN, LOW)),
        (DEPENDS, INCONCLUSIVE, deep(EVEN, EVEN)),
        (DEPENDS, REFUTED, deep(NONE, NONE)),
        (DEPENDS, NOT_RUN, deep(EVEN, LOW, "default")),
        (DEPENDS, NOT_RUN, at_depths(draw(), {(2, "critical"): LOW})),
        (ORDER, SUPPORTED, deep(HIGH, LOW)),
        (ORDER, SUPPORTED, deep(LOW, HIGH)),
        (ORDER, REFUTED, deep(LOW, LOW)),
        (ORDER, REFUTED, deep(HIGH, HIGH)),
        (ORDER, INCONCLUSIVE, deep(EVEN, LOW)),
        (SELECT, SUPPORTED, deep(HIGH, LOW)),
        (SELECT, REFUTED, deep(LOW, LOW)),
        (SELECT, NOT_RUN, tables()),
        (RATE, SUPPORTED, by_rate(0.1)),
        (RATE, SUPPORTED, by_rate(0, status="diverged")),
        (RATE, REFUTED, by_rate(-0.05)),
        (RATE, INCONCLUSIVE, by_rate(0.01)),
        (RATE, NOT_RUN, by_rate(0.1, rates=(0.01, 0.03, 0.09))),
        (SEEDS, SUPPORTED, five(draw(), 0, 0.004)),
        (SEEDS, REFUTED, five(draw(), 0.02, 0.001, range(42, 52))),
        (SEEDS, INCONCLUSIVE, five(draw(), 0.02, 0.001)),
        (SEEDS, NOT_RUN, tables()),
    ],
)
def test_a_planted_truth_is_found(name, verdict, made):
    assert judged(name, made).verdict == verdict
    assert judged(name, twice(made)) == judged(name, made)


def test_the_choice_for_each_network_is_made_on_other_seeds():
    got = judged(SELECT, deep(HIGH, LOW))
    assert 0.03 < got.estimate < 0.07  # ReLU's ten points with 2 layers, of two kinds of networks
    # Where all are alike, a choice by chance gains nothing on the seed that is judged.
    alike = dict.fromkeys([(depth, "critical") for depth in (2, 8, 24, 48)], EVEN)
    gains = [judged(SELECT, at_depths(drawn(n), alike)).estimate for n in range(30)]
    assert abs(np.mean(gains)) < 0.0008


def test_a_seed_is_held_against_the_average_of_others():
    assert judged(SEEDS, five(draw(), 0.02, 0.001)).estimate == 0
    # Where all are alike, a seed knows nothing of the others: it turns every second pair.
    turned = [judged(SEEDS, five(drawn(n), 0, 0.004)).estimate for n in range(20)]
    assert np.mean(turned) == pytest.approx(0.5, abs=0.08)


def test_one_seed_decides_nothing():
    made = ended(five(draw(), 0, 0.004), "plateau", 43, 44, 45, 46)
    assert judged(SEEDS, made).verdict == INCONCLUSIVE


POWER = {
    "9 points more at 48 layers than at 2": 0.95,
    "as much at every depth": 0.05,
    "2 points between neighbours, 0.2 over seeds; 5 seeds, too few to refute": 0.0,
}


@pytest.mark.parametrize(
    "scenario",
    scenarios(DEPENDS, ORDER, SELECT, RATE, SEEDS),
    ids=lambda one: f"{one.claim}: {one.words}",
)
def test_it_is_rarely_wrong(scenario):
    rarely_wrong(scenario, 60, POWER.get(scenario.words, 0.9))
