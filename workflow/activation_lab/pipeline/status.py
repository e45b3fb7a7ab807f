"""How far a run is, from the files that its training jobs write."""

from __future__ import annotations

import math
import re
from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path

from activation_lab import tables
from activation_lab.config.jobs import Batch, Job
from activation_lab.pipeline.plan import Plan

EPOCH = re.compile(r"epoch (\d+) of at most \d+, ([\d.]+) s")
FAILED = re.compile(r"^(Error: |Traceback )", re.MULTILINE)
UNTRAINED = "untrained networks"
STATES = ("done", "running", "failed", "waiting")
START_SECONDS = 5  # imports and data
KILLED = (
    "it was killed and could say nothing. If that was for its memory, lower seeds_per_job in the "
    "config, or --cores."
)


@dataclass(frozen=True)
class Progress:
    """What a job's folder says: its state, the epochs trained and the seconds they took.

    `statuses` are those of its networks once it is done, `last` is the last line of its log.
    """

    job: Job | Batch
    studies: tuple[str, ...]
    state: str
    epoch: int = 0
    seconds: float = 0.0
    statuses: tuple[str, ...] = ()
    last: str = ""
    log: Path = Path()

    @property
    def work(self) -> float:
        """What the epochs trained so far cost, as `cost` counts."""
        if isinstance(self.job, Batch):
            return 0.0
        return self.job.cost * self.epoch / self.job.settings.epochs


def progress(plan: Plan, results: Path, at_work: bool) -> list[Progress]:
    """Return the progress of every job; `at_work` tells whether a Snakemake is there to run them.

    Without one, a job that has begun waits to be gone on with.
    """
    return [
        *(
            _progress(batch, (UNTRAINED,), results / "untrained" / name, at_work)
            for name, batch in plan.batches.items()
        ),
        *(
            _progress(job, plan.asked[job.settings.id], results / "runs" / name, at_work)
            for name, job in plan.jobs.items()
        ),
    ]


def _progress(job: Job | Batch, studies: tuple[str, ...], folder: Path, at_work: bool) -> Progress:
    log = folder / ("train.log" if isinstance(job, Job) else "untrained.log")
    text = log.read_text("utf-8", errors="replace") if log.is_file() else ""
    epochs = EPOCH.findall(text)
    epoch, seconds = (int(epochs[-1][0]), float(epochs[-1][1])) if epochs else (0, 0.0)
    last = text.strip().rsplit("\n", 1)[-1]
    statuses: tuple[str, ...] = ()
    if (folder / ("job.json" if isinstance(job, Job) else "jobs.json")).is_file():
        state = "done"
        statuses = tuple(tables.read("runs", folder / "runs.parquet")["status"].to_pylist())
    elif FAILED.search(text):
        state = "failed"
    else:
        state = "running" if log.is_file() and at_work else "waiting"
    return Progress(job, studies, state, epoch, seconds, statuses, last, log)


def overview(found: Iterable[Progress]) -> str:
    """Return a table of the studies: jobs by state, networks by status, epochs trained."""
    lines = [
        f"{'study':24}" + "".join(f"{state:>9}" for state in STATES) + f"{'epochs':>9}  networks"
    ]
    studies: dict[str, list[Progress]] = {}
    for one in found:
        for study in one.studies:
            studies.setdefault(study, []).append(one)
    for study, own in studies.items():
        states = Counter(one.state for one in own)
        statuses = Counter(status for one in own for status in one.statuses)
        networks = ", ".join(f"{count} {status}" for status, count in sorted(statuses.items()))
        counts = "".join(f"{states[state]:9}" for state in STATES)
        lines.append(f"{study:24}{counts}{sum(one.epoch for one in own):9}  {networks}")
    return "\n".join(lines)


def seconds_left(found: Iterable[Progress], workers: int) -> float | None:
    """Estimate the time until all jobs have ended; None while there is nothing to go by.

    From what an epoch's operations took so far, spread over so many workers.
    """
    found = list(found)
    timed = [one for one in found if one.epoch]
    if not timed:
        return None
    work = sum(one.work for one in timed)
    per_cost = sum(one.seconds for one in timed) / work
    left = 0.0
    for one in found:
        if one.state != "done":
            left += START_SECONDS + max(per_cost * one.job.cost - one.seconds, 0.0)
    return left / workers


def failures(found: Iterable[Progress], since: float = math.inf) -> str:
    """Return for each job that failed the last line of its log and where the log is.

    With `since` no job may be at work any more: one that has logged since then, and seems to run,
    was killed.
    """
    lines = []
    for one in found:
        if one.state == "failed":
            lines.append(f"{one.job.id}: {one.last}\n  {one.log}")
        elif one.state == "running" and one.log.stat().st_mtime >= since:
            lines.append(f"{one.job.id}: {KILLED}\n  {one.log}")
    return "\n".join(lines)


def disk_use(folder: Path) -> int:
    """Return how many bytes the files under a folder take."""
    return sum(path.stat().st_size for path in folder.rglob("*") if path.is_file())
