"""What mean-field theory says of a network family, and how a family's theory is written.

Dimensions: N images, D sites, which are the hidden layers.
"""

from __future__ import annotations

import itertools
from abc import ABC, abstractmethod
from collections.abc import Iterator
from typing import Generic, TypeVar

import numpy as np

from activation_lab.datasets.base import Dataset
from activation_lab.initialisations import Initialisation
from activation_lab.networks.base import Network
from activation_lab.theory.finite_width import Gradients
from activation_lab.theory.gaussian import Function
from activation_lab.theory.jacobian import Jacobians
from activation_lab.theory.mean_field import FixedPoint

Family = TypeVar("Family", bound=Network)


class Theory(ABC, Generic[Family]):
    """Mean-field theory of a network with random weights. Each family that has one is a subclass."""

    @classmethod
    @abstractmethod
    def of(cls, network: Family, dataset: Dataset, drawn: Initialisation) -> Theory[Family]:
        """Return the theory of a network of its family, with weights that are drawn so."""

    @property
    @abstractmethod
    def variances(self) -> list[tuple[float, float]]:
        """σ_w² and σ_b² of the layer before each site [D]."""

    @property
    @abstractmethod
    def depth(self) -> int:
        """D, the number of sites."""

    @abstractmethod
    def lengths(self, f: Function, mean_square: float) -> tuple[np.ndarray, np.ndarray]:
        """Return q and χ [D] of each site, for images with this mean square pixel.

        q is the mean square pre-activation, and χ the factor of E[δ²] from the next site to this one.
        """

    @abstractmethod
    def kernels(self, f: Function, images: np.ndarray) -> Iterator[np.ndarray]:
        """Yield the covariance [N, N] of the pre-activations of images [N, n₀], site by site.

        The last is that of the logits.
        """

    @abstractmethod
    def gradients(self, f: Function, images: np.ndarray, labels: np.ndarray) -> Gradients:
        """Return the sizes of the weight gradients, for images [N, n₀].

        They are those of the layer before each site, and of the last layer.
        """

    def gradient_rms(self, f: Function, images: np.ndarray, labels: np.ndarray) -> np.ndarray:
        """Return their root mean square [D + 1], at infinite width."""
        return self.gradients(f, images, labels).rms

    def jacobians(self, f: Function, mean_square: float) -> Jacobians | None:
        """Return what is known of ∂h/∂x at each site, for images with this mean square pixel.

        None, unless a family knows better.
        """
        return None

    @abstractmethod
    def fixed_point(self, f: Function) -> FixedPoint | None:
        """Return where signals end in a deep network; None if lengths have no fixed point."""

    def dead_shares(
        self, f: Function, images: np.ndarray, units: int, generator: np.random.Generator
    ) -> np.ndarray:
        """Return the expected share [D] of each site's units with φ = 0 on all images.

        From `units` draws of a unit's pre-activations on images [N, n₀], N(0, K^l): the standard error
        is √(p(1 - p)/units). Zero is float64's. Time grows as N³: of a large data set pass some images.
        A unit dead on all images is dead on these, but not the other way round.
        """
        shares = []
        for kernel in itertools.islice(self.kernels(f, images), self.depth):
            values, vectors = np.linalg.eigh(kernel)  # of any rank, without jitter
            kept = values > 1e-12 * values[-1]
            z = generator.standard_normal((units, kept.sum()))
            z = z @ (vectors[:, kept] * np.sqrt(values[kept])).T
            shares.append((f.value(z) == 0).all(axis=1).mean())
        return np.array(shares)


def output_slopes(logits: np.ndarray, labels: np.ndarray, classes: int) -> np.ndarray:
    """Return E[δ_a δ_b] [N, N] of a logit, for the cross entropy and the logits' covariance [N, N].

    The softmax is linear in the logits: to 1% for nn.Linear's default, but a few percent high where
    they have variance 0.7, and about 20% at 2.
    """
    same = np.equal.outer(labels, labels)
    return (same - 1 / classes + (1 - 1 / classes) / classes * logits) / classes
