"""A small transformer: an example is cut into patches, which attend to one another."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, Annotated, Any, ClassVar, Literal

from pydantic import Field

from activation_lab.datasets.base import Dataset
from activation_lab.networks.base import Network, Place
from activation_lab.typed import Whole

if TYPE_CHECKING:
    from torch import nn

BLOCKS = 2
FEATURES = 64  # of a token
WIDER = 256  # features between the two layers of a block's MLP, where φ is
# Lengths of a patch, by the dimensions of an example: the first that fits is taken.
PATCHES = {2: (7, 8, 4, 2, 1), 1: (5, 8, 4, 2, 1)}


class Transformer(Network):
    """Two blocks of attention with 4 heads and of an MLP; a config writes `transformer`.

    Patches go through a linear layer to 64 features, and learnt positions are added. A block is
    x + attention(norm(x)), and then x + MLP(norm(x)), 64-256-64 with φ (Vaswani et al. 2017, with the
    normalisation first: Xiong et al. 2020). The mean over the tokens, normalised, is classified. `patch`
    is the length of a patch, 7 if images can be cut so (Dosovitskiy et al. 2021).
    """

    family: Literal["transformer"] = "transformer"
    accepts: ClassVar[Any] = Literal["transformer"]
    patch: Annotated[Whole, Field(ge=1, description="Length of a patch")] | None = None

    def unfit(self, dataset: Dataset) -> str:
        """Say why the network cannot take the examples of a dataset; empty if it can."""
        _, *size = dataset.shape
        if any(length % self._length(dataset) for length in size):
            shown = " × ".join(map(str, size))
            return f"cannot cut examples of {shown} into patches of {self.patch}"
        return ""

    def _length(self, dataset: Dataset) -> int:
        _, *size = dataset.shape
        fitting = (n for n in PATCHES[len(size)] if not any(length % n for length in size))
        return self.patch or next(fitting)

    def _tokens(self, dataset: Dataset) -> tuple[int, int]:
        """Return the number of tokens, and of values in each."""
        channels, *size = dataset.shape
        each = channels * self._length(dataset) ** len(size)
        return math.prod(dataset.shape) // each, each

    def sites(self, dataset: Dataset) -> int:
        """Return the number of blocks: φ is in the MLP of each."""
        return BLOCKS

    @property
    def equal_width(self) -> int:
        """Features at each site."""
        return WIDER

    def build(self, dataset: Dataset, place: Place) -> nn.Module:
        """Return the network."""
        from torch import nn

        from activation_lab.networks import tokens

        count, values = self._tokens(dataset)
        return nn.Sequential(
            tokens.Patches(dataset.shape, self._length(dataset)),
            nn.Linear(values, FEATURES),
            tokens.Positions(count, FEATURES),
            *(tokens.block(FEATURES, WIDER, place) for _ in range(BLOCKS)),
            nn.LayerNorm(FEATURES),
            tokens.Mean(),
            nn.Linear(FEATURES, len(dataset.classes)),
        )

    def multiplications(self, dataset: Dataset) -> int:
        """Return the multiplications of all layers for one example."""
        count, values = self._tokens(dataset)
        block = 4 * FEATURES**2 + 2 * count * FEATURES + 2 * FEATURES * WIDER
        return count * (values * FEATURES + BLOCKS * block) + FEATURES * len(dataset.classes)

    def __str__(self) -> str:
        """Return the family's name, with the length of a patch if the config gives it."""
        return "transformer" if self.patch is None else f"transformer-{self.patch}"

    @property
    def title(self) -> str:
        """The network's name for people."""
        return "transformer" if self.patch is None else f"transformer, patches of {self.patch}"
