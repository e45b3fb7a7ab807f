"""The singular values of the last hidden layer's Jacobian."""

from __future__ import annotations

import copy
from collections.abc import Mapping
from typing import TYPE_CHECKING

import numpy as np

from activation_lab.measures.base import REAL, UNTRAINED, Measure, Row, table
from activation_lab.protocol import JACOBIAN_IMAGES

if TYPE_CHECKING:
    from torch import nn

    from activation_lab.datasets.base import Part

TABLE = table(
    "run and phase: singular values of ∂h/∂x, last hidden layer by inputs, on "
    f"{JACOBIAN_IMAGES} training images",
    {
        "mean_square": (REAL, "Mean of the squared singular values"),
        "largest": (REAL, "Largest singular value, mean over the images"),
        "median": (REAL, "Median of all singular values"),
        "smallest": (REAL, "Smallest singular value, mean over the images"),
    },
)


def jacobians(network: nn.Module, parts: Mapping[str, Part]) -> list[Row]:
    """Return the singular values of ∂h/∂x, last hidden layer [units] by inputs [I], in float64.

    At the edge of chaos their mean square neither grows nor shrinks with depth (Pennington et al. 2017).
    """
    import torch

    from activation_lab.networks.layers import sites, watched

    images, _ = parts["training"].batch(slice(0, JACOBIAN_IMAGES))
    network = copy.deepcopy(network).double().eval()
    with torch.no_grad(), watched(network) as seen:
        network(images.double())
    units = seen[-1][1].shape[1]
    # Repeat each image once per unit. A unit's activation depends only on its own image, so one
    # backward pass gives every row.
    x = images.double().repeat_interleave(units, 0).requires_grad_()
    with watched(network) as seen:
        network(x)
    _, last = seen[-1]
    own = last.unflatten(0, (len(images), units)).diagonal(dim1=-2, dim2=-1)
    (rows,) = torch.autograd.grad(own.sum(), x)
    rows_BxOxI = rows.flatten(1).unflatten(0, (len(images), units))  # noqa: N806 (shapes in names)
    values = torch.linalg.svdvals(rows_BxOxI).cpu().numpy()
    return [
        {
            "layer": len(sites(network)),
            "mean_square": (values**2).mean(),
            "largest": values.max(axis=-1).mean(),
            "median": np.median(values),
            "smallest": values.min(axis=-1).mean(),
        }
    ]


JACOBIANS = Measure(TABLE, jacobians, phases=(UNTRAINED,))
