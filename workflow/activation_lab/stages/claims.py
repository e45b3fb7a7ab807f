"""Judge what others claim on the tables of all studies."""

import argparse
from pathlib import Path

from activation_lab import tables
from activation_lab.analysis import cells
from activation_lab.analysis.claims import claims
from activation_lab.schemas import TABLES


def arguments() -> argparse.ArgumentParser:
    """Return the stage's command line."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--tables", type=Path, required=True)
    return parser


def run(given: argparse.Namespace) -> None:
    """Write the table `claims`."""
    frames = {name: cells.load(name, given.tables) for name in TABLES if name != "claims"}
    judged = tables.from_pandas("claims", claims(frames))
    tables.write("claims", judged, given.tables / "claims.parquet")
