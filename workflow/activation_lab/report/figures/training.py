"""How training goes: when runs leave chance level, and accuracy over the epochs."""

from __future__ import annotations

from typing import Any

import numpy as np
import pandas as pd
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.lines import Line2D
from matplotlib.ticker import MaxNLocator
from matplotlib.typing import LineStyleType

from activation_lab.analysis.statistics import Tables, learnt, still_stuck
from activation_lab.report.figures.axes import MOST_LINES, Line, lines, others
from activation_lab.report.figures.style import (
    GREY,
    MOST_PANELS,
    belong,
    in_lines,
    key,
    keys,
    look,
    ordered,
    panels,
    wrapped,
)
from activation_lab.wording import labels

MOST_TOGETHER = 12
# What stands left of two rows of numbers under an axis.
ROWS: dict[str, Any] = {
    "xycoords": "axes fraction",
    "textcoords": "offset points",
    "ha": "right",
    "va": "top",
    "fontsize": 8,
    "annotation_clip": False,
}
SHARES = ("share", "low", "high")
MEASURED = {"val_accuracy": "validation images", "train_accuracy": "training batches"}
SOLID: dict[str, LineStyleType] = {"train_accuracy": "--", "val_accuracy": "-"}


def escape(tables: Tables) -> Figure | None:
    """How long runs stay at chance level: the share that is still there after each epoch, with its
    95% interval (Clopper and Pearson). Below each axis stands how many runs that are: a run is
    still there while its validation accuracy has not come a ninth of the way from guessing to 100%.
    A tick is a run that training ended while it was still there: it counts as there from then on.
    Settings with which every run left in the first epoch are left out.
    """
    runs = tables["runs"][tables["runs"]["epochs"] > 0]
    late = runs["plateau_exit_epoch"].isna() | (runs["plateau_exit_epoch"] > 1)
    cells = ordered(runs.loc[late & (runs["status"] != "diverged"), "cell"])[:MOST_PANELS]
    if not cells:
        return None
    names = labels(tables["cells"])
    figure, axes = wrapped(len(cells), 3.2, 2.5, sharey=True)
    for axis, cell in zip(axes, cells, strict=True):
        group = runs[runs["cell"] == cell]
        _still_stuck(axis, group)
        axis.set_title(f"{in_lines(names[cell])} ({len(group)} runs)", fontsize=8)
        axis.set_ylim(0, 104)
        belong(group["activation"].iloc[0], axis)
        place = axis.get_subplotspec()
        if place and place.is_first_col():
            axis.annotate("epoch\nstill there", (0, 0), (-14, -8.5), **ROWS)
    figure.supylabel("still at chance level (%)", fontsize=9)
    return figure


def _still_stuck(axis: Axes, runs: pd.DataFrame) -> None:
    """Draw the share of a cell's runs that is at chance level, and write under the axis how many are."""
    last = int(runs["epochs"].max())
    curve = still_stuck(runs["plateau_exit_epoch"], last)
    x = curve["epoch"].to_numpy(dtype=float)
    y = {name: 100 * curve[name].to_numpy(dtype=float) for name in SHARES}
    colour = look(runs["activation"].iloc[0])["color"]
    axis.fill_between(x, y["low"], y["high"], step="post", color=colour, alpha=0.2, linewidth=0)
    axis.step(x, y["share"], where="post", color=colour)
    ended = runs.loc[runs["plateau_exit_epoch"].isna(), "epochs"].to_numpy(dtype=float)
    at = [y["share"][int(epoch)] for epoch in ended]
    axis.plot(ended, at, "|", color=colour, markersize=9)
    ticks = MaxNLocator(nbins=5, integer=True).tick_values(0, last)
    shown = [int(tick) for tick in ticks if 0 <= tick <= last]
    stuck = [round(curve["share"].iloc[tick] * len(runs)) for tick in shown]
    axis.set_xticks(shown, [f"{tick}\n{n}" for tick, n in zip(shown, stuck, strict=True)])


def curves(tables: Tables) -> Figure | None:
    """How fast the networks learn: accuracy on the validation images after each epoch, and on the
    training batches as they were trained on. The line is the mean of the runs that learnt and the
    band spans them, as long as all of them train; after the first has stopped early, each remaining
    seed is a thin line. Runs that stayed at chance level or diverged are thin lines from the start.
    More than eight lines have a panel each: there, the validation images are solid, the training
    batches dashed, and up to twelve panels have the validation means of the others in grey.
    """
    metrics = tables["metrics"]
    if metrics.empty:
        return None
    cells = tables["cells"][tables["cells"]["cell"].isin(metrics["cell"])]
    grid = lines(cells, others(cells))
    if max(len(drawn) for _, drawn in grid) > MOST_LINES or 2 * len(grid) > MOST_PANELS:
        return _one_by_one(tables)
    rows = -(-len(grid) // 2)
    columns, size = (2, (4.2, 3.2)) if len(grid) == 1 else (4, (2.4, 2.3))
    figure, axes = panels(rows, columns, *size, sharex=True, sharey=True)
    free = iter(axes.flat)
    ok = metrics[learnt(metrics, tables["runs"])]
    for title, drawn in grid:
        for metric, words in MEASURED.items():
            axis = next(free)
            for number, line in enumerate(drawn):
                together = _while_all_train(ok[ok["cell"] == line.cell])
                own = metrics[metrics["cell"] == line.cell]
                _band(axis, together, own, metric, line, marks=(number, len(drawn)))
            axis.set_title("\n".join(filter(None, [in_lines(title), words])), fontsize=8)
    if len(grid) % 2 and len(grid) > 1:  # nothing stands below the last but one row's right half
        for above, unused in zip(axes[-2, 2:], free, strict=True):
            above.tick_params(labelbottom=True)
            unused.set_visible(False)
    known = {line.label: line for _, drawn in grid for line in drawn}
    handles = [
        key(line.activation, label=name, linestyle=line.dashes) for name, line in known.items()
    ]
    keys(figure, handles, [line.activation for line in known.values()])
    return _labelled(figure)


def _labelled(figure: Figure) -> Figure:
    figure.supxlabel("epoch", fontsize=9)
    figure.supylabel("accuracy (%)", fontsize=9)
    return figure


def _one_by_one(tables: Tables) -> Figure:
    """Draw a panel for each cell, with the means of others behind it."""
    metrics = tables["metrics"]
    cells = ordered(metrics["cell"])[:MOST_PANELS]
    names = labels(tables["cells"])
    figure, axes = wrapped(len(cells), 2.4, 2.1, sharex=True, sharey=True)
    ok = metrics[learnt(metrics, tables["runs"])]
    together = {cell: _while_all_train(ok[ok["cell"] == cell]) for cell in cells}
    for axis, cell in zip(axes, cells, strict=True):
        rows = metrics[metrics["cell"] == cell]
        behind = [other for other in together.values() if len(other)]
        for other in behind if len(cells) <= MOST_TOGETHER else ():
            mean = other["val_accuracy"].mean(axis=1)
            axis.plot(mean.index, 100 * mean, color="#D0D0D0", linewidth=0.7, zorder=0)
        activation = rows["activation"].iloc[0]
        for metric, dashes in SOLID.items():
            _band(axis, together[cell], rows, metric, Line(cell, activation, "", dashes))
        axis.set_title(in_lines(names[cell]), fontsize=8)
        belong(activation, axis)
    shown = [(words, SOLID[name]) for name, words in MEASURED.items()]
    keys(figure, [Line2D([], [], color=GREY, ls=dashes, label=words) for words, dashes in shown])
    return _labelled(figure)


def _while_all_train(rows: pd.DataFrame) -> pd.DataFrame:
    """Return (metric, seed) × epoch for the epochs in which every seed trained."""
    wide = rows.pivot(index="epoch", columns="seed", values=list(MEASURED))
    return wide.dropna()


def _band(
    axis: Axes,
    together: pd.DataFrame,
    rows: pd.DataFrame,
    metric: str,
    line: Line,
    marks: tuple[int, int] | None = None,
) -> None:
    """Draw the mean and the band of the seeds that train together, then each of `rows` by itself.

    `marks`: the line's number among how many, so that their marks do not cover each other.
    """
    last, seeds = 0, set()
    if len(together):
        percent = 100 * together[metric].astype(float)
        last, seeds = percent.index.max(), set(percent.columns)
        _mean(axis, percent, line, marks)
    colour = look(line.activation)["color"]
    thin = {"color": colour, "linestyle": line.dashes, "linewidth": 0.6, "alpha": 0.6}
    for seed, group in rows.groupby("seed"):
        tail = group[group["epoch"] >= last] if seed in seeds else group
        y = 100 * tail[metric].to_numpy(dtype=float)
        drawn = axis.plot(tail["epoch"], y, **thin)
        if len(tail):
            drawn += axis.plot(tail["epoch"].iloc[-1], y[-1], ".", color=colour, markersize=3)
        belong(line.activation, *drawn)
    axis.set_ylim(0, 100)
    axis.set_yticks(np.arange(0, 101, 20))
    axis.yaxis.grid(visible=True, linewidth=0.4)
    axis.xaxis.set_major_locator(MaxNLocator(nbins=5, integer=True))


def _mean(axis: Axes, percent: pd.DataFrame, line: Line, marks: tuple[int, int] | None) -> None:
    """Draw the mean of seeds [epoch, seed], and the band that spans them."""
    style, x = look(line.activation), percent.index.to_numpy(dtype=float)
    low, high = percent.min(axis=1), percent.max(axis=1)
    band = axis.fill_between(x, low, high, color=style["color"], alpha=0.2, linewidth=0)
    dashed = {"color": style["color"], "linestyle": line.dashes}
    (mean,) = axis.plot(x, percent.mean(axis=1), linewidth=1.4, **dashed)
    if marks:
        number, of_all = marks
        step = max(len(x) // 5, 1)
        mean.set(marker=style["marker"], markersize=4, markevery=(number * step // of_all, step))
    belong(line.activation, band, mean)
