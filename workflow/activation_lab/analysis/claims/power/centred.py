"""Tables in which claims of `claims/centred.py` are true, false and on the border."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from activation_lab.analysis.claims.base import Tables
from activation_lab.analysis.claims.centred import CENTRED
from activation_lab.analysis.claims.power.base import BORDERLINE, FALSE, TRUE, scenario
from activation_lab.analysis.claims.power.planted import Row, cell, values

NOISE = 0.03  # over seeds, of the mean in standard deviations


def _means(
    generator: np.random.Generator,
    before: Sequence[float],
    after: Sequence[float],
    activation: str,
    **settings: str,
) -> Tables:
    """Draw networks whose values have these means, layer by layer, in standard deviations."""
    means = {"untrained": before, "best": after}

    def columns(_: str, layer: int, phase: str) -> Row:
        return {"mean": means[phase][layer - 1] + generator.normal(0, NOISE), "std": 1.0}

    return values([cell("one", activation=activation, **settings)], columns)


def _uncentred_scenarios(claim: str, activation: str, **settings: str) -> None:
    @scenario(claim, TRUE, "0.5 to 0.7 standard deviations, as measured with ReLU")
    def _off(generator: np.random.Generator) -> Tables:
        return _means(generator, [0.7] * 4, [0.5, 0.7, 0.7, 0.7], activation, **settings)

    @scenario(claim, FALSE, "0 in one layer after training, half a standard deviation elsewhere")
    def _one_centred(generator: np.random.Generator) -> Tables:
        return _means(generator, [0.5] * 4, [0.5, 0.5, 0.5, 0], activation, **settings)

    @scenario(claim, BORDERLINE, f"{CENTRED:g} standard deviations in one layer, 0.5 elsewhere")
    def _one_on_the_border(generator: np.random.Generator) -> Tables:
        return _means(generator, [0.5] * 4, [0.5, 0.5, 0.5, CENTRED], activation, **settings)

    @scenario(claim, BORDERLINE, f"{CENTRED:g} standard deviations in every layer")
    def _all_on_the_border(generator: np.random.Generator) -> Tables:
        return _means(generator, [CENTRED] * 4, [CENTRED] * 4, activation, **settings)


_uncentred_scenarios("sigmoid-uncentered", "sigmoid", stop="never")
_uncentred_scenarios("relu-uncentered", "relu")


@scenario("tanh-centered", TRUE, "0.01 to 0.04 standard deviations, as measured")
def _centred(generator: np.random.Generator) -> Tables:
    return _means(generator, [0.01, 0.04, 0.03, 0.03], [0.03, 0.03, 0.01, 0.02], "tanh")


@scenario("tanh-centered", FALSE, "half a standard deviation from 0 in one layer after training")
def _one_off_centre(generator: np.random.Generator) -> Tables:
    return _means(generator, [0] * 4, [0, 0, 0, 0.5], "tanh")


@scenario("tanh-centered", BORDERLINE, f"{CENTRED:g} standard deviations in one layer, 0 elsewhere")
def _one_layer_on_the_border(generator: np.random.Generator) -> Tables:
    return _means(generator, [0] * 4, [0, 0, 0, CENTRED], "tanh")


@scenario("tanh-centered", BORDERLINE, f"{CENTRED:g} standard deviations in every layer")
def _all_layers_on_the_border(generator: np.random.Generator) -> Tables:
    return _means(generator, [CENTRED] * 4, [-CENTRED] * 4, "tanh")


def _elu(generator: np.random.Generator, before: float, after: float) -> Tables:
    """Draw networks: how far the mean is from 0 with ELU; with ReLU it is 0.7 standard deviations."""
    means = {"untrained": before, "best": after}

    def columns(name: str, _: int, phase: str) -> Row:
        mean = means[phase] if name == "elu" else 0.7
        return {"mean": mean + generator.normal(0, NOISE), "std": 1.0}

    return values([cell(name, activation=name) for name in ("elu", "relu")], columns)


@scenario("elu-mean", TRUE, "0.1 standard deviations before training and 0.4 after, 0.7 with ReLU")
def _closer(generator: np.random.Generator) -> Tables:
    return _elu(generator, 0.1, 0.4)


@scenario("elu-mean", FALSE, "1 standard deviation after training, 0.7 with ReLU")
def _further(generator: np.random.Generator) -> Tables:
    return _elu(generator, 0.1, 1.0)


@scenario("elu-mean", BORDERLINE, "as far as with ReLU after training, less before")
def _as_far_after(generator: np.random.Generator) -> Tables:
    return _elu(generator, 0.1, 0.7)


@scenario("elu-mean", BORDERLINE, "as far as with ReLU, before and after training")
def _as_far(generator: np.random.Generator) -> Tables:
    return _elu(generator, 0.7, 0.7)
