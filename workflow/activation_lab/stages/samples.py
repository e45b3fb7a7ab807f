"""Draw a dataset's first examples of each class."""

import argparse
from pathlib import Path

from activation_lab.datasets import DATASETS
from activation_lab.report.figures import style
from activation_lab.report.figures.samples import samples


def arguments() -> argparse.ArgumentParser:
    """Return the stage's command line."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--dataset", choices=DATASETS, required=True)
    parser.add_argument("--data", type=Path, required=True)
    parser.add_argument("--out", type=Path, required=True)
    return parser


def run(given: argparse.Namespace) -> None:
    """Write the figure of the first training examples of each class."""
    dataset = DATASETS[given.dataset]
    style.save(samples(dataset, *dataset.examples(given.data)), given.out)
