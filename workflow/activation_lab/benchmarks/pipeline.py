"""Cost of commands: planning, gathering, a job, a whole run."""

from __future__ import annotations

import json
import shutil
import subprocess
import sys
import tempfile
from dataclasses import dataclass
from pathlib import Path

import pyarrow as pa
import yaml

from activation_lab import tables
from activation_lab.config import read as config
from activation_lab.config.jobs import Batch, Job
from activation_lab.datasets.base import Part
from activation_lab.pipeline.plan import Plan
from activation_lab.protocol import Settings
from activation_lab.schemas.runs import JOB_TABLES, TRAINED_TABLES, UNTRAINED_TABLES
from activation_lab.schemas.theory import THEORY
from activation_lab.training import job
from activation_lab.training.untrained import measure

ROOT = Path(__file__).parents[3]
NEEDED = ("Snakefile", "config.yaml", "environment.yml", "workflow", "profiles")


@dataclass(frozen=True)
class Cost:
    """What a command took: CPU seconds, its peak memory in MB, and seconds by the clock."""

    seconds: float
    memory: float
    wall: float


def cost(command: list[str], folder: Path) -> Cost:
    """Run a command to its end in a folder and return what it took, children included.

    Raises `subprocess.CalledProcessError` if it fails.
    """
    with tempfile.TemporaryDirectory() as scratch:
        report, log = Path(scratch) / "cost.json", Path(scratch) / "log"
        with log.open("wb") as output:
            done = subprocess.run(
                [sys.executable, "-c", MEASURE, str(report), *command],
                cwd=folder,
                stdout=output,
                stderr=subprocess.STDOUT,
                check=False,
            )
        if done.returncode:
            raise subprocess.CalledProcessError(done.returncode, command, log.read_text())
        return Cost(**json.loads(report.read_text()))


# In a process of its own: a child's peak memory begins at that of the process it was forked from.
MEASURE = """
import json, resource, subprocess, sys, time
started = time.monotonic()
code = subprocess.run(sys.argv[2:]).returncode
used = resource.getrusage(resource.RUSAGE_CHILDREN)
unit = 2**20 if sys.platform == "darwin" else 2**10
seconds, wall = used.ru_utime + used.ru_stime, time.monotonic() - started
cost = {"seconds": seconds, "memory": used.ru_maxrss / unit, "wall": wall}
json.dump(cost, open(sys.argv[1], "w"))
sys.exit(code)
"""


def project(folder: Path, raw: Path) -> Path:
    """Copy the project into a folder, without its results but with the data of the tutorial."""
    folder.mkdir(parents=True)
    for name in NEEDED:
        source = ROOT / name
        if source.is_dir() and not source.is_symlink():
            shutil.copytree(source, folder / name, ignore=shutil.ignore_patterns("__pycache__"))
        else:
            shutil.copy2(source, folder / name, follow_symlinks=False)
    data = folder / "results/data" / Settings().data.folder
    data.parent.mkdir(parents=True)
    data.symlink_to(raw.resolve())
    return folder


def grid(folder: Path, raw: Path, jobs: int) -> Path:
    """Copy the project into a folder, with a config of so many jobs that train small networks."""
    project(folder, raw)
    rates = [round(0.001 * (step + 1), 3) for step in range(-(-jobs // 10))]
    study = {
        "question": "What does so large a grid cost?",
        "seeds": "0-9",
        "settings": {"network": [8, 8], "epochs": 1, "training_images": 1024},
        "vary": {"activation": ["tanh"], "learning_rate": rates},
    }
    over = {"only": ["grid"], "studies": {"grid": study}, "seeds_per_job": 1, "most_jobs": 10**6}
    (folder / "grid.yaml").write_text(yaml.safe_dump(over))
    return folder


def laid_over(folder: Path) -> dict:
    """Return the project's config with that of the grid over it."""
    both = [yaml.safe_load((folder / name).read_text()) for name in ("config.yaml", "grid.yaml")]
    return both[0] | both[1]


def planned(folder: Path) -> Cost:
    """Return what a dry run of the grid costs."""
    return cost([*DRY_RUN, "--configfile", "grid.yaml"], folder)


def planned_alone(folder: Path, jobs: int) -> Cost:
    """Return what Snakemake alone takes to plan as many jobs with as many outputs."""
    folder.mkdir(parents=True)
    (folder / "Snakefile").write_text(ALONE.format(jobs=jobs, outputs=len(TRAINED_TABLES) + 1))
    return cost(DRY_RUN, folder)


DRY_RUN = ["snakemake", "--dry-run", "--quiet", "--cores", "2"]
ALONE = """
rule all:
    input: expand("runs/{{job}}/{{table}}", job=range({jobs}), table=range({outputs}))
rule train:
    output: expand("runs/{{{{job}}}}/{{table}}", table=range({outputs}))
    shell: "touch {{output}}"
"""


def finish_jobs(folder: Path, parts: dict[str, Part]) -> None:
    """Put the tables of every job in place: one is run, the others get copies with their own keys."""
    plan = Plan.of(config.read(laid_over(folder)))
    results = folder / "results"
    record, *_ = [one for batch in plan.batches.values() for one in _measure(batch, parts, results)]
    first = next(iter(plan.jobs.values()))
    few = {"training": parts["training"].first(first.settings.training_images)}
    rows = job.train(first, parts | few, "cpu").tables
    whole = {
        name: pa.Table.from_pylist(rows[name], JOB_TABLES[name].schema) for name in TRAINED_TABLES
    }
    for one in plan.jobs.values():
        for name, table in whole.items():
            copy = _of(one, table)
            tables.write(JOB_TABLES[name], copy, results / "runs" / one.id / f"{name}.parquet")
        (results / "runs" / one.id / "job.json").write_text(json.dumps(record))


def _of(one: Job, table: pa.Table) -> pa.Table:
    """Return a table as if it were of another job, of one seed."""
    for key, value in {**one.columns, "seed": one.seeds[0]}.items():
        at = table.schema.get_field_index(key)
        field = table.schema.field(at)
        table = table.set_column(at, field, pa.array([value] * len(table), field.type))
    return table


def _measure(batch: Batch, parts: dict[str, Part], results: Path) -> list[dict]:
    records = measure(batch, parts, "cpu", "cpu", lambda _job: "", results / "runs")
    out = results / "untrained" / batch.id
    for name in UNTRAINED_TABLES:
        paths = [results / "runs" / one.id / f"{name}.parquet" for one in batch.jobs]
        tables.gather(name, paths, out / f"{name}.parquet")
    (out / "jobs.json").write_text(json.dumps(records))
    tables.write(THEORY["theory"], [], out / "theory.parquet")
    tables.write(THEORY["predictions"], _predicted(batch), out / "predictions.parquet")
    return records


def _predicted(batch: Batch) -> list[dict]:
    """Return rows of the table `predictions`, as many as theory would make."""
    each = {one.settings.id: one.settings.network.sites(one.settings.data) for one in batch.jobs}
    return [
        {
            "settings_id": name,
            "layer": layer,
            "predicted_rms": 0.0,
            "predicted_rms_finite": 0.0,
            "predicted_log_std": 0.0,
            "predicted_dead": 0.0 if layer <= depth else None,
        }
        for name, depth in each.items()
        for layer in range(1, depth + 2)
    ]


def gathered(folder: Path) -> Cost:
    """Return what it costs to gather the jobs' tables and to analyse them."""
    raw = laid_over(folder)
    environment = [sys.executable, "-m", "activation_lab"]
    collect = [*environment, "collect", "--config", json.dumps(raw), "--results", "results"]
    both = [
        cost([*collect, "--runs", "results/runs", "--out", "results/tables"], folder),
        cost([*environment, "analyse", "--tables", "results/tables"], folder),
    ]
    return Cost(
        sum(one.seconds for one in both),
        max(one.memory for one in both),
        sum(one.wall for one in both),
    )
