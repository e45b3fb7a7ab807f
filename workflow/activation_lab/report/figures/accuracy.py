"""How well the networks learn: the test accuracy of every run, cell by cell."""

from __future__ import annotations

import textwrap
from typing import Any

import pandas as pd
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.lines import Line2D

from activation_lab.analysis.printed_numbers import TEST_ACCURACY, is_tutorial
from activation_lab.analysis.statistics import Tables
from activation_lab.datasets import named
from activation_lab.report.figures.axes import numeric_axes, trained
from activation_lab.report.figures.style import (
    GREY,
    LONGEST,
    MOST_MARKS,
    belong,
    keys,
    look,
    mark,
    of,
    ordered,
    panels,
    spread,
)
from activation_lab.wording import labels

RANKED_FROM = 8
APART = 15  # percent from which the labels of two chance levels do not touch
# How a run that ended so is drawn, where that is not as its activation is.
FAILED: dict[str, dict[str, Any]] = {
    "ok": {"markeredgewidth": 0},
    "plateau": {"fillstyle": "none"},
    "diverged": {"marker": "x"},
}
EDITIONS = {"PyTorch edition": "d", "JAX edition": "*"}


def accuracy(tables: Tables) -> Figure | None:
    """Test accuracy of every run: how well each network learns, and how much its seeds differ. It
    is measured with the best epoch's weights. Each small mark is one run (a seed): filled if it
    learnt, hollow if it stayed at chance level, a cross if it diverged. The large mark with a bar
    is the mean of the runs that learnt, with its 95% interval; where not all learnt, the line says
    how many did. Left: all runs. Right: those that learnt, enlarged to where most of them lie;
    marks and intervals beyond are cut off. More than eight lines are ranked by that mean. Grey
    marks, where shown, are the single runs that the tutorial's two editions print.
    """
    runs = tables["runs"][tables["runs"]["epochs"] > 0]
    if runs.empty or numeric_axes(trained(tables)):
        return None
    cells = _ranked(runs)
    words = labels(tables["cells"])
    names = [textwrap.fill(words[cell], LONGEST) for cell in cells]
    line = max(0.46, 0.16 * max(name.count("\n") + 2 for name in names))
    figure, grid = panels(1, 2, 4.4, 0.9 + line * len(cells), sharey=True)
    whole, enlarged = grid[0]
    means = tables["summary"].query("metric == 'test_accuracy'").set_index("cell")
    published = is_tutorial(tables["cells"])
    for place, cell in enumerate(cells):
        rows = runs[runs["cell"] == cell]
        draw_runs(whole, rows, place, 2 * len(runs) <= MOST_MARKS)
        draw_runs(enlarged, rows[rows["status"] == "ok"], place, 2 * len(runs) <= MOST_MARKS)
        for axis in (whole, enlarged):
            draw_mean(axis, means.loc[cell], place)
        write_learnt(enlarged, rows, place)
        if published:
            _published(enlarged, rows["activation"].iloc[0], place)
    whole.set(yticks=range(len(cells)), yticklabels=names, xlim=(0, 100))
    whole.set_ylim(len(cells) - 0.5, -0.5)
    _chance(whole, runs["dataset"])
    for axis in (whole, enlarged):
        axis.set_xlabel("test accuracy (%)")
    enlarge(enlarged, runs)
    keys(figure, _marks(published, set(runs["status"])), side="lower")
    return figure


def _ranked(runs: pd.DataFrame) -> list[str]:
    """Return the cells in the config's order; many by their mean, those without one last."""
    cells = ordered(runs["cell"])
    if len(cells) <= RANKED_FROM:
        return cells
    learnt = runs["test_accuracy"].where(runs["status"] == "ok")
    return list(learnt.groupby(runs["cell"]).mean().sort_values(ascending=False).index)


def _chance(axis: Axes, datasets: pd.Series) -> None:
    """Draw a line at the accuracy of guessing on each dataset."""
    labelled = -APART
    for chance in sorted({100 * named(name).chance for name in datasets}):
        axis.axvline(chance, color=GREY, linewidth=0.8, linestyle=":")
        if chance - labelled >= APART:
            where = {"xycoords": ("data", "axes fraction"), "color": GREY, "fontsize": 8}
            axis.annotate("chance", (chance, 1.01), ha="center", **where)
            labelled = chance


def _marks(published: bool, statuses: set[str]) -> list[Line2D]:
    grey: dict[str, Any] = {"color": GREY, "linestyle": ""}
    keys = [Line2D([], [], marker="o", markersize=3, label="one run", **grey)]
    if "plateau" in statuses:
        hollow = {"marker": "o", "markersize": 4, "fillstyle": "none"}
        keys.append(Line2D([], [], label="stayed at chance level", **grey, **hollow))
    if "diverged" in statuses:
        keys.append(Line2D([], [], marker="x", label="diverged", **grey))
    keys.append(Line2D([], [], color=GREY, marker="o", label="mean, 95% interval"))
    for edition, shape in EDITIONS.items() if published else ():
        keys.append(Line2D([], [], marker=shape, fillstyle="none", label=edition, **grey))
    return keys


def told(rows: pd.DataFrame) -> list[str]:
    """Say of each run which seed it is and its test accuracy."""
    pairs = zip(rows["seed"], rows["test_accuracy"], strict=True)
    return [f"seed {seed}: {accuracy:.1%}" for seed, accuracy in pairs]


def draw_runs(axis: Axes, rows: pd.DataFrame, place: int, each: bool) -> None:
    """Draw a mark for each run of a cell, in its line; `each` tells which run it is."""
    offsets = pd.Series(place + spread(len(rows), 0.6), index=rows.index)
    for status, marks in FAILED.items():
        chosen = rows[rows["status"] == status]
        if len(chosen):
            x = (100 * chosen["test_accuracy"]).tolist()
            y, texts = offsets[chosen.index].tolist(), told(chosen) if each else []
            style = {"markersize": 4, "alpha": 0.7, **marks}
            mark(axis, chosen["activation"].iloc[0], x, y, texts, **style)


def draw_mean(axis: Axes, row: pd.Series, place: int) -> None:
    """Draw the mean of a cell's runs that learnt, with its interval."""
    if row["n"] == 0:
        return
    style = look(row["activation"])
    edge = {"markeredgecolor": "white", "markeredgewidth": 0.6}
    drawn = axis.plot(100 * row["mean"], place, markersize=8, **edge, **style)
    belong(row["activation"], *drawn)
    if pd.notna(row["low"]):
        ends = 100 * row["low"], 100 * row["high"]
        belong(row["activation"], axis.hlines(place, *ends, color=style["color"], linewidth=2))


def write_learnt(axis: Axes, rows: pd.DataFrame, place: int) -> None:
    """Write to the right of a cell's line how many of its runs learnt, if not all did."""
    learnt = (rows["status"] == "ok").sum()
    if learnt < len(rows):
        where: dict[str, Any] = {"xycoords": ("axes fraction", "data"), "annotation_clip": False}
        text = f"{learnt} of {len(rows)} learnt"
        axis.annotate(text, (1.01, place), va="center", color=GREY, fontsize=8, **where)


def enlarge(axis: Axes, runs: pd.DataFrame) -> None:
    """Set the scale by the runs that learnt: a wide interval of few runs is cut off."""
    ok = 100 * runs.loc[runs["status"] == "ok", "test_accuracy"]
    if ok.empty:
        return
    middle, reach = ok.median(), 3 * (ok.quantile(0.75) - ok.quantile(0.25))
    near = ok[(ok - middle).abs() <= reach] if reach else ok
    axis.set_xlim(max(near.min() - 1, 0), min(near.max() + 1, 100))


def _published(axis: Axes, activation: str, place: int) -> None:
    for edition, shape in EDITIONS.items():
        value = TEST_ACCURACY[edition].get(activation)
        if value is not None:
            hollow: dict[str, Any] = {"s": 34, "facecolor": "none", "edgecolor": GREY}
            name = of(activation, f"{edition}: {value:.1f}%")
            axis.scatter(value, place, marker=shape, gid=name, **hollow)
