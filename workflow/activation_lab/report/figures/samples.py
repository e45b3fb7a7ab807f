"""What the networks look at."""

from __future__ import annotations

import numpy as np
from matplotlib.figure import Figure

from activation_lab.report.figures.style import panels

EACH = 4


def samples(images: np.ndarray, labels: np.ndarray, classes: tuple[str, ...]) -> Figure:
    """FashionMNIST: the first four training images of each of the ten classes, 28 × 28 grey pixels
    (inverted here: ink on white).

    Takes images [N, 784] and labels [N], uint8.
    """
    columns = [images[labels == number][:EACH] for number in range(len(classes))]
    figure, grid = panels(1, len(classes), 0.85, 3.2)
    for axis, column, name in zip(grid[0], columns, classes, strict=True):
        axis.imshow(column.reshape(EACH * 28, 28), cmap="Greys", vmin=0, vmax=255)
        axis.set_title(name.replace(" ", "\n"), fontsize=8, fontweight="normal")
        axis.set_axis_off()
    return figure
