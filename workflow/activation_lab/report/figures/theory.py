"""What mean-field theory predicts of untrained networks, beside what is measured."""

from __future__ import annotations

from typing import Any

import numpy as np
import pandas as pd
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.lines import Line2D
from scipy import stats

from activation_lab.analysis.agreement import DEAD, GRADIENT, agreement
from activation_lab.analysis.statistics import Tables
from activation_lab.report.figures.axes import others, split
from activation_lab.report.figures.style import (
    GREY,
    belong,
    in_lines,
    legend,
    look,
    ordered,
    panels,
)

MOST_COLUMNS = 4  # more initialisations or datasets share one panel
SPREAD = ("dataset", "initialisation")  # what has a panel of its own
BEYOND = 1.3  # times the largest value, where the grey line ends
MEASURED = ("measured", "predicted", "standard_error")
EXACT: dict[str, Any] = {"color": GREY, "linewidth": 0.8, "zorder": 0}
EXPECTED: dict[str, Any] = {"color": GREY, "linewidth": 4, "alpha": 0.25, "zorder": 0}


def gradient_theory(tables: Tables) -> Figure | None:
    """How well mean-field theory predicts the size of the untrained networks' weight gradients:
    marks on the grey line are as predicted. Each mark is one layer of one network. Above: the root
    mean square of the gradients over the weights and all seeds. Below: how many times as large as
    predicted it is, with one standard error of the seeds to either side; the pale bars are where
    theory of the networks' own width expects 95% of single networks. Theory is for infinitely wide
    networks with a softmax linear in its logits.
    """
    columns = _columns(tables, GRADIENT)
    if not columns:
        return None
    size = {"height_ratios": [3, 2], "sharex": True, "sharey": "row"}
    figure, grid = panels(2, len(columns), _width(columns), 2.3, **size)
    for (above, below), (title, rows) in zip(grid.T, columns, strict=True):
        above.set(xscale="log", yscale="log")
        ends = rows[["measured", "predicted"]].to_numpy(dtype=float)
        _diagonal(above, rows, (ends[ends > 0].min() / BEYOND, ends.max() * BEYOND))
        for axis in (above, below):
            axis.minorticks_off()
        below.axhline(1, **EXACT)
        _scatter(below, rows.dropna(subset="log_std"))
        for activation, own in rows.groupby("activation", sort=False):
            error = own["standard_error"].fillna(0.0)
            _marks(below, activation, own["predicted"], 1 + own["difference"], error)
        above.set_title(in_lines(title), fontsize=8)
    grid[0, 0].set_ylabel("measured")
    grid[1, 0].set_ylabel("measured / predicted")
    figure.supxlabel("predicted root mean square of a layer's weight gradient", fontsize=9)
    _keys(figure, columns)
    return figure


def dead_theory(tables: Tables) -> Figure | None:
    """How well mean-field theory predicts which share of the units is dead before training: marks
    on the grey line are as predicted. Each mark is one hidden layer of one network: the mean over
    the seeds, with one standard error to either side. Dead units are here those that are exactly 0
    on the first 1,000 training images; on all images fewer are. Layers without dead units are left
    out.
    """
    columns = _columns(tables, DEAD)
    if not columns:
        return None
    square = {"sharex": True, "sharey": True}
    figure, grid = panels(1, len(columns), _width(columns), _width(columns), **square)
    for axis, (title, rows) in zip(grid[0], columns, strict=True):
        percent = rows.assign(**{name: 100 * rows[name] for name in MEASURED})
        _diagonal(axis, percent, (0, percent[["measured", "predicted"]].to_numpy().max()))
        axis.set_title(in_lines(title), fontsize=8)
    figure.supxlabel("predicted dead units (% of a layer)", fontsize=9)
    figure.supylabel("measured (%)", fontsize=9)
    _keys(figure, columns)
    return figure


def _columns(tables: Tables, quantity: str) -> list[tuple[str, pd.DataFrame]]:
    """Return the rows of a quantity by dataset and initialisation, as far as they vary, with titles."""
    rows = agreement(tables)
    rows = rows[rows["quantity"] == quantity]
    cells = tables["cells"][tables["cells"]["cell"].isin(rows["cell"])]
    if rows.empty:
        return []
    groups = split(cells, others(cells, among=SPREAD))
    if len(groups) > MOST_COLUMNS:
        return [("", rows)]
    return [(title, rows[rows["cell"].isin(group["cell"])]) for title, group in groups]


def _width(columns: list) -> float:
    return 4.2 if len(columns) == 1 else 2.6


def _diagonal(axis: Axes, rows: pd.DataFrame, ends: tuple[float, float]) -> None:
    """Draw what is measured over what is predicted, and the line on which both are equal."""
    axis.plot(ends, ends, **EXACT)
    for activation, own in rows.groupby("activation", sort=False):
        error = own["standard_error"].fillna(0.0)
        if own["quantity"].iloc[0] == GRADIENT:  # a share of the prediction
            error = error * own["predicted"]
        _marks(axis, activation, own["predicted"], own["measured"], error)


def _marks(axis: Axes, activation: Any, x: pd.Series, y: pd.Series, error: pd.Series) -> None:
    style = {"markersize": 4, "linestyle": "", "elinewidth": 1, "alpha": 0.8}
    drawn = axis.errorbar(x, y, error, **style, **look(activation))
    belong(activation, *drawn.get_children())


def _scatter(axis: Axes, rows: pd.DataFrame) -> None:
    """Draw where 95% of single networks should be: the root of a log-normal mean square."""
    middle = rows["finite"] * np.exp(-(rows["log_std"] ** 2) / 4)
    reach = np.exp(stats.norm.ppf(0.975) * rows["log_std"] / 2)
    axis.vlines(rows["predicted"], middle / reach, middle * reach, **EXPECTED)


def _keys(figure: Figure, columns: list[tuple[str, pd.DataFrame]]) -> None:
    names = ordered(name for _, rows in columns for name in rows["activation"])
    lines = [Line2D([], [], label="as predicted", **EXACT)]
    known = any(rows["log_std"].notna().any() for _, rows in columns)
    if known:
        lines += [Line2D([], [], label="95% of networks, predicted", **EXPECTED)]
    legend(figure, names, lines, linestyle="")
