"""Tables in which claims of `claims/gradients.py` are true, false and on the border.

Noise is as in twenty untrained networks: of logarithms to base 10, over seeds.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping

import numpy as np

from activation_lab.analysis.claims.base import Tables
from activation_lab.analysis.claims.gradients import OTHERS, SIMILAR, SPIKE
from activation_lab.analysis.claims.power.base import BORDERLINE, FALSE, TRUE, scenario
from activation_lab.analysis.claims.power.planted import Row, cell, each_seed, tables

ALL = ("sigmoid", *OTHERS)
OUTPUT = 5  # the layer
LARGEST_NOISE = {1: 0.05, OUTPUT: 0.12}  # of the largest gradient of a layer
NORM_NOISE = 0.02  # of a norm
LAYERS_NOISE = 0.06  # of the ratio of two layers' norms
ACTIVATIONS_NOISE = 0.013  # of the ratio of two activations' norms
ZEROS_NOISE = 0.17  # of the share of gradients that are 0, relative to it
NEAR_NOISE = 0.01  # of the share of gradients near 0


def _untrained(
    columns: Callable[[str], list[Row]], activations: tuple[str, ...] = OTHERS
) -> Tables:
    """Return tables of the tutorial's untrained networks: the columns of a network's layers."""
    cells = [cell(name, activation=name) for name in activations]
    rows = []
    for base in cells:
        rows += each_seed(base, lambda _, name=base["activation"]: columns(name))
    return tables(cells, gradients=[{"phase": "untrained", **row} for row in rows])


def _sigmoid(generator: np.random.Generator, input_layer: float, output_layer: float) -> Tables:
    def columns(_: str) -> list[Row]:
        sizes = {1: input_layer, OUTPUT: output_layer}
        return [
            {
                "layer": layer,
                "abs_max": size * 10 ** generator.normal(0, LARGEST_NOISE[layer]),
                "norm": size * 10 ** generator.normal(0, NORM_NOISE),
            }
            for layer, size in sizes.items()
        ]

    return _untrained(columns, ("sigmoid",))


@scenario("sigmoid-gradient", TRUE, "1.4e-5 and 0.045, as measured")
def _as_printed(generator: np.random.Generator) -> Tables:
    return _sigmoid(generator, 1.4e-5, 0.045)


@scenario("sigmoid-gradient", FALSE, "2e-4 in the input layer, 20 times as much as printed")
def _too_large(generator: np.random.Generator) -> Tables:
    return _sigmoid(generator, 2e-4, 0.045)


@scenario("sigmoid-gradient", BORDERLINE, "10 times as much as printed in the input layer alone")
def _ten_times_in_one(generator: np.random.Generator) -> Tables:
    return _sigmoid(generator, 1e-4, 0.1)


@scenario("sigmoid-gradient", BORDERLINE, "10 times as much as printed in both layers")
def _ten_times_in_both(generator: np.random.Generator) -> Tables:
    return _sigmoid(generator, 1e-4, 1.0)


@scenario("sigmoid-gradient-norm", TRUE, "a norm of 3e-5")
def _small_norm(generator: np.random.Generator) -> Tables:
    return _sigmoid(generator, 3e-5, 0.1)


@scenario("sigmoid-gradient-norm", FALSE, "a norm of 1.5e-3, as measured")
def _measured_norm(generator: np.random.Generator) -> Tables:
    return _sigmoid(generator, 1.5e-3, 0.1)


@scenario("sigmoid-gradient-norm", BORDERLINE, "a norm of 1e-4, 10 times as much as printed")
def _ten_times_the_norm(generator: np.random.Generator) -> Tables:
    return _sigmoid(generator, 1e-4, 0.1)


def _input_layer(generator: np.random.Generator, norms: Mapping[str, float]) -> Tables:
    def columns(name: str) -> list[Row]:
        return [{"layer": 1, "norm": norms[name] * 10 ** generator.normal(0, NORM_NOISE)}]

    return _untrained(columns, ALL)


MEASURED = {"tanh": 0.32, "relu": 0.09, "leakyrelu": 0.095, "elu": 0.3, "swish": 0.029}


@scenario("sigmoid-gradient-least", TRUE, "a twentieth of Swish's norm, as measured")
def _least(generator: np.random.Generator) -> Tables:
    return _input_layer(generator, {"sigmoid": 0.0015, **MEASURED})


@scenario("sigmoid-gradient-least", FALSE, "twice Swish's norm")
def _not_least(generator: np.random.Generator) -> Tables:
    return _input_layer(generator, {"sigmoid": 0.058, **MEASURED})


@scenario("sigmoid-gradient-least", BORDERLINE, "as large as Swish's norm, less than the others'")
def _as_large_as_swish(generator: np.random.Generator) -> Tables:
    return _input_layer(generator, {"sigmoid": 0.029, **MEASURED})


@scenario("sigmoid-gradient-least", BORDERLINE, "the same norm with all six activations")
def _all_as_large(generator: np.random.Generator) -> Tables:
    return _input_layer(generator, dict.fromkeys(ALL, 0.029))


def _layers(generator: np.random.Generator, ratios: Mapping[str, float]) -> Tables:
    """Draw five activations whose first and last layer differ by this factor."""

    def columns(name: str) -> list[Row]:
        size = ratios[name] * 10 ** generator.normal(0, LAYERS_NOISE)
        return [
            {"layer": 1, "norm": size, "std": size},
            {"layer": OUTPUT, "norm": 1.0, "std": 1.0},
        ]

    return _untrained(columns)


def _layers_scenarios(claim: str, most: float) -> None:
    """Register the scenarios of a claim on layers: `most` is the greatest factor measured."""
    usual = dict.fromkeys(OTHERS, most)

    @scenario(claim, TRUE, f"factors of {most:g}")
    def _similar(generator: np.random.Generator) -> Tables:
        return _layers(generator, usual)

    @scenario(claim, FALSE, "a factor of 30 with one activation")
    def _one_differs(generator: np.random.Generator) -> Tables:
        return _layers(generator, {**usual, "swish": 30})

    @scenario(claim, BORDERLINE, "a factor of 10 with one activation")
    def _one_on_the_border(generator: np.random.Generator) -> Tables:
        return _layers(generator, {**usual, "swish": SIMILAR})

    @scenario(claim, BORDERLINE, "a factor of 10 with all five")
    def _all_on_the_border(generator: np.random.Generator) -> Tables:
        return _layers(generator, dict.fromkeys(OTHERS, SIMILAR))


_layers_scenarios("gradients-similar-layers", 2.4)
_layers_scenarios("gradients-similar-weights", 7.4)


def _activations(generator: np.random.Generator, ratios: list[float]) -> Tables:
    """Draw five layers in which the norms with tanh and with Swish differ by these factors."""

    def columns(name: str) -> list[Row]:
        if name != "tanh":
            return [{"layer": layer, "norm": 1.0} for layer in range(1, OUTPUT + 1)]
        return [
            {"layer": layer, "norm": ratio * 10 ** generator.normal(0, ACTIVATIONS_NOISE)}
            for layer, ratio in enumerate(ratios, start=1)
        ]

    return _untrained(columns)


@scenario("gradients-similar-activations", TRUE, "factors of 7")
def _similar_activations(generator: np.random.Generator) -> Tables:
    return _activations(generator, [7] * OUTPUT)


@scenario("gradients-similar-activations", FALSE, "factors of 7 to 11.6, as measured")
def _measured_activations(generator: np.random.Generator) -> Tables:
    return _activations(generator, [11.2, 11.5, 11.6, 10.9, 7])


@scenario("gradients-similar-activations", BORDERLINE, "a factor of 10 in one layer")
def _one_layer_on_the_border(generator: np.random.Generator) -> Tables:
    return _activations(generator, [7, 7, SIMILAR, 7, 7])


@scenario("gradients-similar-activations", BORDERLINE, "a factor of 10 in every layer")
def _all_layers_on_the_border(generator: np.random.Generator) -> Tables:
    return _activations(generator, [SIMILAR] * OUTPUT)


def _zeros(generator: np.random.Generator, share: float) -> Tables:
    def columns(name: str) -> list[Row]:
        zeros = share * generator.normal(1, ZEROS_NOISE) if name == "relu" else 0.0
        return [{"layer": 1, "zero_fraction": zeros}]

    return _untrained(columns)


@scenario("relu-spike", TRUE, "13% of the gradients are 0, as measured")
def _spike(generator: np.random.Generator) -> Tables:
    return _zeros(generator, 0.13)


@scenario("relu-spike", FALSE, "1% of the gradients are 0")
def _no_spike(generator: np.random.Generator) -> Tables:
    return _zeros(generator, 0.01)


@scenario("relu-spike", BORDERLINE, "as many gradients are 0 as an even spread leaves to a bin")
def _spike_on_the_border(generator: np.random.Generator) -> Tables:
    return _zeros(generator, SPIKE)


def _near(generator: np.random.Generator, shares: Mapping[str, float]) -> Tables:
    """Draw histograms of standard deviation 1 whose middle bin is what counts as near 0."""

    def columns(name: str) -> list[Row]:
        near = round(10_000 * (shares[name] + generator.normal(0, NEAR_NOISE)))
        histogram = {"bin_edges": [-3, -0.1, 0.1, 3], "counts": [0, near, 10_000 - near]}
        return [{"layer": 1, "std": 1.0, **histogram}]

    return _untrained(columns)


DENSITIES = {"tanh": 0.09, "leakyrelu": 0.18, "elu": 0.09, "swish": 0.1}


@scenario("relu-spike-density", TRUE, "22% near 0, 18% with leaky ReLU, as measured")
def _denser(generator: np.random.Generator) -> Tables:
    return _near(generator, {"relu": 0.22, **DENSITIES})


@scenario("relu-spike-density", FALSE, "14% near 0, 18% with leaky ReLU")
def _less_dense(generator: np.random.Generator) -> Tables:
    return _near(generator, {"relu": 0.14, **DENSITIES})


@scenario("relu-spike-density", BORDERLINE, "as many near 0 as with leaky ReLU")
def _as_dense_as_leaky(generator: np.random.Generator) -> Tables:
    return _near(generator, {"relu": 0.18, **DENSITIES})


@scenario("relu-spike-density", BORDERLINE, "as many near 0 with all five activations")
def _all_as_dense(generator: np.random.Generator) -> Tables:
    return _near(generator, dict.fromkeys(OTHERS, 0.18))
