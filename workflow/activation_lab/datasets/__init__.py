"""The datasets.

To add one, write a file with a `base.Dataset` and name it in `DATASETS`.
"""

from __future__ import annotations

from activation_lab.datasets.base import Dataset
from activation_lab.datasets.fashion_mnist import FASHION_MNIST

DATASETS: dict[str, Dataset] = {
    "fashion-mnist": FASHION_MNIST,
}
