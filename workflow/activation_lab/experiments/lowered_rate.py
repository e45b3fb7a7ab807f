"""Whether dead units come back, and accuracy with them, if a high learning rate is lowered."""

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

LOW = Settings()
HIGH = LOW.at(0.2)  # of momentum 0.9: it kills units, and networks still learn
BEFORE, AFTER = 2, 3  # epochs at the high rate, and then at either


def measure(parts: Mapping[str, Part]) -> list[Row]:
    """Return dead units and accuracy before and after the rate is lowered, or kept.

    A unit is dead if it is 0 on all training images.
    """
    import copy

    from activation_lab.experiments import training
    from activation_lab.training.build import build

    rows = []
    for seed in SEEDS:
        network, generator = build(HIGH, seed), _generator(seed)
        training.epochs(network, training.sgd(network, HIGH), parts["training"], BEFORE, generator)
        dead = training.dead(network, parts["training"])
        rows += _rows(network, parts, seed, "before", dead)
        for arm, settings in (("kept", HIGH), ("lowered", LOW)):
            later = copy.deepcopy(network)
            optimizer = training.sgd(later, settings)
            training.epochs(later, optimizer, parts["training"], AFTER, _generator(seed + 1_000))
            rows += _rows(later, parts, seed, arm, dead)
        log.info("seed %d", seed)
    return rows


def _generator(seed: int) -> torch.Generator:
    import torch

    return torch.Generator().manual_seed(seed)


def _rows(
    network: nn.Module, parts: Mapping[str, Part], seed: int, arm: str, before: list[torch.Tensor]
) -> list[Row]:
    """Return the accuracy; and for each layer the dead units, and those dead before that live."""
    from activation_lab.experiments import training

    rows = [row("accuracy", training.accuracy(network, parts["test"]), seed=seed, arm=arm)]
    now = training.dead(network, parts["training"])
    for layer, (was, off) in enumerate(zip(before, now, strict=True), start=1):
        counts = {"units": len(off), "dead": off.sum(), "revived": (was & ~off).sum()}
        rows += [
            row(quantity, int(count), seed=seed, arm=arm, layer=layer)
            for quantity, count in counts.items()
        ]
    return rows


LOWERED_RATE = Experiment(
    "Do dead units come back if the learning rate is lowered?", (LOW, HIGH), measure
)
