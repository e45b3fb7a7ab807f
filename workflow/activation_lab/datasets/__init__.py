"""The datasets.

To add one, write a file with a `base.Dataset` and name it in `DATASETS`. If its files have MNIST's
format, make an `idx.Idx`: it needs values and no code. For another format, write a subclass of
`base.Dataset` with its own `read`.
"""

from __future__ import annotations

from activation_lab.datasets.base import Dataset
from activation_lab.datasets.fashion_mnist import FASHION_MNIST

DATASETS: dict[str, Dataset] = {
    "fashion-mnist": FASHION_MNIST,
}
DEFAULT = "fashion-mnist"  # the tutorial's
