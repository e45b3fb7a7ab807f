"""The tasks of a study side by side: what each dataset and network family says of the activations."""

from __future__ import annotations

import pandas as pd
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.ticker import MaxNLocator

from activation_lab.analysis.statistics import Tables
from activation_lab.analysis.tasks import parts
from activation_lab.report.figures import accuracy
from activation_lab.report.figures.style import GREY, MOST_PANELS, ordered, wrapped
from activation_lab.wording import labels

MOST_ROWS = 24  # of a panel


def accuracy_by_task(tables: Tables) -> Figure | None:
    """Test accuracy of the best epoch's weights on each dataset and network. Each small mark is one run
    (a seed) that learnt. The large mark with a bar is the mean of the runs that learnt, with its 95%
    interval. Each panel has its own scale: where marks of two panels stand in another order, the
    networks disagree about the activations. At the left edge: how many runs stayed at chance level or
    diverged, and means that are below the scale.
    """
    tasks = list(parts(tables).items())
    if len(tasks) < 2 or not (tables["runs"]["epochs"] > 0).any():
        return None
    rows = [ordered(own["cells"]["cell"]) for _, own in tasks]
    most = max(map(len, rows))
    if most > MOST_ROWS or len(tasks) > MOST_PANELS:
        return None
    figure, axes = wrapped(len(tasks), 3.2, 0.9 + 0.3 * most)
    for axis, (task, own), cells in zip(axes, tasks, rows, strict=True):
        names = labels(own["cells"])
        runs = own["runs"][own["runs"]["epochs"] > 0]
        means = own["summary"].query("metric == 'test_accuracy'").set_index("cell")
        for place, cell in enumerate(cells):
            mine = runs[runs["cell"] == cell]
            accuracy.draw_runs(axis, mine[mine["status"] == "ok"], place)
            accuracy.draw_mean(axis, means.loc[cell], place)
            _failed(axis, mine, place)
        axis.set(yticks=range(len(cells)), yticklabels=[names[cell] for cell in cells])
        axis.set_ylim(most - 0.5, -0.5)
        axis.set_title(task)
        accuracy.enlarge(axis, runs)
        for place, cell in enumerate(cells):
            _beyond(axis, means.loc[cell, "mean"], place)
        axis.xaxis.set_major_locator(MaxNLocator(nbins=5))
    figure.supxlabel("test accuracy (%)", fontsize=9)
    return figure


def _failed(axis: Axes, runs: pd.DataFrame, place: int) -> None:
    """Say how many runs of a cell failed."""
    failed = (runs["status"] != "ok").sum()
    if failed:
        _at_edge(axis, f"{failed} of {len(runs)} failed", place)


def _beyond(axis: Axes, mean: float, place: int) -> None:
    """Write a mean that is below the scale."""
    if pd.notna(mean) and 100 * mean < axis.get_xlim()[0]:
        _at_edge(axis, f"← {100 * mean:.1f}%", place - 0.3)


def _at_edge(axis: Axes, text: str, place: float) -> None:
    """Write a text at the left edge, in the line of a cell."""
    where = {"xycoords": ("axes fraction", "data"), "color": GREY, "fontsize": 7}
    axis.annotate(text, (0.02, place), va="center", **where)
