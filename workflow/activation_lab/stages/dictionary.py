"""Write the data dictionary: every table and column, from the schemas."""

import argparse
from pathlib import Path

from activation_lab import schemas


def arguments() -> argparse.ArgumentParser:
    """Return the stage's command line."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--out", type=Path, required=True)
    return parser


def run(given: argparse.Namespace) -> None:
    """Write the data dictionary in markdown."""
    given.out.write_text(schemas.dictionary(), encoding="utf-8")
