"""Convolutional networks: the lecture's for images, and that of MNIST-1D's authors for signals."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, ClassVar, Literal

from activation_lab.datasets.base import Dataset
from activation_lab.networks.base import Network, Place

if TYPE_CHECKING:
    from torch import nn

LEAST_PIXELS = 16  # each way: below, nothing is left after two convolutions of 5 and two poolings
LEAST_VALUES = 3  # of a signal: below, a kernel of 5 with a padding of 1 does not fit
FEATURES = 16  # of an image after the second convolution
CHANNELS = 25  # of a signal


class Conv(Network):
    """A convolutional network; a config writes `conv`.

    For images it is the lecture's: two convolutions of 5 × 5 with 6 and 16 channels, each with φ and a
    maximum over 2 × 2, and layers of 120 and 84 units (LeNet-5: LeCun et al. 1998). For signals it is
    that of Greydanus & Kobak 2024, "Scaling down deep learning with MNIST-1D": three convolutions of
    25 channels, with strides instead of maxima.
    """

    family: Literal["conv"] = "conv"
    accepts: ClassVar[Any] = Literal["conv"]

    def unfit(self, dataset: Dataset) -> str:
        """Say why the network cannot take the examples of a dataset; empty if it can."""
        if _of_images(dataset) and min(dataset.shape[1:]) < LEAST_PIXELS:
            return f"needs images of at least {LEAST_PIXELS} × {LEAST_PIXELS} pixels"
        if not _of_images(dataset) and dataset.shape[-1] < LEAST_VALUES:
            return f"needs signals of at least {LEAST_VALUES} values"
        return ""

    def sites(self, dataset: Dataset) -> int:
        """Return 4 for images, 3 for signals."""
        return 4 if _of_images(dataset) else 3

    def build(self, dataset: Dataset, place: Place) -> nn.Module:
        """Return the network for the dataset's images or signals."""
        return _for_images(dataset, place) if _of_images(dataset) else _for_signals(dataset, place)

    def multiplications(self, dataset: Dataset) -> int:
        """Return the multiplications of all layers for one example."""
        classes, (channels, *size) = len(dataset.classes), dataset.shape
        if not _of_images(dataset):
            first, second, third = _lengths(size[0])
            products = first * 5 * channels + (second + third) * 3 * CHANNELS
            return CHANNELS * (products + third * classes)
        (first, second), left = _areas(size)
        convolutions = 25 * (first * channels * 6 + second * 6 * FEATURES)
        return convolutions + FEATURES * left * 120 + 120 * 84 + 84 * classes

    def __str__(self) -> str:
        """Return the family's name."""
        return "conv"

    @property
    def title(self) -> str:
        """The network's name for people."""
        return "convolutional network"


def _of_images(dataset: Dataset) -> bool:
    return len(dataset.shape) == 3


def _for_images(dataset: Dataset, place: Place) -> nn.Module:
    from torch import nn

    from activation_lab.networks.products import Linear

    _, left = _areas(dataset.shape[1:])
    return nn.Sequential(
        nn.Unflatten(1, dataset.shape),
        *(nn.Conv2d(dataset.shape[0], 6, 5), place(6), nn.MaxPool2d(2)),
        *(nn.Conv2d(6, FEATURES, 5), place(FEATURES), nn.MaxPool2d(2)),
        nn.Flatten(),
        *(Linear(FEATURES * left, 120), place(120)),
        *(Linear(120, 84), place(84)),
        Linear(84, len(dataset.classes)),
    )


def _areas(size: tuple[int, ...] | list[int]) -> tuple[tuple[int, int], int]:
    """Return the positions of each convolution of images [height, width], and those left at last."""
    height, width = size
    first = (height - 4) * (width - 4)
    height, width = (height - 4) // 2 - 4, (width - 4) // 2 - 4
    return (first, height * width), (height // 2) * (width // 2)


def _for_signals(dataset: Dataset, place: Place) -> nn.Module:
    from torch import nn

    from activation_lab.networks.products import Linear

    channels, length = dataset.shape
    return nn.Sequential(
        nn.Unflatten(1, dataset.shape),
        *(nn.Conv1d(channels, CHANNELS, 5, stride=2, padding=1), place(CHANNELS)),
        *(nn.Conv1d(CHANNELS, CHANNELS, 3, stride=2, padding=1), place(CHANNELS)),
        *(nn.Conv1d(CHANNELS, CHANNELS, 3, stride=2, padding=1), place(CHANNELS)),
        nn.Flatten(),
        Linear(CHANNELS * _lengths(length)[-1], len(dataset.classes)),
    )


def _lengths(values: int) -> tuple[int, int, int]:
    """Return the positions of each convolution of a signal."""
    first = (values - 3) // 2 + 1
    second = (first - 1) // 2 + 1
    return first, second, (second - 1) // 2 + 1
