"""What dead units do to the first layer's gradient in the first steps of training."""

from __future__ import annotations

import logging
from collections.abc import Mapping
from typing import TYPE_CHECKING

from activation_lab import networks
from activation_lab.experiments.base import SEEDS, Experiment, Row, row
from activation_lab.protocol import Settings

if TYPE_CHECKING:
    import torch
    from torch import nn

    from activation_lab.datasets.base import Part

log = logging.getLogger(__name__)

SETTINGS = Settings(network=networks.read([256] * 5 + [128] * 5))  # the tutorial's ten layers
IMAGES = 10_000  # on which units are dead, the first of the training part
STEPS = 200
WINDOW = 20  # steps, at the start and at the end, over which the gradient is averaged
ARMS = ("dead units", "none dead")


def measure(parts: Mapping[str, Part]) -> list[Row]:
    """Return dead units, and the norm of the first layer's gradient: the geometric mean of steps."""
    import torch

    from activation_lab.experiments import training
    from activation_lab.training.build import build

    rows = []
    for seed in SEEDS:
        for arm in ARMS:
            network = build(SETTINGS, seed)
            if arm == "none dead":
                _wake(network, parts["training"].first(IMAGES))
            dead = training.dead(network, parts["training"].first(IMAGES))
            rows += [
                row("dead", int(off.sum()), seed=seed, arm=arm, layer=layer)
                for layer, off in enumerate(dead, start=1)
            ]
            generator = torch.Generator().manual_seed(seed)
            logs = torch.tensor(_norms(network, parts["training"], generator)).log()
            for name, part in (("first", logs[:WINDOW]), ("later", logs[-WINDOW:])):
                value = part.mean().exp().item()
                rows.append(row(f"gradient_{name}", value, seed=seed, arm=arm, layer=1))
        log.info("seed %d", seed)
    return rows


def _wake(network: nn.Module, part: Part) -> None:
    """Raise the bias of each dead unit until it is on for half of the images, layer by layer."""
    import torch

    from activation_lab.networks.layers import watched

    x = part.batch(slice(None))[0]
    linear = [module for module in network.modules() if isinstance(module, torch.nn.Linear)]
    with torch.no_grad():
        for layer in range(len(linear) - 1):
            with watched(network) as seen:
                network(x)
            z = seen[layer][0]
            middle = z.median(0).values
            linear[layer].bias.sub_(torch.where((z <= 0).all(0), middle, 0.0))


def _norms(network: nn.Module, part: Part, generator: torch.Generator) -> list[float]:
    """Train, and return the norm of the gradient of the first layer's weights at each step."""
    from activation_lab.experiments import training
    from activation_lab.networks import layers

    first, found = layers.weights(network)[0], []
    optimizer = training.sgd(network, SETTINGS)
    part = part.first(STEPS * SETTINGS.batch_size)
    for batch in training.batches(part, SETTINGS.batch_size, 1, generator):
        training.train(network, optimizer, iter([batch]))
        assert first.grad is not None
        found.append(float(first.grad.norm()))
    return found


FIRST_STEPS = Experiment(
    "Do dead units weaken the first layer's gradient in the first steps?", (SETTINGS,), measure
)
