"""fit(): train the networks of a stack, with early stopping for each seed.

Dimensions: S networks that still train, B examples per batch, N training examples, O units of a layer.
"""

from __future__ import annotations

import math
import time
from collections.abc import Callable, Sequence
from typing import Any

import torch
from torch.nn.functional import cross_entropy

from activation_lab.datasets.base import Part
from activation_lab.networks.layers import watched
from activation_lab.protocol import Settings
from activation_lab.training.checkpoint import Checkpoint, TrainingState
from activation_lab.training.optimizers import Optimizer
from activation_lab.training.stack import Stack
from activation_lab.training.steps import arithmetic, run

EVALUATION_BATCH = 2_500


def fit(
    network: Stack,
    parts: dict[str, Part],
    settings: Settings,
    seeds: Sequence[int],
    watched_images: torch.Tensor,
    checkpoint: Checkpoint | None = None,
    report: Callable[[TrainingState], None] = lambda state: None,
) -> TrainingState:
    """Train until every seed has stopped; a stack of several drops networks that stop early.

    A seed stops after `patience` epochs without a better validation accuracy (`ended` is then
    `patience`), or when a loss is not finite (`diverged`). The batches of a seed depend only on that
    seed. Units that die and revive are counted on `watched_images`, examples [B, ...].
    """
    state = TrainingState.start(network)
    if not settings.epochs:
        return state
    optimizer = Optimizer(network.parameters(), settings)
    shuffles = [torch.Generator().manual_seed(seed) for seed in seeds]
    if checkpoint:
        state = checkpoint.load(network, optimizer, shuffles) or state
    dead = dead_units(network, watched_images)
    state.remember(dead)
    while state.active and state.epoch < settings.epochs:
        started = time.perf_counter()
        optimizer.rate = learning_rate(settings, state.epoch)
        order = _order([shuffles[seed] for seed in state.active], parts["training"])
        learnt = train_epoch(network, optimizer, parts["training"], order, settings)
        judged = evaluate(network, parts["validation"])
        before, dead = dead, dead_units(network, watched_images)
        staying = _take_stock(state, network, learnt, judged, settings)
        state.transitions += transitions(state, before, dead)
        if len(staying) < len(state.active):
            dead = _go_on_with(staying, state, network, optimizer, dead)
        state.seconds += time.perf_counter() - started
        report(state)
        if checkpoint:
            checkpoint.save(state, network, optimizer, shuffles)
    return state


def _go_on_with(
    staying: list[int],
    state: TrainingState,
    network: Stack,
    optimizer: Optimizer,
    dead: list[torch.Tensor],
) -> list[torch.Tensor]:
    """Drop all networks but those in these rows of the leading axis; return their dead units."""
    if network.together:
        network.keep(staying)
        optimizer.keep(staying)
    state.active = [state.active[row] for row in staying]
    return [layer[staying] for layer in dead]


def _order(shuffles: Sequence[torch.Generator], part: Part) -> torch.Tensor:
    """Return the order of the examples for an epoch of each network [S, N]."""
    rows = [torch.randperm(len(part), generator=shuffle) for shuffle in shuffles]
    return torch.stack(rows).to(part.labels.device)


def learning_rate(settings: Settings, epoch: int) -> float:
    """Return the learning rate of an epoch, counted from 0; cosine: Loshchilov & Hutter 2017."""
    if settings.schedule == "constant":
        return settings.rate
    return settings.rate * (1 + math.cos(math.pi * epoch / settings.epochs)) / 2


@torch.no_grad()
def dead_units(network: Stack, images: torch.Tensor) -> list[torch.Tensor]:
    """Return for each hidden layer whether a unit is exactly 0 on all examples [B, ...]: [S, O]."""
    network.eval()
    x = images.to(network.dtype)
    each = []
    for member in network.members():
        with watched(member) as seen:
            member(x)
        each.append([(h == 0).all(0).cpu() for _, h in seen])
    return [torch.stack(layer) for layer in zip(*each, strict=True)]


def transitions(
    state: TrainingState, before: list[torch.Tensor], after: list[torch.Tensor]
) -> list[dict[str, Any]]:
    """Return how many units of each network and layer are dead, died and revived in an epoch.

    `state` remembers the units: one that dies and revives several times counts once in `ever_dead` and
    `ever_revived`. A network that diverged gets no row, because NaN is neither dead nor alive.
    """
    rows = []
    for row, position in enumerate(state.active):
        if state.ended[position] == "diverged":
            continue
        for index, (was, now) in enumerate(zip(before, after, strict=True)):
            died, revived = now[row] & ~was[row], was[row] & ~now[row]
            ever_dead, ever_revived = (
                remembered[index][position].logical_or_(new)
                for remembered, new in (
                    (state.ever_dead, died),
                    (state.ever_revived, revived),
                )
            )
            counted = {
                "dead": now[row],
                "died": died,
                "revived": revived,
                "ever_dead": ever_dead,
                "ever_revived": ever_revived,
            }
            place = {"position": position, "epoch": state.epoch, "layer": index + 1}
            rows.append({**place, **{name: int(units.sum()) for name, units in counted.items()}})
    return rows


def train_epoch(
    network: Stack,
    optimizer: Optimizer,
    part: Part,
    order_SxN: torch.Tensor,  # noqa: N803
    settings: Settings,
) -> tuple[torch.Tensor, torch.Tensor]:
    """Train each network for one epoch in its own order; return the mean loss and accuracy, [S].

    Both are means over the batches as they were trained on, as in the tutorial. The last partial
    batch is dropped.
    """
    network.train()
    networks, count = order_SxN.shape
    steps = count // settings.batch_size
    losses = torch.zeros(networks, device=order_SxN.device)
    correct = torch.zeros(networks, device=order_SxN.device, dtype=torch.int64)
    dtype = network.dtype

    def step(rows: torch.Tensor) -> None:
        x, y = part.batch(rows)
        logits = network(x.to(dtype).unflatten(0, (networks, -1)), each=True)
        # The mean over the batch and the sum over the seeds: each seed's gradient is its own.
        loss = cross_entropy(logits.flatten(0, 1), y, reduction="none").view(networks, -1).mean(1)
        network.zero_grad()
        loss.sum().backward()
        optimizer.step()
        losses.add_(loss.detach())
        correct.add_((logits.argmax(-1) == y.view(networks, -1)).sum(1))

    batches = order_SxN[:, : steps * settings.batch_size].unflatten(1, (steps, -1))
    with arithmetic(settings.precision, order_SxN.device.type):
        run(step, batches.transpose(0, 1).flatten(1))
    return losses.cpu() / steps, correct.cpu().double() / (steps * settings.batch_size)


@torch.inference_mode()
def evaluate(network: Stack, part: Part) -> tuple[torch.Tensor, torch.Tensor]:
    """Return each network's mean loss and accuracy over a part of the data, [S] and [S]."""
    network.eval()
    losses = torch.zeros(network.networks, dtype=network.dtype, device=network.device)
    correct = torch.zeros_like(losses, dtype=torch.int64)
    for start in range(0, len(part), EVALUATION_BATCH):
        x, y = part.batch(slice(start, start + EVALUATION_BATCH))
        logits = network(x.to(network.dtype))
        labels = y.expand(network.networks, -1)
        each = cross_entropy(logits.flatten(0, 1), labels.flatten(), reduction="none")
        # If a wrong class has the logit -inf, the loss is finite although the network has diverged.
        broken = ~logits.isfinite().flatten(1).all(1)
        losses += each.view(network.networks, -1).sum(1).masked_fill(broken, math.nan)
        correct += (logits.argmax(-1) == labels).sum(1)
    return losses.cpu() / len(part), correct.cpu().double() / len(part)


def _take_stock(
    state: TrainingState,
    network: Stack,
    learnt: tuple[torch.Tensor, torch.Tensor],
    judged: tuple[torch.Tensor, torch.Tensor],
    settings: Settings,
) -> list[int]:
    """Record an epoch and keep the weights of seeds that got better.

    Returns the rows of the leading axis whose networks continue.
    """
    state.epoch += 1
    columns = torch.stack([column.double() for column in (*learnt, *judged)], 1).tolist()
    staying = []
    for row, (position, values) in enumerate(zip(state.active, columns, strict=True)):
        names = ("train_loss", "train_accuracy", "val_loss", "val_accuracy")
        record = dict(zip(names, values, strict=True))
        state.rows.append({"position": position, "epoch": state.epoch, **record})
        if not (math.isfinite(record["train_loss"]) and math.isfinite(record["val_loss"])):
            state.ended[position] = "diverged"
        elif record["val_accuracy"] > state.best_accuracy[position]:
            state.best_accuracy[position] = record["val_accuracy"]
            state.best_epoch[position] = state.epoch
            _copy(network, row, state.best, position)
        elif (
            settings.stop == "patience"
            and state.epoch - state.best_epoch[position] >= settings.patience
        ):
            state.ended[position] = "patience"
        if state.ended[position] or state.epoch == settings.epochs:
            _copy(network, row, state.last, position)
        if not state.ended[position]:
            staying.append(row)
    return staying


def _copy(network: Stack, row: int, kept: list[torch.Tensor], position: int) -> None:
    for target, tensor in zip(kept, network.state(), strict=True):
        target[position] = tensor[row]
