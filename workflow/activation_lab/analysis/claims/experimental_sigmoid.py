"""Claims of sigmoid that are judged on experiments: on networks that no setting can describe."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

import numpy as np
import pandas as pd

from activation_lab.analysis.claims.base import (
    BLOG,
    JAX,
    LECTURE,
    TUTORIAL,
    CannotTell,
    Tables,
    Verdict,
    claim,
)
from activation_lab.analysis.claims.bounded import CONVERGED_WORDS
from activation_lab.analysis.claims.selection import (
    above,
    below,
    by_seed,
    experiment,
    interval,
    lost,
    powers,
    stated,
)
from activation_lab.analysis.claims.together import all_above
from activation_lab.analysis.statistics import CONFIDENCE
from activation_lab.wording import percent

CROSSED = (
    "Sigmoid networks of the tutorial's at ten times its learning rate, every initial weights with "
    "every order of batches: steps until the validation accuracy is twice that of guessing. Share of "
    "the variance of their logarithm (both are random effects; generalised 95% interval, Weerahandi "
    "1993): above half supports, below half refutes"
)
LUCK = "explained by small differences in, e.g., initialization or sampled batches"
DRAWS = 20_000


@claim(
    source=JAX,
    quote=LUCK,
    statement="When a sigmoid network begins to learn is mostly decided by its initial weights.",
    test=CROSSED,
    experiment="crossed-seeds",
)
def sigmoid_luck_weights(tables: Tables) -> Verdict:
    """Compare the variance over initial weights with the whole."""
    return _luck(tables, 0, "initial weights")


@claim(
    source=JAX,
    quote=LUCK,
    statement="When a sigmoid network begins to learn is mostly decided by the order of its batches.",
    test=CROSSED,
    experiment="crossed-seeds",
)
def sigmoid_luck_batches(tables: Tables) -> Verdict:
    """Compare the variance over orders of the batches with the whole."""
    return _luck(tables, 1, "orders of the batches")


def _luck(tables: Tables, axis: int, words: str) -> Verdict:
    steps = experiment(tables, "crossed-seeds").pivot(index="seed", columns="arm", values="value")
    times = np.log(steps.to_numpy(dtype=float))
    if min(times.shape) < 2 or np.isnan(times).any() or np.ptp(times) == 0:
        raise CannotTell("weights and batches are not crossed, or all times are equal")
    row = variance_share(times if axis == 0 else times.T)
    low, high = percent(row["low"], 0), percent(row["high"], 0)
    least, most = int(steps.min(axis=None)), int(steps.max(axis=None))
    evidence = (
        f"The networks leave chance level after {least:,} to {most:,} steps, and {words} make "
        f"{percent(row['mean'], 0)} of the variance (95% interval {low} to {high}, {len(times)} "
        f"initial weights × {times.shape[1]} orders)."
    )
    return Verdict.of(above(row, 0.5), row, evidence)


def variance_share(values: np.ndarray) -> dict[str, Any]:
    """Return the share of rows in the variance of values [rows, columns], with its 95% interval.

    Rows and columns are random effects, each pair has one value. The sums of squares over draws of χ²
    are draws of the expected mean squares; a negative variance counts as 0.
    """
    rows, columns = values.shape
    by_row, by_column = values.mean(1, keepdims=True), values.mean(0, keepdims=True)
    rest = values - by_row - by_column + values.mean()
    squares = np.array(
        [columns * by_row.var() * rows, rows * by_column.var() * columns, (rest**2).sum()]
    )
    freedom = np.array([rows - 1, columns - 1, (rows - 1) * (columns - 1)])
    drawn = np.random.default_rng(0).chisquare(freedom, (DRAWS, 3))
    low, high = np.quantile(
        _share(squares / drawn, rows, columns), [(1 - CONFIDENCE) / 2, (1 + CONFIDENCE) / 2]
    )
    mean = float(_share(squares / freedom, rows, columns))
    return {"n": values.size, "mean": mean, "low": float(low), "high": float(high)}


def _share(mean_squares: np.ndarray, rows: int, columns: int) -> np.ndarray:
    """Return the share of rows, given mean squares [..., 3] of rows, columns and the rest."""
    of_rows, of_columns, rest = np.moveaxis(mean_squares, -1, 0)
    row = np.maximum(of_rows - rest, 0) / columns
    column = np.maximum(of_columns - rest, 0) / rows
    return row / (row + column + rest)


FROZEN = "frozen-layer"
TRAINED = (
    "Sigmoid networks of the tutorial's at ten times its learning rate, so that they leave chance level "
    "within the 7 epochs that they train"
)
CHANGE = f"{TRAINED}: ‖W - W₀‖ / ‖W₀‖ of layers' weights"
POINT = 0.01
TENFOLD = 1.0  # in powers of 10; our reading of "not possible"


@claim(
    source=BLOG,
    quote="little or no update weight information",
    statement="A sigmoid network loses less than a point of accuracy if its first layer is never "
    "trained.",
    test=f"{TRAINED}: test accuracy with all layers trained minus the one with layer 1 frozen, paired "
    "by seed: a 95% interval below 1 point supports, above refutes; beside it ReLU's after two epochs "
    "at the tutorial's rate",
    experiment=FROZEN,
)
def early_layers_random(tables: Tables) -> Verdict:
    """Compare the accuracy with all layers trained and with the first one frozen."""
    gone = {name: _lost(tables, name) for name in ("sigmoid", "relu")}
    row = interval(gone["sigmoid"], "sigmoid networks")
    evidence = (
        f"With layer 1 frozen, sigmoid networks lose {stated(row, lost)}, and ReLU networks "
        f"{lost(gone['relu'].mean())}."
    )
    return Verdict.of(below(row, POINT), row, evidence)


def _lost(tables: Tables, activation: str) -> pd.Series:
    rows = experiment(tables, FROZEN, activation=activation, quantity="accuracy")
    wide = by_seed(rows, "arm", "value")
    return wide["all layers trained"] - wide["layer 1 frozen"]


@claim(
    source=LECTURE,
    quote="The weights might converge based on random weights",
    statement="Training changes the first layer's weights of a sigmoid network less than the last "
    "layer's.",
    test=f"{CHANGE}: logarithm of layer 1's over the output layer's: a 95% interval below 0 supports, "
    "above refutes; the estimate is the ratio",
    experiment=FROZEN,
)
def early_layers_random_change(tables: Tables) -> Verdict:
    """Compare the change of the first layer's weights with the last layer's."""
    return _compared(tables, 1, 5, below)


@claim(
    source=JAX,
    quote=CONVERGED_WORDS,
    statement="Training changes the last hidden layer's weights of a sigmoid network more than the "
    "second layer's.",
    test=f"{CHANGE}: logarithm of layer 4's over layer 2's: a 95% interval above 0 supports, below "
    "refutes; the estimate is the ratio",
    experiment=FROZEN,
)
def sigmoid_last_converged_change(tables: Tables) -> Verdict:
    """Compare the change of the last hidden layer's weights with the second layer's."""
    return _compared(tables, 4, 2, above)


def _compared(
    tables: Tables, one: int, other: int, decide: Callable[[Mapping[str, Any], float], str]
) -> Verdict:
    changes = _changes(tables, "all layers trained")
    row = interval(np.log10(changes[one] / changes[other]), "sigmoid networks")
    shown = powers(row)
    evidence = (
        f"Layer {one} changes by {percent(changes[one].mean(), 1)} of its norm and layer {other} by "
        f"{percent(changes[other].mean(), 1)}, a ratio of {stated(shown)}."
    )
    return Verdict.of(decide(row, 0), shown, evidence)


def _changes(tables: Tables, arm: str) -> pd.DataFrame:
    """Return relative changes of weights: a row for each seed, a column for each layer."""
    rows = experiment(tables, FROZEN, activation="sigmoid", quantity="change", arm=arm)
    return by_seed(rows, "layer", "value")


@claim(
    source=TUTORIAL,
    quote="a suitable learning rate across all layers is not possible in this setup",
    statement="At every learning rate, the first steps change some layer of a sigmoid network ten times "
    "as much as another.",
    test="The tutorial's sigmoid networks, 50 steps at learning rates of 0.01, 0.1 and 1: greatest over "
    "least ‖W - W₀‖ / ‖W₀‖ of layers. At every rate a 95% interval of its logarithm above that of 10 "
    "supports, at one below (corrected for three looks) refutes. The estimate is the ratio at the rate "
    "that decides",
    experiment=FROZEN,
)
def sigmoid_one_rate_updates(tables: Tables) -> Verdict:
    """Compare the layers that move most and least at each rate."""
    spread = {}
    for rate in ("0.01", "0.1", "1"):
        changes = _changes(tables, f"50 steps at {rate}")
        spread[rate] = np.log10(changes.max(axis=1) / changes.min(axis=1))
    joint = all_above(pd.DataFrame(spread), TENFOLD, "sigmoid networks")
    shown = powers(joint.row)
    evidence = (
        f"At a learning rate of {joint.name}, which decides, the layer that moves most moves "
        f"{stated(shown)} times as much as the one that moves least{joint.doubt}."
    )
    return Verdict.of(joint.verdict, shown, evidence)
