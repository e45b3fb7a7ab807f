"""Network families: how a config describes a network, how it is built, and what it costs.

This module does without torch until a network is built, so that a config can be checked without it.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any, ClassVar, Protocol, Self

from activation_lab.datasets.base import Dataset
from activation_lab.typed import Model, fail, nearest

if TYPE_CHECKING:
    from torch import nn


class Place(Protocol):
    """Makes a site: a place where φ is applied, with the normalisation before it."""

    def __call__(self, units: int | None = None, axis: int = 1) -> nn.Module:
        """Return a module that takes pre-activations z and returns h, in their shape.

        `units` is their number, and `axis` the dimension of z that counts them: 1 for the neurons of a
        layer and for the channels of a convolution, -1 for the features of tokens.
        """
        ...


class Network(Model):
    """A network as a config describes it: its family and its size. Each family is a subclass.

    `accepts` is the type of any shorter form in which a config may write the network, such as a list of
    sizes. None: there is no shorter form.
    """

    family: Any  # the literal name of the family, in each subclass
    accepts: ClassVar[Any] = None

    @classmethod
    def read(cls, value: object) -> Self:
        """Return the network that a config writes as `value`.

        Raises `pydantic.ValidationError` or `PydanticCustomError` if it cannot be read.
        """
        if isinstance(value, Mapping):
            unknown = sorted(map(str, value.keys() - cls.model_fields.keys()))
            if unknown:
                keys = "; ".join(f"{key}: {nearest(key, cls.model_fields)}" for key in unknown)
                raise fail(f"unknown keys of a network of this family: {keys}")
        return cls.model_validate(value)

    def unfit(self, dataset: Dataset) -> str:
        """Say why the network cannot take the examples of a dataset; empty if it can."""
        return ""

    def sites(self, dataset: Dataset) -> int:
        """Return the number of sites, places where φ is applied: the depth of the network."""
        raise NotImplementedError

    @property
    def equal_width(self) -> int | None:
        """Units of each site; None if they differ."""
        return None

    def build(self, dataset: Dataset, place: Place) -> nn.Module:
        """Return one network: a plain module from flat examples [B, inputs] to logits [B, classes].

        Its layers are torch's own, and draw their weights as they are built. `place` makes each site.
        """
        raise NotImplementedError

    def multiplications(self, dataset: Dataset) -> int:
        """Return the multiplications of a forward pass of one example: the cost of a network."""
        raise NotImplementedError

    @property
    def title(self) -> str:
        """The network's name for people, such as "3 layers of 128"."""
        return str(self)

    def __str__(self) -> str:
        """Return the name of the network in paths and tables, such as 512-256 or 128x3.

        No two families share a name.
        """
        raise NotImplementedError
