"""The tables of activations by themselves: φ and φ′, and what theory says of them."""

from __future__ import annotations

from activation_lab.measures.base import CELL, FLAG, REAL, REALS, Table

FUNCTIONS = {
    "functions": Table(
        "activation and x, on [-5, 5]",
        {
            "activation": CELL["activation"],
            "x": (REAL, "Argument of the function"),
            "value": (REAL, "Value of the function, φ(x)"),
            "derivative": (REAL, "φ′(x), by automatic differentiation"),
        },
    ),
    "portraits": Table(
        "activation: what theory and inspection say of it. E is over a standard normal argument",
        {
            "activation": CELL["activation"],
            "mean": (REAL, "E φ: the mean"),
            "mean_square": (REAL, "E φ²: the mean square"),
            "mean_square_slope": (REAL, "E φ′²: the mean square slope"),
            "hermite": (
                REALS,
                "Coefficients E[φ h_k] of the normalised Hermite polynomials, from 0",
            ),
            "critical_weight_std": (
                REAL,
                "σ_w of the critical initialisation; null: none is stable",
            ),
            "critical_bias_std": (REAL, "σ_b of the critical initialisation"),
            "default_chi": (
                REAL,
                "χ at the fixed point of torch's default initialisation; null: none",
            ),
            "default_depth": (REAL, "ξ_∇ there, in layers; negative: gradients explode"),
            "increasing": (FLAG, "φ′ is nowhere below 0 on [-50, 50]"),
            "bounded_below": (FLAG, "Seems bounded: from -25 to -50, φ falls by less than 1"),
            "bounded_above": (FLAG, "Seems bounded: from 25 to 50, φ rises by less than 1"),
            "least_slope": (REAL, "Least φ′ on [-50, 50]"),
            "greatest_slope": (REAL, "Greatest φ′ on [-50, 50]"),
            "zero_share": (REAL, "Share of [-5, 5] on which φ is exactly 0"),
            "kinks": (REALS, "Where φ, φ′ or the slope of φ′ jumps on [-30, 30]; none: smooth"),
        },
    ),
}
