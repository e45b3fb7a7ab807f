"""Tables in which claims of `claims/few_dead.py` are true, false and on the border.

As in the published run, 1.3 ± 0.5% of the units of the tutorial's untrained networks are dead.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from activation_lab.analysis.claims.accuracy import MARGIN
from activation_lab.analysis.claims.base import Tables
from activation_lab.analysis.claims.few_dead import MINOR, UNLIKELY, WITHOUT_DEAD
from activation_lab.analysis.claims.power.base import BORDERLINE, FALSE, TRUE, scenario
from activation_lab.analysis.claims.power.planted import SEEDS, Row, cell, each_seed, runs, tables

UNITS = (512, 256, 256, 128)
NOISE = 0.005  # of a share of dead units


def _untrained(generator: np.random.Generator, shares: Sequence[float]) -> Tables:
    """Draw the tutorial's untrained networks: the share of dead units in each layer."""
    base = cell("relu")

    def layers(_: int) -> list[Row]:
        noise = generator.normal(0, NOISE)
        return [
            {
                "phase": "untrained",
                "layer": layer,
                "units": units,
                "dead": round(units * max(share + noise * (share > 0), 0.0)),
            }
            for layer, (units, share) in enumerate(zip(UNITS, shares, strict=True), start=1)
        ]

    return tables([base], dead_neurons=each_seed(base, layers))


def _with_one(generator: np.random.Generator, share: float, seeds: Sequence[int] = SEEDS) -> Tables:
    """Draw networks of which this share has a dead unit."""
    base = cell("relu")

    def layer(_: int) -> Row:
        dead = int(generator.random() < share)
        return {"phase": "untrained", "layer": 1, "units": 512, "dead": dead}

    return tables([base], dead_neurons=each_seed(base, layer, seeds))


@scenario("dead-likely", TRUE, "every network has a dead unit, as measured")
def _every(generator: np.random.Generator) -> Tables:
    return _with_one(generator, 1.0)


@scenario("dead-likely", FALSE, "no network has one; 100 seeds")
def _none(generator: np.random.Generator) -> Tables:
    return _with_one(generator, 0.0, range(100))


@scenario("dead-likely", BORDERLINE, "1 network in 20 has one")
def _one_in_twenty(generator: np.random.Generator) -> Tables:
    return _with_one(generator, UNLIKELY)


@scenario("dead-few", TRUE, "0, 0, 1.2 and 8% of the units of the layers")
@scenario("dead-few-increase", TRUE, "0, 0, 1.2 and 8% of the units of the layers")
def _few(generator: np.random.Generator) -> Tables:
    return _untrained(generator, (0, 0, 0.012, 0.08))


@scenario("dead-few", FALSE, "10% of the units of every layer")
def _many(generator: np.random.Generator) -> Tables:
    return _untrained(generator, (0.1,) * 4)


@scenario("dead-few", BORDERLINE, "5% of the units of every layer")
def _on_the_border(generator: np.random.Generator) -> Tables:
    return _untrained(generator, (MINOR,) * 4)


@scenario("dead-few-increase", FALSE, "8, 1.2, 0 and 0% of the units of the layers")
def _fewer(generator: np.random.Generator) -> Tables:
    return _untrained(generator, (0.08, 0.012, 0, 0))


@scenario("dead-few-increase", BORDERLINE, "as many in both halves, drawn independently")
def _as_many(generator: np.random.Generator) -> Tables:
    base = cell("relu")

    def layers(_: int) -> list[Row]:
        return [
            {"phase": "untrained", "layer": layer, "units": 1000, "dead": generator.poisson(50)}
            for layer in range(1, 5)
        ]

    return tables([base], dead_neurons=each_seed(base, layers))


def _harmless(generator: np.random.Generator, worse: float) -> Tables:
    """Draw ReLU's accuracies that are worse than leaky ReLU's by so much."""
    cells = [cell("relu"), cell(WITHOUT_DEAD, activation=WITHOUT_DEAD)]
    rows = []
    for base, mean in zip(cells, (0.88 - worse, 0.88), strict=True):
        rows += runs(base, lambda _, mean=mean: {"test_accuracy": generator.normal(mean, 0.0042)})
    return tables(cells, runs=rows)


@scenario("few-dead-harmless", TRUE, "as good as leaky ReLU")
def _as_good(generator: np.random.Generator) -> Tables:
    return _harmless(generator, 0.0)


@scenario("few-dead-harmless", FALSE, "3 points worse than leaky ReLU")
def _worse(generator: np.random.Generator) -> Tables:
    return _harmless(generator, 0.03)


@scenario("few-dead-harmless", BORDERLINE, "1 point worse than leaky ReLU")
def _just_worse(generator: np.random.Generator) -> Tables:
    return _harmless(generator, MARGIN)
