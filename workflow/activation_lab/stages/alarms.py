"""Measure how often `verify` calls sound runs different, on the seeds of finished runs."""

import argparse
from collections import Counter
from pathlib import Path

import numpy as np
from rich.progress import track

from activation_lab.analysis.verification import false_alarms


def arguments() -> argparse.ArgumentParser:
    """Return the stage's command line."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument(
        "--results",
        type=Path,
        nargs="+",
        required=True,
        help="of the same cells, of different seeds",
    )
    parser.add_argument("--repetitions", type=int, default=200)
    return parser


def run(given: argparse.Namespace) -> None:
    """Split the seeds of `--results` many times; print how often which table is called different."""
    measured = false_alarms.read(given.results)
    generator = np.random.default_rng(0)
    drawn = false_alarms.splits(measured.runs, given.repetitions, generator)
    found: Counter[str] = Counter()
    for halves in track(drawn, "Splitting", total=given.repetitions):
        alarms = false_alarms.alarms(measured, halves)
        found.update(name for name, alarm in alarms.items() if alarm)
        found["any of them"] += any(alarms.values())
    for name in ("outcomes", *measured.tables, "any of them"):
        print(f"{name:13} {found[name]:,} of {given.repetitions:,}")
    seeds = measured.runs.groupby("study")["seed"].nunique()
    few = seeds[seeds < false_alarms.FEWEST]
    if len(few):
        print(f"Not measured, for want of seeds: {', '.join(few.index)}.")
