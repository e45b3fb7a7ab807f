"""Plain steps of torch, for experiments that look at a network between them."""

from __future__ import annotations

from collections.abc import Iterator

import torch
from torch import nn
from torch.nn.functional import cross_entropy

from activation_lab.datasets.base import Part

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
