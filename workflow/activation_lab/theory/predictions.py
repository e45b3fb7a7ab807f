"""What mean-field theory says of the networks of a config, for their own images."""

from __future__ import annotations

import functools
from typing import Any

import numpy as np

from activation_lab.activations import catalogue as activations
from activation_lab.protocol import DRAWN_UNITS, Settings
from activation_lab.theory.critical import initialisation, numeric, variances
from activation_lab.theory.gaussian import Function
from activation_lab.theory.mean_field import (
    Network,
    dead_shares,
    fixed_point,
    gradient_rms,
    lengths,
    mean_slope,
)

Row = dict[str, Any]

DEEPEST = 10  # kernels of deeper networks take long, and their gradients are seen by √χ₁ per layer


def theory(function: Function, network: Network, images: np.ndarray) -> list[Row]:
    """Return the columns of the table `theory` for each hidden layer, for images [N, inputs]."""
    q, chi = lengths(function, network, float(np.mean(images**2)))
    slopes = mean_slope(function, q)
    deep = fixed_point(function, network.weight_vars[-2], network.bias_vars[-2])
    fixed = {
        **{"q_star": deep.q, "chi_1": deep.chi, "gradient_depth": deep.gradient_depth},
        **{"c_star": deep.c, "correlation_depth": deep.correlation_depth},
    }
    fixed = {name: None if np.isnan(value) else value for name, value in fixed.items()}
    return [
        {
            **{"layer": layer, "weight_var": weight_var, "bias_var": bias_var},
            **{"q": length, "chi": factor, "mean_slope": slope, **fixed, "stable": deep.stable},
        }
        for layer, (weight_var, bias_var, length, factor, slope) in enumerate(
            zip(network.weight_vars, network.bias_vars, q, chi, slopes, strict=False), start=1
        )
    ]


def predictions(
    function: Function, network: Network, batch: np.ndarray, labels: np.ndarray, images: np.ndarray
) -> list[Row]:
    """Return the predicted gradient and share of dead units of each layer, as the probes measure them.

    `batch` [B, inputs] and `labels` [B] are those of the gradient, `images` [N, inputs] those on which a
    unit is dead: the time grows as N³.
    """
    depth = len(network.widths) - 2
    rms = gradient_rms(function, network, batch, labels)
    shares = np.zeros(depth)
    if _has_zeros(function):
        shares = dead_shares(function, network, images, DRAWN_UNITS, np.random.default_rng(0))
    return [
        {
            "layer": layer,
            "predicted_rms": float(size),
            "predicted_dead": float(shares[layer - 1]) if layer <= depth else None,
        }
        for layer, size in enumerate(rms, start=1)
    ]


def _has_zeros(function: Function) -> bool:
    """Tell whether φ is exactly 0 on an interval: no unit is dead otherwise."""
    return bool((function.value(np.linspace(-5, 5, 1_001)) == 0).sum() > 1)


def of_settings(settings: Settings) -> tuple[Function, Network] | None:
    """Return φ and the network as theory takes them; None if it has no theory of them."""
    layers = settings.network.layers(settings.data)
    if settings.normalisation != "none" or layers is None:
        return None
    activation = settings.activation
    function = _function(activation.name, tuple(activation.parameters.items()))
    drawn = initialisation(settings.initialisation, function, str(settings.activation))
    return function, variances(drawn, layers)


@functools.cache  # its kinks take long to find, and many cells share one
def _function(name: str, parameters: tuple[tuple[str, float], ...]) -> Function:
    return numeric(activations.build(name, dict(parameters)))
