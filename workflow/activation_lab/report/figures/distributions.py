"""Distributions layer by layer: of the weights' gradients, and of the values in the network."""

from __future__ import annotations

import sys

import numpy as np
import pandas as pd
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.ticker import FuncFormatter, MaxNLocator

from activation_lab.analysis import layers
from activation_lab.analysis.statistics import Tables, learnt, pooled_density
from activation_lab.report.figures.style import MOST_PANELS, in_lines, look, ordered, panels
from activation_lab.wording import labels


def gradients(tables: Tables) -> Figure | None:
    """Gradient of every weight of the untrained network on the first 256 training images, layer by
    layer; density over all seeds, on a logarithmic scale. Each panel has its own horizontal axis: σ
    is the standard deviation, and "= 0" the share of gradients that are exactly 0 (above 0.1%).
    """
    rows = tables["gradients"]
    return _grid(rows[rows["phase"] == "untrained"], tables["cells"], "weight gradient")


def activations(tables: Tables) -> Figure | None:
    """Values after every layer for the first 1,024 training images, in the trained network (the best
    epoch's weights of runs that learnt) or, in a study that does not train, in the untrained one:
    after the activation function in hidden layers, the logits in the output layer; density over all
    seeds, on a logarithmic scale. σ is the standard deviation (mean of the seeds), "= 0" the share of
    values that are exactly 0.
    """
    rows = tables["activations"]
    phase = "best" if (rows["phase"] == "best").any() else "untrained"
    after = (rows["kind"] == "post") | layers.output(rows)
    shown = rows[(rows["phase"] == phase) & after]
    if phase == "best":
        shown = shown[learnt(shown, tables["runs"])]
    return _grid(shown, tables["cells"], "value")


OUTPUT = sys.maxsize  # a column of its own, after every hidden layer, whatever the depth
MOST_LAYERS = 12


def _grid(rows: pd.DataFrame, table: pd.DataFrame, label: str) -> Figure | None:
    rows = rows[rows["counts"].notna()]
    rows = rows.assign(column=rows["layer"].where(layers.hidden(rows), OUTPUT))
    cells, columns = ordered(rows["cell"]), sorted(rows["column"].unique())
    if rows.empty or len(cells) > MOST_PANELS or len(columns) > MOST_LAYERS:
        return None
    figure, grid = panels(len(cells), len(columns), 1.5, 1.05)
    names = labels(table)
    for line, cell in zip(grid, cells, strict=True):
        for axis, column in zip(line, columns, strict=True):
            _panel(axis, rows[(rows["cell"] == cell) & (rows["column"] == column)])
        line[0].set_ylabel(
            in_lines(names[cell]), rotation=0, ha="right", va="center", fontweight="bold"
        )
    for axis, column in zip(grid[0], columns, strict=True):
        axis.set_title("output" if column == OUTPUT else f"layer {column}")
    figure.supxlabel(f"{label} (density, logarithmic)", fontsize=9)
    return figure


def _short(value: float, _place: int, digits: int = 3) -> str:
    """Return a tick's label: 0.02, and 2e-6 rather than 0.000002."""
    return f"{value:.{digits}g}".replace("e-0", "e-")


def _panel(axis: Axes, rows: pd.DataFrame) -> None:
    if rows.empty:
        axis.set_visible(False)
        return
    edges, density = pooled_density(rows["bin_edges"].tolist(), rows["counts"].tolist())
    positive = density[density > 0]
    floor = positive.min() / 2
    colour = look(rows["activation"].iloc[0])["color"]
    axis.stairs(np.maximum(density, floor), edges, baseline=floor, fill=True, color=colour)
    axis.set(yscale="log", yticks=[], ylim=(floor, positive.max() * 300))
    axis.minorticks_off()
    axis.tick_params(labelsize=7)
    axis.xaxis.set_major_locator(MaxNLocator(nbins=2, min_n_ticks=2))
    axis.xaxis.set_major_formatter(FuncFormatter(_short))
    note = f"σ {_short(rows['std'].mean(), 0, 2)}"
    if rows["zero_fraction"].mean() > 0.001:
        note += f"\n= 0: {rows['zero_fraction'].mean():.1%}"
    axis.annotate(note, (0.98, 0.97), xycoords="axes fraction", ha="right", va="top", fontsize=6.5)
