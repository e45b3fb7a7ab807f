"""What the networks look at."""

from __future__ import annotations

import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from activation_lab.datasets.base import Dataset
from activation_lab.report.figures.style import panels

EACH = 4


def samples(dataset: Dataset, examples: np.ndarray, labels: np.ndarray) -> Figure:
    """Draw the first four training examples of each class, from all [N, *shape] with labels [N]."""
    classes = dataset.classes
    figure, grid = panels(1, len(classes), 0.85, 3.2)
    limits = examples.min(), examples.max()
    for number, (axis, name) in enumerate(zip(grid[0], classes, strict=True)):
        _draw(axis, examples[labels == number][:EACH], limits)
        axis.set_title(name.replace(" ", "\n"), fontsize=8, fontweight="normal")
        axis.set_axis_off()
    return figure


def _draw(axis: Axes, few: np.ndarray, limits: tuple[float, float]) -> None:
    """Draw images [n, channels, height, width] one below another; other shapes as lines."""
    if few.ndim != 4:
        axis.plot(few.reshape(len(few), -1).T)
        axis.set_ylim(*limits)
        return
    column = np.moveaxis(few, 1, -1).reshape(-1, few.shape[3], few.shape[1])
    axis.imshow(column, cmap="Greys", vmin=limits[0], vmax=limits[1])


def caption(dataset: Dataset) -> str:
    """Say what the figure shows, in words for this dataset."""
    grey = len(dataset.shape) == 3 and dataset.shape[0] == 1
    return (
        f"{dataset.title}: the first four training {dataset.noun}s of each of its "
        f"{len(dataset.classes)} classes, {dataset.looks}{' (inverted: ink on white)' * grey}."
    )
