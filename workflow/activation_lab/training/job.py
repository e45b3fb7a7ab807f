"""One job from beginning to end: build the networks, measure, train, measure again."""

from __future__ import annotations

import contextlib
import copy
import logging
import time
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from typing import Any

import torch

from activation_lab.config.jobs import Job
from activation_lab.datasets.base import Part
from activation_lab.measures import MEASURES
from activation_lab.measures.base import BEST, UNTRAINED
from activation_lab.protocol import WATCHED_IMAGES, Settings
from activation_lab.training.build import build
from activation_lab.training.checkpoint import Checkpoint, TrainingState
from activation_lab.training.endings import endings
from activation_lab.training.fit import evaluate, fit
from activation_lab.training.stack import Stack

log = logging.getLogger(__name__)

Row = dict[str, Any]


def train(
    job: Job,
    parts: dict[str, Part],
    device: str,
    checkpoint: Checkpoint | None = None,
    report: Callable[[int, int, float], None] = lambda done, total, seconds: None,
) -> Result:
    """Train the networks of a job, one for each of its seeds, and measure their best epochs.

    After each epoch, `report` is called with the epochs done, the largest possible number of epochs, and
    the seconds so far.
    """
    watched, _ = parts["training"].batch(slice(0, WATCHED_IMAGES))
    result = Result(tables={}, seconds={"training": 0.0, "probes": 0.0}, resumed=0)
    finished: list[TrainingState] = []
    with checkpoint or contextlib.nullcontext():
        blocks = seeds_together(job.settings, job.seeds, parts, device)
        for number, seeds in enumerate(blocks):
            network = stack(job.settings, seeds).to(device)
            if checkpoint and number < len(checkpoint.finished):
                state = checkpoint.finished[number]
            else:
                tell = _tell(seeds, job.settings.epochs, finished, len(blocks), report)
                state = fit(network, parts, job.trained_with, seeds, watched, checkpoint, tell)
                if checkpoint:
                    checkpoint.finish(state)
            finished.append(state)
            result.add(_trained(job, seeds, network, state, parts))
    return result


def untrained(job: Job, parts: dict[str, Part], device: str) -> Result:
    """Measure the networks of a job, one for each of its seeds, before any training."""
    result = Result(tables={}, seconds={"training": 0.0, "probes": 0.0}, resumed=0)
    for seed in job.seeds:
        network = stack(job.settings, [seed]).to(device)
        found = evaluate(network, parts["test"])
        state = TrainingState.start(network)
        own = Result({}, {"training": 0.0, "probes": 0.0}, 0)
        own.tables["runs"] = _runs(job, [seed], state, network, found, found)
        own.measure(job, [seed], network, parts, UNTRAINED)
        result.add(own)
    return result


def stack(settings: Settings, seeds: Sequence[int]) -> Stack:
    """Return the networks of these seeds before training."""
    return Stack([build(settings, seed) for seed in seeds])


def seeds_together(
    settings: Settings, seeds: tuple[int, ...], parts: dict[str, Part], device: str
) -> list[tuple[int, ...]]:
    """Return the seeds in blocks that train at the same time: all on a GPU, one by one on a CPU.

    On a CPU, training them together saves no time (docs/performance.md). Alone, the result of a seed
    does not depend on the others.
    """
    alone = [(seed,) for seed in seeds]
    if device == "cpu" or len(seeds) == 1:
        return alone
    examples, _ = parts["training"].batch(slice(0, 2))
    two = stack(settings, seeds[:2]).to(device)
    return [seeds] if can_be_called(two, examples) else alone


def can_be_called(network: Stack, examples: torch.Tensor) -> bool:
    """Tell whether a stack's networks can be called at once; the log says why not.

    An activation whose code depends on the numbers, such as `if (z > 0).any()`, cannot.
    """
    try:
        network.train()(examples)
    except RuntimeError as error:
        log.info("Seeds train one after another: %s", str(error).splitlines()[0])
        return False
    return True


def _trained(
    job: Job, seeds: Sequence[int], network: Stack, state: TrainingState, parts: dict[str, Part]
) -> Result:
    """Return the tables of networks that have trained."""
    network.restore(state.best)
    best = evaluate(network, parts["test"])
    result = Result({}, {"training": state.seconds, "probes": 0.0}, state.resumed)
    result.measure(job, seeds, network, parts, BEST)
    network.restore(state.last)
    last = evaluate(network, parts["test"])
    result.tables["runs"] = _runs(job, seeds, state, network, best, last)
    result.tables["metrics"] = _with_keys(job, seeds, state.rows)
    result.tables["transitions"] = _with_keys(job, seeds, state.transitions)
    return result


@dataclass
class Result:
    """The results of networks: the rows of their tables, and the seconds that they took."""

    tables: dict[str, list[Row]]
    seconds: dict[str, float]
    resumed: int

    def add(self, other: Result) -> None:
        """Add the results of further networks."""
        for name, rows in other.tables.items():
            self.tables.setdefault(name, []).extend(rows)
        for name, seconds in other.seconds.items():
            self.seconds[name] += seconds
        self.resumed = max(self.resumed, other.resumed)

    def measure(
        self, job: Job, seeds: Sequence[int], network: Stack, parts: dict[str, Part], phase: str
    ) -> None:
        """Measure the networks as they are now, and file it under `phase`."""
        started = time.perf_counter()
        # Measures use float64, which Apple's GPUs do not have.
        device = "cpu" if network.device.type == "mps" else network.device
        there = {name: part.to(str(device)) for name, part in parts.items()}
        for position, member in enumerate(network.members()):
            own = copy.deepcopy(member).to(device)
            for name, measure in MEASURES.items():
                if phase in measure.phases:
                    rows = measure.of(own, there)
                    named = ({**row, "position": position, "phase": phase} for row in rows)
                    self.tables.setdefault(name, []).extend(_with_keys(job, seeds, named))
        self.seconds["probes"] += time.perf_counter() - started


def _with_keys(job: Job, seeds: Sequence[int], rows: Iterable[Row]) -> list[Row]:
    """Return rows with the columns of their run in front, in place of their position."""
    keyed = [{**job.columns, "seed": seeds[row["position"]], **row} for row in rows]
    for row in keyed:
        del row["position"]
    return keyed


def _runs(
    job: Job,
    seeds: Sequence[int],
    state: TrainingState,
    network: Stack,
    best: tuple[torch.Tensor, torch.Tensor],
    last: tuple[torch.Tensor, torch.Tensor],
) -> list[Row]:
    count = sum(parameter.numel() for parameter in network.module.parameters())
    rows = []
    for position, ended in enumerate(endings(state, job.settings)):
        trained = state.best_epoch[position] > 0
        rows.append(
            {
                "position": position,
                "status": ended.status,
                "epochs": ended.epochs,
                "best_epoch": state.best_epoch[position],
                "stopped_early": state.ended[position] == "patience",
                "best_val_accuracy": state.best_accuracy[position] if trained else None,
                "test_accuracy": best[1][position].item(),
                "test_loss": best[0][position].item(),
                "test_accuracy_last": last[1][position].item(),
                "plateau_exit_epoch": ended.plateau_exit_epoch,
                "parameters": count,
            }
        )
    return _with_keys(job, seeds, rows)


def _tell(
    seeds: Sequence[int],
    epochs: int,
    finished: Sequence[TrainingState],
    blocks: int,
    report: Callable[[int, int, float], None],
) -> Callable[[TrainingState], None]:
    """Return a function that logs an epoch, and reports the epochs of all blocks so far."""

    def tell(state: TrainingState) -> None:
        seconds = sum(block.seconds for block in finished) + state.seconds
        report(len(finished) * epochs + state.epoch, blocks * epochs, seconds)
        rows = [row for row in state.rows if row["epoch"] == state.epoch]
        shown = "  ".join(
            f"seed {seeds[row['position']]}: {row['val_accuracy']:.2%}" for row in rows
        )
        log.info(
            "epoch %d of at most %d, %.1f s, validation accuracy %s",
            state.epoch,
            epochs,
            seconds,
            shown,
        )

    return tell
