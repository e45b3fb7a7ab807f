"""Initialisations by name, the edge of chaos among them; φ as theory takes it."""

from __future__ import annotations

import math
from collections.abc import Callable

import numpy as np
import torch
from torch import nn

from activation_lab.activations import catalogue as activations
from activation_lab.errors import UserError
from activation_lab.initialisations import INITIALISATIONS, Initialisation, normal
from activation_lab.theory.gaussian import Function
from activation_lab.theory.mean_field import CriticalPoint, NoCriticalPoint, critical_point


class InitialisationError(UserError):
    """An initialisation that an activation does not have."""


def initialisation(name: str, function: Function | None, label: str) -> Initialisation:
    """Return an initialisation by its name; `critical` is the edge of chaos of φ, `function`.

    Raises `InitialisationError` where the activation has no stable critical point.
    """
    if name != "critical" or function is None:
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
    return Initialisation(lambda n, m: weight_var, lambda n: bound, normal(weight_var))


def numeric(phi: nn.Module) -> Function:
    """Return φ, a module of one network, as the theory takes it: functions of float64 arrays."""

    def as_array(which: int) -> Callable[[np.ndarray], np.ndarray]:
        def call(x: np.ndarray) -> np.ndarray:
            flat = torch.as_tensor(np.ascontiguousarray(x), dtype=torch.float64).reshape(-1)
            return activations.on_grid(phi, flat)[which].reshape(x.shape).numpy()

        return call

    return Function.of(as_array(0), as_array(1))
