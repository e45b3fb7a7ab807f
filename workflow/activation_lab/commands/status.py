"""Say how far a run is: jobs, networks, epochs, time left, disk."""

import os
from collections.abc import Sequence
from pathlib import Path

from activation_lab.config.file import laid_over
from activation_lab.config.read import read
from activation_lab.pipeline import status
from activation_lab.pipeline.lock import LOCK, held
from activation_lab.pipeline.plan import Plan


def run(configs: Sequence[Path]) -> None:
    """Print the overview of the run that the config files describe."""
    raw = laid_over(configs)
    planned = Plan.of(read(raw))
    results, runs, at_work = Path(raw["results"]), Path(raw["runs"]), held(LOCK)
    found = status.of_plan(planned, results, runs, at_work)
    print(status.overview(found))
    left = status.seconds_left(found, _workers(found))
    finished = all(one.state == "done" for one in found)
    if not finished:
        print("\nAt work." if at_work else "\nNo snakemake is at work here: start it to go on.")
    if left is not None and not finished:
        print(f"Training left: about {left / 60:,.0f} minutes at this pace.")
    for folder in (results, *([] if runs.is_relative_to(results) else [runs])):
        print(f"{folder} takes {status.disk_use(folder) / 1e6:,.0f} MB.")
    if failed := status.failures(found):
        print(f"\nFailed:\n{failed}")


def _workers(found: list[status.JobStatus]) -> int:
    """Return how many jobs train at a time: those that do, or one per core if none does."""
    return sum(one.state == "running" for one in found) or os.cpu_count() or 1
