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

from activation_lab import tables
from activation_lab.benchmarks import pipeline
from activation_lab.config import cells as grid
from activation_lab.config import read as config
from activation_lab.config.cells import BATCH
from activation_lab.config.jobs import Batch, Job
from activation_lab.protocol import Settings

REPEATS = 3
RUN = ["snakemake", "--config", "device=cpu"]  # as what it is compared with


@dataclass(frozen=True)
class JobCost:
    """What a job of five of the tutorial's networks took: seconds, and peak memory in MB.

    Its start is all but training and probes: imports, data, networks, the optimizer, test, tables.
    """

    epoch: float
    probes: float
    start: float
    memory: float
    torch_memory: float


def tutorial_job(epochs: int) -> Job:
    """Return the default config's ReLU job of the study `tutorial`, of so many epochs."""
    default = config.read(yaml.safe_load((pipeline.ROOT / "config.yaml").read_text()))
    protocol = Settings()
    job = next(job for job in grid.jobs(default) if job.settings == protocol)
    return job.model_copy(update={"settings": job.settings.model_copy(update={"epochs": epochs})})


def job_cost(raw: Path, epochs: int) -> JobCost:
    """Return the medians of what a job of one epoch, or of none, takes if run as Snakemake would."""
    costs = [astuple(_job_cost(raw, epochs)) for _ in range(REPEATS)]
    return JobCost(*(statistics.median(column) for column in zip(*costs, strict=True)))


def _job_cost(raw: Path, epochs: int) -> JobCost:
    torch = pipeline.cost([sys.executable, "-c", "import torch"], Path.cwd())
    with tempfile.TemporaryDirectory() as out:
        command = [sys.executable, "-m", "activation_lab", "train" if epochs else "untrained"]
        common = ["--device", "cpu", "--data", str(raw), "--out", out]
        job = tutorial_job(epochs)
        if epochs:
            told, record = ["--job", job.model_dump_json()], Path(out) / "job.json"
        else:
            batch = Batch(number=1, jobs=(job,))
            told = ["--batch", batch.model_dump_json(), "--runs", f"{out}/runs"]
            record = Path(out) / "runs" / job.id / "job.json"
        whole = pipeline.cost([*command, *common, *told], Path.cwd())
        seconds = json.loads(record.read_text())["seconds"]
    start = whole.wall - seconds["training"] - seconds["probes"]
    return JobCost(seconds["training"], seconds["probes"], start, whole.memory, torch.memory)


@dataclass(frozen=True)
class Starts:
    """Seconds that jobs take beside training and probes."""

    trained: float
    untrained: float


@dataclass(frozen=True)
class RunCost:
    """What the default config took: seconds by the clock and in all its jobs, and its runs' epochs.

    Of `jobs`, `trained` trained. Then the CPU seconds of the same command once more, and of all that
    follows the tables of the jobs.
    """

    wall: float
    jobs: int
    trained: int
    training: float
    probes: float
    epochs: list[int]
    cells: list[str]
    again: float
    report: float

    def reckoned(self, size: int, epoch: float, starts: Starts, cores: int) -> float:
        """Return the seconds that a run would take with so many seeds a job, the longest job first.

        `epoch` is the time of an epoch for each network of such a job.
        """
        probes = self.probes / len(self.epochs)
        of_cells: dict[str, list[int]] = {}
        for cell, epochs in zip(self.cells, self.epochs, strict=True):
            of_cells.setdefault(cell, []).append(epochs)
        blocks = [
            runs[first : first + size]
            for runs in of_cells.values()
            for first in range(0, len(runs), size)
        ]
        seconds = [
            (starts.trained if any(block) else starts.untrained / BATCH)
            + sum(block) * epoch
            + len(block) * probes
            for block in blocks
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
        whole = pipeline.cost([*RUN, "--cores", str(cores)], folder)
        return of_results(folder, whole.wall)


def of_results(folder: Path, wall: float) -> RunCost:
    """Return the cost of a finished run that took so long by the clock, from what it wrote."""
    record = json.loads((folder / "results/tables/provenance.json").read_text())
    runs = tables.read("runs", folder / "results/tables/runs.parquet").to_pydict()
    told = [json.loads(path.read_text()) for path in folder.glob("results/runs/**/job.json")]
    trained = sum(one["job"]["settings"]["epochs"] > 0 for one in told)
    again = [*RUN, "--cores", "1"]
    return RunCost(
        *(wall, record["jobs"], trained),
        *(record["seconds"]["training"], record["seconds"]["probes"]),
        *(runs["epochs"], runs["settings_id"]),
        again=pipeline.cost(again, folder).seconds,
        report=pipeline.cost(
            [*again, "--forcerun", "analyse", "figures", "report"], folder
        ).seconds,
    )
