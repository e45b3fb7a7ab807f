"""Questions of dead units, on networks of which the answer is known."""

import pytest
from judging import judged, twice

from activation_lab.analysis.claims.base import ANSWERED, INCONCLUSIVE, NOT_RUN
from activation_lab.analysis.claims.capacity import TEN_LAYERS
from activation_lab.analysis.claims.power.planted import cell, each_seed, runs, tables

SEEDS = (42, 43)


def networks(first, dead, status="ok", name="relu", **settings):
    """Networks of two layers of 100 units: dead on the first images and on all, by phase and layer."""
    own = cell(f"{name}-{settings}", activation=name, **settings)

    def rows(seed):
        return [
            {
                "phase": phase,
                "layer": layer,
                "units": 100,
                "dead": dead[phase][layer - 1] + (seed - 42) * (layer == 2),
                "dead_first": first[phase][layer - 1],
                "status": status,
            }
            for phase in dead
            for layer in (1, 2)
        ]

    return [own], each_seed(own, rows, SEEDS), runs(own, lambda _: {"status": status}, SEEDS)


def together(*parts):
    cells, dead, own = ([row for part in parts for row in part[at]] for at in range(3))
    return tables(cells, dead_neurons=dead, runs=own)


BOTH = {"untrained": (0, 6), "best": (0, 3)}
ON_FEW = {"untrained": (4, 16), "best": (0, 5)}


def test_dead_units_after_training_are_counted_by_layer():
    made = together(networks(ON_FEW, BOTH))
    got = judged("dead-trained", made)
    assert (got.verdict, got.n, got.estimate) == (ANSWERED, 2, 3.5)
    assert "units are dead: in the layers, on average, 0, 3.5; the tutorial prints" in got.evidence
    assert judged("dead-trained", twice(made)) == got
    stuck = judged("dead-trained", together(networks(ON_FEW, BOTH, "plateau")))
    assert stuck.verdict == INCONCLUSIVE


def test_a_look_at_few_images_raises_false_alarms():
    made = together(networks(ON_FEW, BOTH))
    got = judged("identify-dead", made)
    # 40 alarms; 6 and 7 units are dead.
    assert (got.verdict, got.n, got.estimate) == (ANSWERED, 2, 27 / 40)
    assert got.evidence.startswith(
        "Untrained, 27 of 40 units that are 0 on the first 1,000 training images are not 0 on all "
        "50,000 (67.5%, 95% interval "
    )
    assert "after training, 3 of 10 units that are 0 on the first" in got.evidence
    assert judged("identify-dead", twice(made)) == got
    none = judged("identify-dead", together(networks({"untrained": (0, 0)}, {"untrained": (0, 0)})))
    assert none.verdict != ANSWERED


def solved(**dead):
    return [
        networks(
            {"untrained": (0, 50)},
            {"untrained": (0, count)},
            network=TEN_LAYERS,
            initialisation=name,
            epochs=0,
        )
        for name, count in dead.items()
    ]


def test_ways_to_solve_the_problem_stand_side_by_side():
    ways = [*solved(default=40, zero_bias=10, he=8), networks(ON_FEW, BOTH)]
    leaky = {"untrained": (0, 0), "best": (0, 0)}
    ways.append(networks(ON_FEW, leaky, name="leakyrelu"))
    got = judged("solve-dead", together(*ways))
    assert (got.verdict, got.n) == (ANSWERED, 2)
    assert got.estimate == pytest.approx(-0.16)
    assert got.evidence.startswith(
        "Of the untrained ten-layer network's units 20.2% with the default, 5.3% with zero biases and "
        "4.2% with He's initialisation are dead, from the default to He's a change of −16.00 points"
    )
    assert (
        "; after training, 7 of 400 units with relu and 1 of 400 units with leakyrelu are dead"
        in (got.evidence)
    )
    assert judged("solve-dead", together(*solved(default=40))).verdict == NOT_RUN


def test_learning_rates_are_told_where_there_are_several():
    rates = [
        networks(ON_FEW, {"untrained": (0, 6), "best": (0, dead)}, learning_rate=rate, epochs=4)
        for rate, dead in ((0.003, 9), (0.03, 1), (0.3, 59))
    ]
    got = judged("solve-dead", together(*solved(default=40, he=8), *rates))
    assert got.evidence.endswith("; by learning rate, from 0.8% at 0.03 to 29.8% at 0.3.")


def heaviside(zero, name="heaviside"):
    own = cell(name, activation=name, depth=2, epochs=0)
    rows = each_seed(
        own,
        lambda _: [
            {"phase": "untrained", "layer": 1, "zero_fraction": zero, "norm": 0.0},
            {"phase": "untrained", "layer": 2, "zero_fraction": 1.0, "norm": 0.0},
            {"phase": "untrained", "layer": 3, "zero_fraction": 0.0, "norm": 0.5},
        ],
        SEEDS,
    )
    return tables([own], gradients=rows)


def test_no_gradient_gets_through_a_step():
    got = judged("heaviside-problem", heaviside(1.0))
    assert (got.verdict, got.n, got.estimate) == (ANSWERED, 2, 1)
    assert got.evidence == (
        "In 2 networks 100.0% of the weight gradients before the output layer are exactly 0, while the "
        "output layer's gradient has a norm of 0.5."
    )
    assert judged("heaviside-problem", heaviside(0.5)).estimate == 0.75
    assert judged("heaviside-problem", heaviside(1.0, "relu")).verdict == NOT_RUN
