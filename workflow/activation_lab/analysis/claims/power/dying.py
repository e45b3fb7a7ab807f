"""Tables in which claims of `claims/dying.py` are true, false and on the border.

In the published run 3.2, 1.0, 0.1, 7.1 and 33% of the units died at the five rates, and at the greatest
one run in three diverged. Over seeds, shares vary by a factor of about 1.3, at the greatest rate of 2.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import pandas as pd

from activation_lab.analysis.claims.base import Tables
from activation_lab.analysis.claims.groups import CHANCE_LEVEL
from activation_lab.analysis.claims.power.base import BORDERLINE, FALSE, TRUE, scenario
from activation_lab.analysis.claims.power.planted import cell, runs, tables

SEEDS = (42, 43, 44)
RATES = (0.003, 0.01, 0.03, 0.1, 0.3)
UNITS = 100
DIED = (0.032, 0.01, 0.001, 0.071, 0.33)
SCATTER = (0.25, 0.25, 0.25, 0.25, 0.7)  # standard deviation of the logarithm
DIVERGED = (0, 0, 0, 0, 1 / 3)
ACCURACY = (0.788, 0.849, 0.867, 0.864, 0.1)
FALLING = tuple(reversed(ACCURACY))  # the lowest rate but one is the best


def rates_that_kill(
    died: np.ndarray,
    diverged: np.ndarray,
    accuracy: np.ndarray,
    seeds: Sequence[int] = SEEDS,
    rates: Sequence[float] = RATES,
) -> dict[str, pd.DataFrame]:
    """Return ReLU networks at several rates: share of units that died, [seeds, rates], and outcomes."""
    cells = [cell(f"rate-{rate}", learning_rate=rate, epochs=4) for rate in rates]
    rows, parts = [], []
    for column, base in enumerate(cells):

        def outcome(seed: int, column: int = column) -> dict:
            at = seeds.index(seed), column
            if diverged[at]:
                return {"status": "diverged"}
            status = "ok" if accuracy[at] >= 2 * CHANCE_LEVEL else "plateau"
            return {"status": status, "best_val_accuracy": float(accuracy[at])}

        rows += runs(base, outcome, seeds)
        numbers = (died[:, column] * UNITS).round()
        parts += [_units(base, seed, int(dead)) for seed, dead in zip(seeds, numbers, strict=True)]
    return {**tables(cells, runs=rows), "neurons": pd.concat(parts, ignore_index=True)}


def _units(base: dict, seed: int, died: int) -> pd.DataFrame:
    """Return units of a network, alive untrained, of which so many are dead at the end."""
    unit = np.arange(1, UNITS + 1)
    alive = np.concatenate([np.ones(UNITS), unit > died])
    columns = {name: base[name] for name in ("study", "cell", "activation", "learning_rate")}
    return pd.DataFrame(
        {
            **columns,
            "seed": seed,
            "phase": np.repeat(["untrained", "best"], UNITS),
            "layer": 1,
            "unit": np.tile(unit, 2),
            "nonzero_fraction": alive,
        }
    )


def _drawn(
    generator: np.random.Generator,
    died: Sequence[float] | np.ndarray,
    scatter: Sequence[float],
    diverged: Sequence[float] = (0,) * 5,
    accuracy: Sequence[float] = ACCURACY,
) -> Tables:
    """Draw runs whose shares are log-normal around `died`, and which diverge so often."""
    shape = (len(SEEDS), len(RATES))
    shares = np.array(died) * np.exp(np.array(scatter) * generator.normal(size=shape))
    lost = generator.random(shape) < np.array(diverged)
    reached = np.array(accuracy) + 0.006 * generator.normal(size=shape)
    return rates_that_kill(shares.clip(0, 1), lost, reached)


@scenario("lr-kills", TRUE, "shares and divergence as in the published run")
@scenario("lr-kills-above-best", TRUE, "shares, divergence and accuracies as in the published run")
def _as_published(generator: np.random.Generator) -> Tables:
    return _drawn(generator, DIED, SCATTER, DIVERGED)


@scenario("lr-kills", TRUE, "half again as many units die at each greater rate")
def _steadily(generator: np.random.Generator) -> Tables:
    return _drawn(generator, 0.05 * 1.5 ** np.arange(5), (0.25,) * 5)


@scenario("lr-kills", FALSE, "half again as many units die at each lower rate")
@scenario("lr-kills-above-best", FALSE, "the lowest rate is best, and most units die there")
def _the_other_way(generator: np.random.Generator) -> Tables:
    return _drawn(generator, 0.05 * 1.5 ** np.arange(4, -1, -1), (0.25,) * 5, accuracy=FALLING)


@scenario("lr-kills", BORDERLINE, "15% die at every rate")
def _no_effect(generator: np.random.Generator) -> Tables:
    return _drawn(generator, (0.15,) * 5, (0.25,) * 5)


@scenario("lr-kills", BORDERLINE, "15% die at every rate, and scatter more the higher it is")
def _scatter(generator: np.random.Generator) -> Tables:
    return _drawn(generator, (0.15,) * 5, (0.1, 0.2, 0.3, 0.5, 0.8))


@scenario("lr-kills-above-best", BORDERLINE, "15% die at every rate; the fewer die, the better")
def _best_by_luck(generator: np.random.Generator) -> Tables:
    shares = 0.15 * np.exp(0.25 * generator.normal(size=(len(SEEDS), len(RATES))))
    return rates_that_kill(shares, np.zeros_like(shares, dtype=bool), 0.9 - shares)
