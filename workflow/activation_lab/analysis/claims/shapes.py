"""Claims of the shapes of the functions: where they end, where they are flat, how they bend. Exact."""

from __future__ import annotations

import numpy as np
import pandas as pd
from scipy import stats

from activation_lab.analysis.claims.base import (
    BLOG,
    BY_DEFINITION,
    EXACT,
    LECTURE,
    REFUTED,
    SUPPORTED,
    TUTORIAL,
    Tables,
    Verdict,
    claim,
)
from activation_lab.analysis.claims.functions import TOLERANCE, values_of
from activation_lab.analysis.claims.selection import number

FLAT = 0.05  # a slope of at most this share of the steepest is close to zero


def judged(
    holds: bool, evidence: str, table: pd.DataFrame, estimate: float, yes: str = SUPPORTED
) -> Verdict:
    """Return the verdict on what is exact: it holds, or it does not; n are the points of the grid."""
    return Verdict(yes if holds else REFUTED, evidence, len(table), float(estimate))


def _sides(table: pd.DataFrame) -> tuple[pd.DataFrame, pd.DataFrame]:
    """Return the points of the grid below and above 0; the one at 0 is neither."""
    return table[table["x"] < -TOLERANCE], table[table["x"] > TOLERANCE]


def _at_ends(table: pd.DataFrame) -> pd.Series:
    """Return the slopes at both ends of the grid, as shares of the steepest."""
    slopes = table["derivative"].abs()
    return slopes.iloc[[0, -1]] / slopes.max()


@claim(
    source=LECTURE,
    quote="Squashes numbers to range [0,1]",
    statement="Sigmoid's values lie between 0 and 1.",
    test="Least and greatest φ on the grid: both inside (0, 1) hold; the estimate is the greatest",
    chance=EXACT,
)
def sigmoid_range(tables: Tables) -> Verdict:
    """Look for values outside."""
    table = values_of(tables, "sigmoid")
    least, greatest = table["value"].min(), table["value"].max()
    evidence = f"On the grid its values go from {least:.4f} to {greatest:.4f}."
    return judged(0 < least < greatest < 1, evidence, table, greatest, BY_DEFINITION)


@claim(
    source=BLOG,
    quote="gradients become close to zero for large or small inputs",
    statement="Sigmoid and tanh are nearly flat at both ends.",
    test=f"φ′ at the ends of the grid: at most {FLAT:.0%} of the steepest slope, for both "
    "functions and at both ends, supports; the estimate is the greatest of these shares",
    chance=EXACT,
)
def saturation(tables: Tables) -> Verdict:
    """Compare the slopes at the ends with the steepest."""
    grids = {name: values_of(tables, name) for name in ("sigmoid", "tanh")}
    shares = {name: _at_ends(table).max() for name, table in grids.items()}
    table = grids["tanh"]
    end = number(table["x"].iloc[-1])
    evidence = (
        f"At x = ±{end} the slope is {shares['sigmoid']:.1%} of its greatest for sigmoid, and "
        f"{shares['tanh']:.2%} for tanh."
    )
    return judged(max(shares.values()) <= FLAT, evidence, table, max(shares.values()))


@claim(
    source=LECTURE,
    quote="Does not saturate",
    statement="ReLU does not saturate for positive inputs.",
    test="φ′ at every point of the grid above 0: all 1 support; the estimate is the least",
    chance=EXACT,
)
def relu_unsaturated(tables: Tables) -> Verdict:
    """Look at the right side."""
    _, above = _sides(values_of(tables, "relu"))
    least = above["derivative"].min()
    evidence = f"Its slope is at least {least:.4f} at {len(above)} points above 0."
    return judged(abs(above["derivative"] - 1).max() <= TOLERANCE, evidence, above, least)


@claim(
    source=LECTURE,
    quote="Does not saturate",
    statement="ReLU does not saturate, for inputs of either sign.",
    test=f"φ′ at both ends of the grid: above {FLAT:.0%} of the steepest slope supports; the "
    "estimate is the lesser share",
    chance=EXACT,
)
def relu_unsaturated_anywhere(tables: Tables) -> Verdict:
    """Look at both sides."""
    table = values_of(tables, "relu")
    least = _at_ends(table).min()
    below, _ = _sides(table)
    flat = int((below["derivative"].abs() <= TOLERANCE).sum())
    evidence = f"Its slope is 0 at {flat} of {len(below)} points below 0."
    return judged(least > FLAT, evidence, table, least)


@claim(
    source=LECTURE,
    quote="then the gradient is 1 ... If the activation is 0, then the gradient is also 0",
    statement="ReLU's slope is 1 where it is active, and 0 where its activation is 0.",
    test="φ and φ′ at every point of the grid but 0: one that differs refutes; the estimate is the "
    "share of points that agree",
    chance=EXACT,
)
def relu_gradient(tables: Tables) -> Verdict:
    """Hold the slope against whether φ is 0."""
    table = pd.concat(_sides(values_of(tables, "relu")))
    expected = (table["value"].abs() > TOLERANCE).astype(float)
    agree = (table["derivative"] - expected).abs() <= TOLERANCE
    evidence = f"It is so at {int(agree.sum())} of {len(table)} points of the grid."
    return judged(bool(agree.all()), evidence, table, agree.mean())


@claim(
    source=TUTORIAL,
    quote="replaces the zero settings in the negative part with a smaller slope",
    statement="For negative inputs, Leaky ReLU has one slope, above 0 and below 1.",
    test="φ′ at every point of the grid below 0; the estimate is their mean",
    chance=EXACT,
)
def leaky_slope(tables: Tables) -> Verdict:
    """Look at the left side."""
    below, _ = _sides(values_of(tables, "leakyrelu"))
    slopes = below["derivative"]
    one = slopes.max() - slopes.min() <= TOLERANCE
    evidence = (
        f"Its slope is {number(slopes.min())} to {number(slopes.max())} at {len(below)} points."
    )
    holds = bool(one and TOLERANCE < slopes.mean() < 1 - TOLERANCE)
    return judged(holds, evidence, below, slopes.mean(), BY_DEFINITION)


@claim(
    source=TUTORIAL,
    quote="replaces the negative part with an exponential decay",
    statement="For negative inputs, ELU is exp(x) − 1.",
    test=f"φ against the formula on the grid below 0: an error of at most {TOLERANCE:g} holds; the "
    "estimate is the greatest error",
    chance=EXACT,
)
def elu_decay(tables: Tables) -> Verdict:
    """Hold the formula against φ."""
    below, _ = _sides(values_of(tables, "elu"))
    error = (below["value"] - np.expm1(below["x"])).abs().max()
    evidence = f"The formula is off by at most {number(error)} at {len(below)} points."
    return judged(error <= TOLERANCE, evidence, below, error, BY_DEFINITION)


@claim(
    source=LECTURE,
    quote="weights inputs by percentile rather than gates",
    statement="GELU multiplies its input by the share of a normal distribution that lies below it.",
    test=f"φ against x Φ(x) on the grid: an error of at most {TOLERANCE:g} supports; the estimate "
    "is the greatest error",
    study="depth-untrained",
    chance=EXACT,
)
def gelu_percentile(tables: Tables) -> Verdict:
    """Hold the formula against φ."""
    table = values_of(tables, "gelu")
    error = (table["value"] - table["x"] * stats.norm.cdf(table["x"])).abs().max()
    evidence = f"x Φ(x) is off by at most {number(error)} at {len(table)} points."
    return judged(error <= TOLERANCE, evidence, table, error)


@claim(
    source=LECTURE,
    quote="zero centered (nice)",
    statement="Tanh's values lie alike on both sides of 0: tanh of -x is minus tanh of x.",
    test=f"φ(x) + φ(-x) on the grid: at most {TOLERANCE:g} holds; the estimate is the greatest",
    chance=EXACT,
)
def tanh_centered_odd(tables: Tables) -> Verdict:
    """Hold each value against that of the opposite point."""
    table = values_of(tables, "tanh")
    off = np.abs(table["value"].to_numpy() + table["value"].to_numpy()[::-1]).max()
    evidence = (
        f"Its values go from {table['value'].min():.4f} to {table['value'].max():.4f}, and those "
        f"at x and -x cancel but for {number(off)}."
    )
    return judged(off <= TOLERANCE, evidence, table, off, BY_DEFINITION)
