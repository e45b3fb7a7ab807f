"""Claims of the functions themselves, and of the variance that networks start from: exact."""

from __future__ import annotations

import numpy as np
import pandas as pd
from scipy import stats

from activation_lab.analysis.claims.base import (
    EXACT,
    JAX,
    LECTURE,
    NOTEBOOK,
    PYTORCH,
    REFUTED,
    SUPPORTED,
    TUTORIAL,
    Tables,
    Verdict,
    claim,
)
from activation_lab.analysis.claims.selection import need, number
from activation_lab.analysis.printed_numbers import SIGMOID_STEEPEST, WEIGHT_VAR

TOLERANCE = 1e-6  # of a value on the grid; automatic differentiation errs by far less
SIMILAR = 2  # a variance within this factor is called similar
# Kaiming's formula, 2 / (1 + a²), is what torch calls for nn.Linear, with a = √5.
INITIALISATION_TEST = (
    "σ_w² of the default against what keeps a signal's size from layer to layer, {value:g} for {name}: "
    f"within a factor of {SIMILAR} supports, further away refutes; that torch's default is Kaiming's "
    "formula by name, 2 / (1 + a²) with a = √5, does not count"
)


def values_of(tables: Tables, activation: str) -> pd.DataFrame:
    """Return x, φ and φ′ of an activation on the grid, in the order of x."""
    table = tables["functions"]
    found = table[table["activation"] == activation].sort_values("x").reset_index(drop=True)
    need(len(found) > 0, f"values of {activation}")
    return found.astype({"x": float, "value": float, "derivative": float})


def _slopes(tables: Tables) -> pd.DataFrame:
    """Return x and the slopes of sigmoid and tanh, columns of their names."""
    slopes = {
        name: values_of(tables, name).set_index("x")["derivative"] for name in ("sigmoid", "tanh")
    }
    return pd.DataFrame(slopes).reset_index()


def hundredths(x: float) -> str:
    """Return a point of the grid to two decimals; the middle one is 0 but for rounding.

    >>> hundredths(-4e-16)
    '0.00'
    """
    return f"{round(x, 2) + 0.0:.2f}"


@claim(
    source=NOTEBOOK,
    quote="both smooth and monotonic(contains a change of sign in the gradient)",
    statement="Swish is monotonic.",
    test="Sign of φ′ on the grid: both signs refute; the estimate is the least φ′",
    chance=EXACT,
)
def swish_monotonic(tables: Tables) -> Verdict:
    """Look for both signs of the derivative."""
    grid = values_of(tables, "swish")
    falls = int((grid["derivative"] < -TOLERANCE).sum())
    rises = int((grid["derivative"] > TOLERANCE).sum())
    least = grid.loc[grid["value"].idxmin()]
    evidence = (
        f"On [{number(grid['x'].min())}, {number(grid['x'].max())}] Swish falls at {falls} points of "
        f"the grid and rises at {rises}; its least value is {least['value']:.4f}, at "
        f"x = {hundredths(least['x'])}."
    )
    verdict = REFUTED if falls and rises else SUPPORTED
    return Verdict(verdict, evidence, len(grid), float(grid["derivative"].min()))


@claim(
    source=TUTORIAL,
    quote="small maximum gradient of 1/4",
    statement=f"Sigmoid's greatest slope is {SIGMOID_STEEPEST:g}.",
    test=f"Greatest φ′ on the grid, within {TOLERANCE:g}",
    chance=EXACT,
)
def max_derivative(tables: Tables) -> Verdict:
    """Find the steepest point."""
    grid = values_of(tables, "sigmoid")
    steepest = grid.loc[grid["derivative"].idxmax()]
    slope = float(steepest["derivative"])
    evidence = f"Sigmoid's greatest slope is {slope:.4f}, at x = {hundredths(steepest['x'])}."
    holds = abs(slope - SIGMOID_STEEPEST) < TOLERANCE
    return Verdict(SUPPORTED if holds else REFUTED, evidence, len(grid), slope)


@claim(
    source=NOTEBOOK,
    quote="the derivatives are steeper than that of the sigmoid",
    statement="Tanh's greatest slope is above sigmoid's.",
    test="Greatest φ′ of each on the grid; the estimate is tanh's",
    chance=EXACT,
)
def tanh_steeper(tables: Tables) -> Verdict:
    """Read "steeper" of the steepest points."""
    slopes = _slopes(tables)
    sigmoid, tanh = float(slopes["sigmoid"].max()), float(slopes["tanh"].max())
    evidence = f"The greatest slope is {tanh:.4f} for tanh and {sigmoid:.4f} for sigmoid."
    return Verdict(SUPPORTED if tanh > sigmoid else REFUTED, evidence, len(slopes), tanh)


@claim(
    source=NOTEBOOK,
    quote="the derivatives are steeper than that of the sigmoid",
    statement="Tanh is steeper than sigmoid at every x.",
    test="φ′ of both at every point of the grid: one where tanh is not steeper refutes; the estimate "
    "is the share of points where it is",
    chance=EXACT,
)
def tanh_steeper_everywhere(tables: Tables) -> Verdict:
    """Read "steeper" point by point, and find where it ends."""
    slopes = _slopes(tables)
    flatter = slopes[slopes["tanh"] <= slopes["sigmoid"]]
    share = 1 - len(flatter) / len(slopes)
    if flatter.empty:
        evidence = f"Tanh is steeper at each of {len(slopes)} points of the grid."
        return Verdict(SUPPORTED, evidence, len(slopes), share)
    nearest = flatter.loc[flatter["x"].abs().idxmin()]
    furthest = flatter.loc[flatter["x"].abs().idxmax()]
    evidence = (
        f"Tanh is not steeper at {len(flatter)} of {len(slopes)} points of the grid: the nearest to 0 "
        f"is x = {hundredths(nearest['x'])}, and at x = {hundredths(furthest['x'])} its slope is "
        f"{number(furthest['tanh'])}, sigmoid's {number(furthest['sigmoid'])}."
    )
    return Verdict(REFUTED, evidence, len(slopes), share)


@claim(
    source=LECTURE,
    quote="gaussian cdf ... f′ = φ(x) + xφ(x)",
    statement="GELU's derivative is f′(x) = φ(x) + xφ(x), where both φ are the normal distribution "
    "function, as printed.",
    test=f"Against automatic differentiation on the grid: a greatest error of at most {TOLERANCE:g} "
    "supports; the estimate is that error",
    study="depth-untrained",
    chance=EXACT,
)
def gelu_derivative(tables: Tables) -> Verdict:
    """Hold the formula as it is printed against φ′."""
    return _formula(tables, stats.norm.cdf, "As printed")


@claim(
    source=LECTURE,
    quote="gaussian cdf ... f′ = φ(x) + xφ(x)",
    statement="GELU's derivative is f′(x) = φ(x) + xφ(x), where the first φ is the normal distribution "
    "function and the second its density: a slip of notation.",
    test=f"Against automatic differentiation on the grid: a greatest error of at most {TOLERANCE:g} "
    "supports; the estimate is that error",
    study="depth-untrained",
    chance=EXACT,
)
def gelu_derivative_density(tables: Tables) -> Verdict:
    """Hold the formula that is meant against φ′."""
    return _formula(tables, stats.norm.pdf, "With the density as the second φ")


def _formula(tables: Tables, second: np.ufunc, how: str) -> Verdict:
    """Judge Φ(x) + x second(x) as GELU's derivative."""
    grid = values_of(tables, "gelu")
    x = grid["x"].to_numpy()
    printed = stats.norm.cdf(x) + x * second(x)
    errors = np.abs(printed - grid["derivative"].to_numpy())
    worst, error = int(errors.argmax()), float(errors.max())
    right = error <= TOLERANCE
    evidence = f"{how}, the formula is off by at most {number(error)} on the grid."
    if not right:
        evidence = (
            f"{how}, the formula is off by up to {number(error)}: at x = {hundredths(x[worst])} it "
            f"gives {printed[worst]:.4f}, the derivative is {grid['derivative'][worst]:.4f}."
        )
    return Verdict(SUPPORTED if right else REFUTED, evidence, len(grid), error)


@claim(
    source=PYTORCH,
    quote="Kaiming initialization for linear layers optimized for Tanh activations",
    statement="The default initialisation of nn.Linear is about the one that suits tanh.",
    test=INITIALISATION_TEST.format(name="tanh", value=WEIGHT_VAR["tanh"]),
    chance=EXACT,
)
def default_init_tanh(tables: Tables) -> Verdict:
    """Compare the default's variance with 1."""
    return _default_suits(tables, "tanh")


@claim(
    source=JAX,
    quote="optimized for ReLU activations ... similar to He et al./kaiming",
    statement="The default initialisation of nn.Linear is about the one that suits ReLU: He's.",
    test=INITIALISATION_TEST.format(name="relu", value=WEIGHT_VAR["relu"]),
    chance=EXACT,
)
def default_init_relu(tables: Tables) -> Verdict:
    """Compare the default's variance with He's 2."""
    return _default_suits(tables, "relu")


def _default_suits(tables: Tables, activation: str) -> Verdict:
    """Judge whether the default's variance is similar to that which keeps an activation's signals."""
    theory = tables["theory"]
    rows = theory[theory["initialisation"] == "default"]
    need(len(rows) > 0, "networks with the default initialisation")
    variance, suited = float(rows["weight_var"].mean()), WEIGHT_VAR[activation]
    evidence = (
        f"The default draws with σ_w² = {variance:.4f}, {number(variance / suited)} times the "
        f"{suited:g} that keeps signals with {activation}"
    )
    deep = rows.loc[rows["activation"] == activation, "chi_1"].dropna()
    if len(deep):
        factor = float(deep.iloc[0]) ** 0.5
        evidence += f"; in a deep network gradients then change by a factor of {factor:.3f} a layer"
    similar = 1 / SIMILAR <= variance / suited <= SIMILAR
    networks = len(rows[["activation", "network"]].drop_duplicates())
    return Verdict(SUPPORTED if similar else REFUTED, f"{evidence}.", networks, variance)
