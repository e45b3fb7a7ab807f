"""Claims of the functions' slopes: where they are steep, where flat, and how they bend. Exact."""

from __future__ import annotations

import numpy as np
import pandas as pd

from activation_lab.analysis.claims.base import (
    ANSWERED,
    EXACT,
    LECTURE,
    REFUTED,
    SUPPORTED,
    TUTORIAL,
    Tables,
    Verdict,
    claim,
)
from activation_lab.analysis.claims.functions import TOLERANCE, hundredths, values_of
from activation_lab.analysis.claims.selection import number
from activation_lab.analysis.claims.shapes import FLAT, judged
from activation_lab.wording import listed

SATURATED = 0.01  # of its range: a value so near to a bound is saturated
BOUNDS = {"sigmoid": (0.0, 1.0), "tanh": (-1.0, 1.0)}
STRONG = 0.5  # a slope of at least so much is strong


def _fastest_change(table: pd.DataFrame) -> float:
    """Return the greatest absolute φ″ on the grid, by differences of φ′."""
    return float((table["derivative"].diff() / table["x"].diff()).abs().max())


@claim(
    source=LECTURE,
    quote="The derivative is highly curved",
    statement="GELU's slope changes faster, where it changes most, than that of sigmoid, tanh and "
    "Swish.",
    test="Greatest abs(φ″) on the grid, by differences of φ′: GELU's above each of the others' "
    "supports; the estimate is GELU's",
    study="depth-untrained",
    chance=EXACT,
)
def gelu_curved(tables: Tables) -> Verdict:
    """Compare it with the other smooth functions."""
    table = values_of(tables, "gelu")
    fastest = _fastest_change(table)
    others = {
        name: _fastest_change(values_of(tables, name)) for name in ("sigmoid", "tanh", "swish")
    }
    told = listed([f"{number(value)} with {name}" for name, value in others.items()])
    evidence = f"The greatest abs(φ″) is {number(fastest)} with GELU, {told}."
    return judged(fastest > max(others.values()), evidence, table, fastest)


@claim(
    source=LECTURE,
    quote="The derivative is highly curved",
    statement="GELU's slope does not just rise from 0 to 1, but goes below 0 and above 1.",
    test="Least and greatest φ′ on the grid: below 0 and above 1 support; the estimate is the greatest",
    study="depth-untrained",
    chance=EXACT,
)
def gelu_curved_range(tables: Tables) -> Verdict:
    """Look how far the slope goes."""
    table = values_of(tables, "gelu")
    least, greatest = table["derivative"].min(), table["derivative"].max()
    evidence = f"GELU's slope goes from {least:.4f} to {greatest:.4f}."
    return judged(least < -TOLERANCE and greatest > 1 + TOLERANCE, evidence, table, greatest)


@claim(
    source=LECTURE,
    quote="Saturated neurons 'kill' the gradients",
    statement="Where sigmoid and tanh are close to one of their bounds, their slope is close to 0.",
    test=f"φ′ at the points of the grid where φ is within {SATURATED:.0%} of its range from a "
    f"bound: at most {FLAT:.0%} of the steepest slope, for both functions, supports; the estimate "
    "is the greatest of these shares",
    chance=EXACT,
)
def saturation_kills(tables: Tables) -> Verdict:
    """Find the saturated points, and compare their slopes with the steepest."""
    shares, points, least = {}, 0, np.inf
    for name, (low, high) in BOUNDS.items():
        table = values_of(tables, name)
        slopes = table["derivative"].abs()
        near = SATURATED * (high - low)
        saturated = slopes[(table["value"] < low + near) | (table["value"] > high - near)]
        shares[name] = saturated.max() / slopes.max()
        points, least = points + len(saturated), min(least, saturated.min())
    evidence = (
        f"Within {SATURATED:.0%} of a bound the slope is at most {shares['sigmoid']:.1%} of its "
        f"greatest for sigmoid and {shares['tanh']:.1%} for tanh; the least of "
        f"{points} slopes is {number(least)}."
    )
    worst = max(shares.values())
    return Verdict(SUPPORTED if worst <= FLAT else REFUTED, evidence, points, float(worst))


@claim(
    source=TUTORIAL,
    quote="a strong, stable gradient for a large range of values",
    statement="ReLU's slope is the same, and at least ½, over a larger part of [-5, 5] than "
    "sigmoid's and tanh's is at least ½.",
    test=f"Share of the grid where φ′ is at least {STRONG:g} (our reading of strong): ReLU's above "
    "the others', with one slope there, supports; the estimate is ReLU's share",
    chance=EXACT,
)
def relu_strong_gradient(tables: Tables) -> Verdict:
    """Compare where the three functions are steep."""
    slopes = {name: values_of(tables, name)["derivative"] for name in ("relu", "sigmoid", "tanh")}
    strong = {name: slope[slope >= STRONG] for name, slope in slopes.items()}
    shares = {name: len(strong[name]) / len(slopes[name]) for name in slopes}
    steep = strong["relu"]
    ends = dict.fromkeys(number(slope) for slope in (steep.min(), steep.max()) if len(steep))
    evidence = (
        f"The slope is at least {STRONG:g} on {shares['relu']:.1%} of the grid for ReLU"
        f"{', where it is ' if ends else ''}{' to '.join(ends)}, on {shares['sigmoid']:.1%} for "
        f"sigmoid and {shares['tanh']:.1%} for tanh."
    )
    larger = shares["relu"] > max(shares["sigmoid"], shares["tanh"])
    stable = bool(larger and steep.max() - steep.min() <= TOLERANCE)
    return judged(stable, evidence, values_of(tables, "relu"), shares["relu"])


@claim(
    source=LECTURE,
    quote="How does the gradient of a sigmoid look?",
    statement="How does the slope of sigmoid go along x?",
    test="φ′ on the grid: where it is greatest, where it rises and falls, and how it is at both "
    "ends; the estimate is the greatest",
    chance=EXACT,
)
def sigmoid_shape(tables: Tables) -> Verdict:
    """Describe the curve."""
    table = values_of(tables, "sigmoid")
    slope, top = table["derivative"], int(table["derivative"].idxmax())
    steps = slope.diff().dropna()
    rises, falls = int((steps.iloc[:top] > 0).sum()), int((steps.iloc[top:] < 0).sum())
    evidence = (
        f"It is greatest at x = {hundredths(table['x'][top])}, {slope[top]:.4f}; it rises at "
        f"{rises} of {top} steps of the grid before and falls at {falls} of {len(steps) - top} "
        f"after; at the ends it is {slope.iloc[0]:.4f} and {slope.iloc[-1]:.4f}."
    )
    return Verdict(ANSWERED, evidence, len(table), float(slope[top]))
