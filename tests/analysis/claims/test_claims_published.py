"""Claims on numbers that others published, on networks whose accuracies and dead units are known."""

import numpy as np
import pytest
from judging import ended, judged, rarely_wrong, scenarios, twice

from activation_lab.analysis.claims.base import INCONCLUSIVE, NOT_RUN, REFUTED, SUPPORTED
from activation_lab.analysis.claims.power.planted import SEEDS
from activation_lab.analysis.claims.power.published import at_rates, small_networks
from activation_lab.analysis.claims.published import PRINTED

ALL, ORDER, DEAD = "mlp-classifier", "mlp-classifier-order", "dead-at-high-rates"
TANH = ("10x2", "tanh")


class Jitter:
    """Stands for a generator, so that accuracies of five seeds are known."""

    def __init__(self, spread=0.001):
        self.drawn, self.spread = 0, spread

    def normal(self, mean, _):
        self.drawn += 1
        return mean + self.spread * (-1, 0.5, 0, 1, -0.5)[self.drawn % len(SEEDS)]


def small(spread=0.001, **off):
    """Networks as printed, but for some kinds that are better by so much."""
    better = {tuple(kind.split("_")): value for kind, value in off.items()}
    means = {kind: value + better.get(kind, 0) for kind, value in PRINTED.items()}
    return small_networks(Jitter(spread), means)


def without(made, name):
    """The same networks, without those of one activation."""
    kept = {key: frame[frame["activation"] != name] for key, frame in made.items() if key == "runs"}
    return {**made, **kept}


def dead(*highest, diverged=(), low=0.02):
    """ReLU networks with these shares of dead units at the highest rate, one for each seed."""
    seeds = range(42, 42 + len(highest))
    few = dict.fromkeys(seeds, low)
    return at_rates({0.01: few, 0.1: few, 0.3: dict(zip(seeds, highest, strict=True))}, diverged)


@pytest.mark.parametrize(
    ("name", "verdict", "made"),
    [
        (ALL, SUPPORTED, small()),
        (ALL, INCONCLUSIVE, small(spread=0.01)),
        (ALL, REFUTED, small(**{"10x2_tanh": 0.03})),
        (ALL, REFUTED, small(**{"100_relu": -0.03})),
        (ALL, INCONCLUSIVE, small(**{"100_relu": -0.011})),
        (ALL, NOT_RUN, without(small(), "tanh")),
        (ORDER, SUPPORTED, small()),
        (ORDER, REFUTED, small(**{"10x2_tanh": 0.03})),
        (ORDER, INCONCLUSIVE, small(spread=0.01, **{"10x2_tanh": 0.009})),
        (ORDER, NOT_RUN, without(small(), "relu")),
        (DEAD, SUPPORTED, dead(0.6, 0.62, 0.64)),
        (DEAD, REFUTED, dead(0.2, 0.22, 0.24)),
        (DEAD, INCONCLUSIVE, dead(0.39, 0.38, 0.4)),
        (DEAD, INCONCLUSIVE, dead(0.39, 0.38, 0.01, diverged=(44,))),
        (DEAD, REFUTED, dead(0.6, 0.6, 0.6, diverged=(43, 44))),
        (DEAD, INCONCLUSIVE, dead(0.6)),
        (DEAD, NOT_RUN, at_rates({0.3: {42: 0.5, 43: 0.5}})),
    ],
)
def test_a_planted_truth_is_found(name, verdict, made):
    assert judged(name, made).verdict == verdict
    assert judged(name, twice(made)) == judged(name, made)


def test_the_printed_number_furthest_off_is_told():
    got = judged(ALL, small(**{"10x2_tanh": 0.02}))
    assert got.estimate == pytest.approx(-0.02)
    # Student's t of four degrees of freedom, 2.776, times √1.2 and the standard deviation, 0.079.
    assert got.high - got.estimate == pytest.approx(2.776 * 1.2**0.5 * 0.001 * 0.625**0.5, rel=1e-3)
    assert got.evidence == (
        "7 of 8 printed accuracies lie in the 95% interval of one more run of ours; the furthest, "
        "0.841 with tanh and hidden layers 10x2, differs from our mean by −2.00 points (±0.24, n = 5), "
        "and the eight in the mean by −0.25 points."
    )


def test_a_run_that_fails_counts_as_guessing():
    made = ended(small(), "plateau", 44)
    got = judged(ALL, made)
    assert got.verdict == INCONCLUSIVE
    assert "8 of 40 runs stayed at chance level" in got.evidence


def test_every_size_is_compared_and_the_printed_difference_stands_beside():
    assert judged(ORDER, small(**{"100_relu": 0.01})).evidence.startswith(
        "ReLU minus tanh is +1.30 points with 100 (printed: +0.30 points), +0.70 points with 100-10 "
        "(printed: +0.70 points), +0.90 points with 10x2"
    )


def test_runs_that_diverged_have_no_units_to_count():
    got = judged(DEAD, dead(0.39, 0.38, 0.9, diverged=(44,)))
    assert got.n == 2
    assert got.estimate == pytest.approx(0.385)
    assert got.evidence.endswith("at most 39.0% in any one network; 1 of 9 runs diverged.")


POWER = {
    "the paper's networks are ours": 0.0,
    "20% at the highest rate": 0.95,
}


@pytest.mark.parametrize(
    "scenario", scenarios(ALL, ORDER, DEAD), ids=lambda one: f"{one.claim}: {one.words}"
)
def test_it_is_rarely_wrong(scenario):
    rarely_wrong(scenario, 60, POWER.get(scenario.words, 0.9))


def test_draws_scatter_as_the_networks_do():
    made = small_networks(np.random.default_rng(0), dict.fromkeys(PRINTED, 0.85))
    assert made["runs"]["test_accuracy"].std() == pytest.approx(0.003, rel=0.3)
