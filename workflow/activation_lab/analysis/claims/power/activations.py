"""Tables in which claims of `claims/activations.py` are true, false and on the border."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import numpy as np

from activation_lab.analysis.claims.base import Tables
from activation_lab.analysis.claims.power.base import BORDERLINE, FALSE, TRUE, scenario
from activation_lab.analysis.claims.power.planted import Row, cell, each_seed, runs, tables

# Mean and standard deviation over seeds of the greatest value after the last hidden layer.
LARGEST = {"tanh": (1.0, 0.0), "relu": (10.8, 2.1), "leakyrelu": (10.3, 2.1), "elu": (9.2, 1.1)}
SWISH_NOISE = 3.5
SATURATED = (0.095, 0.024, 0.002, 0.058)  # share of tanh's values, by layer
SATURATED_NOISE = (0.015, 0.003, 0.001, 0.011)


def _largest(generator: np.random.Generator, sizes: Mapping[str, tuple[float, float]]) -> Tables:
    """Draw trained networks: mean and standard deviation of the greatest value with each activation."""
    cells = [cell(name, activation=name) for name in sizes]
    values, trained = [], []
    for base in cells:
        mean, noise = sizes[base["activation"]]

        def last(_: int, mean: float = mean, noise: float = noise) -> Row:
            return {
                "phase": "best",
                "layer": 4,
                "kind": "post",
                "max": generator.normal(mean, noise),
            }

        values += each_seed(base, last)
        trained += runs(base, lambda _: {})
    return tables(cells, activations=values, runs=trained)


def _swish_scenarios(claim: str) -> None:
    @scenario(claim, TRUE, "16.8 with Swish and 10.8 with ReLU, as measured")
    def _larger(generator: np.random.Generator) -> Tables:
        return _largest(generator, {"swish": (16.8, SWISH_NOISE), **LARGEST})

    @scenario(claim, FALSE, "16.8 with ReLU and 10.8 with Swish")
    def _smaller(generator: np.random.Generator) -> Tables:
        turned = {"swish": (10.8, 2.1), **LARGEST, "relu": (16.8, SWISH_NOISE)}
        return _largest(generator, turned)

    @scenario(claim, BORDERLINE, "as large with Swish as with ReLU, less with the others")
    def _as_large_as_relu(generator: np.random.Generator) -> Tables:
        turned = {"swish": (20, SWISH_NOISE), **LARGEST, "relu": (20, 2.1)}
        return _largest(generator, turned)

    @scenario(claim, BORDERLINE, "as large with all five activations")
    def _all_as_large(generator: np.random.Generator) -> Tables:
        return _largest(generator, dict.fromkeys(["swish", *LARGEST], (10.8, 2.1)))


_swish_scenarios("swish-large")
_swish_scenarios("swish-large-anywhere")


def _saturated(generator: np.random.Generator, shares: Sequence[float]) -> Tables:
    """Draw trained tanh networks with these mean shares of saturated values, layer by layer."""
    base = cell("tanh", activation="tanh")

    def layers(_: int) -> list[Row]:
        return [
            {
                "phase": "best",
                "layer": layer,
                "kind": "post",
                "saturated_fraction": generator.normal(share, noise),
            }
            for layer, (share, noise) in enumerate(
                zip(shares, SATURATED_NOISE, strict=True), start=1
            )
        ]

    return tables([base], activations=each_seed(base, layers), runs=runs(base, lambda _: {}))


@scenario("tanh-saturates", TRUE, "9.5, 2.4, 0.2 and 5.8% of the values, as measured")
def _outer_layers(generator: np.random.Generator) -> Tables:
    return _saturated(generator, SATURATED)


@scenario("tanh-saturates", FALSE, "9.5, 5.8, 0.2 and 2.4% of the values")
def _second_layer(generator: np.random.Generator) -> Tables:
    return _saturated(generator, (0.095, 0.058, 0.002, 0.024))


@scenario("tanh-saturates", BORDERLINE, "as many in the last layer as in the second")
def _second_as_last(generator: np.random.Generator) -> Tables:
    return _saturated(generator, (0.095, 0.058, 0.002, 0.058))


@scenario("tanh-saturates", BORDERLINE, "as many in all four layers")
def _all_alike(generator: np.random.Generator) -> Tables:
    return _saturated(generator, (0.058,) * 4)
