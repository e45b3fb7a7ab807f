"""How many units of the first layer are dead as the images differ less and less from their mean."""

from __future__ import annotations

import logging
from collections.abc import Mapping
from typing import TYPE_CHECKING

from activation_lab.experiments.base import SEEDS, Experiment, Row, row
from activation_lab.protocol import Settings

if TYPE_CHECKING:
    from activation_lab.datasets.base import Part

log = logging.getLogger(__name__)

SETTINGS = Settings()
FACTORS = (1.0, 0.5, 0.25, 0.1, 0.05, 0.01)


def measure(parts: Mapping[str, Part]) -> list[Row]:
    """Return the dead units of the first layer, where images x become m + f (x - m).

    m is the mean image. Pre-activations are linear in x, so the greatest of each unit follows from the
    one at f = 1: every factor is measured on all training images at once.
    """
    import torch

    from activation_lab.experiments.training import EVALUATION_BATCH
    from activation_lab.training.build import build

    part = parts["training"]
    slices = [slice(s, s + EVALUATION_BATCH) for s in range(0, len(part), EVALUATION_BATCH)]
    mean = torch.stack([part.batch(s)[0].double().sum(0) for s in slices]).sum(0) / len(part)
    rows = []
    for seed in SEEDS:
        first = build(SETTINGS, seed)[0]  # pyright: ignore[reportIndexIssue] (a Sequential)
        with torch.no_grad():
            at_mean = first(mean.float()[None])[0]
            greatest = torch.stack([first(part.batch(s)[0]).amax(0) for s in slices]).amax(0)
        for factor in FACTORS:
            dead = int((at_mean + factor * (greatest - at_mean) <= 0).sum())
            arm = f"spread {factor:g}"
            rows += [
                row("dead", dead, seed=seed, arm=arm, layer=1),
                row("units", len(at_mean), seed=seed, arm=arm, layer=1),
            ]
        log.info("seed %d", seed)
    return rows


SHRUNK_PIXELS = Experiment(
    "Does the spread of the images keep units of the first layer alive?", (SETTINGS,), measure
)
