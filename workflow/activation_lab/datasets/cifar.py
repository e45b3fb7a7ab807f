"""The two CIFAR datasets: 60,000 colour pictures in ten or a hundred classes.

45,000 examples train and 5,000 validate, as in He et al. 2016 (Deep Residual Learning, section 4.2).
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

import numpy as np

from activation_lab.datasets import download
from activation_lab.datasets.base import Dataset
from activation_lab.datasets.download import Source


@dataclass(frozen=True, kw_only=True, eq=False)
class Cifar(Dataset):
    """A dataset of pickled batches, which torchvision reads.

    `torchvision` is the name of its class there, and `batches` the folder in torchvision's root.
    `trained_on`, `tested_on` and `meta` are the names of the files, whose md5 is in `checksums`.
    """

    torchvision: str
    batches: str
    trained_on: tuple[str, ...]
    tested_on: tuple[str, ...]
    meta: str
    shape: tuple[int, ...] = (3, 32, 32)
    training: int = 45_000
    validation: int = 5_000
    test: int = 10_000
    noun: str = "image"
    looks: str = "32 × 32 colour pixels"
    citation: str = "Krizhevsky 2009, Learning Multiple Layers of Features from Tiny Images"

    @property
    def folder(self) -> str:
        """Its place in torchvision's root."""
        return self.batches

    @property
    def sources(self) -> Sequence[Source]:
        """This machine, and torchvision's download."""
        usual = download.usual(self.folder)
        return [download.here(*usual), download.torchvision(self.torchvision)]

    def read(self, folder: Path, part: Literal["train", "test"]) -> tuple[np.ndarray, np.ndarray]:
        """Return images [N, 3, 32, 32], uint8, and labels [N].

        A pickle could run code. So torchvision, too, unpickles only files whose md5 is known.
        """
        known = {
            "base_folder": folder.name,
            "train_list": [[name, self.checksums[name]] for name in self.trained_on],
            "test_list": [[name, self.checksums[name]] for name in self.tested_on],
        }
        theirs = download.torchvision_class(self.torchvision)
        known["meta"] = {**theirs.meta, "filename": self.meta, "md5": self.checksums[self.meta]}
        read = type("Read", (theirs,), known)(folder.parent, train=part == "train")
        # torchvision has channels last.
        return np.ascontiguousarray(read.data.transpose(0, 3, 1, 2)), np.array(read.targets)
