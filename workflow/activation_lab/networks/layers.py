"""The parts of the networks of every family: sites of φ, normalisation, and given initial weights."""

from __future__ import annotations

import contextlib
from collections.abc import Iterator

import torch
from torch import nn

from activation_lab.initialisations import Initialisation

LAYERS = (nn.Linear, nn.Conv1d, nn.Conv2d, nn.Conv3d)


def draw(network: nn.Module, drawn: Initialisation, generator: torch.Generator) -> None:
    """Draw the weights and biases of all fully connected and convolution layers anew, in order."""
    for module in network.modules():
        if isinstance(module, LAYERS):
            drawn.draw(module.weight, module.bias, generator)


class Added(nn.Sequential):
    """Adds what its layers return to what they are given: a skip connection."""

    def forward(self, input: torch.Tensor) -> torch.Tensor:
        """Return x + layers(x)."""
        return input + super().forward(input)


class Site(nn.Module):
    """A place where φ is applied, which can be watched.

    `axis` is the dimension of z that counts the units: neurons, channels, or features.
    """

    def __init__(self, phi: nn.Module, axis: int = 1):
        super().__init__()
        self.phi, self.axis = phi, axis
        self.seen: list[tuple[torch.Tensor, torch.Tensor]] | None = None

    def forward(self, z: torch.Tensor) -> torch.Tensor:
        """Return the activation h = φ(z) of pre-activations z, in their shape."""
        h = self.phi(z)
        if self.seen is not None:
            self.seen.append((rows(z, self.axis), rows(h, self.axis)))
        return h


def rows(values: torch.Tensor, axis: int) -> torch.Tensor:
    """Return values as [N, units]: a row for each example, and for each position in it."""
    return values.movedim(axis, -1).flatten(0, -2)


class Normalisation(nn.Module):
    """Normalises units before φ, with a layer that takes [N, units]."""

    def __init__(self, layer: nn.Module, axis: int):
        super().__init__()
        self.layer, self.axis = layer, axis

    def forward(self, z: torch.Tensor) -> torch.Tensor:
        """Return normalised pre-activations, in their shape."""
        moved = z.movedim(self.axis, -1)
        return self.layer(moved.flatten(0, -2)).view(moved.shape).movedim(-1, self.axis)


# Batch normalisation is over the examples and the positions in them, as nn.BatchNorm2d does. Layer
# normalisation is over the units of each example, at each position.
NORMALISATIONS = {"batch": nn.BatchNorm1d, "layer": nn.LayerNorm}


def site(phi: nn.Module, normalisation: str, units: int | None, axis: int) -> nn.Module:
    """Return a site, with the normalisation of its units before it.

    Raises `ValueError` if there is one, and the number of units is not known.
    """
    place = Site(phi, axis)
    if normalisation == "none":
        return place
    if units is None:
        raise ValueError("normalisation needs the number of units: phi(units)")
    return nn.Sequential(Normalisation(NORMALISATIONS[normalisation](units), axis), place)


def sites(network: nn.Module) -> list[Site]:
    """Return the sites of a network, in the order in which it was built."""
    return [module for module in network.modules() if isinstance(module, Site)]


@contextlib.contextmanager
def watched(network: nn.Module) -> Iterator[list[tuple[torch.Tensor, torch.Tensor]]]:
    """Yield a list.

    When the network is called, each site appends its (z, h), [N, units] each: a row for each example,
    and for each position of a convolution or token of a transformer.
    """
    seen: list[tuple[torch.Tensor, torch.Tensor]] = []
    for place in sites(network):
        place.seen = seen
    try:
        yield seen
    finally:
        for place in sites(network):
            place.seen = None


def weights(network: nn.Module) -> list[nn.Parameter]:
    """Return the weight of the layer before each site, and that of the last layer.

    A weight is a parameter of two dimensions or more. The one before a site is the last that was built
    before it. Raises `ValueError` if there is none.
    """
    found: list[nn.Parameter | None] = []
    last = None
    for module in network.modules():
        if isinstance(module, Site):
            found.append(last)
        own = [p for p in module.parameters(recurse=False) if p.dim() >= 2]
        last = own[-1] if own else last
    found.append(last)
    known = [weight for weight in found if weight is not None]
    if len(known) < len(found):
        raise ValueError("there is no layer before the first place where φ is applied")
    return known
