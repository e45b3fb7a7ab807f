"""What the networks look at."""

from __future__ import annotations

import numpy as np
from matplotlib.figure import Figure

from activation_lab.datasets.base import Dataset
from activation_lab.report.figures.style import panels

EACH = 4


def samples(images: np.ndarray, labels: np.ndarray, dataset: Dataset) -> Figure:
    """Draw the first training images of each class, one class a column.

    Takes images [N, inputs] and labels [N], uint8. Grey images are drawn as ink on white.
    """
    channels, height, width = dataset.shape
    figure, grid = panels(1, len(dataset.classes), 0.85, 3.2)
    for number, (axis, name) in enumerate(zip(grid[0], dataset.classes, strict=True)):
        chosen = images[labels == number][:EACH].reshape(-1, channels, height, width)
        column = chosen.transpose(0, 2, 3, 1).reshape(-1, width, channels)
        # A picture of one channel has to be a matrix; the colour map is for such alone.
        shown = column[..., 0] if channels == 1 else column
        axis.imshow(shown, cmap="Greys", vmin=0, vmax=255)
        axis.set_title(name.replace(" ", "\n"), fontsize=8, fontweight="normal")
        axis.set_axis_off()
    return figure


def title(dataset: Dataset) -> str:
    """Return what stands for the figure where it is not seen."""
    return (
        f"The first {EACH} training images of each of the {len(dataset.classes)} classes of "
        f"{dataset.title}"
    )


def caption(dataset: Dataset) -> str:
    """Return the figure's caption."""
    channels, height, width = dataset.shape
    ink = " (inverted: ink on white)" if channels == 1 else ""
    return f"{title(dataset)}, {height} × {width} pixels{ink}."
