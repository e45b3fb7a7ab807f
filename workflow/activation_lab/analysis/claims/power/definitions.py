"""Tables in which the claim of `claims/definitions.py` that chance decides is true or false."""

from __future__ import annotations

import numpy as np

from activation_lab.analysis.claims.base import Tables
from activation_lab.analysis.claims.definitions import USELESS
from activation_lab.analysis.claims.power.base import BORDERLINE, FALSE, TRUE, scenario
from activation_lab.analysis.claims.power.planted import Row, cell, each_seed, tables

SEEDS = (42, 43)  # of the study depth-untrained


def _constant(generator: np.random.Generator, share: float) -> Tables:
    """Draw deep Swish networks with this share of constant units."""
    shape = {"network": "128x64", "width": 128, "depth": 64}
    base = cell("swish", activation="swish", **shape)

    def network(_: int) -> Row:
        constant = round(8192 * max(generator.normal(share, 0.005), 0.0))
        return {"phase": "untrained", "layer": 1, "units": 8192, "constant": constant}

    return tables([base], dead_neurons=each_seed(base, network, SEEDS))


@scenario("swish-no-dead-deep", TRUE, "1% of the units are constant")
def _hardly_any(generator: np.random.Generator) -> Tables:
    return _constant(generator, 0.01)


@scenario("swish-no-dead-deep", FALSE, "78% of the units are constant, as measured")
def _most(generator: np.random.Generator) -> Tables:
    return _constant(generator, 0.78)


@scenario("swish-no-dead-deep", BORDERLINE, "5% of the units are constant")
def _just_some(generator: np.random.Generator) -> Tables:
    return _constant(generator, USELESS)
