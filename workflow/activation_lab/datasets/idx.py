"""Datasets of the MNIST kind: images and labels in four IDX files, in torchvision's layout.

An IDX file is a header and then raw bytes, so jobs map it into memory, read-only, and share one copy. A
file that is stored as .gz is unpacked into the memory of each job.
"""

from __future__ import annotations

import gzip
import math
import struct
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import BinaryIO, Literal

import numpy as np

from activation_lab.datasets import download
from activation_lab.datasets.base import Dataset
from activation_lab.datasets.checked_files import DataError
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
        packages = [self.debian] if self.debian else []
        installed = [Path("/") / download.debian_folder(package) for package in packages]
        return [
            download.here(*installed, *download.usual(self.folder)),
            download.torchvision(self.torchvision),
            *map(download.debian, packages),
        ]

    def read(self, folder: Path, part: Literal["train", "test"]) -> tuple[np.ndarray, np.ndarray]:
        """Return images [N, *shape] and labels [N], uint8, mapped and not copied if they can be."""
        images = self._array(folder, f"{PREFIXES[part]}-images-idx3-ubyte")
        labels = self._array(folder, f"{PREFIXES[part]}-labels-idx1-ubyte")
        return np.expand_dims(images, 1), labels

    def _array(self, folder: Path, name: str) -> np.ndarray:
        packed = f"{name}.gz" in self.checksums
        return unpacked(folder / f"{name}.gz") if packed else mapped(folder / name)


def mapped(path: Path) -> np.ndarray:
    """Return the bytes of an IDX file in the shape that its header states.

    Raises `DataError` if the file is not of this kind.
    """
    with path.open("rb") as file:
        shape = _shape(file, path)
        try:
            # Copy-on-write: torch wants writable memory, and nothing ever writes.
            return np.memmap(path, dtype=np.uint8, mode="c", offset=file.tell(), shape=shape)
        except ValueError as error:
            raise DataError(f"{path} is shorter than its header says: {error}") from error


def unpacked(path: Path) -> np.ndarray:
    """Return the same of an IDX file that is packed by gzip."""
    with gzip.open(path, "rb") as file:
        shape = _shape(file, path)
        content = bytearray(file.read())
    if len(content) != math.prod(shape):
        raise DataError(f"{path} has {len(content)} values, and its header says {shape}")
    return np.frombuffer(content, np.uint8).reshape(shape)


def _shape(file: BinaryIO | gzip.GzipFile, path: Path) -> tuple[int, ...]:
    """Read the header: two zeros, 8 for bytes, the number of dimensions, and their sizes."""
    kind = file.read(4)
    if len(kind) < 4 or kind[:3] != b"\0\0\x08":
        raise DataError(f"{path} is not an IDX file of bytes")
    sizes = file.read(4 * kind[3])
    if len(sizes) < 4 * kind[3]:
        raise DataError(f"{path} ends within its header")
    return struct.unpack(f">{kind[3]}I", sizes)
