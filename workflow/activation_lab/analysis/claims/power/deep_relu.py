"""Tables in which claims of `claims/deep_relu.py` are true, false and on the border."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np

from activation_lab.analysis.claims.base import Tables
from activation_lab.analysis.claims.deep_relu import INITIALISATIONS, TEN_LAYERS
from activation_lab.analysis.claims.groups import CHANCE_LEVEL
from activation_lab.analysis.claims.power.base import BORDERLINE, FALSE, TRUE, scenario
from activation_lab.analysis.claims.power.planted import Row, cell, each_seed, runs, tables
from activation_lab.analysis.printed_numbers import NETWORK

UNITS = 10_000  # of a layer, so that a share is not rounded
DEPTH = 64
DEPTH_SEEDS = (42, 43, 44)  # of the study depth
ACCURACY_NOISE = 0.01


def _of_layer(layer: int, share: float) -> Row:
    return {
        "phase": "untrained",
        "layer": layer,
        "dead": round(UNITS * max(share, 0)),
        "units": UNITS,
    }


def _two_networks(generator: np.random.Generator, four: float, ten: float) -> Tables:
    """Draw networks with these mean shares of dead units; noise is as measured."""
    cells, rows = [], []
    for network, share, noise in ((NETWORK, four, 0.0045), (TEN_LAYERS, ten, 0.0106)):
        base = cell(network, network=network)

        def dead(_: int, share: float = share, noise: float = noise) -> Row:
            return _of_layer(1, generator.normal(share, noise))

        cells.append(base)
        rows += each_seed(base, dead)
    return tables(cells, dead_neurons=rows)


@scenario("dead-depth", TRUE, "1.3% dead in four layers, 21.6% in ten, as measured")
def _more_dead(generator: np.random.Generator) -> Tables:
    return _two_networks(generator, 0.013, 0.216)


@scenario("dead-depth", FALSE, "21.6% dead in four layers, 5% in ten")
def _fewer_dead(generator: np.random.Generator) -> Tables:
    return _two_networks(generator, 0.216, 0.05)


@scenario("dead-depth", BORDERLINE, "21.6% dead in both networks")
def _as_many_dead(generator: np.random.Generator) -> Tables:
    return _two_networks(generator, 0.216, 0.216)


# How much the deeper half of the layers has more than the other half, and its noise over seeds.
GROWTH = {"default": (0.067, 0.012), "zero_bias": (0.169, 0.028), "he": (0.18, 0.048)}


def _by_depth(generator: np.random.Generator, growth: Mapping[str, tuple[float, float]]) -> Tables:
    cells, rows = [], []
    for name in INITIALISATIONS:
        base = cell(name, network="128x64", width=128, depth=DEPTH, initialisation=name)
        mean, noise = growth[name]

        def layers(_: int, mean: float = mean, noise: float = noise) -> list[Row]:
            more = generator.normal(mean, noise)
            return [
                _of_layer(layer, 0.4 + more * (layer > DEPTH / 2)) for layer in (1, 10, 33, DEPTH)
            ]

        cells.append(base)
        rows += each_seed(base, layers)
    return tables(cells, dead_neurons=rows)


@scenario("dead-grows-with-depth", TRUE, "6.7 to 18 points more in the deeper half, as measured")
def _grows(generator: np.random.Generator) -> Tables:
    return _by_depth(generator, GROWTH)


@scenario("dead-grows-with-depth", FALSE, "6.7 points fewer under the default initialisation")
def _does_not_grow(generator: np.random.Generator) -> Tables:
    return _by_depth(generator, {**GROWTH, "default": (-0.067, 0.012)})


@scenario(
    "dead-grows-with-depth", BORDERLINE, "as many in both halves under the default initialisation"
)
def _one_stays(generator: np.random.Generator) -> Tables:
    return _by_depth(generator, {**GROWTH, "default": (0.0, 0.012)})


@scenario("dead-grows-with-depth", BORDERLINE, "as many in both halves under every initialisation")
def _all_stay(generator: np.random.Generator) -> Tables:
    return _by_depth(generator, {name: (0.0, noise) for name, (_, noise) in GROWTH.items()})


def _trained(
    generator: np.random.Generator,
    initialisation: str,
    learns: Mapping[str, float],
    accuracy: Mapping[str, float],
) -> Tables:
    """Draw deep networks: how probably a run learns, and its mean accuracy then, by activation."""
    cells, rows = [], []
    for name in ("swish", "relu"):
        for depth in (24, 48):
            settings = {"network": f"64x{depth}", "width": 64, "depth": depth}
            start = {"activation": name, "initialisation": initialisation}
            base = cell(f"{name}-{depth}", **start, **settings)

            def run(_: int, name: str = name) -> Row:
                if generator.random() < learns[name]:
                    return {"test_accuracy": generator.normal(accuracy[name], ACCURACY_NOISE)}
                return {"status": "plateau", "test_accuracy": CHANCE_LEVEL}

            cells.append(base)
            rows += runs(base, run, DEPTH_SEEDS)
    return tables(cells, runs=rows)


def _swish_scenarios(claim: str, initialisation: str) -> None:
    both_80 = {"swish": 0.8, "relu": 0.8}

    @scenario(claim, TRUE, "80% with Swish, and ReLU never learns")
    def _swish_learns(generator: np.random.Generator) -> Tables:
        return _trained(generator, initialisation, {"swish": 1, "relu": 0}, both_80)

    @scenario(claim, FALSE, "80% with ReLU and 75% with Swish")
    def _relu_better(generator: np.random.Generator) -> Tables:
        accuracy = {"swish": 0.75, "relu": 0.8}
        return _trained(generator, initialisation, {"swish": 1, "relu": 1}, accuracy)

    @scenario(claim, BORDERLINE, "80% with both")
    def _alike(generator: np.random.Generator) -> Tables:
        return _trained(generator, initialisation, {"swish": 1, "relu": 1}, both_80)

    @scenario(claim, BORDERLINE, "1 run in 2 learns with either")
    def _half_learn(generator: np.random.Generator) -> Tables:
        return _trained(generator, initialisation, {"swish": 0.5, "relu": 0.5}, both_80)


_swish_scenarios("swish-for-deep", "default")
_swish_scenarios("swish-for-deep-critical", "critical")
