"""Find or fetch a dataset."""

import argparse
from pathlib import Path

from activation_lab.datasets import DATASETS


def arguments() -> argparse.ArgumentParser:
    """Return the stage's command line."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--dataset", choices=DATASETS, required=True)
    parser.add_argument("--folder", required=True, help="has the files; auto: look and download")
    parser.add_argument("--out", type=Path, required=True)
    return parser


def run(given: argparse.Namespace) -> None:
    """Put the dataset's checked files into the folder `--out`."""
    folder = None if given.folder == "auto" else Path(given.folder).expanduser()
    DATASETS[given.dataset].fetch(given.out, folder)
