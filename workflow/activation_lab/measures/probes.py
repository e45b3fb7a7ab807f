"""Measurements of a network: one function each, tensors in, columns out.

Every function returns rows: dicts with `position` (of the network along the leading axis), `layer`
(1 is the first hidden layer, depth + 1 the output layer) and what was measured.

Dimensions: S networks, B images, O units of a layer.
"""

from __future__ import annotations

import copy
from collections.abc import Callable, Iterator
from typing import Any

import numpy as np
import torch
from torch import nn
from torch.nn.functional import cross_entropy

from activation_lab.activations.catalogue import derivative
from activation_lab.datasets.base import Part
from activation_lab.measures.base import MEASURES
from activation_lab.networks.stacked import StackedMLP
from activation_lab.schemas import EPSILON, FIRST_IMAGES, QUANTILES, SATURATION

Row = dict[str, Any]

BINS = 50  # as in the tutorial's histograms
UNITS_BATCH = FIRST_IMAGES  # the first batch is what theory predicts on


def distribution(values: np.ndarray) -> Row:
    """Return the measures, quantiles and a histogram of float64 values.

    All are None where a value is not finite: the network has exploded.
    """
    if not np.isfinite(values).all():
        return dict.fromkeys([*MEASURES, "quantiles", "bin_edges", "counts"])
    values = values.ravel()
    counts, edges = np.histogram(values, bins=BINS)
    return {
        **{name: measure.of(values) for name, measure in MEASURES.items()},
        "quantiles": np.quantile(values, QUANTILES).tolist(),
        "bin_edges": edges.tolist(),
        "counts": counts.tolist(),
    }


def gradients(network: StackedMLP, images: torch.Tensor, labels: torch.Tensor) -> list[Row]:
    """Return the distribution of each layer's weight gradient, [I, O], over one batch [B, 784].

    The loss is the batch's mean cross entropy, the network in training mode (so that normalisation
    uses the batch) and float64: in deep networks gradients are too small for float32.
    """
    network = copy.deepcopy(network).double().train()
    logits = network(images.double())
    expected = labels.expand(network.networks, -1).flatten()
    loss = cross_entropy(logits.flatten(0, 1), expected, reduction="sum") / len(labels)
    rows = []
    for layer, stacked in enumerate(torch.autograd.grad(loss, list(network.weights)), start=1):
        for position, gradient in enumerate(stacked.cpu().numpy()):
            row = {
                "norm": np.linalg.norm(gradient),
                "abs_max": np.abs(gradient).max(),
                "predicted_rms": None,
            }
            rows.append({"position": position, "layer": layer, **row, **distribution(gradient)})
    return rows


@torch.no_grad()
def activations(network: StackedMLP, images: torch.Tensor) -> list[Row]:
    """Return the distribution of values before (`pre`) and after (`post`) φ, for images [B, 784].

    The output layer has logits, which no φ follows: `pre` alone.
    """
    network.eval()
    rows = []
    for layer, (z, h) in enumerate(network.layers(images), start=1):
        kinds = {"pre": z} if h is None else {"pre": z, "post": h}
        saturated = [None] * len(z) if h is None else _saturated(network.phis[layer - 1], z)
        for kind, values in kinds.items():
            for position, value in enumerate(values.cpu().numpy().astype(np.float64)):
                row = {
                    "min": value.min(),
                    "max": value.max(),
                    "saturated_fraction": saturated[position],
                    "effective_rank": effective_rank(value),
                }
                keys = {"position": position, "layer": layer, "kind": kind}
                rows.append({**keys, **row, **distribution(value)})
    return rows


def _saturated(phi: nn.Module, z: torch.Tensor) -> list[float]:
    """Return for each network the share of values at which φ is nearly flat, [S]."""
    grid = torch.linspace(-5, 5, 1_001, device=z.device, dtype=z.dtype)
    steepest = derivative(phi, grid.expand(len(z), 1, -1)).abs().amax((1, 2))
    flat = derivative(phi, z).abs() <= SATURATION * steepest[:, None, None]
    return flat.flatten(1).double().mean(1).tolist()


def effective_rank(values: np.ndarray) -> float | None:
    """Return the effective rank of a matrix [B, O]: exp of its singular values' entropy.

    Roy & Vetterli 2007, "The effective rank". A matrix of zeros has rank 0, one that is not finite
    None.

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


def jacobians(network: StackedMLP, images: torch.Tensor) -> list[Row]:
    """Return the singular values of ∂h/∂x, last hidden layer [O] by pixels [784], over images [B, 784].

    At the edge of chaos their mean square neither grows nor shrinks with depth (Pennington et al. 2017).
    In float64.
    """
    network = copy.deepcopy(network).double().eval()
    units = network.weights[-1].shape[1]
    # A copy of each image for each unit: activations depend on their own image alone, so that one
    # backward pass gives every row.
    copies = images.double().repeat_interleave(units, 0)
    x = copies.expand(network.networks, *copies.shape).clone().requires_grad_()
    *_, (_, last) = network.hidden(x)
    own = last.unflatten(1, (len(images), units)).diagonal(dim1=-2, dim2=-1)
    (rows,) = torch.autograd.grad(own.sum(), x)
    rows_SxBxOxI = rows.unflatten(1, (len(images), units))  # noqa: N806
    singular = torch.linalg.svdvals(rows_SxBxOxI).cpu().numpy()
    return [
        {
            "position": position,
            "layer": network.depth,
            "mean_square": (values**2).mean(),
            "largest": values.max(axis=-1).mean(),
            "median": np.median(values),
            "smallest": values.min(axis=-1).mean(),
        }
        for position, values in enumerate(singular)
    ]


@torch.no_grad()
def units(network: StackedMLP, training: Part, test: Part) -> list[Row]:
    """Return the record of every hidden unit over the whole training part.

    Of the test part only the share of images on which a unit is not 0.
    """
    network.eval()
    totals = [_Units(network.networks, weight) for weight in list(network.weights)[:-1]]
    for images in _batches(training):
        hidden = zip(totals, network.phis, network.hidden(images), strict=False)
        for total, phi, (z, h) in hidden:
            total.add(z, h, derivative(phi, z).abs())
    for images in _batches(test):
        for total, (_, h) in zip(totals, network.hidden(images), strict=False):
            total.active_on_test += _count(torch.ne, h, 0)
    return [
        {"position": position, "layer": layer, "unit": unit, **record}
        for layer, total in enumerate(totals, start=1)
        for position, network_records in enumerate(total.records(len(test)))
        for unit, record in enumerate(network_records, start=1)
    ]


def _batches(part: Part) -> Iterator[torch.Tensor]:
    for start in range(0, len(part), UNITS_BATCH):
        yield part.batch(slice(start, start + UNITS_BATCH))[0]


def _count(compare: Callable, values: torch.Tensor, bound: float) -> torch.Tensor:
    """Return of how many of the B images a comparison holds, [S, O], for values [S, B, O].

    Written as floats, since on a CPU torch takes five times as long to write booleans.
    """
    return compare(values, bound, out=torch.empty_like(values)).sum(1)


class _Units:
    """Sums and extremes of a layer's units, [S, O] each, over the batches seen so far.

    Deviations above 1.8e19, whose squares float32 does not have, make a variance infinite.
    """

    def __init__(self, networks: int, weight: torch.Tensor):
        shape = (networks, weight.shape[-1])
        exact = {"dtype": torch.float64, "device": weight.device}
        self.seen = self.first_batch = 0
        self.highest = torch.full(shape, -torch.inf, device=weight.device)
        self.lowest = torch.full(shape, torch.inf, device=weight.device)
        self.steepest = torch.zeros(shape, device=weight.device)
        self.first = torch.zeros(1)
        self.active, self.sloped = torch.zeros(shape, **exact), torch.zeros(shape, **exact)
        self.active_in_first = torch.zeros(shape, **exact)
        self.active_on_test = torch.zeros(shape, **exact)
        self.shifted, self.size = torch.zeros(shape, **exact), torch.zeros(shape, **exact)
        self.squares = torch.zeros(shape, **exact)

    def add(self, z: torch.Tensor, h: torch.Tensor, slope: torch.Tensor) -> None:
        """Add a batch: pre-activations, activations and |φ′|, [S, B, O] each."""
        active = _count(torch.ne, h, 0)
        if not self.seen:
            self.first = h[:, :1].clone()
            self.first_batch, self.active_in_first = z.shape[1], active
        self.seen += z.shape[1]
        self.highest = torch.maximum(self.highest, z.amax(1))
        self.lowest = torch.minimum(self.lowest, z.amin(1))
        self.steepest = torch.maximum(self.steepest, slope.amax(1))
        self.active += active
        self.sloped += _count(torch.gt, slope, EPSILON)
        self.size += h.abs().sum(1)
        # From a value of the unit's own: a constant unit varies by exactly 0, in float32 too.
        shifted = h - self.first
        self.shifted += shifted.sum(1)
        self.squares += shifted.square_().sum(1)

    def records(self, tested: int) -> list[list[Row]]:
        """Return a record for each network and unit; `tested` is the number of test images."""
        shift = self.shifted / self.seen
        mean = self.first.squeeze(1).double() + shift
        columns = {
            "pre_max": self.highest,
            "pre_min": self.lowest,
            "nonzero_fraction": self.active / self.seen,
            "nonzero_fraction_first": self.active_in_first / self.first_batch,
            "nonzero_fraction_test": self.active_on_test / tested,
            "gradient_fraction": self.sloped / self.seen,
            "derivative_abs_max": self.steepest,
            "abs_mean": self.size / self.seen,
            "mean": mean,
            "variance": (self.squares / self.seen - shift.square()).clamp(min=0),
        }
        tables = {name: values.double().cpu().tolist() for name, values in columns.items()}
        networks, count = mean.shape
        return [
            [{name: table[s][o] for name, table in tables.items()} for o in range(count)]
            for s in range(networks)
        ]
