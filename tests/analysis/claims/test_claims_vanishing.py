"""Claims of gradients that vanish on their way back, on networks whose gradients are known."""

import numpy as np
import pandas as pd
import pytest
from judging import judged, rarely_wrong, scenarios, twice

from activation_lab.analysis.claims.base import (
    INCONCLUSIVE,
    NOT_RUN,
    REFUTED,
    SUPPORTED,
)
from activation_lab.analysis.claims.gradients import OTHERS
from activation_lab.analysis.claims.power.planted import SEEDS, cell, each_seed, tables

JITTER = dict(zip(SEEDS, (-1.0, 0.5, 0.0, 1.0, -0.5), strict=True))
NAMES = (
    *("vanishing-chain", "vanishing-chain-exponential", "good-activation-helps"),
    *("tanh-vanishes", "tanh-vanishes-critical", "tanh-vanishes-more"),
    *("relu-no-vanish", "relu-no-vanish-critical"),
)
REPETITIONS = 25


def tutorial(size=0.02, **stds):
    """Untrained networks of the tutorial: standard deviations by layer, from the input on."""
    cells = [cell(name, activation=name) for name in stds]
    rows = []
    for own in cells:
        rows += each_seed(
            own,
            lambda seed, own=own: [
                {"phase": "untrained", "layer": at, "std": std * np.exp(size * JITTER[seed] * at)}
                for at, std in enumerate(stds[own["activation"]], start=1)
            ],
        )
    return tables(cells, gradients=rows)


def deep(name, left, initialisation="default", middle=None, size=0.02, seeds=(42, 43), depth=64):
    """Deep networks: what is left in the first layer, and in the middle one, of the last's gradient."""
    shape = {"network": f"128x{depth}", "width": 128, "depth": depth}
    own = cell(
        f"{name}-{initialisation}-{depth}",
        activation=name,
        initialisation=initialisation,
        **shape,
    )

    def layers(seed):
        noise = np.exp(size * JITTER[seed])
        found = {1: left * noise, depth: 1.0, depth + 1: 1e9}
        if middle is not None:
            found[(1 + depth) // 2] = middle
        rows = [{"phase": "untrained", "layer": at, "std": std} for at, std in found.items()]
        return [*rows, {"phase": "best", "layer": 1, "std": 1e9}]

    return tables([own], gradients=each_seed(own, layers, seeds))


def both(*made):
    return {name: pd.concat([one[name] for one in made], ignore_index=True) for name in made[0]}


FALLS = (1e-5, 1e-4, 1e-3, 1e-2, 1e-1)


def helps(**shares):
    known = {"sigmoid": 0.01, **dict.fromkeys(OTHERS, 0.005), **shares}
    return tutorial(**{name: (share, 1.0) for name, share in known.items()})


@pytest.mark.parametrize(
    ("name", "verdict", "made"),
    [
        ("vanishing-chain", SUPPORTED, tutorial(sigmoid=FALLS)),
        ("vanishing-chain", REFUTED, tutorial(sigmoid=(1e-3, 1e-4, 1e-3, 1e-2, 1e-1))),
        ("vanishing-chain", INCONCLUSIVE, tutorial(sigmoid=(1e-4, 1e-4, 1e-3, 1e-2, 1e-1))),
        ("vanishing-chain", NOT_RUN, tutorial(tanh=FALLS)),
        ("vanishing-chain-exponential", SUPPORTED, deep("sigmoid", 0.1**63, middle=0.1**32)),
        ("vanishing-chain-exponential", REFUTED, deep("sigmoid", 0.1**48, middle=0.1**32)),
        ("vanishing-chain-exponential", REFUTED, deep("sigmoid", 1.0, middle=1.0)),
        ("vanishing-chain-exponential", NOT_RUN, deep("tanh", 1.0, middle=1.0)),
        ("good-activation-helps", SUPPORTED, helps(elu=0.1)),
        ("good-activation-helps", REFUTED, helps()),
        ("good-activation-helps", INCONCLUSIVE, helps(elu=0.01)),
        ("good-activation-helps", NOT_RUN, tutorial(sigmoid=FALLS)),
        ("tanh-vanishes", SUPPORTED, deep("tanh", 1e-14)),
        ("tanh-vanishes", REFUTED, deep("tanh", 0.5)),
        ("tanh-vanishes", INCONCLUSIVE, deep("tanh", 0.01)),
        ("tanh-vanishes", INCONCLUSIVE, deep("tanh", 1e-14, seeds=(42,))),
        ("tanh-vanishes", NOT_RUN, deep("tanh", 1e-14, "critical")),
        ("tanh-vanishes-critical", REFUTED, deep("tanh", 0.5, "critical")),
        ("tanh-vanishes-critical", NOT_RUN, deep("tanh", 0.5)),
        ("tanh-vanishes-more", SUPPORTED, both(deep("tanh", 1e-14), deep("relu", 0.5))),
        ("tanh-vanishes-more", REFUTED, both(deep("tanh", 1e-14), deep("relu", 1e-23))),
        ("tanh-vanishes-more", NOT_RUN, both(deep("tanh", 1e-14), deep("relu", 1e-23, depth=50))),
        ("relu-no-vanish", REFUTED, deep("relu", 1e-23)),
        ("relu-no-vanish", SUPPORTED, deep("relu", 0.5)),
        ("relu-no-vanish", NOT_RUN, deep("relu", 0.5, depth=48)),
        ("relu-no-vanish-critical", SUPPORTED, deep("relu", 0.5, "he")),
        ("relu-no-vanish-critical", SUPPORTED, deep("relu", 0.5, "critical")),
        ("relu-no-vanish-critical", REFUTED, deep("relu", 1e-23, "he")),
    ],
)
def test_a_planted_truth_is_found(name, verdict, made):
    assert judged(name, made).verdict == verdict
    assert judged(name, twice(made)) == judged(name, made)


def test_sizes_are_told_from_the_output_on():
    got = judged("vanishing-chain", tutorial(0.0, sigmoid=(1e-6, 5e-6, 1e-3, 1e-2, 1e-1)))
    assert got.evidence == (
        "From the output layer back to the input layer the standard deviation of a weight's gradient "
        "is 0.1, 0.01, 0.001, 5e-06 and 1e-06; the input layer decides, with 0.2 (95% interval 0.2 to "
        "0.2, n = 5) times that of the next layer."
    )


def test_the_factor_of_a_layer_is_told_of_both_halves():
    got = judged("vanishing-chain-exponential", deep("sigmoid", 0.1**63, middle=0.1**32, size=0.0))
    assert got.estimate == pytest.approx(0.1)
    assert got.evidence == (
        "Over 64 layers the gradient takes a factor of 0.1 (95% interval 0.1 to 0.1, n = 2) a layer: "
        "0.1 in the half nearer to the input, and 0.1 in the half nearer to the output."
    )


def test_what_is_left_is_of_the_deepest_network():
    made = both(deep("tanh", 0.5, depth=50), deep("tanh", 1e-63, size=0.0))
    got = judged("tanh-vanishes", made)
    assert got.verdict == SUPPORTED
    assert got.evidence.startswith(
        "After 64 layers 1e-63 (95% interval 1e-63 to 1e-63, n = 2) of the last hidden"
    )
    assert "a factor of 0.1 a layer" in got.evidence


def test_he_and_critical_are_one_network_of_relu():
    made = both(deep("relu", 0.5, "he"), deep("relu", 0.5, "critical", seeds=(42, 43, 44)))
    assert judged("relu-no-vanish-critical", made).n == 3


def test_a_gradient_too_small_for_a_number_has_vanished():
    assert judged("tanh-vanishes", deep("tanh", 0.0)).verdict == SUPPORTED


@pytest.mark.parametrize("scenario", scenarios(*NAMES), ids=lambda one: f"{one.claim}: {one.words}")
def test_it_is_rarely_wrong(scenario):
    rarely_wrong(scenario, REPETITIONS, 0.84 if "0.46" in scenario.words else 0.95)
