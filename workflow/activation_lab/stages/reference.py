"""Write the config's reference, from the typed config."""

import argparse
from pathlib import Path

from activation_lab.config import documentation as reference


def arguments() -> argparse.ArgumentParser:
    """Return the stage's command line."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--out", type=Path, required=True)
    return parser


def run(given: argparse.Namespace) -> None:
    """Write the reference in markdown."""
    given.out.write_text(reference.reference(), encoding="utf-8")
