"""Make one experiment."""

from pathlib import Path

from activation_lab import tables
from activation_lab.experiments import EXPERIMENTS
from activation_lab.experiments.base import DATASET
from activation_lab.schemas.experiments import EXPERIMENTS as TABLE
from activation_lab.training import process


def run(name: str, data: Path, out: Path) -> None:
    """Write the rows of an experiment."""
    process.prepare()
    parts = DATASET.load(data, DATASET.training)
    rows = EXPERIMENTS[name].measure(parts)
    named = [{"experiment": name, **row} for row in rows]
    tables.write(TABLE["experiments"], named, out)
