"""Corners: noise in which one of three corners is bright, drawn from a seed.

A dataset that is made up: the tests plant this file in a copy of the project.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

import numpy as np

from activation_lab.datasets.base import Dataset
from activation_lab.datasets.download import Source

TRAIN = 1_152
CORNERS_OF_IMAGE = [(0, 0), (0, 2), (2, 0)]


def draw(scratch: Path) -> list[Path]:
    """Draw all images and labels into a folder."""
    generator = np.random.default_rng(1)
    labels = generator.integers(3, size=1_280, dtype=np.uint8)
    images = generator.integers(128, size=(1_280, 1, 4, 4), dtype=np.uint8)
    for label, (row, column) in enumerate(CORNERS_OF_IMAGE):
        images[labels == label, :, row : row + 2, column : column + 2] += 100
    np.save(scratch / "images.npy", images)
    np.save(scratch / "labels.npy", labels)
    return [scratch]


@dataclass(frozen=True, kw_only=True, eq=False)
class Drawn(Dataset):
    """A dataset of two .npy files."""

    @property
    def sources(self) -> Sequence[Source]:
        """A seed."""
        return [Source("drawn from a seed", draw)]

    def read(self, folder: Path, part: Literal["train", "test"]) -> tuple[np.ndarray, np.ndarray]:
        """Return images [N, 1, 4, 4] and labels [N]."""
        rows = slice(TRAIN) if part == "train" else slice(TRAIN, None)
        return np.load(folder / "images.npy")[rows], np.load(folder / "labels.npy")[rows]


CORNERS = Drawn(
    name="corners",
    title="Corners",
    shape=(1, 4, 4),
    classes=("top left", "top right", "bottom left"),
    training=1_024,
    validation=128,
    test=128,
    targets=(0.5, 0.9),
    citation="Nobody, never",
    noun="picture",
    looks="4 × 4 grey pixels",
    checksums={
        "images.npy": "55f16c0c288428bd3d1ca4a6f0d875a70ac02a42c864c36b25693a28e4faafee",
        "labels.npy": "16835be4b0a2cf5fe5ea24ac661490954e45a3e4dffd2f56bd43b91cfb6b46f0",
    },
)
