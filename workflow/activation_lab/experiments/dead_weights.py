"""What happens to the weights of a unit while it is 0 on the whole batch."""

from __future__ import annotations

import logging
from collections import Counter
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
STEPS = 40
ARMS = {  # momentum and weight decay
    "plain": (0.0, 0.0),
    "momentum": (SETTINGS.momentum, 0.0),
    "decay": (0.0, 0.01),
}


def measure(parts: Mapping[str, Part]) -> list[Row]:
    """Return, over all steps, how many units were dead on their batch, and what became of these."""
    rows = []
    for arm, (momentum, decay) in ARMS.items():
        for seed in SEEDS:
            found = _counted(
                parts["training"].first(STEPS * SETTINGS.batch_size), seed, momentum, decay
            )
            rows += [
                row(quantity, found[quantity, layer], seed=seed, arm=arm, layer=layer)
                for layer in range(1, SETTINGS.network.sites(SETTINGS.data) + 1)
                for quantity in ("dead", "gradient", "changed")
            ]
            log.info("%s, seed %d", arm, seed)
    return rows


def _counted(part: Part, seed: int, momentum: float, decay: float) -> Counter[tuple[str, int]]:
    """Train for `STEPS` steps, and count units of each layer that are dead on the step's batch.

    `gradient`: some weight in or out, or the bias, has a gradient that is not exactly 0. `changed`: the
    step changes one of these.
    """
    import torch

    from activation_lab.experiments import training
    from activation_lab.networks.layers import watched
    from activation_lab.training.build import build

    network, counts = build(SETTINGS, seed), Counter()
    optimizer = torch.optim.SGD(
        network.parameters(), lr=SETTINGS.rate, momentum=momentum, weight_decay=decay
    )
    linear = [m for m in network.modules() if isinstance(m, torch.nn.Linear)]
    generator = torch.Generator().manual_seed(seed)
    for x, labels in training.batches(part, SETTINGS.batch_size, 1, generator):
        with watched(network) as seen:
            network(x)
        dead = [(h == 0).all(0) for _, h in seen]
        before = [_around(linear, layer, "weight") for layer in range(len(dead))]
        training.train(network, optimizer, iter([(x, labels)]))
        for layer, off in enumerate(dead):
            gradient = (_around(linear, layer, "gradient") != 0).any(0)
            changed = (_around(linear, layer, "weight") != before[layer]).any(0)
            counts["dead", layer + 1] += int(off.sum())
            counts["gradient", layer + 1] += int((off & gradient).sum())
            counts["changed", layer + 1] += int((off & changed).sum())
    return counts


def _around(linear: list[nn.Linear], layer: int, what: str) -> torch.Tensor:
    """Return all that belongs to each unit of a layer, a column each: weights in, bias, weights out."""
    import torch

    parameters = [linear[layer].weight.t(), linear[layer].bias[None], linear[layer + 1].weight]
    if what == "gradient":
        own = linear[layer]
        gradients = (own.weight.grad, own.bias.grad, linear[layer + 1].weight.grad)
        into, bias, out = (g for g in gradients if g is not None)
        parameters = [into.t(), bias[None], out]
    return torch.cat([p.detach() for p in parameters]).clone()


DEAD_WEIGHTS = Experiment(
    "Do the weights of a unit change while it is 0 on the whole batch?", (SETTINGS,), measure
)
