"""The weights' gradients of untrained networks: how large they are in every layer."""

from __future__ import annotations

from typing import Any

import numpy as np
import pandas as pd
from matplotlib.axes import Axes
from matplotlib.figure import Figure, SubFigure
from matplotlib.lines import Line2D
from matplotlib.ticker import MaxNLocator

from activation_lab.analysis import layers
from activation_lab.analysis.statistics import Tables
from activation_lab.report.figures import distributions
from activation_lab.report.figures.axes import UNTRAINED, Line, lines, others, untrained
from activation_lab.report.figures.style import GREY, PLACES, belong, in_lines, key, look, mark_keys
from activation_lab.wording import label

DEEP = 16  # hidden layers from which a slope can be read off
MOST_HISTOGRAMS = 8  # networks
LEAST = 1e-30
ACROSS = 3  # panels in a row


def gradients(tables: Tables) -> Figure | None:
    """How large the weights' gradients are in each layer of the untrained networks: a line that
    falls to the left is a gradient that vanishes on its way back. The line is the standard
    deviation σ on the first 256 training images, the mean of the seeds, and the band spans the
    seeds; values below 1e-30 are not shown. Networks that differ only in how they are trained later
    are one. Of several depths, the deepest is shown; from 16 hidden layers on, a dotted line has
    the slope that theory gives, a factor √χ₁ a layer. Below, for up to eight networks: the
    distribution of all gradients over all seeds, on a logarithmic scale, each on its own horizontal
    axis.
    """
    rows = tables["gradients"]
    rows = rows[(rows["phase"] == "untrained") & rows["std"].notna()]
    cells = untrained(tables["cells"][tables["cells"]["cell"].isin(rows["cell"])])
    cells = cells[cells["depth"] == cells["depth"].max()]
    rows = rows[rows["cell"].isin(cells["cell"])]
    if rows.empty:
        return None
    names = others(cells, among=[n for n in UNTRAINED if cells[n].nunique() > 1])
    grid = lines(cells, names)
    shown = distributions.columned(rows) if len(cells) <= MOST_HISTOGRAMS else rows[:0]
    above, below, figure = _parts(len(grid), len(cells) if len(shown) else 0)
    _sizes(above, grid, rows, tables)
    if below is not None:
        known = {
            row["cell"]: label(row, ["activation", *names]) for row in cells.to_dict("records")
        }
        if cells["activation"].nunique() == 1 and names:
            known = {row["cell"]: label(row, names) for row in cells.to_dict("records")}
        distributions.grid(below, shown, known, "weight gradient")
    return figure


def _parts(count: int, histograms: int) -> tuple[SubFigure, SubFigure | None, Figure]:
    """Return the upper part of a figure, for so many panels, its lower part and the whole."""
    high = 3.2 if count == 1 else 2.6 * -(-count // ACROSS)
    low = 0.95 * histograms + 0.4 if histograms else 0
    figure = Figure(figsize=(9, high + low), layout="constrained")
    parts = figure.subfigures(2, 1, squeeze=False, height_ratios=[high, low or 1e-3])[:, 0]
    return parts[0], parts[1] if histograms else None, figure


def _sizes(
    figure: SubFigure, grid: list[tuple[str, list[Line]]], rows: pd.DataFrame, tables: Tables
) -> None:
    """Draw σ over the layers: a panel each, and a legend beside them."""
    columns = min(len(grid), ACROSS)
    axes = figure.subplots(-(-len(grid) // columns), columns, squeeze=False, sharey=True)
    deep = rows["depth"].max() >= DEEP
    for axis in axes.flat[len(grid) :]:
        axis.set_visible(False)
    for axis, (title, drawn) in zip(axes.flat, grid, strict=False):
        for line in drawn:
            own = rows[rows["cell"] == line.cell]
            _size(axis, line, own)
            if deep:
                _slope(axis, line.activation, own, tables["theory"])
        axis.set(yscale="log")
        axis.set_title(in_lines(title), fontsize=8)
        axis.xaxis.set_major_locator(MaxNLocator(integer=True))
        axis.yaxis.grid(visible=True, linewidth=0.4)
    known = {line.label: line for _, drawn in grid for line in drawn}
    handles = [
        key(line.activation, label=name, linestyle=line.dashes) for name, line in known.items()
    ]
    slope = [Line2D([], [], color=GREY, linestyle=":", linewidth=1, label="theory: √χ₁ a layer")]
    handles += slope if deep else []
    columns = 1 + len(handles) // 15
    made = figure.legend(handles=handles, loc=PLACES["right"], ncols=columns, handlelength=2.8)
    mark_keys(made, [line.activation for line in known.values()])
    figure.supxlabel("layer (the last is the output layer)", fontsize=9)
    figure.supylabel("σ of the weight gradient", fontsize=9)


def _size(axis: Axes, line: Line, rows: pd.DataFrame) -> None:
    """Draw σ of one network: the mean of the seeds, and what they span."""
    found = rows.groupby("layer")["std"].agg(["mean", "min", "max"]).astype(float)
    found = found.where(found["mean"] > LEAST)
    style, step = look(line.activation), max(len(found) // 8, 1)
    x = found.index.to_numpy(dtype=float)
    low = found["min"].clip(lower=LEAST)
    band = axis.fill_between(x, low, found["max"], color=style["color"], alpha=0.15, linewidth=0)
    marks: dict[str, Any] = {"markersize": 4, "markevery": step, **style}
    belong(line.activation, band, *axis.plot(x, found["mean"], linestyle=line.dashes, **marks))


def _slope(axis: Axes, activation: str, rows: pd.DataFrame, theory: pd.DataFrame) -> None:
    """Draw theory's slope, from the last hidden layer back."""
    for name in ("activation", "dataset", "network", "initialisation"):
        theory = theory[theory[name] == rows[name].iloc[0]]
    chi = theory.loc[theory["q_star"] > 0, "chi_1"].dropna()
    hidden = rows[layers.hidden(rows)].groupby("layer")["std"].mean()
    if len(chi) and hidden.iloc[-1] > LEAST:
        layer = hidden.index.to_numpy(dtype=float)
        slope = hidden.iloc[-1] * np.sqrt(chi.iloc[0]) ** (layer.max() - layer)
        kept = slope > LEAST
        style = {"color": look(activation)["color"], "linestyle": ":", "linewidth": 1}
        belong(activation, *axis.plot(layer[kept], slope[kept], **style))
