"""Datasets of the MNIST kind: images and labels in four IDX files, in torchvision's layout.

An IDX file is a header and then raw bytes, so jobs map it into memory, read-only, and share one copy.
"""

from __future__ import annotations

import struct
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

import numpy as np

from activation_lab.datasets import download
from activation_lab.datasets.base import Dataset
from activation_lab.datasets.download import Source

PREFIXES = {"train": "train", "test": "t10k"}


@dataclass(frozen=True, kw_only=True, eq=False)
class Idx(Dataset):
    """A dataset of the MNIST kind.

    `torchvision` is the name of its class in `torchvision.datasets`, and `debian` that of its package in
    Debian, if there is one.
    """

    torchvision: str = ""
    debian: str | None = None
    noun: str = "image"
    looks: str = "28 × 28 grey pixels"

    @property
    def folder(self) -> str:
        """Its place in torchvision's root."""
        return f"{self.torchvision}/raw"

    @property
    def sources(self) -> Sequence[Source]:
        """This machine, torchvision's download, and Debian's archive."""
        usual = [Path("data", self.folder), Path.home() / "data" / self.folder]
        packages = [self.debian] if self.debian else []
        installed = [Path("/") / download.debian_folder(package) for package in packages]
        return [
            download.here(*installed, *usual),
            download.torchvision(self.torchvision),
            *map(download.debian, packages),
        ]

    def read(self, folder: Path, part: Literal["train", "test"]) -> tuple[np.ndarray, np.ndarray]:
        """Return images [N, *shape] and labels [N], uint8, mapped and not copied."""
        prefix = PREFIXES[part]
        images = mapped(folder / f"{prefix}-images-idx3-ubyte")
        return images.reshape(-1, *self.shape), mapped(folder / f"{prefix}-labels-idx1-ubyte")


def mapped(path: Path) -> np.ndarray:
    """Return the bytes of an IDX file in the shape that its header states."""
    with path.open("rb") as file:
        dimensions = file.read(4)[3]
        shape = struct.unpack(f">{dimensions}I", file.read(4 * dimensions))
        # Copy-on-write: torch wants writable memory, and nothing ever writes.
        return np.memmap(path, dtype=np.uint8, mode="c", offset=file.tell(), shape=shape)
