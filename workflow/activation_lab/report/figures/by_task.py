"""The tasks of a study side by side: what each dataset and network family says of the activations."""

from __future__ import annotations

import textwrap

import pandas as pd
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.ticker import MaxNLocator

from activation_lab.analysis.statistics import Tables
from activation_lab.analysis.tasks import parts
from activation_lab.report.figures import accuracy
from activation_lab.report.figures.style import (
    GREY,
    LONGEST,
    MOST_MARKS,
    MOST_PANELS,
    ordered,
    wrapped,
)
from activation_lab.wording import labels

LETTERS = 22  # of a line of a label
MOST_ROWS = 32  # of a panel: all activations of the catalogue fit


def accuracy_by_task(tables: Tables) -> Figure | None:
    """How far the datasets and networks agree about the activations: where marks of two panels
    stand in another order, they do not agree. Each small mark is the test accuracy of one run (a
    seed) that learnt, with the best epoch's weights. The large mark with a bar is the mean of the
    runs that learnt, with its 95% interval; where not all learnt, the line says how many did. Each
    panel has its own scale; a mean below it is written at the left edge.
    """
    tasks = list(parts(tables).items())
    if len(tasks) < 2 or not (tables["runs"]["epochs"] > 0).any():
        return None
    rows = [ordered(own["cells"]["cell"]) for _, own in tasks]
    most = max(map(len, rows))
    if most > MOST_ROWS or len(tasks) > MOST_PANELS:
        return None
    written = [_written(own, cells) for (_, own), cells in zip(tasks, rows, strict=True)]
    lines = max(text.count("\n") + 1 for texts in written for text in texts)
    height = 0.9 + max(0.3, 0.16 * (lines + 1)) * most
    figure, axes = wrapped(len(tasks), _width(tables["runs"], written), height)
    marks = sum(len(own["runs"]) for _, own in tasks)
    for axis, (task, own), cells, texts in zip(axes, tasks, rows, written, strict=True):
        runs = own["runs"][own["runs"]["epochs"] > 0]
        means = own["summary"].query("metric == 'test_accuracy'").set_index("cell")
        for place, cell in enumerate(cells):
            mine = runs[runs["cell"] == cell]
            accuracy.draw_runs(axis, mine[mine["status"] == "ok"], place, marks <= MOST_MARKS)
            accuracy.draw_mean(axis, means.loc[cell], place)
            accuracy.write_learnt(axis, mine, place)
        axis.set_yticks(range(len(cells)), texts)
        axis.set_ylim(most - 0.5, -0.5)
        axis.set_title(textwrap.fill(task, LONGEST))
        accuracy.enlarge(axis, runs)
        for place, cell in enumerate(cells):
            _beyond(axis, means.loc[cell, "mean"], place)
        axis.xaxis.set_major_locator(MaxNLocator(nbins=4))
    figure.supxlabel("test accuracy (%)", fontsize=9)
    return figure


def _written(tables: Tables, cells: list[str]) -> list[str]:
    """Return the labels of cells, in lines where they are long."""
    names = labels(tables["cells"])
    return [textwrap.fill(names[cell], LETTERS) for cell in cells]


def _width(runs: pd.DataFrame, written: list[list[str]]) -> float:
    """Return the width of a panel in inches, with its labels and what is written beside it."""
    letters = max(len(line) for texts in written for text in texts for line in text.split("\n"))
    failed = (runs["epochs"] > 0) & (runs["status"] != "ok")
    return 2.1 + 0.07 * letters + 0.9 * failed.any()


def _beyond(axis: Axes, mean: float, place: int) -> None:
    """Write a mean that is below the scale."""
    if pd.notna(mean) and 100 * mean < axis.get_xlim()[0]:
        _at_edge(axis, f"← {100 * mean:.1f}%", place - 0.3)


def _at_edge(axis: Axes, text: str, place: float) -> None:
    """Write a text at the left edge, in the line of a cell."""
    where = {"xycoords": ("axes fraction", "data"), "color": GREY, "fontsize": 7}
    axis.annotate(text, (0.02, place), va="center", **where)
