"""The claim that both editions give the same numbers, on runs that scatter as planted."""

import pytest
from judging import judged, rarely_wrong, scenarios, twice

from activation_lab.analysis.claims.accuracy import FIVE
from activation_lab.analysis.claims.base import (
    INCONCLUSIVE,
    NOT_RUN,
    REFUTED,
    SUPPORTED,
)
from activation_lab.analysis.claims.editions import TEN_LAYERS
from activation_lab.analysis.claims.power.planted import SEEDS, cell, each_seed, runs, tables
from activation_lab.analysis.printed_numbers import NETWORK

JITTER = dict(zip(SEEDS, (-1.0, 0.5, 0.0, 1.0, -0.5), strict=True))  # variance 0.625
DEAD = "editions-identical-dead"
NAMES = ("editions-identical", DEAD, f"{DEAD}-four", f"{DEAD}-trained")
REPETITIONS = 60


def accuracies(spread, fails=(), names=FIVE):
    """Networks of five activations whose accuracies over seeds have this standard deviation."""
    cells = [cell(name, activation=name) for name in names]
    rows = []
    for own in cells:

        def run(seed, own=own):
            if own["activation"] in fails and seed > 42:
                return {"status": "diverged", "test_accuracy": 0.1}
            return {"test_accuracy": 0.88 + spread * JITTER[seed] / 0.625**0.5}

        rows += runs(own, run)
    return tables(cells, runs=rows)


def sigmoid(*ends, **settings):
    own = cell("sigmoid", activation="sigmoid", **settings)
    how = dict(zip(SEEDS, ends, strict=False))
    return tables([own], runs=runs(own, lambda seed: how[seed], list(how)))


def dead(spread, seeds=SEEDS, network=TEN_LAYERS, phase="untrained", status="ok", **settings):
    own = cell("relu", network=network, **settings)

    def layers(seed):
        rest = round(400 + spread * JITTER[seed] / 0.625**0.5)
        return [
            {"phase": phase, "layer": 1, "units": 256, "dead": 1},
            {"phase": phase, "layer": 2, "units": 1664, "dead": rest},
        ]

    ended = runs(own, lambda _: {"status": status}, seeds)
    return tables([own], dead_neurons=each_seed(own, layers, seeds), runs=ended)


STUCK = {"status": "plateau", "test_accuracy": 0.1}
LEARNT = {"test_accuracy": 0.79}


@pytest.mark.parametrize(
    ("name", "verdict", "made"),
    [
        ("editions-identical", SUPPORTED, accuracies(0.006)),
        ("editions-identical", REFUTED, accuracies(0.001)),
        ("editions-identical", INCONCLUSIVE, accuracies(0.003)),
        ("editions-identical", INCONCLUSIVE, accuracies(0)),
        ("editions-identical", INCONCLUSIVE, accuracies(0.006, fails=FIVE)),
        ("editions-identical", NOT_RUN, accuracies(0.006, names=FIVE[1:])),
        ("editions-identical-sigmoid", SUPPORTED, sigmoid(STUCK, LEARNT)),
        ("editions-identical-sigmoid", INCONCLUSIVE, sigmoid(STUCK, STUCK)),
        (
            "editions-identical-sigmoid",
            INCONCLUSIVE,
            sigmoid({"status": "diverged", "test_accuracy": 0.1}, LEARNT, LEARNT),
        ),
        ("editions-identical-sigmoid", NOT_RUN, sigmoid(STUCK)),
        ("editions-identical-sigmoid", NOT_RUN, sigmoid(STUCK, LEARNT, stop="never")),
        ("editions-identical-dead", SUPPORTED, dead(25)),
        ("editions-identical-dead", REFUTED, dead(1.6)),
        ("editions-identical-dead", INCONCLUSIVE, dead(7)),
        ("editions-identical-dead", INCONCLUSIVE, dead(25, seeds=SEEDS[:1])),
        ("editions-identical-dead", NOT_RUN, dead(25, initialisation="he")),
        ("editions-identical-dead", NOT_RUN, dead(25, network=NETWORK)),
        (f"{DEAD}-four", SUPPORTED, dead(6, network=NETWORK)),
        (f"{DEAD}-four", INCONCLUSIVE, dead(1, network=NETWORK)),
        (f"{DEAD}-four", NOT_RUN, dead(6)),
        (f"{DEAD}-trained", SUPPORTED, dead(6, network=NETWORK, phase="best")),
        (f"{DEAD}-trained", INCONCLUSIVE, dead(1, network=NETWORK, phase="best")),
        (f"{DEAD}-trained", INCONCLUSIVE, dead(6, network=NETWORK, phase="best", status="plateau")),
        (f"{DEAD}-trained", NOT_RUN, dead(6)),
    ],
)
def test_a_planted_truth_is_found(name, verdict, made):
    assert judged(name, made).verdict == verdict
    assert judged(name, twice(made)) == judged(name, made)


def test_the_greatest_printed_difference_is_held_against_two_seeds():
    got = judged("editions-identical", accuracies(0.004))
    # 2.569 · √2 · 0.4 points; 1.05 / 1.453; χ² of 20 degrees of freedom: 9.591 and 34.17.
    assert got.evidence == (
        "The printed accuracies differ most with elu, by 1.05 points; between two seeds of ours the "
        "greatest of the five differences stays below 1.45 points in 95% of cases; the ratio is 0.72 "
        "(95% interval 0.50 to 0.94), from 5 seeds."
    )


def test_runs_that_diverged_have_no_accuracy():
    got = judged("editions-identical", accuracies(0.006, fails=("elu",)))
    assert got.evidence.endswith("; 4 of 25 runs diverged.")
    # 16 degrees of freedom are left.
    assert got.low / got.estimate == pytest.approx((6.908 / 16) ** 0.5, rel=1e-3)


def test_printed_sums_of_dead_units_stand_beside_ours():
    said = judged(DEAD, dead(20)).evidence
    assert said.startswith(
        "In the two editions 430 and 410 units are dead, 20 apart, and 401 in the mean of 5 seeds of "
        "ours (by layer 1, 400); two seeds stay below 55."
    )
    said = judged(f"{DEAD}-four", dead(6, network=NETWORK)).evidence
    assert said.startswith("In the two editions 13 and 10 units are dead, 3 apart")
    said = judged(f"{DEAD}-trained", dead(6, network=NETWORK, phase="best")).evidence
    assert said.startswith("In the two editions 3 and 6 units are dead, 3 apart")


POWER = {
    "21 units over seeds, as in the published run": 0.85,
    "2 units over seeds": 0.79,
    "1.6 units over seeds, as in the published run": 0.3,
    "0.4 units over seeds, too few for whole numbers to tell": 0.0,
}


@pytest.mark.parametrize("scenario", scenarios(*NAMES), ids=lambda one: f"{one.claim}: {one.words}")
def test_it_is_rarely_wrong(scenario):
    rarely_wrong(scenario, REPETITIONS, POWER.get(scenario.words, 0.95))
