"""Which units cause the exact zeros in the gradients of ReLU networks, and what one batch tells."""

from __future__ import annotations

import logging
from collections.abc import Mapping
from typing import TYPE_CHECKING

from activation_lab.experiments.base import SEEDS, Experiment, Row, row
from activation_lab.protocol import GRADIENT_IMAGES, Settings

if TYPE_CHECKING:
    import torch
    from torch import nn

    from activation_lab.datasets.base import Part

log = logging.getLogger(__name__)

SETTINGS = Settings()
ARM = "untrained"


def measure(parts: Mapping[str, Part]) -> list[Row]:
    """Return the zeros of each layer by their cause, and the dead units on the batch and on all images.

    A weight's zero is due to the unit that it leads to or the one that it comes from: one that is dead
    on all training images, or else one that is dead on the batch, or else neither.
    """
    from activation_lab.training.build import build

    rows = []
    for seed in SEEDS:
        network = build(SETTINGS, seed)
        found = _zeros(network, parts["training"])
        rows += [
            row(name, value, seed=seed, arm=ARM, layer=layer)
            for layer, counts in enumerate(found, start=1)
            for name, value in counts.items()
        ]
        log.info("seed %d", seed)
    return rows


def _zeros(network: nn.Module, part: Part) -> list[dict[str, int]]:
    import torch

    from activation_lab.experiments import training
    from activation_lab.networks import layers

    batch = training.dead(network, part.first(GRADIENT_IMAGES))
    whole = training.dead(network, part)
    x, labels = part.batch(slice(0, GRADIENT_IMAGES))
    torch.nn.functional.cross_entropy(network(x), labels).backward()
    made = []
    for layer, weight in enumerate(layers.weights(network)):
        assert weight.grad is not None
        zero = weight.grad == 0
        by_all, by_batch = (_touched(zero, dead, layer) for dead in (whole, batch))
        counts = {
            "zeros": zero.sum(),
            "zeros_by_all": (zero & by_all).sum(),
            "zeros_by_batch": (zero & by_batch & ~by_all).sum(),
            "zeros_by_neither": (zero & ~by_batch).sum(),
        }
        if layer < len(batch):
            counts |= {"dead_on_batch": batch[layer].sum(), "dead_on_all": whole[layer].sum()}
        made.append({name: int(value) for name, value in counts.items()})
    return made


def _touched(zero: torch.Tensor, dead: list[torch.Tensor], layer: int) -> torch.Tensor:
    """Return which weights [O, I] lead to a dead unit or come from one."""
    import torch

    touched = torch.zeros_like(zero)
    if layer < len(dead):
        touched |= dead[layer][:, None]
    if layer:
        touched |= dead[layer - 1][None]
    return touched


BATCH_OR_ALL = Experiment(
    "Are the zeros in ReLU's gradients due to dead units?", (SETTINGS,), measure
)
