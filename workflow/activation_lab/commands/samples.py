"""Draw a dataset's first examples of each class."""

from pathlib import Path

from activation_lab.datasets.base import Dataset
from activation_lab.report.figures import samples, style


def run(dataset: Dataset, data: Path, out: Path) -> None:
    """Write the figure; `data` is the folder of the dataset's files."""
    style.save(samples.samples(dataset, *dataset.examples(data)), out)
