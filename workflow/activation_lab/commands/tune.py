"""Choose the learning rate of some settings."""

import time
from pathlib import Path

from activation_lab import tables
from activation_lab.config.jobs import Tuning
from activation_lab.pipeline.digests import code_of
from activation_lab.pipeline.lock import awaited
from activation_lab.pipeline.progress import reported
from activation_lab.training import devices, process
from activation_lab.training.checkpoint import Checkpoint
from activation_lab.training.tune import tune


def run(tuning: Tuning, data: Path, out: Path, device: str, jobs_per_device: int) -> None:
    """Write the table of what each rate came to, and job.json, into a folder."""
    started = time.monotonic()
    process.prepare()
    code = code_of("tune", tuning)
    settings = tuning.settings
    with (
        reported(out, settings.epochs) as reporter,
        devices.device(device, jobs_per_device) as chosen,
        process.memory_named(),
    ):
        parts = settings.data.load(data, settings.training_images)
        process.check_precision(settings, chosen)
        identity = process.Identity(tuning, code, process.model_of(chosen))
        checkpoint = Checkpoint(out / "checkpoint.pt", identity.digest())
        there = {name: part.to(chosen) for name, part in parts.items() if name != "test"}
        rows, states = tune(tuning, there, chosen, checkpoint, reporter.report)
        tables.write("tuning", rows, out / "tuning.parquet")
        training = sum(state.seconds for state in states)
        seconds = {"training": training, "probes": 0.0, "total": time.monotonic() - started}
        resumed = max(state.resumed for state in states)
        process.write_record(identity.record() | {"seconds": seconds, "resumed": resumed}, out)
    if awaited():
        checkpoint.remove()
