"""The record of every hidden unit over all images trained on."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from typing import TYPE_CHECKING

from activation_lab.activations.catalogue import derivative
from activation_lab.measures.base import REAL, WHOLE, Measure, Row, table
from activation_lab.protocol import EPSILON, FIRST_IMAGES

if TYPE_CHECKING:
    import torch
    from torch import nn

    from activation_lab.datasets.base import Part

TABLE = table(
    "run, phase, layer and unit: over all images trained on. A convolution's channel has a value at "
    "each position, and a transformer's feature one for each token",
    {
        "unit": (WHOLE, "Unit, counted from 1"),
        "pre_max": (REAL, "Greatest pre-activation"),
        "pre_min": (REAL, "Least pre-activation"),
        "nonzero_fraction": (REAL, "Share of values of the activation that are not exactly 0"),
        "nonzero_fraction_first": (
            REAL,
            f"The same share of the first {FIRST_IMAGES:,} training images",
        ),
        "nonzero_fraction_test": (REAL, "The same share of the test images"),
        "gradient_fraction": (REAL, f"Share of values with |φ′| > {EPSILON:g}"),
        "derivative_abs_max": (REAL, "Greatest |φ′| over the values"),
        "abs_mean": (REAL, "Mean absolute activation"),
        "mean": (REAL, "Mean activation"),
        "variance": (REAL, "Variance of the activation"),
    },
)


def neurons(network: nn.Module, parts: Mapping[str, Part]) -> list[Row]:
    """Return the record of every hidden unit over the whole training part.

    For the test part, only the share of images on which a unit is not 0.
    """
    import torch

    from activation_lab.networks.layers import sites, watched

    training, test = parts["training"], parts["test"]
    network.eval()
    totals: list[Units] = []
    with torch.no_grad():
        for images in _batches(training):
            with watched(network) as seen:
                network(images)
            totals = totals or [Units(z) for z, _ in seen]
            for total, site, (z, h) in zip(totals, sites(network), seen, strict=True):
                total.add(z, h, derivative(site.phi, z).abs())
        for images in _batches(test):
            with watched(network) as seen:
                network(images)
            for total, (_, h) in zip(totals, seen, strict=True):
                total.seen_on_test += len(h)
                total.active_on_test += _count(torch.ne, h, 0)
    return [
        {"layer": layer, "unit": unit, **record}
        for layer, total in enumerate(totals, start=1)
        for unit, record in enumerate(total.records(), start=1)
    ]


def _batches(part: Part) -> Iterator[torch.Tensor]:
    """Yield the images in batches.

    The first batch holds the images that theory predicts for.
    """
    for start in range(0, len(part), FIRST_IMAGES):
        yield part.batch(slice(start, start + FIRST_IMAGES))[0]


def _count(compare: Callable, values: torch.Tensor, bound: float) -> torch.Tensor:
    """Count the values for which a comparison holds: [units], for values [N, units].

    They are written as floats, because on a CPU torch takes five times as long to write booleans.
    """
    import torch

    return compare(values, bound, out=torch.empty_like(values)).sum(0)


class Units:
    """Sums and extremes of a layer's units, [units] each, over the values seen so far.

    A unit has a value for each image, and for each position of a convolution or token of a transformer.

    If a deviation exceeds 1.8e19, its square does not fit into float32 and the variance is infinite.
    """

    def __init__(self, z: torch.Tensor):
        import torch

        def zeros() -> torch.Tensor:
            return torch.zeros(z.shape[1], dtype=torch.float64, device=z.device)

        self.seen = self.first_batch = self.seen_on_test = 0
        self.highest = torch.full(z.shape[1:], -torch.inf, device=z.device)
        self.lowest = torch.full(z.shape[1:], torch.inf, device=z.device)
        self.steepest = torch.zeros(z.shape[1], device=z.device)
        self.first = torch.zeros(1)
        self.active, self.sloped, self.active_in_first = zeros(), zeros(), zeros()
        self.active_on_test = zeros()
        self.shifted, self.size, self.squares = zeros(), zeros(), zeros()

    def add(self, z: torch.Tensor, h: torch.Tensor, slope: torch.Tensor) -> None:
        """Add a batch: pre-activations, activations and |φ′|, [N, units] each."""
        import torch

        active = _count(torch.ne, h, 0)
        if not self.seen:
            self.first = h[:1].clone()
            self.first_batch, self.active_in_first = len(z), active
        self.seen += len(z)
        self.highest = torch.maximum(self.highest, z.amax(0))
        self.lowest = torch.minimum(self.lowest, z.amin(0))
        self.steepest = torch.maximum(self.steepest, slope.amax(0))
        self.active += active
        self.sloped += _count(torch.gt, slope, EPSILON)
        self.size += h.abs().sum(0)
        # Subtract the unit's first value. The variance of a constant unit is then exactly
        # 0, in float32 too.
        shifted = h - self.first
        self.shifted += shifted.sum(0)
        self.squares += shifted.square_().sum(0)

    def records(self) -> list[Row]:
        """Return a record for each unit."""
        shift = self.shifted / self.seen
        columns = {
            "pre_max": self.highest,
            "pre_min": self.lowest,
            "nonzero_fraction": self.active / self.seen,
            "nonzero_fraction_first": self.active_in_first.double() / self.first_batch,
            "nonzero_fraction_test": self.active_on_test / self.seen_on_test,
            "gradient_fraction": self.sloped / self.seen,
            "derivative_abs_max": self.steepest,
            "abs_mean": self.size / self.seen,
            "mean": self.first.squeeze(0).double() + shift,
            "variance": (self.squares / self.seen - shift.square()).clamp(min=0),
        }
        values = {name: column.double().cpu().tolist() for name, column in columns.items()}
        return [dict(zip(values, unit, strict=True)) for unit in zip(*values.values(), strict=True)]


NEURONS = Measure(TABLE, neurons)
