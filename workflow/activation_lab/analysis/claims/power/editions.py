"""Tables in which claims of `claims/editions.py` are true, false and on the border.

What the editions print is fixed, so that what is planted are our networks.
"""

from __future__ import annotations

import numpy as np

from activation_lab.analysis.claims.accuracy import FIVE
from activation_lab.analysis.claims.base import Tables
from activation_lab.analysis.claims.editions import (
    APART,
    DEAD_APART,
    GREATEST_OF_FIVE,
    MOST_APART,
    ONE_DIFFERENCE,
    TEN_LAYERS,
)
from activation_lab.analysis.claims.power.base import BORDERLINE, FALSE, TRUE, scenario
from activation_lab.analysis.claims.power.planted import cell, each_seed, runs, tables

BORDER = APART[MOST_APART] / (GREATEST_OF_FIVE * 2**0.5)  # standard deviation over seeds


def _scattered(generator: np.random.Generator, spread: float) -> Tables:
    """Draw the five networks' test accuracies with this standard deviation over seeds."""
    cells, rows = [], []
    for name in FIVE:
        base = cell(name, activation=name)
        cells.append(base)
        rows += runs(base, lambda _: {"test_accuracy": generator.normal(0.88, spread)})
    return tables(cells, runs=rows)


@scenario("editions-identical", TRUE, "seeds scatter by 0.6 points")
def _wide(generator: np.random.Generator) -> Tables:
    return _scattered(generator, 0.006)


@scenario("editions-identical", FALSE, "seeds scatter by 0.1 points")
def _narrow(generator: np.random.Generator) -> Tables:
    return _scattered(generator, 0.001)


@scenario("editions-identical", BORDERLINE, "two seeds differ as the editions in 1 case of 20")
def _as_wide(generator: np.random.Generator) -> Tables:
    return _scattered(generator, BORDER)


def _dead(generator: np.random.Generator, spread: float) -> Tables:
    """Draw ten-layer networks whose number of dead units has this standard deviation over seeds."""
    base = cell("relu", network=TEN_LAYERS, epochs=0)

    def network(_: int) -> dict:
        dead = round(generator.normal(415, spread))
        return {"phase": "untrained", "layer": 1, "units": 1920, "dead": dead}

    return tables([base], dead_neurons=each_seed(base, network))


@scenario("editions-identical-dead", TRUE, "21 units over seeds, as in the published run")
def _wide_dead(generator: np.random.Generator) -> Tables:
    return _dead(generator, 21)


@scenario("editions-identical-dead", FALSE, "2 units over seeds")
def _narrow_dead(generator: np.random.Generator) -> Tables:
    return _dead(generator, 2)


@scenario("editions-identical-dead", BORDERLINE, "two seeds differ as the editions in 1 case of 20")
def _as_wide_dead(generator: np.random.Generator) -> Tables:
    return _dead(generator, DEAD_APART / (ONE_DIFFERENCE * 2**0.5))
