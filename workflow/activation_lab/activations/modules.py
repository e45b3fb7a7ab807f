"""Activation modules that torch.nn lacks, or that draw at random.

A module takes pre-activations of any shape and returns a tensor of that shape. One that draws at random
has a method `seeded(seed, site)`.
"""

from __future__ import annotations

from typing import Any

import torch
from torch import nn
from torch.nn import functional


class Heaviside(nn.Module):
    """1 where z > 0, else 0: the first artificial neuron's (McCulloch & Pitts 1943)."""

    def forward(self, z: torch.Tensor) -> torch.Tensor:
        """Return the step; its derivative is 0 wherever it has one."""
        return (z > 0).to(z.dtype) + 0 * z.clamp(-1, 1)


class Swish(nn.Module):
    """z · sigmoid(β z) (Ramachandran et al. 2017); β = 1 is SiLU."""

    def __init__(self, beta: float):
        super().__init__()
        self.beta = beta

    def forward(self, z: torch.Tensor) -> torch.Tensor:
        """Return SiLU(β z) / β, by torch's kernel."""
        if self.beta == 0:
            return z / 2
        return functional.silu(self.beta * z) / self.beta if self.beta != 1 else functional.silu(z)


class RReLU(nn.Module):
    """Leaky ReLU whose negative slope is drawn anew for every value in training (Xu et al. 2015).

    Outside training the slope is the mean, (lower + upper) / 2. What is drawn depends on the network's
    seed, the site and the number of steps so far, so that it does not depend on other networks.
    """

    origin: torch.Tensor
    steps: torch.Tensor

    def __init__(self, lower: float, upper: float):
        super().__init__()
        self.lower, self.upper = lower, upper
        self.register_buffer("origin", torch.zeros((), dtype=torch.int64))
        self.register_buffer("steps", torch.zeros((), dtype=torch.int64))

    def seeded(self, seed: int, site: int) -> None:
        """Draw for the network of this seed, at this site."""
        self.origin.fill_(seed % 2**40 * 1_009 + site)

    def forward(self, z: torch.Tensor) -> torch.Tensor:
        """Return z where it is positive, and a random multiple of it elsewhere."""
        if not self.training:
            return functional.leaky_relu(z, (self.lower + self.upper) / 2)
        slopes = _Uniform.apply(z.detach(), self.origin, self.steps, self.lower, self.upper)
        self.steps += 1
        return torch.where(z >= 0, z, slopes * z)


class _Uniform(torch.autograd.Function):
    """Numbers between two bounds, in the shape of z, that depend on `origin` and `steps` alone.

    They are drawn on the host, so that every device has the same. `vmap` cannot read `origin` of one
    network: here it is told how to draw for several.
    """

    @staticmethod
    def forward(
        z: torch.Tensor, origin: torch.Tensor, steps: torch.Tensor, lower: float, upper: float
    ) -> torch.Tensor:
        start = (int(origin) * 1_000_003 + int(steps)) % 2**63
        generator = torch.Generator().manual_seed(start)
        drawn = torch.empty(z.shape, dtype=z.dtype)
        return drawn.uniform_(lower, upper, generator=generator).to(z.device)

    @staticmethod
    def setup_context(ctx: Any, inputs: tuple[Any, ...], output: torch.Tensor) -> None:
        ctx.mark_non_differentiable(output)

    @staticmethod
    def backward(ctx: Any, *_gradients: torch.Tensor) -> tuple[None, ...]:
        return None, None, None, None, None

    @staticmethod
    def vmap(info: Any, in_dims: tuple[int, ...], *args: Any) -> tuple[torch.Tensor, int]:
        *tensors, lower, upper = args
        # Of all three each network has its own, along an axis that need not be the first.
        moved = [t.movedim(d, 0) for t, d in zip(tensors, in_dims, strict=False)]
        drawn = [_Uniform.forward(z, o, s, lower, upper) for z, o, s in zip(*moved, strict=True)]
        return torch.stack(drawn), 0
