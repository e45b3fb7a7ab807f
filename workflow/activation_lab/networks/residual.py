"""Residual networks of fully connected layers, in which each block adds to what it is given."""

from __future__ import annotations

from typing import TYPE_CHECKING, Literal

from activation_lab.datasets.base import Dataset
from activation_lab.networks.base import Network, Place
from activation_lab.networks.mlp import Depth, Units

if TYPE_CHECKING:
    from torch import nn


class Residual(Network):
    """A linear layer, `depth` blocks x + Linear(φ(Linear(x))) of `width` units, and a linear layer.

    A config writes `{family: residual, depth: 16, width: 128}`. This is the network that Yang &
    Schoenholz 2017 study, "Mean field residual networks".
    """

    family: Literal["residual"] = "residual"
    depth: Depth
    width: Units

    def sites(self, dataset: Dataset) -> int:
        """Return the number of blocks."""
        return self.depth

    @property
    def equal_width(self) -> int:
        """Units of each block."""
        return self.width

    def build(self, dataset: Dataset, place: Place) -> nn.Module:
        """Return the network. In a block, the layer before φ is built first."""
        from torch import nn

        from activation_lab.networks.layers import Added
        from activation_lab.networks.products import Linear

        def block() -> nn.Module:
            before, phi = Linear(self.width, self.width), place(self.width)
            return Added(before, phi, Linear(self.width, self.width))

        return nn.Sequential(
            Linear(dataset.inputs, self.width),
            *(block() for _ in range(self.depth)),
            Linear(self.width, len(dataset.classes)),
        )

    def multiplications(self, dataset: Dataset) -> int:
        """Return the number of weights, biases aside: each multiplies once for an example."""
        ends = dataset.inputs + len(dataset.classes)
        return ends * self.width + 2 * self.depth * self.width**2

    @property
    def title(self) -> str:
        """The network's name for people."""
        blocks = "1 block" if self.depth == 1 else f"{self.depth} blocks"
        return f"residual network of {blocks} of {self.width}"

    def __str__(self) -> str:
        """Return residual-128x16 for 16 blocks of 128 units."""
        return f"residual-{self.width}x{self.depth}"
