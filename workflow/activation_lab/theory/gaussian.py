"""Gaussian expectations of a function that may have kinks: E[f(u)], and E[f(u₁) f(u₂)]."""

from __future__ import annotations

import itertools
from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np
from scipy.special import ndtr, owens_t

Elementwise = Callable[[np.ndarray], np.ndarray]
Numbers = np.ndarray | float

PANELS = np.arange(-12.0, 13.0)  # in standard deviations; the Gaussian beyond weighs 4e-33
LANDMARKS = np.array([-16.0, -8, -4, -2, -1, 0, 1, 2, 4, 8, 16])  # of u, where φ bends
POINTS, WEIGHTS = np.polynomial.legendre.leggauss(16)
TERMS = 512  # of the Hermite series, at most
TINY = 1e-60  # stands for a standard deviation of 0, so that expectations are limits


@dataclass(frozen=True)
class Function:
    """φ and φ′, float64 array to float64 array of one shape, and where either has a break."""

    value: Elementwise
    derivative: Elementwise
    kinks: tuple[float, ...]

    @classmethod
    def of(cls, value: Elementwise, derivative: Elementwise) -> Function:
        """Return φ with the breaks found on [-30, 30]: jumps of φ, of φ′ and of the slope of φ′.

        They are at least 1e-7, 1e-7 and 1e-3, relative to 1 + the size there. Of two within 1/32 of
        each other one may be missed.
        """
        found = np.concatenate([_jumps(f, 1e-14, 1e-7) for f in (value, derivative)])
        h = 1e-5
        bends = _jumps(lambda u: (derivative(u + h) - derivative(u - h)) / h, h, 2e-3)
        new = [bend for bend in bends if (abs(found - bend) > 10 * h).all()]
        # A bend is located to h only; + 0.0 turns -0.0 into 0.0.
        kinks = {float(kink) + 0.0 for kink in (*np.round(found, 12), *np.round(new, 4))}
        return cls(value, derivative, tuple(sorted(kinks)))


def _jumps(f: Elementwise, width: float, size: float) -> np.ndarray:
    """Return where f still changes by `size` when intervals are halved down to `width`."""
    edges = np.linspace(-30, 30, 1_921)
    low, high = edges[:-1], edges[1:]
    with np.errstate(over="ignore", invalid="ignore"):
        while np.max(high - low) > width:
            middle = (low + high) / 2
            left = abs(f(middle) - f(low)) >= abs(f(high) - f(middle))
            low, high = np.where(left, low, middle), np.where(left, middle, high)
        jump = abs(f(high) - f(low)) > size * (1 + abs(f(low)))
    return (low[jump] + high[jump]) / 2


def _nodes(s: np.ndarray, kinks: Sequence[float]) -> tuple[np.ndarray, np.ndarray]:
    """Return nodes z and Gaussian weights, [..., M], to integrate f(s z): Gauss-Legendre panels.

    Panels end at the kinks, at landmarks of u = s z, and at whole z.
    """
    s = s[..., None]
    ends = np.concatenate([LANDMARKS, kinks]) / s
    ends = np.concatenate([np.broadcast_to(PANELS, (*s.shape[:-1], PANELS.size)), ends], axis=-1)
    ends = np.sort(ends.clip(PANELS[0], PANELS[-1]), axis=-1)[..., None]
    half = np.diff(ends, axis=-2) / 2
    z = ends[..., :-1, :] + half * (1 + POINTS)
    shape = (*s.shape[:-1], -1)
    return z.reshape(shape), (half * WEIGHTS * _density(z)).reshape(shape)


def _density(z: np.ndarray) -> np.ndarray:
    return np.exp(-z * z / 2) / np.sqrt(2 * np.pi)


def _deviation(q: Numbers) -> np.ndarray:
    return np.maximum(np.sqrt(q), TINY)


def expectation(f: Elementwise, q: Numbers, kinks: Sequence[float] = ()) -> np.ndarray:
    """Return E[f(u)], u ~ N(0, q), in the shape of `q`; at q = 0 the limit from above.

    Error below 1e-10 of E|f|, for f that between kinks is smooth on a scale of about 1 (q ≤ 1e4).
    """
    s = _deviation(q)
    z, weight = _nodes(s, kinks)
    return (weight * f(s[..., None] * z)).sum(-1)


def nodes(q: float, kinks: Sequence[float] = ()) -> tuple[np.ndarray, np.ndarray]:
    """Return values u and weights, [M] each, that integrate functions of u ~ N(0, q)."""
    s = _deviation(q)
    z, weight = _nodes(s, kinks)
    return s[..., None] * z, weight


def correlated(
    f: Elementwise, q1: Numbers, q2: Numbers, c: Numbers, kinks: Sequence[float] = ()
) -> np.ndarray:
    """Return E[f(u₁) f(u₂)] for Gaussians of variances q₁, q₂ and correlation c, broadcast.

    f is split into steps and ramps at its kinks, whose expectations are known, and a rest g. Terms
    with g are a Hermite series (Mehler 1866), E[g(u₁) g(u₂)] = Σ_k g_k(q₁) g_k(q₂) c^k; it converges
    fast because g has no jump in value or slope. Error relative to E[f²]: 1e-9 if f is piecewise
    linear, or smooth with q ≤ 4. With a curved side at a kink (SELU′, Softsign′), 1e-8 for |c| ≤
    0.99; at |c| = 1, 1e-5 at q = 0.5 and 2e-4 at q = 4. Time grows as the square of the number of kinks.
    """
    s1, s2, c = _deviation(q1), _deviation(q2), np.clip(c, -1.0, 1.0)
    breaks = _breaks(f, kinks)
    s, where = np.unique(np.concatenate([s1.ravel(), s2.ravel()]), return_inverse=True)
    at1, at2 = where[: s1.size].reshape(s1.shape), where[s1.size :].reshape(s2.shape)
    series = _hermite(f, s, kinks, breaks)
    total = _steps_and_ramps(s1, s2, c, breaks)
    power = np.ones_like(total)
    for (g1, h1), (g2, h2) in zip(series[..., at1], series[..., at2], strict=True):
        total += power * (g1 * (g2 + h2) + h1 * g2)
        power *= c
    return total


def _breaks(f: Elementwise, kinks: Sequence[float]) -> np.ndarray:
    """Return rows (kink, jump, change of slope), about: the rest of f takes up their errors."""
    t, h = np.asarray(kinks, dtype=float), 1e-4
    left2, left, right, right2 = (f(t + steps * h) for steps in (-2, -1, 1, 2))
    jump = (2 * right - right2) - (2 * left - left2)
    return np.stack([t, jump, (right2 - right - left + left2) / h], axis=-1)


def _hermite(
    f: Elementwise, s: np.ndarray, kinks: Sequence[float], breaks: np.ndarray
) -> np.ndarray:
    """Return E[g(s z) h_k(z)] [K, 2, S] of the rest g, and of the steps and ramps, for s [S].

    h_k are normalised Hermite polynomials. The series ends early where 16 terms of g are nil.
    """
    z, weight = _nodes(s, kinks)
    u = s[:, None] * z
    singular = sum((np.where(u > t, j + d * (u - t), 0.0) for t, j, d in breaks), np.zeros_like(u))
    weighted = weight * np.stack([f(u) - singular, singular])
    before, h = np.zeros_like(z), np.ones_like(z)
    terms, sizes = [], []
    for k in range(TERMS):
        terms.append(np.einsum("jsm,sm->js", weighted, h))
        sizes.append(abs(terms[k][0]).max())
        if k >= 16 and max(sizes[-16:]) <= 1e-10 * max(sizes):
            break
        before, h = h, (z * h - np.sqrt(k) * before) / np.sqrt(k + 1)
    return np.stack(terms)


def _steps_and_ramps(
    s1: np.ndarray, s2: np.ndarray, c: np.ndarray, breaks: np.ndarray
) -> np.ndarray:
    """Return the expected product of two sums of steps and ramps (moments: Rosenbaum 1961).

    For a single kink at 0 they are the arc-cosine kernels of order 0 and 1 (Cho & Saul 2009).
    """
    total = np.zeros(np.broadcast_shapes(s1.shape, s2.shape, c.shape))
    r = np.maximum(np.sqrt((1 - c) * (1 + c)), 1e-40)
    for (t1, jump1, slope1), (t2, jump2, slope2) in itertools.product(breaks, breaks):
        a, b = t1 / s1, t2 / s2
        ramp1, ramp2 = slope1 * s1, slope2 * s2
        orthant = _orthant(a, b, c, r)
        at_a = _density(a) * ndtr((c * a - b) / r)
        at_b = _density(b) * ndtr((c * b - a) / r)
        corner = r * _density(a) * _density((b - c * a) / r)
        total += jump1 * jump2 * orthant
        total += ramp1 * jump2 * (at_a + c * at_b - a * orthant)
        total += jump1 * ramp2 * (at_b + c * at_a - b * orthant)
        total += ramp1 * ramp2 * ((c + a * b) * orthant + corner - b * at_a - a * at_b)
    return total


def _orthant(a: np.ndarray, b: np.ndarray, c: np.ndarray, r: np.ndarray) -> np.ndarray:
    """Return P(x > a, y > b) of standard normals of correlation c; r = √(1 - c²) (Owen 1956)."""
    h, k = (np.where(edge == 0, TINY, -edge) for edge in (a, b))
    total = ndtr(h) + ndtr(k) - ((h < 0) != (k < 0))
    return total / 2 - owens_t(h, (k - c * h) / (h * r)) - owens_t(k, (h - c * k) / (k * r))


def covariance(f: Elementwise, kernel: np.ndarray, kinks: Sequence[float] = ()) -> np.ndarray:
    """Return E[f(u_a) f(u_b)] [N, N] for u ~ N(0, kernel [N, N]), as exact as `correlated`."""
    q = np.diag(kernel)
    c = kernel / np.maximum(np.sqrt(np.outer(q, q)), TINY)
    return correlated(f, q[:, None], q[None, :], c, kinks)
