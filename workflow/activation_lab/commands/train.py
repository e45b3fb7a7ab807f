"""Train and measure the networks of one job."""

import time
from pathlib import Path

from activation_lab import tables
from activation_lab.analysis.tuning import chosen_rate
from activation_lab.config.jobs import Job
from activation_lab.pipeline.digests import code_of
from activation_lab.pipeline.lock import awaited
from activation_lab.pipeline.progress import reported
from activation_lab.training import devices, process
from activation_lab.training.checkpoint import CHECKPOINT_SECONDS, Checkpoint
from activation_lab.training.job import train


def run(
    job: Job,
    data: Path,
    runs: Path,
    out: Path,
    device: str,
    jobs_per_device: int,
    interval: float | None,
) -> None:
    """Write the job's tables and job.json into a folder, and a checkpoint every `interval` seconds.

    A learning rate that is tuned is read from the folder of all runs.
    """
    started = time.monotonic()
    process.prepare()
    code = code_of("train", job)
    job = _at_chosen_rate(job, runs)
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
        result = train(job, there, chosen, checkpoint, reporter.report)
        for name, rows in result.tables.items():
            tables.write(name, rows, out / f"{name}.parquet")
        seconds = {**result.seconds, "total": time.monotonic() - started}
        record = identity.record() | {"seconds": seconds, "resumed": result.resumed}
        process.write_record(record, out)
    if awaited():
        checkpoint.remove()


def _at_chosen_rate(job: Job, runs: Path) -> Job:
    """Return a job with the learning rate that tuning chose, if its rate is tuned."""
    if not job.tuning:
        return job
    rate = chosen_rate(runs / job.tuning.id / "tuning.parquet")
    return job.model_copy(update={"rate": rate})
