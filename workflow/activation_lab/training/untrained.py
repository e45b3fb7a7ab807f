"""Measure a batch of untrained networks in one process."""

from __future__ import annotations

import logging
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

from activation_lab import tables
from activation_lab.config.jobs import Batch, Job
from activation_lab.datasets.base import Part
from activation_lab.errors import UserError
from activation_lab.files import read_json
from activation_lab.schemas.runs import JOB_TABLES, UNTRAINED_TABLES
from activation_lab.training import job as jobs
from activation_lab.training.process import Identity, write_record

log = logging.getLogger(__name__)


def measure(
    batch: Batch,
    parts: dict[str, Part],
    device: str,
    model: str,
    code: Callable[[Job], str],
    folder: Path,
    report: Callable[[int, int, float], None] = lambda done, total, seconds: None,
) -> list[dict[str, Any]]:
    """Write the tables and the record of each job into its own folder under `folder`.

    `parts` hold at least as many training images as any job needs. `code` returns the digest of the code
    that makes a job. A job is not measured again if its folder has its tables and a record with the same
    settings, code, versions and device. So an interrupted batch resumes, and a batch with one more job
    measures only that job. Returns the records.
    """
    started = time.monotonic()
    records = []
    for number, job in enumerate(batch.jobs, start=1):
        record = Identity(job, code(job), model).record()
        kept = _kept(folder / job.id, record)
        if not kept:
            kept = record | {"seconds": _measure(job, parts, device, folder / job.id), "resumed": 0}
            write_record(kept, folder / job.id)
            log.info("measured %s (%d of %d)", job.id, number, len(batch.jobs))
        records.append(kept)
        report(number, len(batch.jobs), time.monotonic() - started)
    return records


def _kept(folder: Path, record: dict[str, Any]) -> dict[str, Any] | None:
    """Return the record of a job that was already measured as `record` says; None if it was not."""
    try:
        known = read_json(folder / "job.json")
    except (FileNotFoundError, UserError):
        return None
    whole = all((folder / f"{name}.parquet").is_file() for name in UNTRAINED_TABLES)
    return known if whole and all(known.get(key) == record[key] for key in record) else None


def _measure(job: Job, parts: dict[str, Part], device: str, folder: Path) -> dict[str, float]:
    started = time.monotonic()
    own = parts | {"training": parts["training"].first(job.settings.training_images)}
    result = jobs.untrained(job, own, device)
    for name, rows in result.tables.items():
        tables.write(JOB_TABLES[name], rows, folder / f"{name}.parquet")
    return {**result.seconds, "total": time.monotonic() - started}
