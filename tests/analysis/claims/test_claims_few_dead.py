"""Claims that a few units are dead before training, on networks of which it is known."""

import pytest
from judging import judged, rarely_wrong, scenarios, twice

from activation_lab.analysis.claims.base import (
    INCONCLUSIVE,
    NOT_RUN,
    REFUTED,
    SUPPORTED,
)
from activation_lab.analysis.claims.power.planted import SEEDS, cell, each_seed, runs, tables

JITTER = dict(zip(SEEDS, (-2, 1, 0, 2, -1), strict=True))
NAMES = ("dead-likely", "dead-few", "dead-few-increase", "few-dead-harmless")
REPETITIONS = 60


def untrained(counts, jitter=0, seeds=SEEDS, **settings):
    """Networks of four layers of 100 units with so many dead ones."""
    own = cell("relu", **settings)

    def layers(seed):
        return [
            {
                "phase": phase,
                "layer": layer,
                "units": 100,
                "dead": dead + (jitter * JITTER[seed] if dead else 0) + 50 * (phase == "best"),
            }
            for phase in ("untrained", "best")
            for layer, dead in enumerate(counts, start=1)
        ]

    return tables([own], dead_neurons=each_seed(own, layers, seeds))


def some(*dead):
    """A network for each seed with so many dead units in its first layer."""
    own = cell("relu")
    of_seed = dict(zip(range(42, 142), dead, strict=False))
    rows = each_seed(
        own,
        lambda seed: {"phase": "untrained", "layer": 1, "units": 100, "dead": of_seed[seed]},
        list(of_seed),
    )
    return tables([own], dead_neurons=rows)


def accuracies(relu, leaky, status="ok"):
    cells = [cell("relu"), cell("leakyrelu", activation="leakyrelu")]
    rows = runs(
        cells[0], lambda seed: {"test_accuracy": relu + 0.001 * JITTER[seed], "status": status}
    )
    rows += runs(cells[1], lambda _: {"test_accuracy": leaky})
    dead = each_seed(
        cells[0],
        lambda seed: {"phase": "untrained", "layer": 4, "units": 100, "dead": 10 + JITTER[seed]},
    )
    return tables(cells, runs=rows, dead_neurons=dead)


@pytest.mark.parametrize(
    ("name", "verdict", "made"),
    [
        ("dead-likely", SUPPORTED, some(1, 2, 3, 4, 5)),
        ("dead-likely", SUPPORTED, some(1, 2, 0, 0, 0)),
        ("dead-likely", INCONCLUSIVE, some(1, 0, 0, 0, 0)),
        ("dead-likely", INCONCLUSIVE, some(0, 0, 0, 0, 0)),
        ("dead-likely", REFUTED, some(*[0] * 100)),
        ("dead-likely", NOT_RUN, untrained([1, 0, 0, 0], initialisation="he")),
        ("dead-few", SUPPORTED, untrained([0, 0, 1, 8], 0.0)),
        ("dead-few", REFUTED, untrained([10, 10, 10, 10], 1)),
        ("dead-few", INCONCLUSIVE, untrained([5, 5, 5, 5], 1)),
        ("dead-few", INCONCLUSIVE, untrained([0, 0, 1, 8], seeds=SEEDS[:1])),
        ("dead-few", NOT_RUN, untrained([0, 0, 1, 8], network="128-64", depth=2)),
        ("dead-few-increase", SUPPORTED, untrained([0, 1, 10, 12], 1)),
        ("dead-few-increase", REFUTED, untrained([10, 12, 1, 0], 1)),
        ("few-dead-harmless", SUPPORTED, accuracies(0.88, 0.88)),
        ("few-dead-harmless", REFUTED, accuracies(0.85, 0.88)),
        ("few-dead-harmless", INCONCLUSIVE, accuracies(0.87, 0.88)),
        ("few-dead-harmless", REFUTED, accuracies(0.88, 0.88, "diverged")),
        ("few-dead-harmless", NOT_RUN, untrained([0, 0, 1, 8])),
    ],
)
def test_a_planted_truth_is_found(name, verdict, made):
    assert judged(name, made).verdict == verdict
    assert judged(name, twice(made)) == judged(name, made)


def test_units_are_counted_before_training():
    got = judged("dead-few", untrained([0, 0, 1, 8]))
    assert got.estimate == 9 / 400
    assert got.evidence == (
        "The share of dead hidden units is 2.2%, 95% interval 2.2% to 2.2% over 5 seeds, and the "
        "layers have 0, 0, 1, 8 of them on average."
    )
    got = judged("dead-few-increase", untrained([0, 0, 1, 8]))
    assert got.estimate == 0.045
    assert "0.0%, 0.0%, 1.0% and 8.0% of the units are dead" in got.evidence


def test_networks_with_a_dead_unit_are_counted():
    assert judged("dead-likely", some(3, 0, 0, 7, 0)).evidence == (
        "2 of 5 untrained networks have a dead unit (95% interval of the share 5% to 85%), on average "
        "2 of 100 units."
    )


def test_relu_is_held_against_a_network_without_dead_units():
    got = judged("few-dead-harmless", accuracies(0.88, 0.885))
    assert got.estimate == pytest.approx(-0.005)
    assert got.evidence.startswith(
        "ReLU networks with 8 to 12 dead units at the start reach 88.00% test accuracy and leaky ReLU "
        "networks 88.50%, a difference of −0.50 points"
    )


POWER = {"as good as leaky ReLU": 0.75}


@pytest.mark.parametrize("scenario", scenarios(*NAMES), ids=lambda one: f"{one.claim}: {one.words}")
def test_it_is_rarely_wrong(scenario):
    rarely_wrong(scenario, REPETITIONS, POWER.get(scenario.words, 0.95))
