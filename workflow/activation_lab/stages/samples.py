"""Draw a grid of sample images."""

import argparse
from pathlib import Path

from activation_lab.datasets import fashion_mnist as data
from activation_lab.report.figures import style
from activation_lab.report.figures.samples import samples


def arguments() -> argparse.ArgumentParser:
    """Return the stage's command line."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--data", type=Path, required=True)
    parser.add_argument("--out", type=Path, required=True)
    return parser


def run(given: argparse.Namespace) -> None:
    """Write the figure of the first training images of each class."""
    images, labels = data.images(given.data, "train"), data.labels(given.data, "train")
    shown = samples(images, labels, data.FASHION_MNIST)
    style.save(shown, given.out)
