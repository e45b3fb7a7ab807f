"""Claims of what a dead unit is, on units of which it is known."""

import pytest
from judging import judged, rarely_wrong, scenarios, twice

from activation_lab.analysis.claims.base import (
    BY_DEFINITION,
    INCONCLUSIVE,
    NOT_RUN,
    REFUTED,
    SUPPORTED,
)
from activation_lab.analysis.claims.power.planted import cell, each_seed, runs, tables

REPETITIONS = 40
# Largest pre-activation, share of values that are not 0, share of values with a slope.
DEAD, SOMETIMES, ALWAYS = (-0.1, 0.0, 0.0), (0.5, 0.3, 0.3), (2.0, 1.0, 1.0)
NEGATIVE = (-0.1, 1.0, 1.0)  # a unit of another activation whose input is always negative


def units(*kinds, name="relu", seeds=(42,), **settings):
    own = cell(name, activation=name, **settings)

    def of_network(_):
        return [
            {
                "phase": phase,
                "layer": 1,
                "unit": unit,
                "pre_max": top,
                "nonzero_fraction": nonzero,
                "gradient_fraction": slope,
            }
            for phase in ("untrained", "best")
            for unit, (top, nonzero, slope) in enumerate(kinds, start=1)
        ]

    return tables([own], neurons=each_seed(own, of_network, seeds))


@pytest.mark.parametrize(
    ("name", "verdict", "estimate", "made"),
    [
        ("dead-definition", BY_DEFINITION, 1, units(DEAD, SOMETIMES, ALWAYS)),
        ("dead-definition", REFUTED, 0.5, units(DEAD, (-0.1, 0.0, 0.2))),
        ("dead-definition", REFUTED, 0.5, units(DEAD, NEGATIVE)),
        ("dead-definition", NOT_RUN, None, units(DEAD, name="elu")),
        ("dead-definition", NOT_RUN, None, units(DEAD, network="128-64")),
        ("dead-definition-others", REFUTED, 0.5, units(NEGATIVE, ALWAYS, name="elu")),
        ("dead-definition-others", BY_DEFINITION, 1, units(ALWAYS, name="elu")),
        ("dead-definition-others", NOT_RUN, None, units(DEAD)),
        ("dead-definition-some", REFUTED, 0.5, units(DEAD, SOMETIMES, ALWAYS)),
        ("dead-definition-some", SUPPORTED, 1, units(DEAD, ALWAYS)),
        ("dead-definition-some", NOT_RUN, None, units(ALWAYS)),
    ],
)
def test_definitions_are_compared_unit_by_unit(name, verdict, estimate, made):
    got = judged(name, made)
    assert (got.verdict, got.estimate) == (verdict, estimate)
    assert judged(name, twice(made)) == got


def test_what_each_definition_finds_is_counted():
    made = units(NEGATIVE, NEGATIVE, ALWAYS, (1.0, 1.0, 0.0), name="elu")
    assert judged("dead-definition-others", made).evidence == (
        "Of 4 units of networks with elu, 2 have a negative pre-activation on all images, 0 are "
        "exactly 0 on all images and 1 have no slope on any image."
    )
    assert judged("dead-definition", units(DEAD, SOMETIMES)).evidence == (
        "The three definitions agree on 2 of 2 units, 1 of them dead."
    )


def networks(status="ok", learning_rate=0.01, **dead):
    """Networks of 100 units: so many dead before and after training."""
    cells = [
        cell(f"{name}-{learning_rate}", activation=name, learning_rate=learning_rate)
        for name in dead
    ]
    rows, own_runs = [], []
    for own in cells:
        before, after = dead[own["activation"]]
        rows += each_seed(
            own,
            lambda _, before=before, after=after: [
                {"phase": phase, "layer": 1, "units": 100, "dead": number, "status": status}
                for phase, number in (("untrained", before), ("best", after))
            ],
            (42,),
        )
        own_runs += runs(own, lambda _: {"status": status}, (42,))
    return tables(cells, dead_neurons=rows, runs=own_runs)


ALL = {"leakyrelu": (0, 0), "elu": (0, 0), "swish": (0, 0)}


@pytest.mark.parametrize(
    ("name", "verdict", "made"),
    [
        ("swish-no-dead", BY_DEFINITION, networks(**ALL)),
        ("swish-no-dead", REFUTED, networks(swish=(0, 1))),
        ("swish-no-dead", BY_DEFINITION, networks("diverged", swish=(0, 100))),
        ("swish-no-dead", NOT_RUN, networks(elu=(0, 0))),
        ("swish-no-dead-variants", BY_DEFINITION, networks(**ALL)),
        ("swish-no-dead-variants", REFUTED, networks(**{**ALL, "elu": (1, 0)})),
        ("swish-no-dead-variants", NOT_RUN, networks(swish=(0, 0))),
        ("swish-no-dead-cause", REFUTED, networks(**ALL)),
        ("swish-no-dead-cause", SUPPORTED, networks(**{**ALL, "elu": (1, 0)})),
    ],
)
def test_units_that_are_always_0_are_counted(name, verdict, made):
    assert judged(name, made).verdict == verdict
    assert judged(name, twice(made)) == judged(name, made)


def test_relu_stands_beside_the_others():
    got = judged("swish-no-dead", networks(**ALL, relu=(3, 5)))
    assert (got.n, got.estimate) == (200, 0)
    assert got.evidence == (
        "With swish 0 of 200 units, counted untrained and trained, are exactly 0 on all training "
        "images, and with ReLU 8 of 200."
    )


def deep(*constant, name="swish", depth=64, initialisation="default"):
    own = cell(name, activation=name, network=f"128x{depth}", width=128, depth=depth)
    own["initialisation"] = initialisation
    of_seed = dict(zip((42, 43, 44), constant, strict=False))
    rows = each_seed(
        own,
        lambda seed: {
            "phase": "untrained",
            "layer": depth,
            "units": 1000,
            "constant": of_seed[seed],
        },
        list(of_seed),
    )
    return tables([own], dead_neurons=rows)


@pytest.mark.parametrize(
    ("verdict", "made"),
    [
        (SUPPORTED, deep(10, 11)),
        (REFUTED, deep(770, 780)),
        (INCONCLUSIVE, deep(10, 90)),
        (INCONCLUSIVE, deep(770)),
        (NOT_RUN, deep(770, 780, depth=32)),
        (NOT_RUN, deep(770, 780, initialisation="critical")),
        (NOT_RUN, deep(770, 780, name="relu")),
    ],
)
def test_deep_networks_have_units_that_tell_nothing(verdict, made):
    assert judged("swish-no-dead-deep", made).verdict == verdict
    assert judged("swish-no-dead-deep", twice(made)) == judged("swish-no-dead-deep", made)


@pytest.mark.parametrize("scenario", scenarios("swish-no-dead-deep"), ids=lambda one: one.words)
def test_it_is_rarely_wrong(scenario):
    power = 0.75 if scenario.words.startswith("1%") else 0.95
    rarely_wrong(scenario, REPETITIONS, power)
