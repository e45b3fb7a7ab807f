"""Activation modules that torch.nn lacks, or that need to know the seeds of a stacked network.

A module takes pre-activations [S, B, O] of S networks and returns a tensor of that shape.
"""

from __future__ import annotations

import copy
from collections.abc import Callable, Sequence

import torch
from torch import nn
from torch.func import functional_call
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

    Outside training the slope is the mean, (lower + upper) / 2. Draws of a network depend on its seed,
    the layer and how many steps it has made, so that they do not depend on what else is stacked.
    """

    seeds: torch.Tensor
    steps: torch.Tensor

    def __init__(self, lower: float, upper: float):
        super().__init__()
        self.lower, self.upper = lower, upper

    def of_networks(self, seeds: Sequence[int], layer: int) -> RReLU:
        """Return this module for the networks of these seeds, at a layer."""
        own = copy.deepcopy(self)
        own.register_buffer("seeds", torch.tensor([seed % 2**40 * 1_009 + layer for seed in seeds]))
        own.register_buffer("steps", torch.zeros(len(seeds), dtype=torch.int64))
        return own

    def forward(self, z: torch.Tensor) -> torch.Tensor:
        """Return z where it is positive, and a random multiple of it elsewhere."""
        if not self.training:
            return functional.leaky_relu(z, (self.lower + self.upper) / 2)
        slopes = torch.stack([self._draw(network, z) for network in range(len(z))])
        self.steps += 1
        return torch.where(z >= 0, z, slopes * z)

    def _draw(self, network: int, z: torch.Tensor) -> torch.Tensor:
        start = (int(self.seeds[network]) * 1_000_003 + int(self.steps[network])) % 2**63
        generator = torch.Generator().manual_seed(start)
        drawn = torch.empty(z.shape[1:], dtype=z.dtype).uniform_(
            self.lower, self.upper, generator=generator
        )
        return drawn.to(z.device)


class Learned(nn.Module):
    """A module with parameters of its own, which each of S networks learns for itself.

    Every parameter gets a leading axis S.
    """

    def __init__(self, module: nn.Module, networks: int):
        super().__init__()
        self.names = [name for name, _ in module.named_parameters()]
        self.values = nn.ParameterList(
            parameter.detach().repeat(networks, *[1] * parameter.dim())
            for parameter in module.parameters()
        )
        self.call = [module]  # in a list: its own parameters are not this module's

    def forward(self, z: torch.Tensor) -> torch.Tensor:
        """Return each network's function of its own pre-activations."""
        return torch.stack([self._of(network, value) for network, value in enumerate(z)])

    def _of(self, network: int, z: torch.Tensor) -> torch.Tensor:
        own = {name: value[network] for name, value in zip(self.names, self.values, strict=True)}
        return functional_call(self.call[0], own, (z,))


class Elementwise(nn.Module):
    """A plain function as a module."""

    def __init__(self, function: Callable[[torch.Tensor], torch.Tensor]):
        super().__init__()
        self.function = function

    def forward(self, z: torch.Tensor) -> torch.Tensor:
        """Return the function of z."""
        return self.function(z)
