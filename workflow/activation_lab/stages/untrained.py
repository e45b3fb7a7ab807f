"""Measure untrained networks: a batch of jobs in one process."""

import argparse
import json
from pathlib import Path

from activation_lab import tables
from activation_lab.config.jobs import Batch, Job
from activation_lab.files import write_text
from activation_lab.pipeline.plan import code_of
from activation_lab.pipeline.progress import reported
from activation_lab.schemas import UNTRAINED_TABLES
from activation_lab.training import devices, process
from activation_lab.training.untrained import measure


def arguments() -> argparse.ArgumentParser:
    """Return the stage's command line."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--batch", type=Batch.model_validate_json, required=True, help="as JSON")
    parser.add_argument("--data", type=Path, required=True)
    parser.add_argument("--device", choices=("auto", "cpu", "cuda", "mps"), required=True)
    parser.add_argument("--jobs-per-device", type=int, default=1)
    parser.add_argument("--runs", type=Path, required=True, help="the folder of all runs")
    parser.add_argument("--out", type=Path, required=True, help="the batch's folder")
    return parser


def run(given: argparse.Namespace) -> None:
    """Write each job's tables into its own folder, and all together into the folder `--out`."""
    process.prepare()
    jobs = given.batch.jobs
    with (
        reported(given.out, len(jobs)) as reporter,
        devices.device(given.device, given.jobs_per_device) as device,
        process.memory_named(),
    ):
        images = max(job.settings.training_images for job in jobs)
        parts = given.batch.dataset.load(given.data, images)
        there = {name: part.to(device) for name, part in parts.items()}
        model = process.model_of(device)
        records = measure(given.batch, there, device, model, _code, given.runs, reporter.report)
        for name in UNTRAINED_TABLES:
            paths = [given.runs / job.id / f"{name}.parquet" for job in jobs]
            tables.gather(name, paths, given.out / f"{name}.parquet")
        write_text(json.dumps(records, indent=1) + "\n", given.out / "jobs.json")


def _code(job: Job) -> str:
    return code_of("untrained", job)
