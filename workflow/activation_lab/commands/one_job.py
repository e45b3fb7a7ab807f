"""What is around a job that trains, whatever it trains for."""

from __future__ import annotations

import contextlib
import time
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from activation_lab import tables
from activation_lab.config.jobs import Job, Tuning
from activation_lab.datasets.base import Part
from activation_lab.measures.base import Table
from activation_lab.pipeline.digests import code_of
from activation_lab.pipeline.lock import awaited
from activation_lab.pipeline.progress import reported
from activation_lab.training import devices, process
from activation_lab.training.checkpoint import CHECKPOINT_SECONDS, Checkpoint


@dataclass
class Work:
    """What a job works with: the parts of its dataset, on its device, and its checkpoint."""

    identity: process.Identity
    out: Path
    parts: dict[str, Part]
    device: str
    checkpoint: Checkpoint
    report: Callable[[int, int, float], None]
    started: float

    def write(
        self,
        made: Mapping[str, list[dict[str, Any]]],
        schemas: Mapping[str, Table],
        seconds: dict[str, float],
        resumed: int,
    ) -> None:
        """Write the job's tables and then its record, which says that they are whole."""
        for name, rows in made.items():
            tables.write(schemas[name], rows, self.out / f"{name}.parquet")
        seconds = {**seconds, "total": time.monotonic() - self.started}
        record = self.identity.record() | {"seconds": seconds, "resumed": resumed}
        process.write_record(record, self.out)


@contextlib.contextmanager
def work(
    stage: str,
    job: Job | Tuning,
    data: Path,
    out: Path,
    device: str,
    jobs_per_device: int,
    interval: float | None = None,
) -> Iterator[Work]:
    """Prepare a job of a stage; a checkpoint every `interval` seconds lasts until it has succeeded."""
    started = time.monotonic()
    process.prepare()
    code = code_of(stage, job)
    settings = job.settings
    with (
        reported(out, settings.epochs) as reporter,
        devices.device(device, jobs_per_device) as chosen,
        process.memory_named(),
    ):
        parts = settings.data.load(data, settings.training_images)
        process.check_precision(settings, chosen)
        identity = process.Identity(job, code, process.model_of(chosen))
        checkpoint = Checkpoint(
            out / "checkpoint.pt",
            identity.digest(),
            CHECKPOINT_SECONDS if interval is None else interval,
        )
        there = {name: part.to(chosen) for name, part in parts.items()}
        yield Work(identity, out, there, chosen, checkpoint, reporter.report, started)
    if awaited():
        process.ignore_signals()
        checkpoint.remove()
