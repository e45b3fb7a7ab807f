"""Tables in which claims of `claims/vanishing.py` are true, false and on the border.

Noise is as in untrained networks of the default run: of natural logarithms, over seeds.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import numpy as np

from activation_lab.analysis.claims.base import Tables
from activation_lab.analysis.claims.depth import CONSIDERABLY, VANISHED
from activation_lab.analysis.claims.gradients import OTHERS
from activation_lab.analysis.claims.power.base import BORDERLINE, FALSE, TRUE, scenario
from activation_lab.analysis.claims.power.planted import SEEDS, Row, cell, each_seed, tables
from activation_lab.analysis.claims.vanishing import STEADY

DEPTH = 64
TWO = (42, 43)  # the seeds of depth-untrained; ReLU's networks are also in dead-by-depth, with five
LAYER_NOISE = 0.05  # of a layer of the tutorial's network
LEFT_NOISE = {"sigmoid": 0.34, "tanh": 0.32, "relu": 0.65}  # of what is left after 64 layers


def _tutorial(generator: np.random.Generator, sizes: Mapping[str, Sequence[float]]) -> Tables:
    """Draw the tutorial's untrained networks: the size of each layer's gradient, from the input on."""
    cells = [cell(name, activation=name) for name in sizes]
    rows = []
    for base in cells:

        def layers(_: int, name: str = base["activation"]) -> list[Row]:
            return [
                {
                    "phase": "untrained",
                    "layer": layer,
                    "std": size * np.exp(generator.normal(0, LAYER_NOISE)),
                }
                for layer, size in enumerate(sizes[name], start=1)
            ]

        rows += each_seed(base, layers)
    return tables(cells, gradients=rows)


MEASURED = (2.4e-6, 1.1e-5, 7.6e-5, 7.3e-4, 0.018)


@scenario("vanishing-chain", TRUE, "from 0.018 to 2.4e-6, as measured")
def _falls(generator: np.random.Generator) -> Tables:
    return _tutorial(generator, {"sigmoid": MEASURED})


@scenario("vanishing-chain", FALSE, "half as large in the second layer as in the first")
def _rises_once(generator: np.random.Generator) -> Tables:
    return _tutorial(generator, {"sigmoid": (2.2e-5, 1.1e-5, 7.6e-5, 7.3e-4, 0.018)})


@scenario("vanishing-chain", BORDERLINE, "as large in the first layer as in the second")
def _stays_once(generator: np.random.Generator) -> Tables:
    return _tutorial(generator, {"sigmoid": (1.1e-5, 1.1e-5, 7.6e-5, 7.3e-4, 0.018)})


@scenario("vanishing-chain", BORDERLINE, "as large in all layers")
def _stays(generator: np.random.Generator) -> Tables:
    return _tutorial(generator, {"sigmoid": (0.018,) * 5})


def _kept(generator: np.random.Generator, kept: Mapping[str, float]) -> Tables:
    return _tutorial(generator, {name: (share, 1.0) for name, share in kept.items()})


@scenario(
    "good-activation-helps", TRUE, "0.013% with sigmoid and 8 to 20% with the others, as measured"
)
def _helps(generator: np.random.Generator) -> Tables:
    others = dict(zip(OTHERS, (0.14, 0.13, 0.13, 0.14, 0.08), strict=True))
    return _kept(generator, {"sigmoid": 1.3e-4, **others})


@scenario("good-activation-helps", FALSE, "half as much with all others as with sigmoid")
def _harms(generator: np.random.Generator) -> Tables:
    return _kept(generator, {"sigmoid": 0.2, **dict.fromkeys(OTHERS, 0.1)})


@scenario("good-activation-helps", BORDERLINE, "as much with all six")
def _all_alike(generator: np.random.Generator) -> Tables:
    return _kept(generator, {"sigmoid": 0.1, **dict.fromkeys(OTHERS, 0.1)})


@scenario(
    "good-activation-helps", BORDERLINE, "as much with one as with sigmoid, half with the others"
)
def _one_alike(generator: np.random.Generator) -> Tables:
    return _kept(generator, {"sigmoid": 0.1, **dict.fromkeys(OTHERS, 0.05), OTHERS[0]: 0.1})


def _halves(generator: np.random.Generator, first: float, second: float) -> Tables:
    """Draw deep sigmoid networks with these factors a layer from the input, and to the output."""
    base = cell("sigmoid", activation="sigmoid", network="128x64", width=128, depth=DEPTH)
    middle = (1 + DEPTH) // 2
    noise = LEFT_NOISE["sigmoid"] / 2**0.5

    def layers(_: int) -> list[Row]:
        late = np.log(second) * (DEPTH - middle) + generator.normal(0, noise)
        early = np.log(first) * (middle - 1) + generator.normal(0, noise)
        sizes = {1: np.exp(early + late), middle: np.exp(late), DEPTH: 1.0}
        return [{"phase": "untrained", "layer": at, "std": size} for at, size in sizes.items()]

    return tables([base], gradients=each_seed(base, layers, TWO))


@scenario("vanishing-chain-exponential", TRUE, "0.14 a layer in both halves, as measured")
def _exponential(generator: np.random.Generator) -> Tables:
    return _halves(generator, 0.14, 0.14)


@scenario("vanishing-chain-exponential", FALSE, "0.14 a layer in one half, and 0.5 in the other")
def _slows_down(generator: np.random.Generator) -> Tables:
    return _halves(generator, 0.5, 0.14)


@scenario("vanishing-chain-exponential", BORDERLINE, f"factors that differ {STEADY} times")
def _on_the_border(generator: np.random.Generator) -> Tables:
    return _halves(generator, 0.14 * STEADY, 0.14)


@scenario("vanishing-chain-exponential", BORDERLINE, f"{CONSIDERABLY} a layer in both halves")
def _hardly_falls(generator: np.random.Generator) -> Tables:
    return _halves(generator, CONSIDERABLY, CONSIDERABLY)


def _deep(
    generator: np.random.Generator,
    left: Mapping[str, float],
    initialisation: str,
    seeds: Sequence[int],
) -> Tables:
    """Draw deep networks with so much of the gradient left in the first layer."""
    cells, rows = [], []
    for name, share in left.items():
        shape = {"network": "128x64", "width": 128, "depth": DEPTH}
        base = cell(name, activation=name, initialisation=initialisation, **shape)

        def ends(_: int, name: str = name, share: float = share) -> list[Row]:
            first = share * np.exp(generator.normal(0, LEFT_NOISE[name]))
            return [
                {"phase": "untrained", "layer": 1, "std": first},
                {"phase": "untrained", "layer": DEPTH, "std": 1.0},
            ]

        cells.append(base)
        rows += each_seed(base, ends, seeds)
    return tables(cells, gradients=rows)


def _left_scenarios(
    claim: str, start: tuple[str, str, Sequence[int]], true: float, false: float
) -> None:
    """Register the scenarios of a claim that gradients vanish, or do not."""
    activation, initialisation, seeds = start

    def draw(generator: np.random.Generator, share: float) -> Tables:
        return _deep(generator, {activation: share}, initialisation, seeds)

    @scenario(claim, TRUE, f"{true:g} of the gradient is left")
    def _true(generator: np.random.Generator) -> Tables:
        return draw(generator, true)

    @scenario(claim, FALSE, f"{false:g} of the gradient is left")
    def _false(generator: np.random.Generator) -> Tables:
        return draw(generator, false)

    @scenario(claim, BORDERLINE, f"{VANISHED:g} of the gradient is left")
    def _border(generator: np.random.Generator) -> Tables:
        return draw(generator, VANISHED)


_left_scenarios("tanh-vanishes", ("tanh", "default", TWO), 1.5e-14, 0.46)
_left_scenarios("tanh-vanishes-critical", ("tanh", "critical", TWO), 1.5e-14, 0.46)
_left_scenarios("relu-no-vanish", ("relu", "default", SEEDS), 0.7, 7e-24)
_left_scenarios("relu-no-vanish-critical", ("relu", "he", SEEDS), 0.7, 7e-24)


@scenario("tanh-vanishes-more", TRUE, "1.5e-14 with tanh and 0.7 with ReLU")
def _less_with_tanh(generator: np.random.Generator) -> Tables:
    return _deep(generator, {"tanh": 1.5e-14, "relu": 0.7}, "default", TWO)


@scenario("tanh-vanishes-more", FALSE, "1.5e-14 with tanh and 7e-24 with ReLU, as measured")
def _less_with_relu(generator: np.random.Generator) -> Tables:
    return _deep(generator, {"tanh": 1.5e-14, "relu": 7e-24}, "default", TWO)


@scenario("tanh-vanishes-more", BORDERLINE, "as much with both")
def _as_much(generator: np.random.Generator) -> Tables:
    return _deep(generator, {"tanh": 1e-20, "relu": 1e-20}, "default", TWO)
