"""Distributions layer by layer: of the weights' gradients, and of the values in the network."""

from __future__ import annotations

import sys
import textwrap
from collections.abc import Callable
from typing import Any

import numpy as np
import pandas as pd
from matplotlib.axes import Axes
from matplotlib.figure import Figure, SubFigure
from matplotlib.ticker import FuncFormatter, MaxNLocator

from activation_lab.analysis import layers
from activation_lab.analysis.statistics import Tables, learnt, pooled_density
from activation_lab.report.figures.style import (
    MOST_PANELS,
    belong,
    in_lines,
    look,
    ordered,
)
from activation_lab.wording import labels

OUTPUT = sys.maxsize  # a column of its own, after every hidden layer, whatever the depth
MOST_LAYERS = 6  # of a grid of histograms
FLAT = 0.05  # a slope of at most this share of the steepest is flat


def activations(tables: Tables) -> Figure | None:
    """Where the values in the network lie, layer by layer: bars at both ends of a bounded function
    are values where its slope is near 0, so that hardly any gradient passes. They are the values
    after every layer for the first 1,024 training images, in the trained network (the best epoch's
    weights of runs that learnt) or, in a study that does not train, in the untrained one: after the
    activation function in hidden layers, the logits in the output layer. The height is the density
    over all seeds. It is linear for functions that are flat at both ends, whose hidden layers share
    one horizontal axis; for all others it is logarithmic. σ is the standard deviation (mean of the
    seeds), beside it the share of values that are exactly 0 (above 0.1%). Of many layers, six are
    shown.
    """
    rows = tables["activations"]
    phase = "best" if (rows["phase"] == "best").any() else "untrained"
    after = (rows["kind"] == "post") | layers.output(rows)
    shown = rows[(rows["phase"] == phase) & after]
    if phase == "best":
        shown = shown[learnt(shown, tables["runs"])]
    shown = columned(shown)
    cells = ordered(shown["cell"])
    if shown.empty or len(cells) > MOST_PANELS or shown["depth"].nunique() > MOST_LAYERS:
        return None
    count = shown["column"].nunique()
    figure = Figure(figsize=(1.6 * count + 0.4, 1.05 * len(cells) + 0.5), layout="constrained")
    bounded = flat_at_both_ends(tables["functions"])
    grid(figure, shown, labels(tables["cells"]), "value", bounded.__contains__)
    return figure


def flat_at_both_ends(functions: pd.DataFrame) -> set[str]:
    """Return the activations whose slope is near 0 at both ends of the table's grid."""
    slopes = functions.groupby("activation")["derivative"]
    ends = slopes.agg(lambda slope: slope.abs().iloc[[0, -1]].max())
    steepest = slopes.agg(lambda slope: slope.abs().max())
    return set(ends.index[ends <= FLAT * steepest])


def columned(rows: pd.DataFrame) -> pd.DataFrame:
    """Return the rows that have a histogram, with the column of the grid that each is in.

    Of many layers these are a few, evenly spaced, with the first and the last.
    """
    rows = rows[rows["counts"].notna()]
    rows = rows.assign(column=rows["layer"].where(layers.hidden(rows), OUTPUT))
    columns = sorted(rows["column"].unique())
    kept = np.linspace(0, len(columns) - 1, min(len(columns), MOST_LAYERS)).round().astype(int)
    return rows[rows["column"].isin([columns[place] for place in kept])]


def grid(
    figure: Figure | SubFigure,
    rows: pd.DataFrame,
    names: dict[str, str],
    what: str,
    linear: Callable[[str], bool] = lambda activation: False,
) -> None:
    """Draw histograms: a line for each cell, a column for each layer.

    `linear` tells of which activations the density is linear.
    """
    cells, columns = ordered(rows["cell"]), sorted(rows["column"].unique())
    for line, cell in zip(
        figure.subplots(len(cells), len(columns), squeeze=False), cells, strict=True
    ):
        own = rows[rows["cell"] == cell]
        activation = own["activation"].iloc[0]
        for axis, column in zip(line, columns, strict=True):
            _panel(axis, own[own["column"] == column], linear(activation))
            belong(activation, axis)
        if linear(activation):
            _same_range(line, columns)
        head: dict[str, Any] = {"rotation": 0, "ha": "right", "va": "center", "fontweight": "bold"}
        line[0].set_ylabel(in_lines(names[cell], 24), fontsize=8, **head)
    for axis, column in zip(figure.axes, columns, strict=False):
        axis.set_title("output" if column == OUTPUT else f"layer {column}")
    drawn = {linear(activation) for activation in rows["activation"]}
    both = "linear for functions that are flat at both ends, logarithmic for others"
    scale = both if len(drawn) > 1 else "linear" if True in drawn else "logarithmic"
    figure.supxlabel(textwrap.fill(f"{what} (density: {scale})", 60), fontsize=9)


def _same_range(line: np.ndarray, columns: list[int]) -> None:
    """Let the hidden layers share the horizontal axis, so that their ends stand below each other."""
    hidden = [axis for axis, column in zip(line, columns, strict=True) if column != OUTPUT]
    hidden = [axis for axis in hidden if axis.get_visible()]
    ends = [end for axis in hidden for end in axis.dataLim.intervalx]
    for axis in hidden if min(ends) < max(ends) else ():
        axis.set_xlim(min(ends), max(ends))


def _short(value: float, _place: int, digits: int = 3) -> str:
    """Return a tick's label: 0.02, and 2e-6 rather than 0.000002."""
    return f"{value:.{digits}g}".replace("e-0", "e-").replace("-", "−")


def _panel(axis: Axes, rows: pd.DataFrame, linear: bool) -> None:
    if rows.empty:
        axis.set_visible(False)
        return
    edges, density = pooled_density(rows["bin_edges"].tolist(), rows["counts"].tolist())
    positive = density[density > 0]
    floor = 0.0 if linear else positive.min() / 2
    colour = look(rows["activation"].iloc[0])["color"]
    axis.stairs(np.maximum(density, floor), edges, baseline=floor, fill=True, color=colour)
    top = positive.max() * (1.05 if linear else 2)
    axis.set(yscale="linear" if linear else "log", yticks=[], ylim=(floor, top))
    axis.minorticks_off()
    axis.tick_params(labelsize=7)
    axis.xaxis.set_major_locator(MaxNLocator(nbins=2, min_n_ticks=2))
    axis.xaxis.set_major_formatter(FuncFormatter(_short))
    note = f"σ {_short(rows['std'].mean(), 0, 2)}"
    if rows["zero_fraction"].mean() > 0.001:
        note += f", {rows['zero_fraction'].mean():.1%} are 0"
    axis.set_xlabel(note, fontsize=7, labelpad=1)
