"""Activations tailored to a depth, so that a plain network trains as if it had skips.

Their parameters follow from the number of layers by theory of wide networks whose weights have variance
1/inputs and whose biases are 0: initialisation `lecun`, or `orthogonal` where widths do not grow.
G. Zhang, A. Botev and J. Martens, "Deep Learning without Shortcuts: Shaping the Kernel with Tailored
Rectifiers" (2022).
"""

from __future__ import annotations

import functools
import math
from collections.abc import Callable

import numpy as np
import torch
from scipy import optimize
from torch import nn
from torch.nn.functional import leaky_relu, silu

from activation_lab.errors import UserError
from activation_lab.theory.gaussian import nodes

Smooth = Callable[[torch.Tensor], torch.Tensor]
STARTS = [
    (scale, shift, lift)
    for shift in (0.0, 1.0, -1.0)
    for scale in (1.0, 0.1)
    for lift in (0.0, 1.0)
]
STEEPEST = 2.0  # of γ α: steeper solutions are left out, as by the authors' package `dks`


class TailoredLeakyReLU(nn.Module):
    """γ LeakyReLU: after all `layers`, images whose correlation was 0 have the given `correlation`.

    γ keeps the mean square.
    """

    def __init__(self, layers: float, correlation: float):
        super().__init__()
        self.negative_slope = negative_slope(int(layers), correlation)
        self.scale = math.sqrt(2 / (1 + self.negative_slope**2))

    def forward(self, z: torch.Tensor) -> torch.Tensor:
        """Return the scaled leaky ReLU of z."""
        return self.scale * leaky_relu(z, self.negative_slope)


class Tailored(nn.Module):
    """γ (f(α z + β) + δ) of a smooth f, whose kernel bends by `curvature` over all `layers`."""

    f: Smooth

    def __init__(self, layers: float, curvature: float):
        super().__init__()
        self.alpha, self.beta, self.gamma, self.delta = smooth(type(self).f, int(layers), curvature)

    def forward(self, z: torch.Tensor) -> torch.Tensor:
        """Return the transformed f of z."""
        return self.gamma * (type(self).f(self.alpha * z + self.beta) + self.delta)


class TailoredTanh(Tailored):
    """Tailored tanh."""

    f = staticmethod(torch.tanh)


class TailoredSwish(Tailored):
    """Tailored Swish."""

    f = staticmethod(silu)


def correlation_after(slope: float, layers: int) -> float:
    """Return the correlation of two images after so many layers of leaky ReLUs, if it was 0 before."""
    c = 0.0
    bend = (1 - slope) ** 2 / (math.pi * (1 + slope**2))
    for _ in range(layers):
        c = min(c + bend * (math.sqrt(1 - c**2) - c * math.acos(c)), 1.0)
    return c


@functools.cache
def negative_slope(layers: int, correlation: float) -> float:
    """Return the slope with which `correlation_after` so many layers is `correlation`.

    In a network so shallow that even ReLU keeps images further apart, it is ReLU's: 0.
    """
    if correlation_after(0, layers) <= correlation:
        return 0.0
    return float(
        optimize.brentq(lambda a: correlation_after(a, layers) - correlation, 0, 1, xtol=1e-14)
    )


@functools.cache
def smooth(f: Smooth, layers: int, curvature: float) -> tuple[float, float, float, float]:
    """Return α, β, γ and δ with which γ (f(α z + β) + δ) keeps the kernel over so many layers.

    For z ~ N(0, 1): E φ² = 1; E φφ′z = 1, so that mean squares near 1 stay; E φ′² = 1, so that gradients
    keep their size; E φ″² = curvature / layers, by which images that are alike drift apart. Raises
    `UserError` where no start of the search leads to such parameters.
    """
    z, weight = (torch.from_numpy(x) for x in nodes(1.0))

    def transformed(p: np.ndarray) -> tuple[torch.Tensor, ...]:
        u = (p[0] * z + p[1]).requires_grad_()
        value = f(u)
        (slope,) = torch.autograd.grad(value.sum(), u, create_graph=True)
        (bend,) = torch.autograd.grad(slope.sum(), u)
        shifted = (value + p[2]).detach()
        gamma = 1 / (weight @ shifted**2).sqrt()
        return gamma, gamma * shifted, gamma * p[0] * slope.detach(), gamma * p[0] ** 2 * bend

    def wrong(p: np.ndarray) -> list[float]:
        _, value, slope, bend = transformed(p)
        found = (weight @ (value * slope * z), weight @ slope**2, weight @ bend**2)
        return [
            float(x) - target for x, target in zip(found, (1, 1, curvature / layers), strict=True)
        ]

    for start in STARTS:
        found = optimize.root(wrong, start, tol=1e-13)
        if max(map(abs, wrong(found.x))) < 1e-9:
            alpha, beta, delta = map(float, found.x)
            gamma = float(transformed(found.x)[0])
            if alpha * gamma < STEEPEST:
                return alpha, beta, gamma, delta
    raise UserError(
        f"No tailored activation has a curvature of {curvature:g} over {layers} layers. Name more "
        "layers, or a lower curvature; 0.3 is usual."
    )
