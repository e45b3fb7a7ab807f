"""The weight gradient of every layer."""

from __future__ import annotations

import copy
from collections.abc import Mapping
from typing import TYPE_CHECKING

import numpy as np

from activation_lab.measures.base import REAL, Measure, Row, table
from activation_lab.measures.values import (
    HISTOGRAM,
    NUMBER_COLUMNS,
    QUANTILE_COLUMN,
    distribution,
)
from activation_lab.protocol import GRADIENT_IMAGES

if TYPE_CHECKING:
    from torch import nn

    from activation_lab.datasets.base import Part

TABLE = table(
    f"run, phase and layer: the weight gradient on the first {GRADIENT_IMAGES} training images. A "
    "hidden layer's weight is that of the layer just before φ",
    {
        **NUMBER_COLUMNS,
        "norm": (REAL, "Frobenius norm"),
        "abs_max": (REAL, "Largest absolute value"),
        **QUANTILE_COLUMN,
        **HISTOGRAM,
    },
)


def gradients(network: nn.Module, parts: Mapping[str, Part]) -> list[Row]:
    """Return the distribution of each layer's weight gradient over one batch.

    The loss is the batch's mean cross entropy, the network in training mode (so that normalisation
    uses the batch) and float64: in deep networks gradients are too small for float32.
    """
    import torch
    from torch.nn.functional import cross_entropy

    from activation_lab.networks.layers import weights

    images, labels = parts["training"].batch(slice(0, GRADIENT_IMAGES))
    network = copy.deepcopy(network).double().train()
    loss = cross_entropy(network(images.double()), labels)
    rows = []
    for layer, found in enumerate(torch.autograd.grad(loss, weights(network)), start=1):
        gradient = found.cpu().numpy()
        norms = {"norm": np.linalg.norm(gradient.ravel()), "abs_max": np.abs(gradient).max()}
        rows.append({"layer": layer, **norms, **distribution(gradient)})
    return rows


GRADIENTS = Measure(TABLE, gradients)
