"""Train and measure the networks of one job."""

import argparse
import time
from pathlib import Path

from activation_lab import tables
from activation_lab.config.jobs import Job
from activation_lab.pipeline.lock import LOCK, held
from activation_lab.pipeline.plan import code_of
from activation_lab.pipeline.progress import reported
from activation_lab.training import devices, job, process
from activation_lab.training.checkpoint import CHECKPOINT_SECONDS, Checkpoint


def arguments() -> argparse.ArgumentParser:
    """Return the stage's command line."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--job", type=Job.model_validate_json, required=True, help="as JSON")
    parser.add_argument("--data", type=Path, required=True)
    parser.add_argument("--device", choices=("auto", "cpu", "cuda", "mps"), required=True)
    parser.add_argument("--jobs-per-device", type=int, default=1)
    parser.add_argument("--out", type=Path, required=True, help="the job's folder")
    parser.add_argument("--checkpoint-seconds", type=float, default=CHECKPOINT_SECONDS)
    return parser


def run(given: argparse.Namespace) -> None:
    """Write the job's tables and its job.json into the folder `--out`."""
    started = time.monotonic()
    process.prepare()
    code = code_of("train", given.job)
    settings = given.job.settings
    with (
        reported(given.out, settings.epochs) as reporter,
        devices.device(given.device, given.jobs_per_device) as device,
        process.memory_named(),
    ):
        parts = settings.data.load(given.data, settings.training_images)
        process.check_precision(given.job, device)
        identity = process.Identity(given.job, code, process.model_of(device))
        checkpoint = Checkpoint(
            given.out / "checkpoint.pt", identity.digest(), given.checkpoint_seconds
        )
        there = {name: part.to(device) for name, part in parts.items()}
        result = job.train(given.job, there, device, checkpoint, reporter.report)
        for name, rows in result.tables.items():
            tables.write(name, rows, given.out / f"{name}.parquet")
        seconds = {**result.seconds, "total": time.monotonic() - started}
        record = identity.record() | {"seconds": seconds, "resumed": result.resumed}
        process.write_record(record, given.out)
    if _awaited():
        checkpoint.remove()


def _awaited() -> bool:
    """Tell whether this job's end is seen, by Snakemake or by who started it by hand.

    If Snakemake was killed, the next one deletes the tables and starts the job again.
    """
    return not LOCK.is_file() or held(LOCK)
