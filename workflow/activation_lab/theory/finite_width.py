"""What a finite width does to weight gradients: to their mean square, and to its scatter over seeds.

Theory of infinite width has one value for each layer; networks of widths n_l have another for each seed.
Both corrections here are of leading order in 1/n, for a multilayer perceptron and a batch of B images.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from activation_lab.theory.gaussian import Function, expectation
from activation_lab.theory.mean_field import length_slope


@dataclass(frozen=True)
class Gradients:
    """Of the weight gradient of each layer [D + 1], over weights and initialisations.

    `rms` is the root mean square at infinite width; times `finite`, at the network's own. `log_std` is
    the standard deviation over seeds of the log of one network's mean square. Both are None for a family
    of which they are not known.
    """

    rms: np.ndarray
    finite: np.ndarray | None = None
    log_std: np.ndarray | None = None


@dataclass(frozen=True)
class Passes:
    """The forward and the backward pass at infinite width: matrices [B, B] of each layer [L], L = D + 1.

    `inputs` are E[h h] at the input of a layer. `errors` are E[δδ]; `label_errors` leave out what comes
    from the logits. A hidden layer [D] multiplies a change of E[h h] by `forward`, and E[δδ] by
    `backward`: both are E[φ′φ′], times what its weights and those of the next layer do.
    """

    inputs: list[np.ndarray]
    forward: list[np.ndarray]
    backward: list[np.ndarray]
    errors: list[np.ndarray]
    label_errors: list[np.ndarray]
    logits: np.ndarray
    onehot: np.ndarray  # the labels, [B, C]

    @property
    def squares(self) -> np.ndarray:
        """The mean square [L] of a layer's weight gradient."""
        return _products(self.inputs, self.errors)

    @property
    def logit_shares(self) -> np.ndarray:
        """The share [L] of it that comes from the logits."""
        return 1 - _products(self.inputs, self.label_errors) / self.squares


@dataclass(frozen=True)
class Units:
    """Moments of one unit of each hidden layer [D].

    `post` is E[φ⁴]/E[φ²]², `slope` E[φ′⁴]/E[φ′²]² and `both` E[φ²φ′²]/(E[φ²]E[φ′²]). `carried` [m, l] is
    d ln E[φ²] of layer l by that of layer m, and `to_logits` [m] d ln E[logit²] by it.
    """

    post: np.ndarray
    slope: np.ndarray
    both: np.ndarray
    carried: np.ndarray
    to_logits: np.ndarray

    @classmethod
    def of(
        cls,
        f: Function,
        q: np.ndarray,
        weight_vars: Sequence[float],
        last_bias_var: float,
    ) -> Units:
        """Return those of lengths q [D], with σ_w² of all layers [D + 1]."""

        def mean(g) -> np.ndarray:
            return expectation(lambda u: g(f.value(u) ** 2, f.derivative(u) ** 2), q, f.kinks)

        post, slope = mean(lambda p, d: p), mean(lambda p, d: d)
        onward = length_slope(f, q, 1.0)
        carried = np.tri(len(q)).T
        for layer in range(1, len(q)):
            step = weight_vars[layer] * onward[layer] * post[layer - 1] / post[layer]
            carried[:layer, layer] = carried[:layer, layer - 1] * step
        logit = weight_vars[-1] * post[-1]
        return cls(
            post=mean(lambda p, d: p * p) / post**2,
            slope=mean(lambda p, d: d * d) / slope**2,
            both=mean(lambda p, d: p * d) / (post * slope),
            carried=carried,
            to_logits=carried[:, -1] * logit / (logit + last_bias_var),
        )


def finite_ratios(passes: Passes, units: Units, widths: Sequence[int]) -> np.ndarray:
    """Return the root mean square of gradients [L] over that at infinite width, for hidden widths [D].

    The part that comes from the labels needs no correction: its forward and backward pass share no
    weights. In the part that comes from the logits z they do: z is large along the large singular
    directions of J, and Jᵀz larger still. With C classes, a layer above the weight multiplies E|Jᵀz|² by
    1 + ((C + 1) E[φ²φ′²]/(E[φ²]E[φ′²]) - 1)/n, and a layer below it E|h|⁴ by 1 + (E[φ⁴]/E[φ²]² - 1)/n.
    The softmax is taken as linear in z, and the images as alike.
    """
    n, shares = np.array(widths, dtype=float), passes.logit_shares
    above = 1 + ((passes.onehot.shape[1] + 1) * units.both - 1) * units.to_logits / n
    ratios = []
    for layer, share in enumerate(shares):
        carried = units.carried[:layer, layer - 1] * units.to_logits[:layer]
        below = 1 + (units.post[:layer] - 1) * carried / n[:layer]
        ratios.append(1 - share + share * below.prod() * above[layer:].prod())
    return np.sqrt(ratios)


def log_variances(passes: Passes, units: Units, widths: Sequence[int]) -> np.ndarray:
    """Return the variance over seeds [L] of the log of the mean square of each layer's gradient.

    Units of one layer are independent of each other: each layer adds the variance of what a unit
    contributes, over n. A layer below contributes through h, one above through φ′² and through the
    logits; the logits themselves differ from seed to seed, too.
    """
    return np.array(
        [
            _below(passes, units, widths, layer)
            + _above(passes, units, widths, layer)
            + _logits(passes, layer)
            for layer in range(len(passes.inputs))
        ]
    )


def _above(passes: Passes, units: Units, widths: Sequence[int], layer: int) -> float:
    """Return what the hidden layers after a weight add.

    The error of a unit is Gaussian with covariance E[δδ]; of r independent directions, its square has
    the fourth moment 1 + 2/r. `weight` is what the gradient's mean square weighs E[δδ] with.
    """
    share, weight, total = passes.logit_shares[layer], passes.inputs[layer], 0.0
    for m in range(layer, len(widths)):
        weight = weight * passes.backward[m]
        own = units.slope[m] * (1 + 2 * _inverse_rank(weight, passes.errors[m + 1])) - 1
        logit = share * units.to_logits[m]
        total += (own + 2 * logit * (units.both[m] - 1) + logit**2 * (units.post[m] - 1)) / widths[
            m
        ]
    return total


def _below(passes: Passes, units: Units, widths: Sequence[int], layer: int) -> float:
    """Return what the hidden layers before a weight add, through its inputs and through the logits."""
    share, total = passes.logit_shares[layer], 0.0
    weight = passes.errors[layer]
    square = np.sum(weight * passes.inputs[layer])
    for m in reversed(range(layer)):
        effect = np.sum(weight * passes.inputs[m + 1]) / square
        rank = _inverse_rank(weight, passes.inputs[m + 1])
        own = max(units.post[m] / 3 * (1 + 2 * rank) - 1, 0.0)
        logit = share * units.to_logits[m]
        through = (units.post[m] - 1) * logit * (2 * effect + logit)
        total += (own * effect**2 + through) / widths[m]
        weight = weight * passes.forward[m]
    return total


def _logits(passes: Passes, layer: int) -> float:
    """Return what the logits add: C - 1 Gaussian directions of softmax - label, for each image."""
    classes = passes.onehot.shape[1]
    weight = passes.inputs[layer]
    for factor in passes.backward[layer:]:
        weight = weight * factor
    errors = weight @ (passes.logits / classes**2)
    labels = passes.onehot - 1 / classes
    variance = 2 * (classes - 1) * np.sum(errors * errors.T)
    variance += 4 * np.sum(labels * (errors @ weight @ labels))
    return variance / (classes * np.sum(weight * passes.errors[-1])) ** 2


def _inverse_rank(weight: np.ndarray, covariance: np.ndarray) -> float:
    """Return tr(M²)/tr(M)², M = weight · covariance: 1/r for r equally large directions."""
    product = weight @ covariance
    return float(np.sum(product * product.T) / np.trace(product) ** 2)


def _products(first: list[np.ndarray], second: list[np.ndarray]) -> np.ndarray:
    return np.array([np.mean(a * b) for a, b in zip(first, second, strict=True)])
