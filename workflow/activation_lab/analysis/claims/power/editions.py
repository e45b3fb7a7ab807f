"""Tables in which claims of `claims/editions.py` are true, false and on the border.

What the editions print is fixed, so that what is planted are our networks.
"""

from __future__ import annotations

import numpy as np

from activation_lab.analysis.claims.accuracy import FIVE
from activation_lab.analysis.claims.base import Tables
from activation_lab.analysis.claims.editions import (
    APART,
    GREATEST_OF_FIVE,
    MOST_APART,
    ONE_DIFFERENCE,
    TEN_LAYERS,
    TRAINED,
    UNTRAINED,
)
from activation_lab.analysis.claims.power.base import BORDERLINE, FALSE, TRUE, scenario
from activation_lab.analysis.claims.power.planted import cell, each_seed, runs, tables
from activation_lab.analysis.printed_numbers import NETWORK

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


def _dead(generator: np.random.Generator, spread: float, network: str, phase: str) -> Tables:
    """Draw networks whose number of dead units has this standard deviation over seeds."""
    base = cell("relu", network=network)

    def layer(_: int) -> dict:
        dead = max(round(generator.normal(400, spread)), 0)
        return {"phase": phase, "layer": 1, "units": 1920, "dead": dead, "status": "ok"}

    return tables([base], dead_neurons=each_seed(base, layer), runs=runs(base, lambda _: {}))


def _dead_scenarios(
    claim: str, where: tuple[str, str], printed: tuple[int, int], known: float, narrow: float
) -> None:
    """Register scenarios by the spread over seeds: as in the published run, and one too narrow."""
    border = abs(printed[0] - printed[1]) / (ONE_DIFFERENCE * 2**0.5)

    @scenario(claim, TRUE, f"{known:g} units over seeds, as in the published run")
    def _wide_dead(generator: np.random.Generator) -> Tables:
        return _dead(generator, known, *where)

    whole = ", too few for whole numbers to tell" if narrow < 1 else ""

    @scenario(claim, FALSE, f"{narrow:g} units over seeds{whole}")
    def _narrow_dead(generator: np.random.Generator) -> Tables:
        return _dead(generator, narrow, *where)

    @scenario(claim, BORDERLINE, "two seeds differ as the editions in 1 case of 20")
    def _as_wide_dead(generator: np.random.Generator) -> Tables:
        return _dead(generator, border, *where)


_dead_scenarios("editions-identical-dead", (TEN_LAYERS, "untrained"), UNTRAINED[TEN_LAYERS], 21, 2)
_dead_scenarios(
    "editions-identical-dead-four", (NETWORK, "untrained"), UNTRAINED[NETWORK], 5.5, 0.4
)
_dead_scenarios("editions-identical-dead-trained", (NETWORK, "best"), TRAINED, 1.6, 0.4)
