"""Tables in which claims of `claims/capacity.py` are true, false and on the border."""

from __future__ import annotations

import numpy as np

from activation_lab.analysis.claims.base import Tables
from activation_lab.analysis.claims.capacity import CONSIDERABLE, FEW_DEAD, LAST_BUT_ONE, TEN_LAYERS
from activation_lab.analysis.claims.power.base import BORDERLINE, FALSE, TRUE, scenario
from activation_lab.analysis.claims.power.planted import Row, cell, each_seed, runs, tables

RATES = (0.003, 0.01, 0.03, 0.1, 0.3)
SEEDS = (42, 43, 44)  # of the study dying-relu


def _rates(generator: np.random.Generator, slope: float, scatter: float = 1.0) -> Tables:
    """Draw runs whose effective rank and accuracy change with the dead share, but for noise."""
    cells, rows, dead_rows, values = [], [], [], []
    for rate in RATES:
        base = cell(f"{rate}", learning_rate=rate, epochs=4)
        cells.append(base)
        dead = {seed: float(generator.random()) for seed in SEEDS}
        noise = {seed: scatter * float(generator.normal(0, 0.3)) for seed in SEEDS}
        rows += runs(
            base,
            lambda seed, d=dead, e=noise: {
                "test_accuracy": 0.5 + 0.1 * (slope * d[seed] + e[seed])
            },
            SEEDS,
        )
        place = {"phase": "best", "layer": 1}
        dead_rows += each_seed(
            base,
            lambda seed, d=dead, p=place: {**p, "dead": round(1000 * d[seed]), "units": 1000},
            SEEDS,
        )
        values += each_seed(
            base,
            lambda seed, d=dead, e=noise, p=place: {
                **p,
                "kind": "post",
                "effective_rank": 50 + 10 * (slope * d[seed] + e[seed]),
            },
            SEEDS,
        )
    return tables(cells, runs=rows, dead_neurons=dead_rows, activations=values)


for name in ("dead-capacity", "check-dead"):

    @scenario(name, TRUE, "less with every dead unit, with little noise")
    def _less(generator: np.random.Generator) -> Tables:
        return _rates(generator, -1.0, 0.1)

    @scenario(name, FALSE, "more with every dead unit, with little noise")
    def _more(generator: np.random.Generator) -> Tables:
        return _rates(generator, 1.0, 0.1)

    @scenario(name, BORDERLINE, "nothing to do with dead units")
    def _neither(generator: np.random.Generator) -> Tables:
        return _rates(generator, 0.0)


def _ranks(generator: np.random.Generator, ratio: float) -> Tables:
    """Draw ten-layer networks whose effective ranks differ by this factor, and by 20% over seeds."""
    cells, rows = [], []
    for name, rank in (("default", 10 * ratio), (FEW_DEAD, 10.0)):
        base = cell(name, network=TEN_LAYERS, initialisation=name, epochs=0)
        cells.append(base)

        def layer(_: int, rank: float = rank) -> Row:
            size = rank * float(np.exp(generator.normal(0, 0.2)))
            place = {"phase": "untrained", "layer": LAST_BUT_ONE, "kind": "post"}
            return {**place, "effective_rank": size}

        rows += each_seed(base, layer)
    return tables(cells, activations=rows)


@scenario("dead-bottleneck-rank", TRUE, "a quarter of the rank")
def _narrow(generator: np.random.Generator) -> Tables:
    return _ranks(generator, 0.25)


@scenario("dead-bottleneck-rank", FALSE, "the same rank")
def _as_wide(generator: np.random.Generator) -> Tables:
    return _ranks(generator, 1.0)


@scenario("dead-bottleneck-rank", BORDERLINE, "half the rank")
def _half_as_wide(generator: np.random.Generator) -> Tables:
    return _ranks(generator, CONSIDERABLE)
