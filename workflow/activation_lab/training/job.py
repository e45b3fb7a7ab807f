"""One job from beginning to end: build the networks, measure, train, measure again."""

from __future__ import annotations

import contextlib
import copy
import logging
import time
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

import torch

from activation_lab.config.jobs import Job
from activation_lab.datasets.base import Part
from activation_lab.measures import probes
from activation_lab.networks.stacked import StackedMLP
from activation_lab.training.checkpoint import Checkpoint, Progress
from activation_lab.training.fit import evaluate, fit

log = logging.getLogger(__name__)

# A network that never reaches twice chance level has not left the plateau. Not lower: on the plateau
# a network that calls everything one or two classes flickers up to 15%.
PLATEAU = 2  # times chance level
GRADIENT_IMAGES = 256  # the tutorial's choice
ACTIVATION_IMAGES = 1_024  # the tutorial's choice
JACOBIAN_IMAGES = 4
WATCHED_IMAGES = 2_048  # on which units are seen to die and revive

Row = dict[str, Any]


@dataclass
class Result:
    """What a job found: the rows of its tables, and what it cost."""

    tables: dict[str, list[Row]]
    seconds: dict[str, float]
    resumed: int


def train(
    job: Job, parts: dict[str, Part], device: str, checkpoint: Checkpoint | None = None
) -> Result:
    """Train the networks of a job, one for each of its seeds, and measure their best epochs."""
    settings = job.settings
    network = StackedMLP(settings, job.seeds).to(device)
    # Probes count in float64, which Apple's GPUs do not have.
    stages = Stages(job, parts, "cpu" if device == "mps" else device)
    watched, _ = parts["training"].batch(slice(0, WATCHED_IMAGES))
    with checkpoint or contextlib.nullcontext():
        progress = fit(network, parts, settings, job.seeds, watched, checkpoint, _log_epoch(job))
    network.restore(progress.best)
    best = evaluate(network, parts["test"])
    stages.measure(network, "best")
    network.restore(progress.last)
    last = evaluate(network, parts["test"])
    tables = {
        "runs": _runs(job, progress, network, best, last),
        "metrics": _with_keys(job, progress.rows),
        "transitions": _with_keys(job, progress.transitions),
        **stages.tables,
    }
    seconds = {"training": progress.seconds, "probes": stages.seconds}
    return Result(tables, seconds, progress.resumed)


def untrained(job: Job, parts: dict[str, Part], device: str) -> Result:
    """Measure the networks of a job, one for each of its seeds, before any training."""
    network = StackedMLP(job.settings, job.seeds).to(device)
    stages = Stages(job, parts, "cpu" if device == "mps" else device)
    stages.measure(network, "untrained")
    found = evaluate(network, parts["test"])
    runs = _runs(job, Progress.start(network), network, found, found)
    return Result({"runs": runs, **stages.tables}, {"training": 0.0, "probes": stages.seconds}, 0)


class Stages:
    """The tables of a job's probes, filled stage by stage."""

    def __init__(self, job: Job, parts: dict[str, Part], device: str):
        self.job, self.device = job, device
        self.training, self.test = parts["training"].to(device), parts["test"].to(device)
        self.tables: dict[str, list[Row]] = {}
        self.seconds = 0.0

    def measure(self, network: StackedMLP, stage: str) -> None:
        """Measure the networks as they are now, and file it under `stage`."""
        started = time.perf_counter()
        network = copy.deepcopy(network).to(self.device)
        images, labels = self.training.batch(slice(0, ACTIVATION_IMAGES))
        few = slice(0, GRADIENT_IMAGES)
        measured = {
            "gradients": probes.gradients(network, images[few], labels[few]),
            "activations": probes.activations(network, images),
            "neurons": probes.units(network, self.training, self.test),
        }
        if stage == "untrained":
            measured["jacobians"] = probes.jacobians(network, images[:JACOBIAN_IMAGES])
        for name, rows in measured.items():
            self.tables[name] = _with_keys(self.job, ({**row, "stage": stage} for row in rows))
        self.seconds += time.perf_counter() - started


def _with_keys(job: Job, rows: Iterable[Row]) -> list[Row]:
    return [{**job.columns, "seed": job.seeds[row.pop("position")], **row} for row in rows]


def _runs(
    job: Job,
    progress: Progress,
    network: StackedMLP,
    best: tuple[torch.Tensor, torch.Tensor],
    last: tuple[torch.Tensor, torch.Tensor],
) -> list[Row]:
    count = sum(parameter[0].numel() for parameter in network.parameters())
    rows = []
    plateau = PLATEAU * job.settings.data.chance
    for position in range(len(job.seeds)):
        epochs = [row for row in progress.rows if row["position"] == position]
        left = (row["epoch"] for row in epochs if row["val_accuracy"] >= plateau)
        exit_epoch = next(left, None)
        rows.append(
            {
                "position": position,
                "status": _status(progress.ended[position], bool(epochs), exit_epoch),
                "epochs": len(epochs),
                "best_epoch": progress.best_epoch[position],
                "stopped_early": progress.ended[position] == "patience",
                "best_val_accuracy": progress.best_accuracy[position]
                if progress.best_epoch[position]
                else None,
                "test_accuracy": best[1][position].item(),
                "test_loss": best[0][position].item(),
                "test_accuracy_last": last[1][position].item(),
                "plateau_exit_epoch": exit_epoch,
                "parameters": count,
            }
        )
    return _with_keys(job, rows)


def _status(ended: str, trained: bool, plateau_exit_epoch: int | None) -> str:
    if ended == "diverged":
        return "diverged"
    return "plateau" if trained and plateau_exit_epoch is None else "ok"


def _log_epoch(job: Job):
    def report(progress: Progress) -> None:
        rows = [row for row in progress.rows if row["epoch"] == progress.epoch]
        shown = "  ".join(
            f"seed {job.seeds[row['position']]}: {row['val_accuracy']:.2%}" for row in rows
        )
        log.info(
            "epoch %d of at most %d, %.1f s, validation accuracy %s",
            *(progress.epoch, job.settings.epochs, progress.seconds, shown),
        )

    return report
