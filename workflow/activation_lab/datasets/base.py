"""Datasets: their names, shapes, classes, sizes, splits, files, and the report's words for them.

A dataset is a value of `Dataset`, or of a subclass that reads another kind of files. This module
imports torch only when data are loaded, so that a config can be checked without it.
"""

from __future__ import annotations

import logging
import math
import tempfile
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Literal

import numpy as np

from activation_lab.datasets import checked_files
from activation_lab.datasets.checked_files import DataError
from activation_lab.datasets.download import Source

if TYPE_CHECKING:
    import torch

log = logging.getLogger(__name__)


@dataclass(frozen=True)
class Part:
    """One part of a dataset: flat examples [N, inputs] as the files have them, and labels [N] int64.

    `scale` makes of such values the float32 that a network gets. Only batches are scaled: images are
    bytes, and take a quarter of the memory.
    """

    values: torch.Tensor
    labels: torch.Tensor
    scale: Callable[[torch.Tensor], torch.Tensor]

    def __len__(self) -> int:
        return len(self.labels)

    def to(self, device: str) -> Part:
        """Return this part on a device; itself, if it is there."""
        return Part(self.values.to(device), self.labels.to(device), self.scale)

    def first(self, count: int) -> Part:
        """Return the first so many examples, which share this part's memory."""
        return Part(self.values[:count], self.labels[:count], self.scale)

    def batch(self, rows: torch.Tensor | slice) -> tuple[torch.Tensor, torch.Tensor]:
        """Return examples [B, inputs], scaled, and labels [B]."""
        if isinstance(rows, slice):
            return self.scale(self.values[rows]), self.labels[rows]
        return self.scale(self.values.index_select(0, rows)), self.labels.index_select(0, rows)


@dataclass(frozen=True, kw_only=True, eq=False)
class Dataset:
    """A dataset as the rest of the project knows it.

    - `shape` is that of one example: (channels, height, width) of an image.
    - `training`, `validation` and `test` are the numbers of examples in each part.
    - `targets` are validation accuracies; the results say in which epoch runs reach each of them.
    - `noun` and `looks` are the report's words: an example is an "image", of "28 × 28 grey pixels".
    - `checksums` are the sha256 or md5 of the files, by their names: see `checked_files.py`.
    - `mean` and `std` scale the values, after bytes are brought to [0, 1].

    A subclass defines `read` (how to read the files), and, if the values here do not fit, `folder`
    (where they are) and `sources` (where to get them).
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
    noun: str
    looks: str
    checksums: Mapping[str, str]
    mean: float = 0.5
    std: float = 0.5
    split_seed: int = 42  # the tutorial's

    @property
    def slug(self) -> str:
        """Its name in paths and in the names of rules."""
        return self.name

    @property
    def inputs(self) -> int:
        """The numbers in one example."""
        return math.prod(self.shape)

    @property
    def chance(self) -> float:
        """The accuracy of guessing."""
        return 1 / len(self.classes)

    @property
    def folder(self) -> str:
        """Its place in a folder of several datasets, such as `results/data` or torchvision's root."""
        return self.name

    @property
    def own(self) -> Path | None:
        """A user's own file, which no rule fetches; None for the entries of the registry."""
        return None

    @property
    def files(self) -> list[str]:
        """The paths of its files in a folder of several datasets."""
        return [f"{self.folder}/{name}" for name in self.checksums]

    @property
    def sources(self) -> Sequence[Source]:
        """Where to look for it, in this order."""
        return ()

    def read(self, folder: Path, part: Literal["train", "test"]) -> tuple[np.ndarray, np.ndarray]:
        """Return examples [N, *shape] and labels [N] as the files in `folder` have them.

        `train` holds the training and validation examples, in the order that `split` indexes. Map files
        of bytes into memory instead of copying them: then several jobs share one copy.
        """
        raise NotImplementedError

    def fetch(self, destination: Path, folder: Path | None = None) -> None:
        """Put the checked files into `destination`, each whole or not at all.

        With a `folder` only that folder is looked at: it holds the files, or this dataset's `folder`
        with the files. Otherwise the sources are tried in their order. Raises `DataError` with what
        went wrong at each.
        """
        if folder is not None:
            checked_files.place(self._find([folder]), destination)
            return
        failures = []
        for source in self.sources:
            try:
                with tempfile.TemporaryDirectory() as scratch:
                    checked_files.place(self._find(source.find(Path(scratch))), destination)
                log.info("%s from %s", self.title, source.name)
                return
            except DataError as error:
                failures.append(f"\n  {source.name}: {error}")
                log.warning("%s: %s", source.name, error)
        raise DataError(
            f"{self.title} was not found at any source:{''.join(failures)}\n"
            f"Put {checked_files.wanted(self.checksums)} into a folder, and name it under "
            "data.folder in the config."
        )

    def _find(self, folders: Sequence[Path]) -> dict[str, Path]:
        return checked_files.find(map(self._place, folders), self.checksums, self.title)

    def _place(self, folder: Path) -> Path:
        """Return the folder of the files: this one, or the dataset's in a folder of several."""
        own = folder / self.folder
        return own if own.is_dir() else folder

    def check(self, folder: Path) -> None:
        """Raise `DataError` if a file in a folder has changed since it was fetched, or is missing."""
        for name, expected in self.checksums.items():
            checked_files.check(self._place(folder) / name, name, expected, self.title)

    def examples(self, folder: Path) -> tuple[np.ndarray, np.ndarray]:
        """Return the examples [N, *shape] and labels [N] of `train`, as they are before scaling.

        Raises `DataError` if a file has changed since it was fetched.
        """
        self.check(folder)
        return self._whole(folder, "train")

    def _whole(self, folder: Path, part: Literal["train", "test"]) -> tuple[np.ndarray, np.ndarray]:
        """Return examples and labels as `read` does, and check their numbers and the labels."""
        place = self._place(folder)
        examples, labels = self.read(place, part)
        count = self.training + self.validation if part == "train" else self.test
        classes = len(self.classes)
        problem = ""
        if examples.shape != (count, *self.shape):
            problem = f"examples of shape {examples.shape}, not {(count, *self.shape)}"
        elif labels.shape != (count,):
            problem = f"{len(labels)} labels for {count} examples"
        elif not 0 <= labels.min() <= labels.max() < classes:
            problem = f"labels from {labels.min()} to {labels.max()}, and {classes} classes"
        if problem:
            names = ", ".join(self.checksums)
            raise DataError(f"{place}: {self.title}'s {part} part has {problem} ({names}).")
        return examples, labels

    def split(self) -> tuple[torch.Tensor, torch.Tensor]:
        """Return the indices of training and validation, [training] and [validation].

        They are those of `random_split([training, validation])` after `torch.manual_seed(split_seed)`,
        as in the tutorial: a permutation, cut.
        """
        import torch

        generator = torch.Generator().manual_seed(self.split_seed)
        order = torch.randperm(self.training + self.validation, generator=generator)
        return order[: self.training], order[self.training :]

    def scale(self, values: torch.Tensor) -> torch.Tensor:
        """Return values as float32, scaled: as ToTensor and Normalize((mean,), (std,)) do."""
        import torch

        scaled = values.to(torch.float32, copy=True)  # never the memory that others read too
        if not values.is_floating_point():
            scaled.div_(255)
        return scaled.sub_(self.mean).div_(self.std)

    def load(self, folder: Path, training_images: int) -> dict[str, Part]:
        """Return the parts `training`, `validation` and `test`.

        The training part has only the first `training_images` examples. Raises `DataError` if a file has
        changed since it was fetched.
        """
        self.check(folder)
        first, second = self.split()
        return {
            "training": self._part(folder, "train", first[:training_images]),
            "validation": self._part(folder, "train", second),
            "test": self._part(folder, "test", slice(None)),
        }

    def _part(
        self, folder: Path, part: Literal["train", "test"], rows: torch.Tensor | slice
    ) -> Part:
        import torch

        values, labels = map(torch.from_numpy, self._whole(folder, part))
        return Part(values[rows].flatten(1), labels[rows].long(), self.scale)
