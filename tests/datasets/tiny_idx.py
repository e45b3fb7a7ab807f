"""A made-up dataset of the MNIST kind: 30 and 10 images of 2 × 3 pixels, in four IDX files."""

import hashlib
import struct
from pathlib import Path

import numpy as np

from activation_lab.datasets.idx import Idx

TRAIN, TEST = 30, 10


def write(folder: Path) -> Idx:
    """Write the files into a folder; return the dataset."""
    generator = np.random.default_rng(0)
    checksums = {}
    for prefix, count in (("train", TRAIN), ("t10k", TEST)):
        images = generator.integers(256, size=(count, 2, 3), dtype=np.uint8)
        labels = generator.integers(3, size=count, dtype=np.uint8)
        for name, values in (("images-idx3", images), ("labels-idx1", labels)):
            path = folder / f"{prefix}-{name}-ubyte"
            path.write_bytes(idx(values))
            checksums[path.name] = hashlib.sha256(path.read_bytes()).hexdigest()
    return Idx(
        name="tiny",
        title="Tiny",
        shape=(1, 2, 3),
        classes=("a", "b", "c"),
        training=20,
        validation=10,
        test=TEST,
        targets=(0.5,),
        citation="Nobody, never",
        torchvision="FashionMNIST",
        checksums=checksums,
    )


def idx(values: np.ndarray) -> bytes:
    """Return an array of bytes as an IDX file has it: two zeros, 8 for bytes, the sizes, the values."""
    return struct.pack(f">4B{values.ndim}I", 0, 0, 8, values.ndim, *values.shape) + values.tobytes()
