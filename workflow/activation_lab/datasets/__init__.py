"""The datasets.

To add one, write a file with a `base.Dataset` and name it in `DATASETS`. If its files have MNIST's
format, make an `idx.Idx`: it needs values and no code. For another format, write a subclass of
`base.Dataset` with its own `read`.
"""

from __future__ import annotations

from activation_lab.datasets import own_file
from activation_lab.datasets.base import Dataset
from activation_lab.datasets.checked_files import DataError
from activation_lab.datasets.cifar10 import CIFAR10
from activation_lab.datasets.cifar100 import CIFAR100
from activation_lab.datasets.fashion_mnist import FASHION_MNIST
from activation_lab.datasets.kmnist import KMNIST
from activation_lab.datasets.mnist import MNIST
from activation_lab.datasets.mnist1d import MNIST1D
from activation_lab.typed import nearest

DATASETS: dict[str, Dataset] = {
    "fashion-mnist": FASHION_MNIST,
    "mnist": MNIST,
    "kmnist": KMNIST,
    "cifar10": CIFAR10,
    "cifar100": CIFAR100,
    "mnist1d": MNIST1D,
}
DEFAULT = "fashion-mnist"  # the tutorial's


def named(name: str) -> Dataset:
    """Return the dataset that a config names: an entry, or a user's own file.

    Raises `DataError` if there is none of that name, or if the file cannot be used.
    """
    if name in DATASETS:
        return DATASETS[name]
    if name.endswith(own_file.SUFFIX):
        return own_file.dataset(name)
    raise DataError(
        f"{name} is not a dataset; {nearest(name, DATASETS)}; or your own file, path/to/mine.npz"
    )
