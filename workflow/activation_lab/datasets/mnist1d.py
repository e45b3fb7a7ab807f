"""MNIST-1D: 5,000 signals of 40 values, each a digit that is drawn as a line, shifted and made noisy.

The package `mnist1d` draws them from a seed, and standardises them.
"""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

import numpy as np

from activation_lab.datasets.base import Dataset
from activation_lab.datasets.checked_files import DataError
from activation_lab.datasets.download import Source

# The package seeds the random numbers of Python and of NumPy for everyone, so it has its own process.
DRAW = """
import sys
from mnist1d.data import make_dataset
from activation_lab.datasets.mnist1d import write
write(make_dataset(), sys.argv[1])
"""


def draw(scratch: Path) -> list[Path]:
    """Draw all signals into a folder."""
    done = subprocess.run(
        [sys.executable, "-c", DRAW, scratch], capture_output=True, text=True, check=False
    )
    if done.returncode:
        raise DataError(f"the package mnist1d failed: {done.stderr.strip()[-500:]}")
    return [scratch]


def write(drawn: dict[str, np.ndarray], folder: str) -> None:
    """Write the arrays as files whose bytes do not depend on the machine.

    They have fixed checksums. But the last bits of sums and of logarithms differ between processors, so
    values are rounded to five decimals, which is a thousand times finer than the noise.
    """
    for part, suffix in (("train", ""), ("test", "_test")):
        signals, labels = drawn[f"x{suffix}"], drawn[f"y{suffix}"]
        np.save(Path(folder, f"x_{part}.npy"), np.round(signals, 5).astype("<f4")[:, np.newaxis])
        np.save(Path(folder, f"y_{part}.npy"), labels.astype(np.uint8))


@dataclass(frozen=True, kw_only=True, eq=False)
class Drawn(Dataset):
    """A dataset that a package draws."""

    @property
    def sources(self) -> Sequence[Source]:
        """The package."""
        return [Source("the package mnist1d", draw)]

    def fetch(self, destination: Path, folder: Path | None = None) -> None:
        """Draw it; `folder`, where a config says that other datasets are, need not have it."""
        super().fetch(destination)

    def read(self, folder: Path, part: Literal["train", "test"]) -> tuple[np.ndarray, np.ndarray]:
        """Return signals [N, 1, 40], float32, and labels [N], uint8."""
        signals, labels = (np.load(folder / f"{name}_{part}.npy") for name in ("x", "y"))
        return signals, labels


MNIST1D = Drawn(
    name="mnist1d",
    title="MNIST-1D",
    shape=(1, 40),
    classes=tuple("0123456789"),
    # The authors train on all 4,000. With 3,500, their convolutional network loses a point of accuracy.
    training=3_800,
    validation=200,
    test=1_000,
    targets=(0.5, 0.7, 0.9),
    citation="Greydanus & Kobak 2024, Scaling Down Deep Learning with MNIST-1D, arXiv:2011.14439",
    noun="signal",
    looks="40 values",
    # mean and std are those of all 5,000, which the package has made 0 and 1.
    mean=0.0,
    std=1.0,
    checksums={
        "x_train.npy": "a16230503347eef7a2c0d99429a5bfde62d7e064dc3946619705ee2a75229620",
        "y_train.npy": "b9e81c33ff96e5bbdcbb930b3edbb3f1ff29d516fdfd8aff508fa1668d18c6a3",
        "x_test.npy": "b1dfeaf0148b457da736bb7e6fa0639d2996c00e9d90cd8b5111d2e2928247fe",
        "y_test.npy": "46917f7f341ca2438a3efdb107b509e799e30d22c515622f95b5093671648142",
    },
)
