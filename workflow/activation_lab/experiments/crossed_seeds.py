"""What decides when a sigmoid network begins to learn: its initial weights, or its batches."""

from __future__ import annotations

import logging
from collections.abc import Mapping
from typing import TYPE_CHECKING

from activation_lab.activations.named import Activation
from activation_lab.experiments.base import Experiment, Row, row
from activation_lab.protocol import PLATEAU, Settings

if TYPE_CHECKING:
    from activation_lab.datasets.base import Part

log = logging.getLogger(__name__)

# At the tutorial's rate of 0.01 a network stays at chance level some three times as long.
SETTINGS = Settings(activation=Activation(name="sigmoid"), learning_rate=0.1)
SEEDS = (42, 43, 44, 45)  # of initial weights, and of the orders of the batches
EPOCHS = 10  # at most
EVERY = 10  # steps between two looks at the accuracy
IMAGES = 1_000  # of the validation part, to look at


def measure(parts: Mapping[str, Part]) -> list[Row]:
    """Return the step at which each pair of initial weights and batches leaves chance level.

    `seed` is that of the weights, and the arm names that of the batches.
    """
    rows = []
    for seed in SEEDS:
        for order in SEEDS:
            steps = _steps(parts, seed, order)
            arm = f"batches {order}"
            rows.append(row("steps", steps, seed=seed, arm=arm, activation="sigmoid"))
            log.info("weights %d, %s: %d steps", seed, arm, steps)
    return rows


def _steps(parts: Mapping[str, Part], seed: int, order: int) -> int:
    """Return how many steps a network takes until it has left chance level, or all of them."""
    import torch

    from activation_lab.experiments import training
    from activation_lab.training.build import build

    network, watched = build(SETTINGS, seed), parts["validation"].first(IMAGES)
    optimizer, generator = training.sgd(network, SETTINGS), torch.Generator().manual_seed(order)
    chance = SETTINGS.data.chance
    left = chance + PLATEAU * (1 - chance)
    taken = 0
    for batch in training.batches(parts["training"], SETTINGS.batch_size, EPOCHS, generator):
        training.train(network, optimizer, iter([batch]))
        taken += 1
        if taken % EVERY == 0 and training.accuracy(network, watched) >= left:
            break
    return taken


CROSSED_SEEDS = Experiment(
    "Do initial weights or batches decide when a sigmoid network begins to learn?",
    (SETTINGS,),
    measure,
)
