"""Put the tables of all jobs together."""

import json
from collections import Counter
from collections.abc import Iterable
from pathlib import Path

from activation_lab import tables
from activation_lab.analysis.tuning import chosen_rate
from activation_lab.config import cells as grid
from activation_lab.config.read import read
from activation_lab.files import read_json, write_text
from activation_lab.pipeline.plan import Plan
from activation_lab.schemas.cells import CELLS
from activation_lab.schemas.runs import JOB_TABLES, TRAINED_TABLES, UNTRAINED_TABLES
from activation_lab.schemas.theory import THEORY
from activation_lab.schemas.tuning import TUNING
from activation_lab.wording import label


def run(config: dict, results: Path, runs: Path, out: Path) -> None:
    """Write the tables of all cells and jobs, and what the jobs say of how they were run."""
    checked = read(config)
    planned = Plan.of(checked)
    gather(planned, grid.rows(checked, rates(planned, runs)), config, results, runs, out)


def rates(planned: Plan, runs: Path) -> dict[str, float]:
    """Return the learning rates that tuning chose, by the id of its settings."""
    return {
        tuning.settings.id: chosen_rate(runs / name / "tuning.parquet")
        for name, tuning in planned.tunings.items()
    }


def gather(
    planned: Plan, cells: Iterable[dict], config: dict, results: Path, runs: Path, out: Path
) -> None:
    """Write the tables of these cells, and of the jobs of a plan, all of which are done."""
    rows = [{**row, "label": label(row)} for row in cells]
    tables.write(CELLS["cells"], rows, out / "cells.parquet")
    trained = [runs / name for name in planned.jobs]
    tuned = [runs / name for name in planned.tunings]
    untrained = [results / "untrained" / name for name in planned.batches]
    for name in THEORY:
        paths = [folder / f"{name}.parquet" for folder in untrained]
        rows = [row for path in paths for row in tables.read(name, path).to_pylist()]
        unique = list({tuple(row.values()): row for row in rows}.values())
        tables.write(THEORY[name], unique, out / f"{name}.parquet")
    for name in JOB_TABLES:
        folders = [
            *(untrained if name in UNTRAINED_TABLES else []),
            *(trained if name in TRAINED_TABLES else []),
        ]
        paths = [folder / f"{name}.parquet" for folder in folders]
        tables.gather(name, paths, out / f"{name}.parquet")
    for name in TUNING:
        tables.gather(
            name, [folder / f"{name}.parquet" for folder in tuned], out / f"{name}.parquet"
        )
    records = [
        *(record for folder in untrained for record in read_json(folder / "jobs.json")),
        *(read_json(folder / "job.json") for folder in [*trained, *tuned]),
    ]
    record = {**provenance(records), "config": config}
    write_text(json.dumps(record, indent=1) + "\n", out / "provenance.json")


def provenance(records: list[dict]) -> dict:
    """Return how many jobs ran with each version, code and device, and the seconds they took."""
    versions = sorted({name for record in records for name in record["versions"]})
    return {
        "jobs": len(records),
        "resumed": sum(record["resumed"] > 0 for record in records),
        "seconds": {
            name: sum(record["seconds"][name] for record in records)
            for name in ("training", "probes", "total")
        },
        "versions": {
            name: dict(Counter(record["versions"][name] for record in records)) for name in versions
        },
        **{
            name: dict(Counter(str(record[name]) for record in records))
            for name in ("device", "processor", "threads", "code")
        },
    }
