"""Multilayer perceptrons: hidden layers of any sizes, as in the tutorial."""

from __future__ import annotations

from collections.abc import Mapping
from itertools import pairwise
from typing import TYPE_CHECKING, Annotated, Any, ClassVar, Literal

from pydantic import Field, TypeAdapter

from activation_lab.datasets.base import Dataset
from activation_lab.networks.base import Network, Place
from activation_lab.typed import Model, Whole

if TYPE_CHECKING:
    from torch import nn

Units = Annotated[Whole, Field(ge=1, le=16_384)]
Depth = Annotated[Whole, Field(ge=1, le=1_000)]


class Shape(Model):
    """A network of `depth` hidden layers of `width` units each."""

    depth: Depth
    width: Units


Hidden = Annotated[tuple[Units, ...], Field(min_length=1, max_length=1_000)]
HIDDEN = TypeAdapter(Hidden)


class MLP(Network):
    """A multilayer perceptron; `hidden` are the units of its hidden layers.

    A config writes `[512, 256]`, or `{depth: 32, width: 128}`.
    """

    family: Literal["mlp"] = "mlp"
    accepts: ClassVar[Any] = list[int] | Shape
    hidden: Hidden

    @classmethod
    def read(cls, value: object) -> MLP:
        """Read `[512, 256]`, or `{depth: 3, width: 64}` as the sizes 64, 64, 64."""
        if isinstance(value, Mapping) and "hidden" in value:
            return cls.model_validate(value)
        if isinstance(value, Mapping):
            shape = Shape.model_validate({k: v for k, v in value.items() if k != "family"})
            value = (shape.width,) * shape.depth
        # Error messages then give the position in the list, as in the config.
        return cls(hidden=HIDDEN.validate_python(value))

    def sites(self, dataset: Dataset) -> int:
        """Return the number of hidden layers."""
        return len(self.hidden)

    @property
    def equal_width(self) -> int | None:
        """Units of each hidden layer; None if they differ."""
        return self.hidden[0] if len(set(self.hidden)) == 1 else None

    def layers(self, dataset: Dataset) -> tuple[int, ...]:
        """Return the sizes of all layers, from inputs to classes."""
        return (dataset.inputs, *self.hidden, len(dataset.classes))

    def build(self, dataset: Dataset, place: Place) -> nn.Module:
        """Return the network as the tutorial writes it: linear layers with φ between them."""
        from torch import nn

        from activation_lab.networks.products import Linear

        sizes = self.layers(dataset)
        parts: list[nn.Module] = []
        for inputs, units in pairwise(sizes[:-1]):
            parts += [Linear(inputs, units), place(units)]
        return nn.Sequential(*parts, Linear(sizes[-2], sizes[-1]))

    def multiplications(self, dataset: Dataset) -> int:
        """Return the number of weights, biases aside: each multiplies once for an example."""
        return sum(n * m for n, m in pairwise(self.layers(dataset)))

    @property
    def title(self) -> str:
        """The network's name for people."""
        if self.equal_width:
            layers = "1 layer" if len(self.hidden) == 1 else f"{len(self.hidden)} layers"
            return f"{layers} of {self.equal_width}"
        return f"hidden layers of {', '.join(map(str, self.hidden))}"

    def __str__(self) -> str:
        """Return the units joined by hyphens, or 128x3 for three layers of 128."""
        if self.equal_width and len(self.hidden) > 1:
            return f"{self.equal_width}x{len(self.hidden)}"
        return "-".join(map(str, self.hidden))
