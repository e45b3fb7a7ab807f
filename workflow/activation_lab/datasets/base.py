"""What a dataset is: its name, shape, classes, sizes, split, and the report's words for it."""

from __future__ import annotations

import math
from dataclasses import dataclass


@dataclass(frozen=True)
class Dataset:
    """A dataset as the rest of the project knows it.

    `shape` is that of one example: (channels, height, width) of an image. `training`, `validation` and
    `test` are the numbers of examples in each part. `targets` are validation accuracies whose epoch of
    arrival is of interest.
    """

    name: str
    title: str
    shape: tuple[int, ...]
    classes: tuple[str, ...]
    training: int
    validation: int
    test: int
    targets: tuple[float, ...]
    citation: str

    @property
    def inputs(self) -> int:
        """The numbers in one example."""
        return math.prod(self.shape)

    @property
    def chance(self) -> float:
        """The accuracy of guessing."""
        return 1 / len(self.classes)
