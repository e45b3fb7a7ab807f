"""What the networks look at."""

from __future__ import annotations

import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from activation_lab.datasets.base import Dataset
from activation_lab.report.figures.style import panels

FEW = 20  # with more classes than that, there is room for one example of each
MOST = 100  # classes in the figure
NUMBERS = {1: "first", 4: "first four"}


def samples(dataset: Dataset, examples: np.ndarray, labels: np.ndarray) -> Figure:
    """Draw the first training examples of each class, from all [N, *shape] with labels [N]."""
    classes = dataset.classes[:MOST]
    columns = min(len(classes), 10 if _images(dataset) else 5)
    rows, each = -(-len(classes) // columns), _each(dataset)
    # There is room for a name of two lines.
    size = (0.85, 0.8 * each + 0.4) if _images(dataset) else (1.7, 1.3)
    figure, grid = panels(rows, columns, *size)
    limits = examples.min(), examples.max()
    for axis in grid.flat:
        axis.set_axis_off()
    for number, (axis, name) in enumerate(zip(grid.flat, classes, strict=False)):
        _draw(axis, examples[labels == number][:each], limits)
        axis.set_title(name.replace(" ", "\n"), fontsize=8, fontweight="normal")
    return figure


def _images(dataset: Dataset) -> bool:
    return len(dataset.shape) == 3


def _each(dataset: Dataset) -> int:
    """Return how many examples of each class are drawn."""
    return 4 if len(dataset.classes) <= FEW else 1


def _draw(axis: Axes, few: np.ndarray, limits: tuple[float, float]) -> None:
    """Draw images [n, channels, height, width] one below another; other shapes as lines."""
    if few.ndim != 4:
        axis.plot(few.reshape(len(few), -1).T, linewidth=0.8)
        axis.set_ylim(*limits)
        return
    column = np.moveaxis(few, 1, -1).reshape(-1, few.shape[3], few.shape[1])
    if few.shape[1] == 3:  # red, green and blue: bytes, or floats from 0 to 1
        floats = column.dtype.kind == "f"
        axis.imshow((column - limits[0]) / (limits[1] - limits[0]) if floats else column)
    else:
        axis.imshow(column.mean(2), cmap="Greys", vmin=limits[0], vmax=limits[1])


def caption(dataset: Dataset) -> str:
    """Say what the figure shows, in words for this dataset."""
    number, each = len(dataset.classes), _each(dataset)
    classes = f"its {number} classes" if number <= MOST else f"the first {MOST} of {number} classes"
    grey = _images(dataset) and dataset.shape[0] == 1
    return (
        f"{dataset.title}: the {NUMBERS[each]} training {dataset.noun}{'s' * (each > 1)} of each of "
        f"{classes}, {dataset.looks}{' (inverted: ink on white)' * grey}."
    )
