"""Claims of what dead units cost, on networks of which it is known."""

import pytest
from judging import judged, rarely_wrong, scenarios, twice

from activation_lab.analysis.claims.base import (
    INCONCLUSIVE,
    NOT_RUN,
    REFUTED,
    SUPPORTED,
)
from activation_lab.analysis.claims.capacity import TEN_LAYERS
from activation_lab.analysis.claims.power.planted import cell, each_seed, runs, tables

NAMES = ("dead-capacity", "check-dead", "dead-bottleneck-rank")
REPETITIONS = 40
SEEDS = (42, 43, 44)
RATES = (0.003, 0.01, 0.03, 0.1)


def trained(dead, ranks, status=(), seeds=SEEDS, swapped=()):
    """Networks at four rates: units of 100 that are dead, and the rank; the accuracy is a hundredth.

    Of seeds in `swapped` the ranks of the first two rates are exchanged.
    """
    cells = [cell(f"rate-{rate}", learning_rate=rate, epochs=4) for rate in RATES[: len(dead)]]
    rows, dead_rows, values = [], [], []
    for at, own in enumerate(cells):
        ended = dict(enumerate(status)).get(at, "ok")

        def rank(seed, at=at):
            return ranks[1 - at if seed in swapped and at < 2 else at]

        place = {"phase": "best", "layer": 1}
        rows += runs(
            own,
            lambda seed, rank=rank, ended=ended: {
                "test_accuracy": rank(seed) / 100,
                "status": ended,
            },
            seeds,
        )
        dead_rows += each_seed(
            own, lambda _, at=at, p=place: {**p, "dead": dead[at], "units": 100}, seeds
        )
        values += each_seed(
            own,
            lambda seed, rank=rank, p=place: [
                {**p, "kind": "post", "effective_rank": rank(seed)},
                {**p, "kind": "pre", "effective_rank": 1.0},
            ],
            seeds,
        )
    return tables(cells, runs=rows, dead_neurons=dead_rows, activations=values)


FEW_TO_MANY = (1, 5, 20, 60)


@pytest.mark.parametrize("name", ["dead-capacity", "check-dead"])
@pytest.mark.parametrize(
    ("verdict", "made"),
    [
        (SUPPORTED, trained(FEW_TO_MANY, (80, 70, 60, 50))),
        (SUPPORTED, trained(FEW_TO_MANY, (80, 70, 60, 50), swapped=(43,))),
        (REFUTED, trained(FEW_TO_MANY, (50, 60, 70, 80))),
        (INCONCLUSIVE, trained(FEW_TO_MANY, (60, 50, 80, 59), swapped=(43,))),
        (INCONCLUSIVE, trained((5, 5, 5, 5), (50, 60, 70, 80))),
        (INCONCLUSIVE, trained(FEW_TO_MANY, (80, 70, 60, 50), seeds=SEEDS[:1])),
        (NOT_RUN, trained((1, 5), (80, 70))),
    ],
)
def test_dead_units_are_correlated_over_learning_rates(name, verdict, made):
    assert judged(name, made).verdict == verdict
    assert judged(name, twice(made)) == judged(name, made)


def test_runs_that_diverged_are_left_out_and_said():
    made = trained(FEW_TO_MANY, (80, 70, 60, 90), ("ok", "ok", "ok", "diverged"))
    for name in ("dead-capacity", "check-dead"):
        got = judged(name, made)
        assert (got.verdict, got.estimate, got.n) == (SUPPORTED, -1, 3)
        assert got.evidence.endswith("; 3 of 12 runs diverged.")
    assert "is 80 where 1.0% of the units are dead and 60 where 20.0%" in (
        judged("dead-capacity", made).evidence
    )


def test_runs_that_never_learnt_count_as_guessing():
    made = trained(FEW_TO_MANY, (80, 70, 60, 90), ("ok", "ok", "ok", "plateau"))
    got = judged("check-dead", made)
    assert (got.verdict, got.estimate) == (SUPPORTED, -1)
    assert "60.0% dead and 10.0% accuracy at 0.1" in got.evidence


def ten_layers(dead=72, seeds=(42,), ranks=None, initialisation="default"):
    own = cell(initialisation, network=TEN_LAYERS, epochs=0, initialisation=initialisation)
    place = {"phase": "untrained", "layer": 9}
    counted = each_seed(
        own, lambda seed: {**place, "dead": dead - (seed > 42), "units": 128}, seeds
    )
    values = []
    if ranks:
        values = each_seed(
            own,
            lambda seed: [
                {**place, "kind": "post", "effective_rank": ranks[seeds.index(seed)]},
                {**place, "kind": "pre", "effective_rank": 99.0},
                {**place, "layer": 8, "kind": "post", "effective_rank": 99.0},
            ],
            seeds,
        )
    return [own], counted, values


def bottleneck(default, zero_bias):
    parts = [
        ten_layers(64, SEEDS, default),
        ten_layers(10, SEEDS, zero_bias, "zero_bias"),
    ]
    cells, dead, values = ([row for part in parts for row in part[at]] for at in range(3))
    return tables(cells, dead_neurons=dead, activations=values)


def test_the_bottleneck_is_counted_exactly():
    cells, dead, _ = ten_layers(72, (42, 43, 44))
    got = judged("dead-bottleneck", tables(cells, dead_neurons=dead))
    assert (got.verdict, got.n, got.estimate) == (SUPPORTED, 1, 0.5625)
    assert got.evidence == (
        "With seed 42, 72 of 128 units are dead, 56.25%; of 2 other seeds 55.5% to 55.5% are, 55.5% in "
        "the mean."
    )
    cells, dead, _ = ten_layers(71)
    assert judged("dead-bottleneck", tables(cells, dead_neurons=dead)).verdict == REFUTED
    cells, dead, _ = ten_layers(72, (43,))
    assert judged("dead-bottleneck", tables(cells, dead_neurons=dead)).verdict == NOT_RUN


@pytest.mark.parametrize(
    ("verdict", "made"),
    [
        (SUPPORTED, bottleneck((2, 2.1, 2.2), (8, 8, 8))),
        (REFUTED, bottleneck((8, 8.1, 8.2), (8, 8, 8))),
        (INCONCLUSIVE, bottleneck((4, 4.1, 3.9), (8, 8, 8))),
    ],
)
def test_ranks_are_compared_in_the_last_layer_but_one(verdict, made):
    got = judged("dead-bottleneck-rank", made)
    assert got.verdict == verdict
    assert judged("dead-bottleneck-rank", twice(made)) == got
    assert "under the default (49% dead) and 8 with zero biases (7% dead)" in got.evidence


@pytest.mark.parametrize("scenario", scenarios(*NAMES), ids=lambda one: f"{one.claim}: {one.words}")
def test_it_is_rarely_wrong(scenario):
    rarely_wrong(scenario, REPETITIONS, 0.95)


def test_a_correlation_is_at_most_1():
    made = trained(FEW_TO_MANY, (80, 70, 60, 50), seeds=SEEDS[:2], swapped=(43,))
    got = judged("check-dead", made)
    assert (got.low, got.high) == (-1, pytest.approx(0.3706, abs=1e-3))
