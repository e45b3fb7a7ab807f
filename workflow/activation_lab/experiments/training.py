"""Plain steps of torch, for experiments that look at a network between them."""

from __future__ import annotations

from collections.abc import Iterator

import torch
from torch import nn
from torch.nn.functional import cross_entropy

from activation_lab.datasets.base import Part
from activation_lab.experiments.base import DATASET
from activation_lab.networks.layers import watched
from activation_lab.protocol import Settings

EVALUATION_BATCH = 2_500


def batches(
    part: Part, size: int, epochs: int, generator: torch.Generator
) -> Iterator[tuple[torch.Tensor, torch.Tensor]]:
    """Yield shuffled batches of each epoch; the last partial one is dropped, as the trainer does."""
    for _ in range(epochs):
        order = torch.randperm(len(part), generator=generator)
        for rows in order[: len(part) // size * size].view(-1, size):
            yield part.batch(rows)


def train(
    network: nn.Module,
    optimizer: torch.optim.Optimizer,
    given: Iterator[tuple[torch.Tensor, torch.Tensor]],
) -> None:
    """Take a step on each batch."""
    network.train()
    for x, labels in given:
        optimizer.zero_grad()
        cross_entropy(network(x), labels).backward()
        optimizer.step()


def sgd(network: nn.Module, settings: Settings) -> torch.optim.SGD:
    """Return torch's SGD at the rate and momentum of these settings."""
    return torch.optim.SGD(network.parameters(), lr=settings.rate, momentum=settings.momentum)


def epochs(
    network: nn.Module,
    optimizer: torch.optim.Optimizer,
    part: Part,
    count: int,
    generator: torch.Generator,
) -> None:
    """Train for so many epochs, in batches of the tutorial's size."""
    train(network, optimizer, batches(part, Settings().batch_size, count, generator))


@torch.no_grad()
def accuracy(network: nn.Module, part: Part) -> float:
    """Return the share of examples that a network gets right; one that diverged guesses."""
    network.eval()
    correct = 0
    for start in range(0, len(part), EVALUATION_BATCH):
        x, labels = part.batch(slice(start, start + EVALUATION_BATCH))
        logits = network(x)
        if not logits.isfinite().all():
            return DATASET.chance
        correct += int((logits.argmax(1) == labels).sum())
    return correct / len(part)


@torch.no_grad()
def dead(network: nn.Module, part: Part) -> list[torch.Tensor]:
    """Return for each hidden layer which units are 0 on all examples."""
    off: list[torch.Tensor] = []
    for start in range(0, len(part), EVALUATION_BATCH):
        with watched(network) as seen:
            network(part.batch(slice(start, start + EVALUATION_BATCH))[0])
        now = [(h == 0).all(0) for _, h in seen]
        off = [a & b for a, b in zip(off, now, strict=True)] if off else now
    return off
