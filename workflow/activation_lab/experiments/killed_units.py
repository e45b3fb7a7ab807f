"""What a ReLU network loses if units of its first or last hidden layer are dead from the start."""

from __future__ import annotations

import logging
from collections.abc import Mapping
from typing import TYPE_CHECKING

from activation_lab.experiments.base import SEEDS, Experiment, Row, row
from activation_lab.protocol import Settings

if TYPE_CHECKING:
    import torch
    from torch import nn

    from activation_lab.datasets.base import Part

log = logging.getLogger(__name__)

SETTINGS = Settings()
EPOCHS = 2
# Layer and dead units: as many in both layers, and the same share of them, 7/8.
ARMS = {
    "none": (1, 0),
    "112 of layer 1": (1, 112),
    "448 of layer 1": (1, 448),
    "112 of layer 4": (4, 112),
}


def measure(parts: Mapping[str, Part]) -> list[Row]:
    """Return the test accuracy of each arm after training."""
    rows = []
    for seed in SEEDS:
        for arm, (layer, dead) in ARMS.items():
            value = _accuracy(parts, seed, layer, dead)
            rows.append(row("accuracy", value, seed=seed, arm=arm))
        log.info("seed %d", seed)
    return rows


def _accuracy(parts: Mapping[str, Part], seed: int, layer: int, dead: int) -> float:
    """Train a network whose first `dead` units of a layer send 0, and get no gradient."""
    import torch

    from activation_lab.experiments import training
    from activation_lab.training.build import build

    network = build(SETTINGS, seed)
    _silence(network, layer, dead)
    generator = torch.Generator().manual_seed(seed)
    training.epochs(network, training.sgd(network, SETTINGS), parts["training"], EPOCHS, generator)
    return training.accuracy(network, parts["test"])


def _silence(network: nn.Module, layer: int, dead: int) -> None:
    """Make the first `dead` units of a layer send 0 for ever."""
    import torch

    from activation_lab.networks.layers import sites

    def silence(_module: object, _given: object, h: torch.Tensor) -> torch.Tensor:
        return h * (torch.arange(h.shape[1]) >= dead)

    sites(network)[layer - 1].register_forward_hook(silence)


KILLED_UNITS = Experiment(
    "Do dead units cost more in the first layer than in the last hidden one?", (SETTINGS,), measure
)
