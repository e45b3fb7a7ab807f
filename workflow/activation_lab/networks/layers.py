"""The parts of the networks of every family: layers with given initial weights, and sites of φ."""

from __future__ import annotations

import contextlib
from collections.abc import Iterator

import torch
from torch import nn

from activation_lab.initialisations import Initialisation
from activation_lab.networks.products import Linear


def linear(
    inputs: int, outputs: int, drawn: Initialisation, generator: torch.Generator
) -> nn.Linear:
    """Return a fully connected layer, its weight and then its bias drawn from the generator.

    With the default initialisation, layers built in order get the same weights as `nn.Linear` layers
    after `torch.manual_seed` with the same seed. The global random state does not change.
    """
    layer = Linear(inputs, outputs, device="meta")  # draws nothing
    weight, bias = drawn.layer(inputs, outputs, generator)
    layer.weight, layer.bias = nn.Parameter(weight), nn.Parameter(bias)
    return layer


NORMALISATIONS = {
    "none": lambda units: [],
    "batch": lambda units: [nn.BatchNorm1d(units)],
    "layer": lambda units: [nn.LayerNorm(units)],
}


def normalisation(kind: str, units: int) -> list[nn.Module]:
    """Return the layers that normalise the units before φ: one, or none."""
    return NORMALISATIONS[kind](units)


class Site(nn.Module):
    """A place where φ is applied, which can be watched."""

    def __init__(self, phi: nn.Module):
        super().__init__()
        self.phi = phi
        self.seen: list[tuple[torch.Tensor, torch.Tensor]] | None = None

    def forward(self, z: torch.Tensor) -> torch.Tensor:
        """Return the activation h = φ(z) of pre-activations z, in their shape."""
        h = self.phi(z)
        if self.seen is not None:
            self.seen.append((z, h))
        return h


def sites(network: nn.Module) -> list[Site]:
    """Return the sites of a network, in the order in which it was built."""
    return [module for module in network.modules() if isinstance(module, Site)]


@contextlib.contextmanager
def watched(network: nn.Module) -> Iterator[list[tuple[torch.Tensor, torch.Tensor]]]:
    """Yield a list.

    When the network is called, each site appends its (z, h), [B, ...units] each.
    """
    seen: list[tuple[torch.Tensor, torch.Tensor]] = []
    for site in sites(network):
        site.seen = seen
    try:
        yield seen
    finally:
        for site in sites(network):
            site.seen = None


def weights(network: nn.Module) -> list[nn.Parameter]:
    """Return the weights of all layers in order: parameters of two dimensions or more."""
    return [parameter for parameter in network.parameters() if parameter.dim() >= 2]
