"""Check that Snakemake can load config files."""

import argparse
from pathlib import Path

from activation_lab.config import file as configfile


def arguments() -> argparse.ArgumentParser:
    """Return the stage's command line."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("files", type=Path, nargs="+")
    return parser


def run(given: argparse.Namespace) -> None:
    """Raise `UserError` for the first file that it cannot."""
    for path in given.files:
        configfile.check(path)
