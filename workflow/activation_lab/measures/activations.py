"""The distribution of values before and after φ, and of the logits."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING

import numpy as np

from activation_lab.activations.catalogue import derivative
from activation_lab.measures.base import REAL, TEXT, Measure, Row, table
from activation_lab.measures.values import (
    HISTOGRAM,
    NUMBER_COLUMNS,
    QUANTILE_COLUMN,
    distribution,
)
from activation_lab.protocol import ACTIVATION_IMAGES, SATURATION

if TYPE_CHECKING:
    import torch
    from torch import nn

    from activation_lab.datasets.base import Part

TABLE = table(
    f"run, phase, layer and kind: values on the first {ACTIVATION_IMAGES:,} training images",
    {
        "kind": (TEXT, "pre: before the activation function; post: after it"),
        **NUMBER_COLUMNS,
        "min": (REAL, "Least value"),
        "max": (REAL, "Greatest value"),
        **QUANTILE_COLUMN,
        "saturated_fraction": (
            REAL,
            f"Share of values where |φ′| is at most {SATURATION:.4f} of its largest value on "
            "[-5, 5] (for tanh: |tanh| ≥ 0.97); null for the output layer",
        ),
        "effective_rank": (
            REAL,
            "exp of the entropy of the singular values of the images × units matrix "
            "(Roy & Vetterli 2007)",
        ),
        **HISTOGRAM,
    },
)


def activations(network: nn.Module, parts: Mapping[str, Part]) -> list[Row]:
    """Return the distribution of values before (`pre`) and after (`post`) φ.

    The output layer has logits, which no φ follows: `pre` alone.
    """
    import torch

    from activation_lab.networks.layers import sites, watched

    images, _ = parts["training"].batch(slice(0, ACTIVATION_IMAGES))
    with torch.no_grad(), watched(network.eval()) as seen:
        logits = network(images)
    rows = []
    for layer, (site, (z, h)) in enumerate(zip(sites(network), seen, strict=True), start=1):
        share = saturated(site.phi, z)
        rows += [_row(layer, "pre", z, share), _row(layer, "post", h, share)]
    return [*rows, _row(len(seen) + 1, "pre", logits, None)]


def _row(layer: int, kind: str, values: torch.Tensor, share: float | None) -> Row:
    array = values.detach().cpu().numpy().astype(np.float64)
    return {
        "layer": layer,
        "kind": kind,
        "min": array.min(),
        "max": array.max(),
        "saturated_fraction": share,
        "effective_rank": effective_rank(array),
        **distribution(array),
    }


def saturated(phi: nn.Module, z: torch.Tensor) -> float:
    """Return the share of values at which φ is nearly flat."""
    import torch

    grid = torch.linspace(-5, 5, 1_001, device=z.device, dtype=z.dtype)
    steepest = derivative(phi, grid.reshape(-1, 1)).abs().max()
    return (derivative(phi, z).abs() <= SATURATION * steepest).double().mean().item()


def effective_rank(values: np.ndarray) -> float | None:
    """Return the effective rank of a matrix [B, units]: exp of its singular values' entropy.

    Roy & Vetterli 2007, "The effective rank". A matrix of zeros has rank 0; None if a
    value is not finite.

    >>> round(effective_rank(np.eye(3)), 6)
    3.0
    """
    if not np.isfinite(values).all():
        return None
    values = values / max(np.abs(values).max(), np.finfo(float).tiny)  # its square may overflow
    gram = values.T @ values
    singular = np.sqrt(np.linalg.eigvalsh(gram).clip(min=0))
    if not singular.any():
        return 0.0
    share = singular / singular.sum()
    share = share[share > 0]
    return float(np.exp(-(share * np.log(share)).sum()))


ACTIVATIONS = Measure(TABLE, activations)
