"""Mean-field theory of multilayer perceptrons (Poole et al. 2016, Schoenholz et al. 2017)."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import pairwise

import numpy as np

from activation_lab.datasets.base import Dataset
from activation_lab.initialisations import Initialisation
from activation_lab.networks.mlp import MLP
from activation_lab.theory.base import Theory, output_slopes
from activation_lab.theory.gaussian import Function, covariance
from activation_lab.theory.mean_field import FixedPoint, chi, fixed_point, length_map


@dataclass(frozen=True)
class MLPTheory(Theory[MLP]):
    """Widths [L + 1], from the inputs to the classes, and σ_w² and σ_b² of all L layers, D = L - 1."""

    widths: Sequence[int]
    weight_vars: Sequence[float]
    bias_vars: Sequence[float]

    @classmethod
    def of(cls, network: MLP, dataset: Dataset, drawn: Initialisation) -> MLPTheory:
        """Return the theory of a network with weights that are drawn so."""
        return cls.with_widths(network.layers(dataset), drawn)

    @classmethod
    def with_widths(cls, widths: Sequence[int], drawn: Initialisation) -> MLPTheory:
        """Return the theory of a network of these widths."""
        pairs = list(pairwise(widths))
        return cls(
            tuple(widths),
            [drawn.weight_var(n, m) for n, m in pairs],
            [drawn.bias_var(n) for n, _ in pairs],
        )

    @property
    def depth(self) -> int:
        """D, the number of hidden layers."""
        return len(self.widths) - 2

    @property
    def variances(self) -> list[tuple[float, float]]:
        """σ_w² and σ_b² of each hidden layer [D]."""
        return list(zip(self.weight_vars, self.bias_vars, strict=True))[:-1]

    def lengths(self, f: Function, mean_square: float) -> tuple[np.ndarray, np.ndarray]:
        """Return q and χ [D] of each hidden layer, for images with this mean square pixel.

        χ_l has the weights that follow layer l: times n_{l+1}/n_l, it takes E[δ²] from l + 1 to l.
        """
        (weight_var, bias_var), *others = self.variances
        q = [weight_var * mean_square + bias_var]
        for weight_var, bias_var in others:
            q.append(float(length_map(f, q[-1], weight_var, bias_var)))
        return np.array(q), chi(f, np.array(q), np.array(self.weight_vars[1:]))

    def kernels(self, f: Function, images: np.ndarray) -> Iterator[np.ndarray]:
        """Yield the covariance K^l [N, N] of the pre-activations of images [N, n₀], layer by layer.

        K^l = σ_w² C^{l-1} + σ_b², with C⁰ = XXᵀ/n₀ and C^l = E[φ(u_a) φ(u_b)] (Poole et al. 2016).
        """
        x = np.asarray(images, dtype=float)
        post = x @ x.T / x.shape[1]
        *hidden, output = zip(self.weight_vars, self.bias_vars, strict=True)
        for weight_var, bias_var in hidden:
            yield (kernel := weight_var * post + bias_var)
            post = covariance(f.value, kernel, f.kinks)
        yield output[0] * post + output[1]

    def gradient_rms(self, f: Function, images: np.ndarray, labels: np.ndarray) -> np.ndarray:
        """Return the root mean square [L] of each layer's weight gradient, for images [N, n₀].

        The gradient is the mean cross entropy's; the mean of squares is over weights and initialisations
        (weights of a layer have gradients of nearly zero mean, so that it is nearly their variance):
        rms² = mean_ab(Δ^l_ab C^{l-1}_ab), Δ^l = σ_w² (n_{l+1}/n_l) Δ^{l+1} ⊙ E[φ′φ′] (Schoenholz et
        al. 2017).
        """
        layers = list(self.kernels(f, images))
        delta = output_slopes(layers[-1], labels, self.widths[-1])
        squares = []
        for layer in reversed(range(len(layers))):
            weight_var, bias_var = self.weight_vars[layer], self.bias_vars[layer]
            squares.append(np.mean(delta * (layers[layer] - bias_var) / weight_var))
            if layer > 0:
                scale = weight_var * self.widths[layer + 1] / self.widths[layer]
                delta = scale * delta * covariance(f.derivative, layers[layer - 1], f.kinks)
        return np.sqrt(squares[::-1])

    def fixed_point(self, f: Function) -> FixedPoint:
        """Return where signals end in a deep network of layers like the last hidden one."""
        return fixed_point(f, self.weight_vars[-2], self.bias_vars[-2])
