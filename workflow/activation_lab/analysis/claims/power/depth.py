"""Tables in which claims of `claims/depth.py` are true, false and on the border.

What is left of the gradient over 64 layers, and its noise over seeds, is as in ten untrained networks.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

import numpy as np

from activation_lab.analysis.claims.base import Tables
from activation_lab.analysis.claims.depth import VANISHED
from activation_lab.analysis.claims.power.base import BORDERLINE, FALSE, TRUE, scenario
from activation_lab.analysis.claims.power.planted import Row, cell, each_seed, tables

DEPTH = 64
SEEDS = (42, 43)  # of the study depth-untrained


class Kind(NamedTuple):
    """A kind of network: E[φ′], √χ₁, what is left of its gradient, and the noise of ln of that."""

    slope: float
    root: float
    left: float
    noise: float


CRITICAL = (
    Kind(0.057, 1, 0.069, 0.87),  # sigmoid
    Kind(0.72, 1, 0.46, 0.33),  # tanh
    Kind(0.5, 1, 0.72, 0.67),  # relu
    Kind(0.55, 1, 0.71, 0.48),  # leakyrelu
    Kind(0.75, 1, 0.42, 0.4),  # elu
    Kind(0.5, 1, 0.043, 0.35),  # swish
    Kind(0.5, 1, 0.072, 0.61),  # gelu
)
DEFAULT = (
    Kind(0.24, 0.14, 7e-54, 0.34),
    Kind(0.99, 0.58, 1.5e-14, 0.32),
    Kind(0.5, 0.41, 7e-24, 0.63),
    Kind(0.97, 0.56, 4e-15, 0.35),
    Kind(0.5, 0.29, 7e-33, 0.3),
    Kind(1.34, 0.8, 4.8e-6, 0.53),  # selu
)


def _networks(generator: np.random.Generator, kinds: Sequence[Kind]) -> Tables:
    cells, gradients, theory = [], [], []
    for number, kind in enumerate(kinds):
        base = cell(f"{number}", activation=f"a{number}", network="128x64", width=128, depth=DEPTH)

        def ends(_: int, kind: Kind = kind) -> list[Row]:
            first = kind.left * np.exp(generator.normal(0, kind.noise))
            return [
                {"phase": "untrained", "layer": 1, "std": first},
                {"phase": "untrained", "layer": DEPTH, "std": 1.0},
            ]

        cells.append(base)
        gradients += each_seed(base, ends, SEEDS)
        means = {"mean_slope": kind.slope, "chi_1": kind.root**2, "q_star": 1.0}
        theory.append({**base, "layer": 1, **means})
    return tables(cells, gradients=gradients, theory=theory)


def _with_left(kinds: Sequence[Kind], left: float) -> list[Kind]:
    return [kind._replace(left=left) for kind in kinds]


@scenario(
    "fifty-layers", TRUE, "where E[φ′] is below 0.9, one part in 10^8 is left of every gradient"
)
def _all_vanish(generator: np.random.Generator) -> Tables:
    return _networks(generator, [*_with_left(CRITICAL, 1e-8), *DEFAULT])


@scenario("fifty-layers", FALSE, "critical networks keep 4 to 72% of the gradient, as measured")
def _critical_keep(generator: np.random.Generator) -> Tables:
    return _networks(generator, [*CRITICAL, *DEFAULT])


@scenario("fifty-layers", BORDERLINE, "1% is left in all seven critical networks")
def _all_critical_on_the_border(generator: np.random.Generator) -> Tables:
    return _networks(generator, [*_with_left(CRITICAL, VANISHED), *DEFAULT])


@scenario("fifty-layers", BORDERLINE, "1% is left in one critical network, next to nothing in six")
def _one_critical_on_the_border(generator: np.random.Generator) -> Tables:
    one, *others = CRITICAL
    kinds = [one._replace(left=VANISHED), *_with_left(others, 1e-8), *DEFAULT]
    return _networks(generator, kinds)


@scenario(
    "fifty-layers-chi", TRUE, "under the default initialisation at most 5e-6 is left, as measured"
)
def _default_vanish(generator: np.random.Generator) -> Tables:
    return _networks(generator, [*CRITICAL, *DEFAULT])


@scenario("fifty-layers-chi", FALSE, "half of the gradient is left in one of six networks")
def _one_keeps(generator: np.random.Generator) -> Tables:
    *others, last = DEFAULT
    return _networks(generator, [*others, last._replace(left=0.5)])


@scenario("fifty-layers-chi", BORDERLINE, "1% is left in one of six networks")
def _one_on_the_border(generator: np.random.Generator) -> Tables:
    *others, last = DEFAULT
    return _networks(generator, [*others, last._replace(left=VANISHED)])


@scenario("fifty-layers-chi", BORDERLINE, "1% is left in all six networks")
def _all_on_the_border(generator: np.random.Generator) -> Tables:
    return _networks(generator, _with_left(DEFAULT, VANISHED))


GROWING = (
    Kind(0.69, 1.05, 8.7, 0.16),
    Kind(0.69, 1.05, 17, 0.22),
)  # tanh under He, 50 and 64 layers


@scenario("fifty-layers-explode", TRUE, "gradients grow 9 and 17 times, as measured")
def _grow(generator: np.random.Generator) -> Tables:
    return _networks(generator, [*GROWING, *DEFAULT])


@scenario("fifty-layers-explode", FALSE, "a tenth of the gradient is left")
def _shrink(generator: np.random.Generator) -> Tables:
    return _networks(generator, [*_with_left(GROWING, 0.1), *DEFAULT])


@scenario("fifty-layers-explode", BORDERLINE, "gradients neither grow nor shrink")
def _stay(generator: np.random.Generator) -> Tables:
    return _networks(generator, [*_with_left(GROWING, 1.0), *DEFAULT])


ALLOWED = 0.25 / 3**0.5  # by sigmoid's greatest slope, under the default initialisation


def sigmoid(generator: np.random.Generator, share: float, depth: int = DEPTH) -> Tables:
    """Draw a network whose layers pass back this share of what sigmoid's slope lets through."""
    shape = {"network": f"128x{depth}", "width": 128, "depth": depth}
    base = cell("sigmoid", activation="sigmoid", **shape)

    def ends(_: int) -> list[Row]:
        left = (share * ALLOWED) ** (depth - 2) * np.exp(generator.normal(0, 0.3))
        layers = {1: 1.0, 2: left, depth: 1.0, depth + 1: 9.0}
        return [{"phase": "untrained", "layer": n, "std": std} for n, std in layers.items()]

    return tables([base], gradients=each_seed(base, ends, SEEDS))


@scenario("sigmoid-cause", TRUE, "97% of what the slope lets through, as measured")
def _by_the_slope(generator: np.random.Generator) -> Tables:
    return sigmoid(generator, 0.97)


@scenario("sigmoid-cause", FALSE, "half of what the slope lets through")
def _by_something_else(generator: np.random.Generator) -> Tables:
    return sigmoid(generator, 0.5)


@scenario("sigmoid-cause", BORDERLINE, "90% of what the slope lets through")
def _just_by_the_slope(generator: np.random.Generator) -> Tables:
    return sigmoid(generator, 0.9)
