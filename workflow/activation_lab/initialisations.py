"""How the initial weights are drawn, and with which variances: what theory needs to know of them.

Weights of a layer with n inputs have variance σ_w²/n, biases σ_b².
"""

from __future__ import annotations

import itertools
import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np
import torch
from torch import nn

from activation_lab import UserError, activations
from activation_lab.gaussian import Function
from activation_lab.theory import CriticalPoint, Network, NoCriticalPoint, critical_point

Generator = torch.Generator


@dataclass(frozen=True)
class Initialisation:
    """A layer of n inputs and m outputs: σ_w², a of its biases U(±a), how its weight [m, n] is drawn."""

    weight_var: Callable[[int, int], float]
    bias_bound: Callable[[int], float]
    draw_weight: Callable[[torch.Tensor, Generator], object]

    def bias_var(self, inputs: int) -> float:
        """Return σ_b²."""
        return self.bias_bound(inputs) ** 2 / 3

    def layer(self, inputs: int, outputs: int, generator: Generator) -> tuple[torch.Tensor, ...]:
        """Draw the weight [O, I] and then the bias [O] of a layer."""
        weight = torch.empty(outputs, inputs)
        self.draw_weight(weight, generator)
        # Drawn even where it is 0, so that a seed has the same weights with and without.
        bound = self.bias_bound(inputs)
        return weight, torch.empty(outputs).uniform_(-bound, bound, generator=generator)


def _uniform_as_linear(weight: torch.Tensor, generator: Generator) -> None:
    nn.init.kaiming_uniform_(weight, a=math.sqrt(5), generator=generator)


def _normal(variance: float) -> Callable[[torch.Tensor, Generator], object]:
    return lambda weight, generator: weight.normal_(
        0, math.sqrt(variance / weight.shape[1]), generator=generator
    )


def _zero(_inputs: int) -> float:
    return 0.0


INITIALISATIONS = {
    # torch.nn.Linear.reset_parameters: weight and bias from U(-1/√n, 1/√n), the weight first.
    "default": Initialisation(lambda n, m: 1 / 3, lambda n: 1 / math.sqrt(n), _uniform_as_linear),
    "zero_bias": Initialisation(lambda n, m: 1 / 3, _zero, _uniform_as_linear),
    # Glorot & Bengio 2010
    "xavier": Initialisation(
        lambda n, m: 2 * n / (n + m),
        _zero,
        lambda weight, generator: nn.init.xavier_uniform_(weight, generator=generator),
    ),
    # He et al. 2015
    "he": Initialisation(lambda n, m: 2.0, _zero, _normal(2.0)),
    # LeCun et al. 1998
    "lecun": Initialisation(lambda n, m: 1.0, _zero, _normal(1.0)),
    # Saxe et al. 2014; of the two sides of a weight, the shorter is orthonormal
    "orthogonal": Initialisation(
        lambda n, m: min(1.0, n / m),
        _zero,
        lambda weight, generator: nn.init.orthogonal_(weight, generator=generator),
    ),
}


class InitialisationError(UserError):
    """An initialisation that an activation does not have."""


def initialisation(name: str, function: Function | None, label: str) -> Initialisation:
    """Return an initialisation by its name; `critical` is the edge of chaos of the activation.

    Raises `InitialisationError` where the activation has no stable critical point.
    """
    if name != "critical":
        return INITIALISATIONS[name]
    try:
        point: CriticalPoint = critical_point(function)
    except NoCriticalPoint as error:
        raise InitialisationError(
            f"{label} has no stable critical initialisation: {error}. "
            f"Use one of {', '.join(INITIALISATIONS)} for it."
        ) from error
    weight_var = point.weight_std**2
    bound = math.sqrt(3) * point.bias_std
    return Initialisation(lambda n, m: weight_var, lambda n: bound, _normal(weight_var))


def numeric(phi: nn.Module) -> Function:
    """Return φ, a module of one network, as the theory takes it: functions of float64 arrays."""

    def as_array(which: int) -> Callable[[np.ndarray], np.ndarray]:
        def call(x: np.ndarray) -> np.ndarray:
            flat = torch.as_tensor(np.ascontiguousarray(x), dtype=torch.float64).reshape(-1)
            return activations.on_grid(phi, flat)[which].reshape(x.shape).numpy()

        return call

    return Function.of(as_array(0), as_array(1))


def variances(drawn: Initialisation, widths: Sequence[int]) -> Network:
    """Return σ_w² and σ_b² of every layer of a network, from inputs to classes, for the theory."""
    pairs = list(itertools.pairwise(widths))
    return Network(
        tuple(widths),
        [drawn.weight_var(n, m) for n, m in pairs],
        [drawn.bias_var(n) for n, _ in pairs],
    )
