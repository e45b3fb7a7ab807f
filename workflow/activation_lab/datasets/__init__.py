"""The datasets.

To add one, write a file with a `base.Dataset` and name it in `DATASETS`. One of the MNIST kind is an
`idx.Idx`, all values. One of another kind is a subclass of `base.Dataset` with a `read` of its own.
"""

from __future__ import annotations

from activation_lab.datasets.base import Dataset
from activation_lab.datasets.fashion_mnist import FASHION_MNIST

DATASETS: dict[str, Dataset] = {
    "fashion-mnist": FASHION_MNIST,
}
DEFAULT = "fashion-mnist"  # the tutorial's
