"""What networks lose if their first layer is never trained, and how far each layer's weights move."""

from __future__ import annotations

import logging
from collections.abc import Mapping
from typing import TYPE_CHECKING

from activation_lab.activations.named import Activation
from activation_lab.experiments.base import SEEDS, Experiment, Row, row
from activation_lab.protocol import Settings

if TYPE_CHECKING:
    import torch
    from torch import nn

    from activation_lab.datasets.base import Part

log = logging.getLogger(__name__)

# Sigmoid at ten times the tutorial's rate: at 0.01 it learns nothing in so few epochs.
SIGMOID = Settings(activation=Activation(name="sigmoid"), learning_rate=0.1)
TRAINED = ((SIGMOID, 7), (Settings(), 2))  # and epochs
RATES = (0.01, 0.1, 1.0)  # at which sigmoid takes its first steps
STEPS = 50


def measure(parts: Mapping[str, Part]) -> list[Row]:
    """Return test accuracies with and without a frozen first layer, and relative changes of weights."""
    rows = []
    for seed in SEEDS:
        for settings, epochs in TRAINED:
            for frozen in (False, True):
                arm = "layer 1 frozen" if frozen else "all layers trained"
                rows += _rows(settings, seed, arm, epochs, parts, frozen)
        for rate in RATES:
            first = {**parts, "training": parts["training"].first(STEPS * SIGMOID.batch_size)}
            arm = f"{STEPS} steps at {rate:g}"
            rows += _rows(SIGMOID.at(rate), seed, arm, 1, first, frozen=False)
        log.info("seed %d", seed)
    return rows


def _rows(
    settings: Settings, seed: int, arm: str, epochs: int, parts: Mapping[str, Part], frozen: bool
) -> list[Row]:
    import torch

    from activation_lab.experiments import training
    from activation_lab.training.build import build

    network, start = build(settings, seed), build(settings, seed)
    linear = _linear(network)
    linear[0].requires_grad_(not frozen)
    generator = torch.Generator().manual_seed(seed)
    optimizer = training.sgd(network, settings)
    training.epochs(network, optimizer, parts["training"], epochs, generator)
    name = str(settings.activation)
    found = [
        row(
            "accuracy",
            training.accuracy(network, parts["test"]),
            seed=seed,
            arm=arm,
            activation=name,
        )
    ]
    for layer, (after, before) in enumerate(zip(linear, _linear(start), strict=True), start=1):
        value = _change(after.weight, before.weight)
        found.append(row("change", value, seed=seed, arm=arm, layer=layer, activation=name))
    return found


def _linear(network: nn.Module) -> list[nn.Linear]:
    import torch

    return [module for module in network.modules() if isinstance(module, torch.nn.Linear)]


def _change(after: torch.Tensor, before: torch.Tensor) -> float:
    """Return ‖W - W₀‖ / ‖W₀‖, in Frobenius norms."""
    return float((after - before).detach().norm() / before.detach().norm())


FROZEN_LAYER = Experiment(
    "Does a network need to train its first layer, and how far does each layer move?",
    tuple(settings for settings, _ in TRAINED),
    measure,
)
