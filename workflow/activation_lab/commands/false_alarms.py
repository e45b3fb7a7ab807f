"""Measure how often `verify` calls sound runs different, on the seeds of finished runs."""

from collections import Counter
from pathlib import Path

import numpy as np
from rich.progress import track

from activation_lab.analysis.verification import false_alarms


def run(results: list[Path], repetitions: int) -> None:
    """Split the seeds of finished runs many times; print how often which table is called different.

    The runs are of the same cells, and of different seeds.
    """
    measured = false_alarms.read(results)
    generator = np.random.default_rng(0)
    drawn = false_alarms.splits(measured.runs, repetitions, generator)
    found: Counter[str] = Counter()
    for halves in track(drawn, "Splitting", total=repetitions):
        alarms = false_alarms.alarms(measured, halves)
        found.update(name for name, alarm in alarms.items() if alarm)
        found["any of them"] += any(alarms.values())
    for name in ("outcomes", *measured.tables, "any of them"):
        print(f"{name:13} {found[name]:,} of {repetitions:,}")
    seeds = measured.runs.groupby("study")["seed"].nunique()
    few = seeds[seeds < false_alarms.FEWEST]
    if len(few):
        print(f"Not measured, for want of seeds: {', '.join(few.index)}.")
