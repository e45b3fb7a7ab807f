"""Claims of the functions themselves, and of the variance that networks start from: exact."""

from __future__ import annotations

import numpy as np
import pandas as pd
from scipy import stats

from activation_lab.claims.registry import (
    LECTURE,
    REFUTED,
    RETELLINGS,
    SUPPORTED,
    TUTORIAL,
    Tables,
    Verdict,
    claim,
)
from activation_lab.claims.selection import need, number
from activation_lab.published import SIGMOID_STEEPEST, WEIGHT_VAR
from activation_lab.words import listed

EXACT = 1e-6
SAME = 2  # a variance within this factor is called similar


def _grid(tables: Tables, activation: str) -> pd.DataFrame:
    """Return x, φ and φ′ of an activation on the grid."""
    table = tables["functions"]
    found = table[table["activation"] == activation].sort_values("x").reset_index(drop=True)
    need(len(found) > 0, f"values of {activation}")
    return found.astype({"x": float, "value": float, "derivative": float})


@claim(
    "swish-monotonic",
    source=RETELLINGS,
    statement="Swish is monotonic.",
    test="Sign of φ′ on the grid: both signs refute; the estimate is the least φ′",
)
def swish_monotonic(tables: Tables) -> Verdict:
    """Look for both signs of the derivative."""
    grid = _grid(tables, "swish")
    falls = grid["derivative"] < -EXACT
    rises = grid["derivative"] > EXACT
    least = grid.loc[grid["value"].idxmin()]
    both = falls.any() and rises.any()
    evidence = (
        f"φ falls at {falls.sum()} of {len(grid)} points on [{number(grid['x'].min())}, "
        f"{number(grid['x'].max())}] and rises at {rises.sum()}; its least value is "
        f"{least['value']:.4f}, at x = {least['x']:.2f}."
    )
    least_slope = float(grid["derivative"].min())
    return Verdict(REFUTED if both else SUPPORTED, evidence, len(grid), least_slope)


@claim(
    "max-derivative",
    source=TUTORIAL,
    statement=f"Sigmoid's greatest derivative is {SIGMOID_STEEPEST:g}, tanh is steeper.",
    test="Greatest φ′ on the grid; the estimate is sigmoid's",
)
def max_derivative(tables: Tables) -> Verdict:
    """Compare the steepest points."""
    grids = {name: _grid(tables, name) for name in ("sigmoid", "tanh")}
    sigmoid, tanh = (float(grid["derivative"].max()) for grid in grids.values())
    holds = abs(sigmoid - SIGMOID_STEEPEST) < EXACT and tanh > sigmoid
    evidence = f"The greatest derivative is {sigmoid:.4f} for sigmoid and {tanh:.4f} for tanh."
    verdict = SUPPORTED if holds else REFUTED
    return Verdict(verdict, evidence, len(grids["sigmoid"]), sigmoid)


@claim(
    "gelu-derivative",
    source=LECTURE,
    statement="GELU′(x) = φ(x) + xφ(x), with one φ.",
    test="Against automatic differentiation on the grid, φ read as the normal density or as its "
    "distribution function Φ: neither within 1e-6 refutes; the estimate is the greatest error of the "
    "better reading",
    study="depth-untrained",
)
def gelu_derivative(tables: Tables) -> Verdict:
    """Hold the printed formula, in both readings, and the right one against φ′."""
    grid = _grid(tables, "gelu")
    x = grid["x"].to_numpy()
    density, below = stats.norm.pdf(x), stats.norm.cdf(x)
    formulas = {
        "the density": density + x * density,
        "the distribution function": below + x * below,
        "right": below + x * density,
    }
    errors = {
        name: float(np.abs(values - grid["derivative"]).max()) for name, values in formulas.items()
    }
    right = errors.pop("right")
    read = [f"{number(error)} with φ as {name}" for name, error in errors.items()]
    one = int(np.abs(x - 1).argmin())
    evidence = (
        f"As printed, it is off by up to {listed(read)}, while Φ(x) + xφ(x) is off by at most "
        f"{number(right)}; at x = {x[one]:.2f} the derivative is {grid['derivative'][one]:.4f}."
    )
    best = min(errors.values())
    return Verdict(SUPPORTED if best < EXACT else REFUTED, evidence, len(grid), best)


@claim(
    "default-init",
    source="The tutorial (optimised for tanh), the lecture and retellings (for ReLU; similar to He's)",
    statement="nn.Linear's default initialisation is optimised for tanh, or for ReLU, or similar to "
    "He's.",
    test=f"σ_w² of the default: within a factor of {SAME} of what keeps signals, "
    + " or ".join(f"{value:g} for {name}" for name, value in WEIGHT_VAR.items())
    + ", supports; further from both refutes",
)
def default_init(tables: Tables) -> Verdict:
    """Compare the default's variance with those that keep signals from layer to layer."""
    theory = tables["theory"]
    rows = theory[theory["initialisation"] == "default"]
    need(len(rows) > 0, "networks with the default initialisation")
    variance = float(rows["weight_var"].mean())
    ratios = {name: variance / value for name, value in WEIGHT_VAR.items()}
    near = any(1 / SAME <= ratio <= SAME for ratio in ratios.values())
    chi = rows.dropna(subset="chi_1").drop_duplicates("activation").set_index("activation")["chi_1"]
    shrink = [f"{np.sqrt(chi[name]):.3f} with {name}" for name in WEIGHT_VAR if name in chi]
    evidence = f"The default draws with σ_w² = {variance:.4f}, " + listed(
        [f"{ratio:.3f} times the {WEIGHT_VAR[name]:g} for {name}" for name, ratio in ratios.items()]
    )
    if shrink:
        evidence += f"; deep in a network, theory has gradients change by {listed(shrink)} a layer"
    networks = len(rows[["activation", "network"]].drop_duplicates())
    return Verdict(SUPPORTED if near else REFUTED, f"{evidence}.", networks, variance)
