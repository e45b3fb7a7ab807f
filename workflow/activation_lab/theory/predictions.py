"""What mean-field theory says of the networks of a config, for their own images."""

from __future__ import annotations

import functools
from typing import Any

import numpy as np

from activation_lab.activations import catalogue as activations
from activation_lab.protocol import DRAWN_UNITS, JACOBIAN_IMAGES, Settings
from activation_lab.theory import THEORIES
from activation_lab.theory.base import Theory
from activation_lab.theory.critical import initialisation, numeric
from activation_lab.theory.gaussian import Function
from activation_lab.theory.mean_field import FixedPoint, mean_slope

Row = dict[str, Any]

DEEPEST = 10  # kernels of deeper networks take long, and their gradients are seen by √χ₁ per layer


def theory(function: Function, network: Theory, images: np.ndarray) -> list[Row]:
    """Return the columns of the table `theory` for each hidden layer, for images [N, inputs]."""
    q, chi = network.lengths(function, float(np.mean(images**2)))
    weight_vars, bias_vars = zip(*network.variances, strict=True)
    seen = float(np.mean(images[:JACOBIAN_IMAGES] ** 2))
    jacobian = network.jacobians(function, seen)
    unknown = [None] * network.depth
    columns = {
        **{"weight_var": weight_vars, "bias_var": bias_vars},
        **{"q": q, "chi": chi, "mean_slope": mean_slope(function, q)},
        "jacobian_mean_square": jacobian.mean_square if jacobian else unknown,
        "jacobian_largest": jacobian.largest if jacobian else unknown,
        "jacobian_log_std": jacobian.log_std if jacobian else unknown,
    }
    fixed = _fixed(network.fixed_point(function))
    return [
        {"layer": layer, **dict(zip(columns, values, strict=True)), **fixed}
        for layer, values in enumerate(zip(*columns.values(), strict=True), start=1)
    ]


def _fixed(deep: FixedPoint | None) -> Row:
    """Return the columns of a fixed point; None where there is none."""
    names = {
        "q_star": "q",
        "chi_1": "chi",
        "gradient_depth": "gradient_depth",
        "c_star": "c",
        "correlation_depth": "correlation_depth",
        "stable": "stable",
    }
    if deep is None:
        return dict.fromkeys(names)
    found = {column: getattr(deep, name) for column, name in names.items()}
    return {name: None if np.isnan(value) else value for name, value in found.items()}


def predictions(
    function: Function, network: Theory, batch: np.ndarray, labels: np.ndarray, images: np.ndarray
) -> list[Row]:
    """Return the predicted gradient and share of dead units of each layer, as the probes measure them.

    `batch` [B, inputs] and `labels` [B] are those of the gradient, `images` [N, inputs] those on which a
    unit is dead: the time grows as N³.
    """
    found = network.gradients(function, batch, labels)
    unknown = [None] * (network.depth + 1)
    finite = unknown if found.finite is None else (found.rms * found.finite).tolist()
    log_std = unknown if found.log_std is None else found.log_std.tolist()
    shares = np.zeros(network.depth)
    if _has_zeros(function):
        shares = network.dead_shares(function, images, DRAWN_UNITS, np.random.default_rng(0))
    return [
        {
            "layer": layer,
            "predicted_rms": float(size),
            "predicted_rms_finite": finite[layer - 1],
            "predicted_log_std": log_std[layer - 1],
            "predicted_dead": float(shares[layer - 1]) if layer <= network.depth else None,
        }
        for layer, size in enumerate(found.rms, start=1)
    ]


def _has_zeros(function: Function) -> bool:
    """Tell whether φ is exactly 0 on an interval: no unit is dead otherwise."""
    return bool((function.value(np.linspace(-5, 5, 1_001)) == 0).sum() > 1)


def of_settings(settings: Settings) -> tuple[Function, Theory] | None:
    """Return φ and the theory of the network; None if there is none."""
    known = THEORIES.get(settings.network.family)
    if settings.normalisation != "none" or known is None:
        return None
    activation = settings.activation
    function = _function(activation.name, tuple(activation.parameters.items()))
    drawn = initialisation(settings.initialisation, function, str(settings.activation))
    return function, known.of(settings.network, settings.data, drawn)


@functools.cache  # its kinks take long to find, and many cells share one
def _function(name: str, parameters: tuple[tuple[str, float], ...]) -> Function:
    return numeric(activations.build(name, dict(parameters)))
