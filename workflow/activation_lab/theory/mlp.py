"""Mean-field theory of multilayer perceptrons (Poole et al. 2016, Schoenholz et al. 2017)."""

from __future__ import annotations

import itertools
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import pairwise

import numpy as np

from activation_lab.datasets.base import Dataset
from activation_lab.initialisations import Initialisation
from activation_lab.networks.mlp import MLP
from activation_lab.theory.base import Theory, output_slopes
from activation_lab.theory.finite_width import (
    Gradients,
    Passes,
    Units,
    finite_ratios,
    log_variances,
)
from activation_lab.theory.gaussian import Function, covariance
from activation_lab.theory.jacobian import Jacobians, jacobians
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

    def gradients(self, f: Function, images: np.ndarray, labels: np.ndarray) -> Gradients:
        """Return the sizes of each layer's weight gradient [L], for images [N, n₀].

        The gradient is the mean cross entropy's; the mean of squares is over weights and initialisations
        (weights of a layer have gradients of nearly zero mean, so that it is nearly their variance):
        rms² = mean_ab(Δ^l_ab C^{l-1}_ab), Δ^l = σ_w² (n_{l+1}/n_l) Δ^{l+1} ⊙ E[φ′φ′] (Schoenholz et
        al. 2017).
        """
        passes = self._passes(f, images, labels)
        hidden, q = self.widths[1:-1], self.lengths(f, float(np.mean(np.square(images))))[0]
        units = Units.of(f, q, self.weight_vars, self.bias_vars[-1])
        return Gradients(
            rms=np.sqrt(passes.squares),
            finite=finite_ratios(passes, units, hidden),
            log_std=np.sqrt(log_variances(passes, units, hidden)),
        )

    def _passes(self, f: Function, images: np.ndarray, labels: np.ndarray) -> Passes:
        *hidden, logits = self.kernels(f, images)
        slopes = [covariance(f.derivative, kernel, f.kinks) for kernel in hidden]
        scales = [
            weight_var * after / before
            for weight_var, (before, after) in zip(
                self.weight_vars[1:], pairwise(self.widths[1:]), strict=True
            )
        ]
        backward = [scale * slope for scale, slope in zip(scales, slopes, strict=True)]
        variances = zip([*hidden, logits], self.weight_vars, self.bias_vars, strict=True)

        def errors(logits: np.ndarray) -> list[np.ndarray]:
            last = output_slopes(logits, labels, self.widths[-1])
            return list(itertools.accumulate(backward[::-1], np.multiply, initial=last))[::-1]

        return Passes(
            inputs=[(kernel - bias_var) / weight_var for kernel, weight_var, bias_var in variances],
            forward=[var * slope for var, slope in zip(self.weight_vars, slopes, strict=False)],
            backward=backward,
            errors=errors(logits),
            label_errors=errors(np.zeros_like(logits)),
            logits=logits,
            onehot=np.eye(self.widths[-1])[labels],
        )

    def jacobians(self, f: Function, mean_square: float) -> Jacobians:
        """Return what theory says of ∂h/∂x at each hidden layer, for images with this mean square."""
        q, _ = self.lengths(f, mean_square)
        return jacobians(f, q, self.weight_vars[:-1], self.widths[:-1])

    def fixed_point(self, f: Function) -> FixedPoint:
        """Return where signals end in a deep network of layers like the last hidden one."""
        return fixed_point(f, self.weight_vars[-2], self.bias_vars[-2])
