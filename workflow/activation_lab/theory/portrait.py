"""What theory and inspection say of one activation, before any network is trained."""

from __future__ import annotations

from typing import Any

import numpy as np

from activation_lab.theory.gaussian import Function, expectation
from activation_lab.theory.mean_field import NoCriticalPoint, critical_point, fixed_point

WIDE = np.linspace(-50, 50, 20_001)  # where bounds and flat regions are looked for
NEAR = np.linspace(-5, 5, 2_001)
DEFAULT_WEIGHT_VAR = 1 / 3  # of nn.Linear's own initialisation; its biases are small
HERMITE = 4  # coefficients, from the mean on
TINY = 1e-9


def portrait(f: Function) -> dict[str, Any]:
    """Return a row of the table `portraits`: moments, critical point, depth scale, shape.

    Expectations are over a standard normal argument. `hermite` are the coefficients E[φ(z) h_k(z)] of
    the normalised Hermite polynomials, from k = 0. A number that does not exist is None.
    """

    def mean(g) -> float:
        return float(expectation(g, 1.0, f.kinks))

    deep = fixed_point(f, DEFAULT_WEIGHT_VAR, 0.0)
    value, slope = f.value(WIDE), f.derivative(WIDE)
    return {
        "mean": mean(f.value),
        "mean_square": mean(lambda z: f.value(z) ** 2),
        "mean_square_slope": mean(lambda z: f.derivative(z) ** 2),
        "hermite": [mean(lambda z, k=k: f.value(z) * _hermite(z, k)) for k in range(HERMITE)],
        **_critical(f),
        "default_chi": _finite(deep.chi),
        "default_depth": _finite(deep.gradient_depth),
        "increasing": bool((slope >= -TINY).all()),
        "bounded_below": bool(value[0] >= value[len(value) // 4] - 1),
        "bounded_above": bool(value[-1] <= value[-len(value) // 4] + 1),
        "least_slope": float(slope.min()),
        "greatest_slope": float(slope.max()),
        "zero_share": float((f.value(NEAR) == 0).mean()),
        "kinks": list(f.kinks),
    }


def _hermite(z: np.ndarray, k: int) -> np.ndarray:
    """Return the normalised Hermite polynomial of order k, up to 3."""
    return (1 + 0 * z, z, (z**2 - 1) / 2**0.5, (z**3 - 3 * z) / 6**0.5)[k]


def _critical(f: Function) -> dict[str, float | None]:
    try:
        point = critical_point(f)
    except NoCriticalPoint:
        return {"critical_weight_std": None, "critical_bias_std": None}
    return {"critical_weight_std": point.weight_std, "critical_bias_std": point.bias_std}


def _finite(number: float) -> float | None:
    return float(number) if np.isfinite(number) else None
