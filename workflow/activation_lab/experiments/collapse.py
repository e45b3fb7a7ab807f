"""How often a narrow, deep ReLU network without biases is dead for an input (Lu et al. 2019).

With symmetric weights a unit is on for a given input with probability 1/2, whatever the layer before
sends, as long as that is not all 0. So N units of a layer are all off with probability 2^-N, and the
network is alive with probability Π (1 - 2^-N).
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING

from activation_lab.experiments.base import Experiment, Row, row

if TYPE_CHECKING:
    import torch

    from activation_lab.datasets.base import Part

SHAPES = ((2, 2), (5, 2), (10, 2), (10, 3), (20, 3), (20, 4), (40, 5))  # depth, width
NETWORKS = 10_000
SEED = 42


def measure(parts: Mapping[str, Part]) -> list[Row]:
    """Return how many networks of each shape are alive for the first training image."""
    import torch

    image = parts["training"].batch(slice(0, 1))[0][0]
    rows = []
    for depth, width in SHAPES:
        generator = torch.Generator().manual_seed(SEED)
        alive = sum(_alive(image, depth, width, generator) for _ in range(NETWORKS // 1_000))
        arm = f"{depth} layers of {width}"
        expected = (1 - 2.0**-width) ** depth
        rows += [
            row(quantity, value, seed=SEED, arm=arm)
            for quantity, value in (
                ("networks", NETWORKS),
                ("alive", alive),
                ("predicted_share", expected),
            )
        ]
    return rows


def _alive(image: torch.Tensor, depth: int, width: int, generator: torch.Generator) -> int:
    """Count the networks, of a thousand, whose last hidden layer is not all 0."""
    import torch

    weights = torch.randn(1_000, width, len(image), generator=generator)
    h = (weights @ image).relu()
    for _ in range(depth - 1):
        weights = torch.randn(1_000, width, width, generator=generator)
        h = torch.einsum("noi,ni->no", weights, h).relu()
        h = h / h.amax(1, keepdim=True).clamp(
            min=1e-30
        )  # ReLU keeps ratios; 40 layers would overflow
    return int((h > 0).any(1).sum())


COLLAPSE = Experiment("How often is a narrow, deep ReLU network dead from the start?", (), measure)
