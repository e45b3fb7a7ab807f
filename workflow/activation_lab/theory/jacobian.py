"""The singular values of a wide network's Jacobian: their mean square, their edge, their scatter.

J_l = D_l W_l ... D_1 W_1 is ∂h/∂x of layer l of a multilayer perceptron, with D = diag(φ′). Theory takes
the W as independent of the D: W_l has variance σ_w²/n_{l-1}, D_l is φ′(u) with u ~ N(0, q_l).
"""

from __future__ import annotations

import functools
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from scipy.interpolate import PchipInterpolator

from activation_lab.theory.gaussian import Function, expectation, nodes
from activation_lab.theory.mean_field import chi, chi_slope, length_slope

# Traces Q at which an edge is looked for, as shares of the narrowest layer, and shares of w's pole.
TRACES = np.geomspace(1e-5, 1e3, 401)
SHARES = np.concatenate([np.geomspace(1e-8, 0.5, 100), 1 - np.geomspace(0.5, 1e-12, 150)[1:]])


@dataclass(frozen=True)
class Jacobians:
    """Numbers of the singular values of ∂h/∂x, for each hidden layer [D].

    `log_std` is the standard deviation, over initialisations, of the log of `mean_square`.
    """

    mean_square: np.ndarray
    largest: np.ndarray
    log_std: np.ndarray


def jacobians(
    f: Function, q: np.ndarray, weight_vars: Sequence[float], widths: Sequence[int]
) -> Jacobians:
    """Return what theory says of ∂h/∂x, for lengths q [D], σ_w² [D] and widths n_0 to n_D.

    `mean_square` is Π σ_w² E[φ′²] for widths that do not grow (in general: over the smaller side of J).
    """
    n = np.array(widths, dtype=float)
    factors = chi(f, q, np.array(weight_vars))
    return Jacobians(
        mean_square=np.cumprod(factors) * n[1:] / np.minimum(n[1:], n[0]),
        largest=edges(f, q, weight_vars, widths),
        log_std=np.sqrt(log_variances(f, q, weight_vars, widths, rank=widths[0])),
    )


def edges(
    f: Function, q: np.ndarray, weight_vars: Sequence[float], widths: Sequence[int]
) -> np.ndarray:
    """Return the largest singular value [D] of each J_l, where all widths are large in proportion.

    The S-transforms of the factors multiply (Pennington et al. 2018, "The emergence of spectral
    universality in deep networks", here with unequal widths). With Q = Σ_k tr((J Jᵀ)^k) / z^k:
    1/z = Q/(n₀ + Q) Π_l n_{l-1} w_l / (σ_w² Q), where w_l solves E[w φ′²/(1 - w φ′²)] = Q/n_l. The
    spectrum ends where z is least.
    """
    trace = TRACES * min(widths)
    log_z = np.log((widths[0] + trace) / trace)
    found = []
    layers = zip(q, weight_vars, widths, widths[1:], strict=False)  # widths has one more
    for length, weight_var, before, width in layers:
        log_w = _log_w(f, length, trace / width)
        log_z = log_z + np.log(weight_var * trace / before) - log_w
        found.append(log_z.min() / 2)
    return np.exp(found)


def _log_w(f: Function, q: float, trace: np.ndarray) -> np.ndarray:
    """Return ln w at each trace, from E[w d/(1 - w d)] = trace, d = φ′(u)²: a table, interpolated."""
    log_psi, mean, top = _traces(f, q)
    log_trace = np.log(trace)
    inside = np.clip(log_trace, log_psi[0], log_psi[-1])
    log_w = PchipInterpolator(log_psi, np.log(SHARES))(inside)
    linear = log_trace - np.log(mean)  # the limit of small traces
    return np.where(log_trace < log_psi[0], linear, log_w) - np.log(top)


@functools.lru_cache(maxsize=256)  # lengths settle: deep layers share one
def _traces(f: Function, q: float) -> tuple[np.ndarray, float, float]:
    """Return ln E[w d/(1 - w d)] for w at `SHARES`, E[d], and the greatest φ′²; d is in its units."""
    u, weight = nodes(q, f.kinks)
    weight, d = weight[weight > 1e-16], f.derivative(u[weight > 1e-16]) ** 2
    d = d / (top := d.max())
    w = SHARES[:, None]
    return np.log((weight * w * d / (1 - w * d)).sum(-1)), float((weight * d).sum()), float(top)


def log_variances(
    f: Function,
    q: np.ndarray,
    weight_vars: Sequence[float],
    widths: Sequence[int],
    rank: float,
) -> np.ndarray:
    """Return the variance [D], over initialisations, of ln of the sum of |J v|² over `rank` vectors v.

    It is the leading order in 1/n: a sum over layers of a unit's variance over n_l. For one vector of a
    He ReLU network that is 5 Σ 1/n_l (Hanin & Nica 2020). A unit adds its own φ′², and it changes the
    lengths, and so φ′², of later layers. Weights that are not Gaussian change a vector's fourth moment
    from 3 to 3 + (their kurtosis - 3)/n: the next order.
    """

    def mean(g) -> np.ndarray:
        return expectation(lambda u: g(f.value(u) ** 2, f.derivative(u) ** 2), q, f.kinks)

    post, slope = mean(lambda p, d: p), mean(lambda p, d: d)
    kurtosis = mean(lambda p, d: d * d) / slope**2
    joint = mean(lambda p, d: p * d) / slope - post
    length = mean(lambda p, d: p * p) - post**2
    later = _later_slopes(f, q, weight_vars)
    total, inverse = np.zeros(len(q)), 1 / rank
    for layer, width in enumerate(widths[1:]):
        response = later[layer, layer:]
        own = kurtosis[layer] * (1 + 2 * inverse) - 1
        change = 2 * response * joint[layer] + response**2 * length[layer]
        total[layer:] += (own + change) / width
        if rank > 1:  # the participation of the directions; one vector stays one
            inverse += (kurtosis[layer] * (1 + 2 * inverse) - inverse) / width
    return total


def _later_slopes(f: Function, q: np.ndarray, weight_vars: Sequence[float]) -> np.ndarray:
    """Return d(ln χ of all layers after m, up to l) / d(E[φ²] of layer m), [m, l]."""
    size = len(q)
    own, onward = chi_slope(f, q), length_slope(f, q, 1.0)
    found = np.zeros((size, size))
    for m in range(size - 1):
        steps = np.array(weight_vars[m + 1 :]) * np.append(1.0, onward[m + 1 : -1])
        found[m, m + 1 :] = np.cumsum(own[m + 1 :] * np.cumprod(steps))
    return found
