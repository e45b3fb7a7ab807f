"""Network families: how a config describes a network, how it is built, and which sizes theory takes.

This module does without torch until a network is built, so that a config can be checked without it.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, Any, ClassVar, Self

from activation_lab.datasets.base import Dataset
from activation_lab.initialisations import Initialisation
from activation_lab.typed import Model

if TYPE_CHECKING:
    import torch
    from torch import nn


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

        Raises `pydantic.ValidationError` if it cannot be read.
        """
        return cls.model_validate(value)

    @property
    def depth(self) -> int:
        """The number of sites: places where φ is applied."""
        raise NotImplementedError

    @property
    def width(self) -> int | None:
        """Units of each site; None if they differ."""
        raise NotImplementedError

    def layers(self, dataset: Dataset) -> tuple[int, ...] | None:
        """Return the sizes of all layers, which mean-field theory needs.

        None if the theory does not cover this family.
        """
        return None

    def build(
        self,
        dataset: Dataset,
        phi: Callable[[int], nn.Module],
        drawn: Initialisation,
        normalisation: str,
        generator: torch.Generator,
    ) -> nn.Module:
        """Return one network: a plain module from examples [B, inputs] to logits [B, classes].

        `phi(n)` makes the activation of the nth site, counted from 1. All initial weights are drawn
        from the generator, in the order of the layers.
        """
        raise NotImplementedError

    def multiplications(self, dataset: Dataset) -> int:
        """Return the multiplications of a forward pass of one example: the cost of a network."""
        raise NotImplementedError

    @property
    def title(self) -> str:
        """The network's name for people, such as "3 layers of 128"."""
        return f"{self.family} {self}"

    def __str__(self) -> str:
        """Return the name of the network in paths and tables, such as 512-256 or 128x3.

        No two families share a name.
        """
        raise NotImplementedError
