"""Derive the tables that need no network: dead units, and the summary of each cell."""

import argparse
from pathlib import Path

from activation_lab import tables
from activation_lab.dead import dead_neurons
from activation_lab.statistics import summary


def arguments() -> argparse.ArgumentParser:
    """Return the stage's command line."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--tables", type=Path, required=True)
    return parser


def run(given: argparse.Namespace) -> None:
    """Write the tables `dead_neurons` and `summary`."""
    derived = {
        "dead_neurons": dead_neurons(
            *(tables.load(n, given.tables) for n in ("neurons", "predictions"))
        ),
        "summary": summary(tables.load("runs", given.tables)),
    }
    for name, frame in derived.items():
        tables.write(name, tables.from_pandas(name, frame), given.tables / f"{name}.parquet")
