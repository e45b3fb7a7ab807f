"""Measure untrained networks: a batch of jobs in one process."""

import json
from pathlib import Path

from activation_lab import tables
from activation_lab.config.jobs import Batch, Job
from activation_lab.files import write_text
from activation_lab.pipeline.digests import code_of
from activation_lab.pipeline.progress import reported
from activation_lab.schemas.runs import UNTRAINED_TABLES
from activation_lab.training import devices, process
from activation_lab.training.untrained import measure


def run(batch: Batch, data: Path, runs: Path, out: Path, device: str, jobs_per_device: int) -> None:
    """Write each job's tables into its own folder, and all together into the folder `out`."""
    process.prepare()
    jobs = batch.jobs
    with (
        reported(out, len(jobs)) as reporter,
        devices.device(device, jobs_per_device) as chosen,
        process.memory_named(),
    ):
        images = max(job.settings.training_images for job in jobs)
        parts = batch.dataset.load(data, images)
        there = {name: part.to(chosen) for name, part in parts.items()}
        model = process.model_of(chosen)
        records = measure(batch, there, chosen, model, _code, runs, reporter.report)
        for name in UNTRAINED_TABLES:
            paths = [runs / job.id / f"{name}.parquet" for job in jobs]
            tables.gather(name, paths, out / f"{name}.parquet")
        write_text(json.dumps(records, indent=1) + "\n", out / "jobs.json")


def _code(job: Job) -> str:
    return code_of("untrained", job)
