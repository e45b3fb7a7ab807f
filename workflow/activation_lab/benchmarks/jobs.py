"""Cost of a training job and of the default config, beside the products they cannot do without."""

from __future__ import annotations

import heapq
import json
import statistics
import sys
import tempfile
from dataclasses import astuple, dataclass
from pathlib import Path

import yaml

from activation_lab import config, plan, tables
from activation_lab.benchmarks import pipeline
from activation_lab.plan import Job

REPEATS = 3


@dataclass(frozen=True)
class JobCost:
    """What a job of five stacked networks of the tutorial took: seconds, and peak memory in MB.

    Its start is all but an epoch's training and the probes.
    """

    epoch: float
    probes: float
    start: float
    memory: float
    torch_memory: float


def tutorial_job() -> Job:
    """Return the default config's ReLU job of the study `tutorial`, of one epoch."""
    default = config.read(yaml.safe_load((pipeline.ROOT / "config.yaml").read_text()))
    job = next(job for job in plan.jobs(default) if job.id.startswith("tutorial/relu/"))
    return job.model_copy(update={"settings": job.settings.model_copy(update={"epochs": 1})})


def job_cost(raw: Path) -> JobCost:
    """Return the medians of what a job takes that is run as Snakemake would."""
    costs = [astuple(_job_cost(raw)) for _ in range(REPEATS)]
    return JobCost(*(statistics.median(column) for column in zip(*costs, strict=True)))


def _job_cost(raw: Path) -> JobCost:
    torch = pipeline.cost([sys.executable, "-c", "import torch"], Path.cwd())
    with tempfile.TemporaryDirectory() as out:
        command = [sys.executable, "-m", "activation_lab", "train", "--device", "cpu"]
        told = ["--job", tutorial_job().model_dump_json(), "--data", str(raw), "--out", out]
        whole = pipeline.cost([*command, *told], Path.cwd())
        seconds = json.loads((Path(out) / "job.json").read_text())["seconds"]
    start = whole.wall - seconds["training"] - seconds["probes"]
    return JobCost(seconds["training"], seconds["probes"], start, whole.memory, torch.memory)


@dataclass(frozen=True)
class RunCost:
    """What the default config took: seconds by the clock and in all its jobs, and its runs' epochs.

    Then the CPU seconds of the same command once more, and of all that follows the tables of the jobs.
    """

    wall: float
    jobs: int
    training: float
    probes: float
    epochs: list[int]
    cells: list[str]
    again: float
    report: float

    def reckoned(self, size: int, epoch: float, start: float, cores: int) -> float:
        """Return the seconds that a run would take with so many seeds a job, the longest job first.

        `epoch` is the time of an epoch for each network of such a job, `start` that of a job's start.
        """
        probes = self.probes / len(self.epochs)
        of_cells: dict[str, list[float]] = {}
        for cell, epochs in zip(self.cells, self.epochs, strict=True):
            of_cells.setdefault(cell, []).append(epochs * epoch + probes)
        seconds = [
            start + sum(runs[first : first + size])
            for runs in of_cells.values()
            for first in range(0, len(runs), size)
        ]
        return makespan(seconds, cores)


def makespan(seconds: list[float], cores: int) -> float:
    """Return when the last job ends if each core takes the longest one left as soon as it is free.

    >>> makespan([1, 2, 3], 2)
    3
    """
    free: list[float] = [0] * cores
    for job in sorted(seconds, reverse=True):
        heapq.heapreplace(free, free[0] + job)
    return max(free)


def default_run(raw: Path, cores: int) -> RunCost:
    """Run the default config from nothing in a copy of the project."""
    with tempfile.TemporaryDirectory() as scratch:
        folder = pipeline.project(Path(scratch) / "project", raw)
        whole = pipeline.cost(["snakemake", "--cores", str(cores)], folder)
        return of_results(folder, whole.wall)


def of_results(folder: Path, wall: float) -> RunCost:
    """Return the cost of a finished run that took so long by the clock, from what it wrote."""
    record = json.loads((folder / "results/tables/provenance.json").read_text())
    runs = tables.read("runs", folder / "results/tables/runs.parquet").to_pydict()
    cells = [f"{study}/{cell}" for study, cell in zip(runs["study"], runs["cell"], strict=True)]
    again = ["snakemake", "--cores", "1"]
    return RunCost(
        *(wall, record["jobs"], record["seconds"]["training"], record["seconds"]["probes"]),
        *(runs["epochs"], cells),
        again=pipeline.cost(again, folder).seconds,
        report=pipeline.cost(
            [*again, "--forcerun", "analyse", "figures", "report"], folder
        ).seconds,
    )
