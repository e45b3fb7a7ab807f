"""Tables in which claims of `claims/few_seeds.py` are true, false and on the border.

Over seeds accuracies scatter by 1.4 points, as in the published run.
"""

from __future__ import annotations

import numpy as np

from activation_lab.analysis.claims.base import Tables
from activation_lab.analysis.claims.few_seeds import PROTOCOL, RIVALS
from activation_lab.analysis.claims.power.base import BORDERLINE, FALSE, TRUE, scenario
from activation_lab.analysis.claims.power.planted import Row, cell, runs, tables

SPREAD = 0.014
FORTY = range(1, 41)


def on_mnist1d(
    generator: np.random.Generator, *below: float, seeds: range = FORTY, status: str = "ok"
) -> Tables:
    """Draw networks with Mish, and with each rival, so much below Mish."""
    cells, rows = [], []
    for name, less in zip(("mish", *RIVALS), (0, *below), strict=True):
        base = cell(name, activation=name, **PROTOCOL)
        cells.append(base)

        def run(_: int, less: float = less) -> Row:
            return {"test_accuracy": generator.normal(0.6 - less, SPREAD), "status": status}

        rows += runs(base, run, seeds)
    return tables(cells, runs=rows)


@scenario("mish-better", TRUE, "2 points better than both")
def _better(generator: np.random.Generator) -> Tables:
    return on_mnist1d(generator, 0.02, 0.02)


@scenario("mish-better", FALSE, "2 points worse than one, 2 points better than the other")
def _worse_than_one(generator: np.random.Generator) -> Tables:
    return on_mnist1d(generator, -0.02, 0.02)


@scenario("mish-better", BORDERLINE, "as good as one, 2 points better than the other")
def _as_good_as_one(generator: np.random.Generator) -> Tables:
    return on_mnist1d(generator, 0, 0.02)


@scenario("mish-better", BORDERLINE, "as good as both")
def _as_good(generator: np.random.Generator) -> Tables:
    return on_mnist1d(generator, 0, 0)
