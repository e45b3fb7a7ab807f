"""Mean-field theory of residual networks (Yang & Schoenholz 2017, "Mean field residual networks").

A block adds b = W φ(z) + β to its input x, with z = V x + α. In expectation over weights, b has no
covariance with x, so that covariances of x add up from block to block. Lengths then grow with depth
instead of tending to a fixed point, and gradients do not vanish.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np

from activation_lab.datasets.base import Dataset
from activation_lab.initialisations import Initialisation
from activation_lab.networks.residual import Residual
from activation_lab.theory.base import Theory, output_slopes
from activation_lab.theory.finite_width import Gradients
from activation_lab.theory.gaussian import Function, covariance
from activation_lab.theory.mean_field import chi, length_map


@dataclass(frozen=True)
class Layer:
    """σ_w² and σ_b² of a layer."""

    weight_var: float
    bias_var: float

    @classmethod
    def of(cls, drawn: Initialisation, inputs: int, outputs: int) -> Layer:
        """Return those of a layer with weights that are drawn so."""
        return cls(drawn.weight_var(inputs, outputs), drawn.bias_var(inputs))

    def __call__(self, kernel: np.ndarray) -> np.ndarray:
        """Return the covariance of the outputs, for that of the inputs."""
        return self.weight_var * kernel + self.bias_var


@dataclass(frozen=True)
class ResidualTheory(Theory[Residual]):
    """The first layer, the layers of a block, and the last layer, with the sizes of the network."""

    first: Layer
    block: Layer
    last: Layer
    blocks: int
    width: int
    classes: int

    @classmethod
    def of(cls, network: Residual, dataset: Dataset, drawn: Initialisation) -> ResidualTheory:
        """Return the theory of a network with weights that are drawn so."""
        width, classes = network.width, len(dataset.classes)
        return cls(
            first=Layer.of(drawn, dataset.inputs, width),
            block=Layer.of(drawn, width, width),
            last=Layer.of(drawn, width, classes),
            blocks=network.depth,
            width=width,
            classes=classes,
        )

    @property
    def depth(self) -> int:
        """D, the number of blocks."""
        return self.blocks

    @property
    def variances(self) -> list[tuple[float, float]]:
        """σ_w² and σ_b² of the layer before each site [D]."""
        return [(self.block.weight_var, self.block.bias_var)] * self.blocks

    def lengths(self, f: Function, mean_square: float) -> tuple[np.ndarray, np.ndarray]:
        """Return q and χ [D] of each block, for images with this mean square pixel.

        With p the mean square of x: q = σ_w² p + σ_b², and p grows by σ_w² E[φ²] + σ_b². χ is the factor
        by which a block multiplies the gradient's mean square on its way down: 1 + σ_w⁴ E[φ′²].
        """
        p, q = float(self.first(np.array(mean_square))), []
        for _ in range(self.blocks):
            q.append(float(self.block(np.array(p))))
            p += float(length_map(f, q[-1], self.block.weight_var, self.block.bias_var))
        return np.array(q), 1 + chi(f, np.array(q), self.block.weight_var**2)

    def kernels(self, f: Function, images: np.ndarray) -> Iterator[np.ndarray]:
        """Yield the covariance [N, N] of z of images [N, n₀], block by block, and that of the logits."""
        x = np.asarray(images, dtype=float)
        stream = self.first(x @ x.T / x.shape[1])
        for _ in range(self.blocks):
            yield (kernel := self.block(stream))
            stream = stream + self.block(covariance(f.value, kernel, f.kinks))
        yield self.last(stream)

    def gradients(self, f: Function, images: np.ndarray, labels: np.ndarray) -> Gradients:
        """Return the root mean square [D + 1] of the gradients of each V, and of the last layer.

        As for `mlp`, with Γ for E[δ_a δ_b] at x: at z it is Δ = σ_w² Γ ⊙ E[φ′φ′], and one block further
        down Γ is greater by σ_w² Δ.
        """
        *kernels, logits = self.kernels(f, images)
        delta = output_slopes(logits, labels, self.classes)
        squares = [np.mean(delta * (logits - self.last.bias_var) / self.last.weight_var)]
        gamma = self.last.weight_var * self.classes / self.width * delta
        for kernel in reversed(kernels):
            delta = self.block.weight_var * gamma * covariance(f.derivative, kernel, f.kinks)
            stream = (kernel - self.block.bias_var) / self.block.weight_var
            squares.append(np.mean(delta * stream))
            gamma = gamma + self.block.weight_var * delta
        return Gradients(rms=np.sqrt(squares[::-1]))

    def fixed_point(self, f: Function) -> None:
        """Return None: lengths grow from block to block."""
