"""Mean-field theory: what an activation does to wide networks with random weights.

Weights have variance σ_w²/n_in, biases σ_b². As layers widen, pre-activations become Gaussian:
u ~ N(0, q) for one image, N(0, K) for several (Poole et al. 2016, Schoenholz et al. 2017; χ₁ = 1
keeps gradients, Pennington et al. 2017).

Here are the maps from one layer to the next, their fixed points, and the edge of chaos; `mlp` and
`residual` follow them through whole networks.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from scipy.optimize import brentq

from activation_lab.theory.gaussian import Elementwise, Function, Numbers, correlated, expectation

LENGTHS = np.geomspace(1e-4, 1e4, 161)  # where critical points are looked for
ROUND_LENGTHS = np.array([1.0, 2, 5, 10, 20, 50, 100, 200, 500, 1000])
USUAL_BIAS = 0.2
CRITICAL = 1e-9  # χ₁ this near to 1 is 1: expectations are known to about as much
CONTRACTION = 0.99  # of a length's error, a layer


class NoCriticalPoint(ValueError):  # noqa: N818
    """An activation has no critical point of the kind asked for."""


def length_map(f: Function, q: Numbers, weight_var: Numbers, bias_var: float) -> np.ndarray:
    """Return the next layer's length, σ_w² E[φ(u)²] + σ_b² (Poole et al. 2016), shaped as `q`."""
    return weight_var * expectation(lambda u: f.value(u) ** 2, q, f.kinks) + bias_var


def length_slope(f: Function, q: Numbers, weight_var: Numbers) -> np.ndarray:
    """Return dq′/dq of the length map, σ_w² E[φ² (z² - 1)] / 2q, which needs no φ′; q > 0."""
    return weight_var * mean_square_slope(f.value, q, f.kinks)


def chi_slope(f: Function, q: Numbers) -> np.ndarray:
    """Return d ln χ / dq, in the shape of `q`; q > 0. It is 0 for a scale-invariant φ."""
    return mean_square_slope(f.derivative, q, f.kinks) / chi(f, q, 1.0)


def mean_square_slope(f: Elementwise, q: Numbers, kinks: Sequence[float]) -> np.ndarray:
    """Return dE[f²]/dq, E[f² (z² - 1)] / 2q, which needs no derivative of f; q > 0."""
    per_q = 1 / np.asarray(q)
    square = expectation(lambda u: f(u) ** 2 * (u * u * per_q[..., None] - 1), q, kinks)
    return square * per_q / 2


def chi(f: Function, q: Numbers, weight_var: Numbers) -> np.ndarray:
    """Return χ = σ_w² E[φ′(u)²] (Schoenholz et al. 2017), by which a layer multiplies E[δ²]."""
    return weight_var * expectation(lambda u: f.derivative(u) ** 2, q, f.kinks)


def mean_slope(f: Function, q: Numbers) -> np.ndarray:
    """Return E[φ′(u)], the gradient through φ in expectation, in the shape of `q`."""
    return expectation(f.derivative, q, f.kinks)


def correlation_map(
    f: Function, q: float, c: Numbers, weight_var: float, bias_var: float
) -> np.ndarray:
    """Return the next layer's correlation of images of length q and correlation c; nan for 0/0."""
    post = correlated(f.value, q, q, c, f.kinks)
    with np.errstate(invalid="ignore"):
        return (weight_var * post + bias_var) / length_map(f, q, weight_var, bias_var)


def fixed_length(f: Function, weight_var: float, bias_var: float) -> float:
    """Return q*, to which lengths tend from 1, to 1e-10 relative; nan if they diverge.

    It is the first fixed point in the direction of the first step, between 0 and 1e12.
    """

    def excess(q: Numbers) -> np.ndarray:
        return length_map(f, q, weight_var, bias_var) / q - 1

    first = excess(1.0)
    if abs(first) < 1e-12:
        return 1.0
    q = np.geomspace(1, 1e12 if first > 0 else 1e-12, 241)
    with np.errstate(over="ignore", invalid="ignore"):
        crossed = np.flatnonzero(excess(q) * first <= 0)
    if len(crossed) == 0:
        return np.nan if first > 0 else 0.0
    return float(brentq(excess, q[crossed[0] - 1], q[crossed[0]], rtol=1e-12))


def fixed_correlation(f: Function, q: float, weight_var: float, bias_var: float) -> float:
    """Return c*, the stable fixed point in [0, 1] of the correlation map at the fixed point q.

    The map is convex there, as its series has no negative term: c* is 1 if its slope at 1 is at most
    1, and otherwise the only fixed point below. One above 1 - 1e-6 is given as 1.
    """

    def excess(c: float) -> float:
        return float(correlation_map(f, q, c, weight_var, bias_var) - c)

    top = 1 - 1e-6
    return float(brentq(excess, 0.0, top, xtol=1e-10)) if excess(top) < 0 else 1.0


@dataclass(frozen=True)
class FixedPoint:
    """Where signals end in a deep network; every number is nan where lengths diverge.

    `chi` is χ₁ at q*: gradients shrink by √χ₁ a layer. Depth scales are in layers: ξ_∇ = -1/ln χ₁ is
    negative where gradients explode, ξ_c is infinite at the edge of chaos. `stable` says that an
    error of q* shrinks, |dq′/dq| < 1, or that the length map keeps every length.
    """

    q: float
    chi: float
    gradient_depth: float
    c: float
    correlation_depth: float
    stable: bool


def fixed_point(f: Function, weight_var: float, bias_var: float) -> FixedPoint:
    """Return q*, χ₁, c* and the depth scales (Schoenholz et al. 2017), reached from length 1."""
    q = fixed_length(f, weight_var, bias_var)
    if np.isnan(q):
        return FixedPoint(q, q, q, q, q, stable=False)
    at = max(q, 1e-12)  # the limit of a vanishing length
    chi_1 = float(chi(f, at, weight_var))
    stable = _stable(f, at, weight_var, bias_var)
    if chi_1 <= 1 + CRITICAL:  # c* is 1: the correlation map is convex, and χ₁ its slope there
        return FixedPoint(q, chi_1, _depth(chi_1), 1.0, _depth(chi_1), stable)
    c = fixed_correlation(f, at, weight_var, bias_var)
    slope = float(weight_var * correlated(f.derivative, at, at, c, f.kinks))
    return FixedPoint(q, chi_1, _depth(chi_1), c, _depth(min(slope, 1.0)), stable)


def _stable(f: Function, q: float, weight_var: float, bias_var: float) -> bool:
    around = np.array([q / 2, q * 2])
    kept = np.isclose(length_map(f, around, weight_var, bias_var), around, rtol=1e-9, atol=0)
    return bool(abs(length_slope(f, q, weight_var)) < 1 - 1e-9 or kept.all())


def _depth(factor: float) -> float:
    """Return the layers after which a quantity that each multiplies by `factor` is down to 1/e."""
    if abs(factor - 1) <= CRITICAL:
        return np.inf
    return float(-1 / np.log(factor)) if factor > 0 else 0.0


@dataclass(frozen=True)
class CriticalPoint:
    """A point of the edge of chaos, χ₁ = 1 at q; not to be used where it is not `stable`."""

    weight_std: float
    bias_std: float
    q: float
    stable: bool


def critical_variances(f: Function, q: Numbers) -> tuple[np.ndarray, np.ndarray]:
    """Return σ_w² = 1/E[φ′²] and σ_b² = q - σ_w² E[φ²], critical at length q (Hayou et al. 2019).

    There is no such point where σ_b² is negative; both are nan where φ is flat (E[φ′²] < 1e-12).
    """
    slope = chi(f, q, 1.0)
    weight_var = 1 / np.where(slope < 1e-12, np.nan, slope)
    return weight_var, q - length_map(f, q, weight_var, 0.0)


def critical_point(f: Function, bias_std: float | None = None) -> CriticalPoint:
    """Return a point of the edge of chaos, with 1e-4 ≤ q ≤ 1e4.

    With `bias_std`, the one with this σ_b: a stable one before others, then the least q. Without,
    only stable ones: σ_b = 0 for a scale-invariant φ, else σ_b = 0.2, else the least q of 1, 2, 5,
    10, ... 1000 whose length map takes at least 1% off an error. Raises `NoCriticalPoint`.
    """
    bias_vars = critical_variances(f, LENGTHS)[1]
    scale_invariant = (abs(bias_vars) <= 1e-9 * LENGTHS).all()
    usual = 0.0 if scale_invariant else USUAL_BIAS
    points = _with_bias(f, usual if bias_std is None else bias_std, bias_vars)
    points.sort(key=lambda point: (not point.stable, point.q))
    if points and (points[0].stable or bias_std is not None):
        return points[0]
    if bias_std is not None:
        raise NoCriticalPoint(f"no q from 1e-4 to 1e4 is critical with σ_b = {bias_std:g}")
    weight_vars, bias_vars = critical_variances(f, ROUND_LENGTHS)
    slopes = abs(length_slope(f, ROUND_LENGTHS, weight_vars))
    good = ROUND_LENGTHS[(bias_vars >= 0) & (slopes <= CONTRACTION)]
    if len(good) == 0:
        raise NoCriticalPoint(f"no point with σ_b = {usual:g} or q from 1 to 1000 is stable")
    return _critical(f, good[0])


def _with_bias(f: Function, bias_std: float, bias_vars: np.ndarray) -> list[CriticalPoint]:
    """Return the critical points with this σ_b, given the critical σ_b² along LENGTHS."""
    relative = (bias_vars - bias_std**2) / LENGTHS
    relative[abs(relative) < 1e-9] = 0  # rounding has no sign
    if not relative.any():
        return [_critical(f, 1.0)]  # any length will do

    def excess(q: float) -> float:
        return float(critical_variances(f, q)[1] - bias_std**2)

    changes = np.flatnonzero(relative[:-1] * relative[1:] < 0)
    return [_critical(f, brentq(excess, *LENGTHS[[i, i + 1]], rtol=1e-12)) for i in changes]


def _critical(f: Function, q: float) -> CriticalPoint:
    weight_var, bias_var = (float(value) for value in critical_variances(f, q))
    bias_var = bias_var if bias_var > 1e-9 * q else 0.0
    stable = _stable(f, q, weight_var, bias_var)
    return CriticalPoint(weight_var**0.5, bias_var**0.5, float(q), stable)
