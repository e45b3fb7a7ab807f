"""Write every table of a finished run as CSV."""

import argparse
from pathlib import Path

from activation_lab.analysis import results as exports


def arguments() -> argparse.ArgumentParser:
    """Return the stage's command line."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--results", type=Path, required=True)
    parser.add_argument("--out", type=Path, required=True)
    return parser


def run(given: argparse.Namespace) -> None:
    """Write the tables in `--results` into the folder `--out`."""
    folder = exports.tables_of(given.results)
    for name in exports.present(folder):
        exports.write_csv(name, folder, given.out)
