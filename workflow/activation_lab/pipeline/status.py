"""How far a run is, from the files that its training jobs write."""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path

from activation_lab import tables
from activation_lab.config.jobs import Batch, Job, Tuning
from activation_lab.pipeline import progress
from activation_lab.pipeline.plan import Plan
from activation_lab.pipeline.progress import Progress

UNTRAINED = "untrained networks"
STATES = ("done", "running", "failed", "waiting")
LOGS = {Job: "train.log", Batch: "untrained.log", Tuning: "tune.log"}
START_SECONDS = 5  # imports and data
KILLED = (
    "it was killed and left no message. If it ran out of memory, lower --cores; on a GPU, also lower "
    "seeds_per_job in the config."
)


@dataclass(frozen=True)
class JobStatus:
    """The status of a job, from its folder: its state, and how far it is.

    `studies` ask for it; `statuses` are those of its networks once it is done.
    """

    job: Job | Batch | Tuning
    studies: tuple[str, ...]
    folder: Path
    state: str
    progress: Progress
    statuses: tuple[str, ...] = ()

    @property
    def epochs(self) -> int:
        """The epochs trained so far."""
        return 0 if isinstance(self.job, Batch) else self.progress.done

    @property
    def work(self) -> float:
        """The cost of the epochs trained so far, counted as `cost` is."""
        if isinstance(self.job, Batch):
            return 0.0
        return self.job.cost * self.epochs / max(self.progress.total, 1)

    @property
    def log(self) -> Path:
        """The file to look at if it failed."""
        return self.folder / LOGS[type(self.job)]


def of_plan(plan: Plan, results: Path, runs: Path, at_work: bool) -> list[JobStatus]:
    """Return the status of every job; `at_work` tells whether a Snakemake is there to run them.

    Without one, a job that has begun waits to be resumed.
    """
    untrained = [
        _status(batch, (UNTRAINED,), results / "untrained" / name, at_work)
        for name, batch in plan.batches.items()
    ]
    trained = [
        _status(job, plan.asked[job.settings.id], runs / name, at_work)
        for name, job in plan.jobs.items()
    ]
    tuned = [
        _status(tuning, plan.asked[tuning.settings.id], runs / name, at_work)
        for name, tuning in plan.tunings.items()
    ]
    return untrained + tuned + trained


def _status(
    job: Job | Batch | Tuning, studies: tuple[str, ...], folder: Path, at_work: bool
) -> JobStatus:
    found = progress.read(folder)
    told = found or Progress()
    record = folder / ("jobs.json" if isinstance(job, Batch) else "job.json")
    if record.is_file():
        name = "tuning" if isinstance(job, Tuning) else "runs"
        runs = tables.read(name, folder / f"{name}.parquet")
        return JobStatus(job, studies, folder, "done", told, tuple(runs["status"].to_pylist()))
    running = found and at_work
    state = "failed" if told.error else "running" if running else "waiting"
    return JobStatus(job, studies, folder, state, told)


def overview(found: Iterable[JobStatus]) -> str:
    """Return a table of the studies: jobs by state, networks by status, epochs trained."""
    lines = [
        f"{'study':24}" + "".join(f"{state:>9}" for state in STATES) + f"{'epochs':>9}  networks"
    ]
    studies: dict[str, list[JobStatus]] = {}
    for one in found:
        for study in one.studies:
            studies.setdefault(study, []).append(one)
    for study, own in studies.items():
        states = Counter(one.state for one in own)
        statuses = Counter(status for one in own for status in one.statuses)
        networks = ", ".join(f"{count} {status}" for status, count in sorted(statuses.items()))
        counts = "".join(f"{states[state]:9}" for state in STATES)
        lines.append(f"{study:24}{counts}{sum(one.epochs for one in own):9}  {networks}")
    return "\n".join(lines)


def seconds_left(found: Iterable[JobStatus], workers: int) -> float | None:
    """Estimate the time until all jobs have ended; None while there is nothing to go by.

    It uses the time per operation so far, and assumes that `workers` jobs run at a time.
    """
    found = list(found)
    timed = [one for one in found if one.epochs]
    if not timed:
        return None
    work = sum(one.work for one in timed)
    per_cost = sum(one.progress.seconds for one in timed) / work
    left = 0.0
    for one in found:
        if one.state != "done":
            left += START_SECONDS + max(per_cost * one.job.cost - one.progress.seconds, 0.0)
    return left / workers


def _told(one: JobStatus) -> float:
    return (one.folder / progress.NAME).stat().st_mtime


def failures(found: Iterable[JobStatus], since: float = math.inf) -> str:
    """Return why each failed job failed, and where its log is.

    With `since`, no job may be at work any more. A job that seems to run and has reported since then
    was killed.
    """
    lines = []
    for one in found:
        if one.state == "failed":
            lines.append(f"{one.job.id}: {one.progress.error}\n  {one.log}")
        elif one.state == "running" and _told(one) >= since:
            lines.append(f"{one.job.id}: {KILLED}\n  {one.log}")
    return "\n".join(lines)


def disk_use(folder: Path) -> int:
    """Return how many bytes the files under a folder take."""
    return sum(path.stat().st_size for path in folder.rglob("*") if path.is_file())
