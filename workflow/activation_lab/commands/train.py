"""Train and measure the networks of one job."""

from pathlib import Path

from activation_lab.analysis.tuning import chosen_rate
from activation_lab.commands.one_job import work
from activation_lab.config.jobs import Job
from activation_lab.schemas.runs import JOB_TABLES
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
    job = _at_chosen_rate(job, runs)
    with work("train", job, data, out, device, jobs_per_device, interval) as here:
        result = train(job, here.parts, here.device, here.checkpoint, here.report)
        here.write(result.tables, JOB_TABLES, result.seconds, result.resumed)


def _at_chosen_rate(job: Job, runs: Path) -> Job:
    """Return a job with the learning rate that tuning chose, if its rate is tuned."""
    if not job.tuning:
        return job
    rate = chosen_rate(runs / job.tuning.id / "tuning.parquet")
    return job.model_copy(update={"rate": rate})
