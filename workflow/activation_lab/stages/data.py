"""Find or fetch FashionMNIST."""

import argparse
from pathlib import Path

from activation_lab.datasets import fashion_mnist as data


def arguments() -> argparse.ArgumentParser:
    """Return the stage's command line."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--folder", required=True, help="has the files; auto: look and download")
    parser.add_argument("--out", type=Path, required=True)
    return parser


def run(given: argparse.Namespace) -> None:
    """Put the four checked files into the folder `--out`."""
    data.fetch(given.out, None if given.folder == "auto" else Path(given.folder).expanduser())
