"""The singular values of the last hidden layer's Jacobian."""

from __future__ import annotations

import copy
from collections.abc import Mapping
from typing import TYPE_CHECKING

import numpy as np

from activation_lab.measures.base import REAL, UNTRAINED, Measure, Row, table
from activation_lab.protocol import JACOBIAN_IMAGES, JACOBIAN_OUTPUTS

if TYPE_CHECKING:
    from torch import nn

    from activation_lab.datasets.base import Part

TABLE = table(
    "run and phase: singular values of ∂h/∂x, last hidden layer by inputs, on "
    f"{JACOBIAN_IMAGES} training images. A network with more than {JACOBIAN_OUTPUTS:,} values in its "
    "last hidden layer, such as the transformer, has no row",
    {
        "mean_square": (REAL, "Mean of the squared singular values"),
        "largest": (REAL, "Largest singular value, mean over the images"),
        "median": (REAL, "Median of all singular values"),
        "smallest": (REAL, "Smallest singular value, mean over the images"),
    },
)


def jacobians(network: nn.Module, parts: Mapping[str, Part]) -> list[Row]:
    """Return the singular values of ∂h/∂x, last hidden layer [outputs] by inputs [I], in float64.

    The outputs are the units of the last site, at each of its positions. A network with more than
    `JACOBIAN_OUTPUTS` has no row: the square of their number must fit into memory. At the edge of chaos
    the mean square neither grows nor shrinks with depth (Pennington et al. 2017).
    """
    import torch

    from activation_lab.networks.layers import sites, watched

    images, _ = parts["training"].batch(slice(0, JACOBIAN_IMAGES))
    network = copy.deepcopy(network).double().eval()
    with torch.no_grad(), watched(network) as seen:
        network(images.double())
    outputs = seen[-1][1].numel() // len(images)
    if outputs > JACOBIAN_OUTPUTS:
        return []
    # Repeat each image once per output. An output depends only on its own image, so one backward pass
    # gives every row.
    x = images.double().repeat_interleave(outputs, 0).requires_grad_()
    with watched(network) as seen:
        network(x)
    _, last = seen[-1]
    own = last.reshape(len(images), outputs, outputs).diagonal(dim1=-2, dim2=-1)
    (rows,) = torch.autograd.grad(own.sum(), x)
    rows_BxOxI = rows.flatten(1).unflatten(0, (len(images), outputs))  # noqa: N806 (shapes in names)
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
