"""How well the networks learn: test accuracy, and accuracy over the epochs."""

from __future__ import annotations

from typing import Any

import numpy as np
import pandas as pd
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.lines import Line2D
from matplotlib.ticker import MaxNLocator

from activation_lab.analysis.printed_numbers import TEST_ACCURACY, is_tutorial
from activation_lab.analysis.statistics import Tables, learnt, still_stuck
from activation_lab.datasets import named
from activation_lab.report.figures.style import (
    GREY,
    MOST_PANELS,
    in_lines,
    look,
    ordered,
    panels,
    spread,
    wrapped,
)
from activation_lab.wording import labels


def accuracy(tables: Tables) -> Figure | None:
    """Test accuracy of the best epoch's weights. Each small mark is one run (a seed): filled if it
    learnt, hollow if it stayed at chance level, a cross if it diverged. The large mark with bars is the
    mean of the runs that learnt, with its 95% interval. Left: all runs. Right: those that learnt,
    enlarged to where most of them lie; marks and intervals beyond are cut off. More than eight lines
    are ranked by that mean. Grey marks, where shown, are the single runs that the tutorial's two
    editions print.
    """
    runs = tables["runs"][tables["runs"]["epochs"] > 0]
    if runs.empty:
        return None
    cells = ordered(runs["cell"])
    if len(cells) > RANKED_FROM:
        learnt = runs["test_accuracy"].where(runs["status"] == "ok")
        ranked = learnt.groupby(runs["cell"]).mean().sort_values(ascending=False)
        cells = list(ranked.index)  # those in which no run learnt come last
    figure, grid = panels(1, 2, 4.2, 0.9 + 0.46 * len(cells), sharey=True)
    whole, enlarged = grid[0]
    means = tables["summary"].query("metric == 'test_accuracy'").set_index("cell")
    published = is_tutorial(tables["cells"])
    for place, cell in enumerate(cells):
        rows = runs[runs["cell"] == cell]
        draw_runs(whole, rows, place)
        draw_runs(enlarged, rows[rows["status"] == "ok"], place)
        for axis in (whole, enlarged):
            draw_mean(axis, means.loc[cell], place)
        if published:
            _published(enlarged, rows["activation"].iloc[0], place)
    names = labels(tables["cells"])
    whole.set(yticks=range(len(cells)), yticklabels=[names[cell] for cell in cells], xlim=(0, 100))
    _chance(whole, runs["dataset"])
    whole.invert_yaxis()
    for axis in (whole, enlarged):
        axis.set_xlabel("test accuracy (%)")
    enlarge(enlarged, runs)
    keys = _marks(published, (runs["status"] == "diverged").any())
    figure.legend(handles=keys, loc="outside lower center", ncols=3)
    return figure


def _chance(axis: Axes, datasets: pd.Series) -> None:
    """Draw a line at the accuracy of guessing on each dataset."""
    for chance in sorted({100 * named(name).chance for name in datasets}):
        axis.axvline(chance, color=GREY, linewidth=0.8, linestyle=":")
        where = {"xycoords": ("data", "axes fraction"), "color": GREY, "fontsize": 8}
        axis.annotate("chance", (chance, 1), **where)


def _marks(published: bool, diverged: bool) -> list[Line2D]:
    keys = [
        Line2D([], [], color=GREY, marker="o", linestyle="", markersize=3, label="one run"),
        Line2D(
            [],
            [],
            color=GREY,
            marker="o",
            linestyle="",
            markersize=4,
            fillstyle="none",
            label="stayed at chance level",
        ),
        Line2D([], [], color=GREY, marker="o", markersize=6, label="mean, 95% interval"),
    ]
    if diverged:
        keys.append(Line2D([], [], color=GREY, marker="x", linestyle="", label="diverged"))
    if published:
        keys += [
            Line2D([], [], color=GREY, marker=mark, linestyle="", fillstyle="none", label=edition)
            for edition, mark in EDITIONS.items()
        ]
    return keys


RANKED_FROM = 8
# How a run that ended so is drawn, where that is not as its activation is.
FAILED: dict[str, dict[str, Any]] = {
    "ok": {"markeredgewidth": 0},
    "plateau": {"fillstyle": "none"},
    "diverged": {"marker": "x"},
}
EDITIONS = {"PyTorch edition": "d", "JAX edition": "*"}


def draw_runs(axis: Axes, rows: pd.DataFrame, place: int) -> None:
    """Draw a mark for each run of a cell, in its line."""
    if rows.empty:
        return
    style = look(rows["activation"].iloc[0])
    offsets = place + spread(len(rows), 0.6)
    for status, mark in FAILED.items():
        at = (rows["status"] == status).to_numpy(dtype=bool)
        marks = {"linestyle": "", "markersize": 4, "alpha": 0.7, **style, **mark}
        axis.plot(100 * rows.loc[at, "test_accuracy"], offsets[at], **marks)


def draw_mean(axis: Axes, row: pd.Series, place: int) -> None:
    """Draw the mean of a cell's runs that learnt, with its interval."""
    if row["n"] == 0:
        return
    style = look(row["activation"])
    axis.plot(
        100 * row["mean"],
        place,
        markersize=8,
        markeredgecolor="white",
        markeredgewidth=0.6,
        **style,
    )
    if pd.notna(row["low"]):
        axis.hlines(place, 100 * row["low"], 100 * row["high"], color=style["color"], linewidth=2)


def enlarge(axis: Axes, runs: pd.DataFrame) -> None:
    """Set the scale by the runs that learnt: a wide interval of few runs is cut off."""
    ok = 100 * runs.loc[runs["status"] == "ok", "test_accuracy"]
    if ok.empty:
        return
    middle, reach = ok.median(), 3 * (ok.quantile(0.75) - ok.quantile(0.25))
    near = ok[(ok - middle).abs() <= reach] if reach else ok
    axis.set_xlim(max(near.min() - 1, 0), min(near.max() + 1, 100))


def _published(axis: Axes, activation: str, place: int) -> None:
    for edition, mark in EDITIONS.items():
        value = TEST_ACCURACY[edition].get(activation)
        if value is not None:
            axis.scatter(value, place, marker=mark, s=34, facecolor="none", edgecolor=GREY)


def escape(tables: Tables) -> Figure | None:
    """Share of runs still at chance level after each epoch, with its 95% interval (Clopper and Pearson).
    Such a run's validation accuracy has not yet come a ninth of the way from guessing to 100%. A tick is
    a run that training ended while it was still there: it counts as there from then on. Settings with
    which every run left in the first epoch are left out.
    """
    runs = tables["runs"][tables["runs"]["epochs"] > 0]
    late = runs["plateau_exit_epoch"].isna() | (runs["plateau_exit_epoch"] > 1)
    cells = ordered(runs.loc[late & (runs["status"] != "diverged"), "cell"])[:MOST_PANELS]
    if not cells:
        return None
    names = labels(tables["cells"])
    figure, axes = wrapped(len(cells), 3.2, 2.4, sharex=True, sharey=True)
    for axis, cell in zip(axes, cells, strict=True):
        group = runs[runs["cell"] == cell]
        curve = still_stuck(group["plateau_exit_epoch"], int(group["epochs"].max()))
        x = curve["epoch"].to_numpy(dtype=float)
        y = {name: 100 * curve[name].to_numpy(dtype=float) for name in SHARES}
        colour = look(group["activation"].iloc[0])["color"]
        axis.fill_between(x, y["low"], y["high"], step="post", color=colour, alpha=0.2, linewidth=0)
        axis.step(x, y["share"], where="post", color=colour)
        ended = group.loc[group["plateau_exit_epoch"].isna(), "epochs"].to_numpy(dtype=float)
        at = [y["share"][int(epoch)] for epoch in ended]
        axis.plot(ended, at, "|", color=colour, markersize=9)
        axis.set_title(f"{in_lines(names[cell])} (n = {len(group)})", fontsize=8)
        axis.set_ylim(0, 104)
        axis.xaxis.set_major_locator(MaxNLocator(nbins=6, integer=True))
    figure.supxlabel("epoch", fontsize=9)
    figure.supylabel("still at chance level (%)", fontsize=9)
    return figure


MOST_TOGETHER = 12
SHARES = ("share", "low", "high")


def curves(tables: Tables) -> Figure | None:
    """Accuracy over the epochs: on the training batches as they were trained on (dashed) and on the
    validation images after each epoch (solid). The line is the mean of the runs that learnt and the
    band spans them, as long as all of them train; after the first has stopped early, each remaining
    seed is a thin line. Runs that stayed at chance level or diverged are thin lines from the start. In
    grey, where there are at most twelve panels: the validation means of the others.
    """
    metrics = tables["metrics"]
    if metrics.empty:
        return None
    cells = ordered(metrics["cell"])[:MOST_PANELS]
    names = labels(tables["cells"])
    figure, axes = wrapped(len(cells), 2.5, 2.1, sharex=True, sharey=True)
    ok = metrics[learnt(metrics, tables["runs"])]
    together = {cell: _while_all_train(ok[ok["cell"] == cell]) for cell in cells}
    for axis, cell in zip(axes, cells, strict=True):
        rows = metrics[metrics["cell"] == cell]
        others = [other for other in together.values() if len(other)]
        for other in others if len(cells) <= MOST_TOGETHER else ():
            mean = other["val_accuracy"].mean(axis=1)
            axis.plot(mean.index, 100 * mean, color="#D0D0D0", linewidth=0.7, zorder=0)
        colour = look(rows["activation"].iloc[0])["color"]
        for metric, line in (("train_accuracy", "--"), ("val_accuracy", "-")):
            _band(axis, together[cell], rows, metric, colour, line)
        axis.set_title(in_lines(names[cell]), fontsize=8)
        axis.yaxis.grid(visible=True, linewidth=0.4)
    keys = [
        Line2D([], [], color=GREY, linestyle="--", label="training"),
        Line2D([], [], color=GREY, linestyle="-", label="validation"),
    ]
    figure.legend(handles=keys, loc="outside upper right", ncols=2)
    figure.supxlabel("epoch", fontsize=9)
    figure.supylabel("accuracy (%)", fontsize=9)
    return figure


def _while_all_train(rows: pd.DataFrame) -> pd.DataFrame:
    """Return (metric, seed) × epoch for the epochs in which every seed trained."""
    wide = rows.pivot(index="epoch", columns="seed", values=["train_accuracy", "val_accuracy"])
    return wide.dropna()


def _band(
    axis: Axes, together: pd.DataFrame, rows: pd.DataFrame, metric: str, colour: str, line: str
) -> None:
    """Draw the mean and the band of the seeds that train together, then each of `rows` by itself."""
    last, seeds = 0, set()
    if len(together):
        percent = 100 * together[metric].astype(float)
        last, seeds = percent.index.max(), set(percent.columns)
        low, high = percent.min(axis=1), percent.max(axis=1)
        x = percent.index.to_numpy(dtype=float)
        axis.fill_between(x, low, high, color=colour, alpha=0.25, linewidth=0)
        axis.plot(percent.index, percent.mean(axis=1), color=colour, linestyle=line, linewidth=1.4)
    for seed, group in rows.groupby("seed"):
        tail = group[group["epoch"] >= last] if seed in seeds else group
        style = {"color": colour, "linestyle": line, "linewidth": 0.6, "alpha": 0.6}
        axis.plot(tail["epoch"], 100 * tail[metric].to_numpy(dtype=float), **style)
        if metric == "val_accuracy" and len(group):
            end = group.iloc[-1]
            axis.plot(end["epoch"], 100 * end[metric], ".", color=colour, markersize=3)
    axis.set_ylim(0, 100)
    axis.set_yticks(np.arange(0, 101, 20))
    axis.xaxis.set_major_locator(MaxNLocator(nbins=5, integer=True))
