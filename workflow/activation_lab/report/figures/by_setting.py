"""What a study's own axes do: lines over a numeric setting, a heatmap over two."""

from __future__ import annotations

import numpy as np
import pandas as pd
import seaborn as sns
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.lines import Line2D
from matplotlib.typing import LineStyleType

from activation_lab.analysis.statistics import Tables
from activation_lab.report.figures.accuracy import FAILED
from activation_lab.report.figures.style import (
    GREY,
    MOST_PANELS,
    Look,
    legend,
    look,
    ordered,
    wrapped,
)

NUMERIC = (
    "depth",
    "width",
    "learning_rate",
    "training_images",
    "batch_size",
    "epochs",
    "momentum",
    "weight_decay",
    "patience",
)
WIDE = 20  # a setting that spans more than this factor is drawn on a logarithmic axis


def accuracy_by_setting(tables: Tables) -> Figure | None:
    """Test accuracy of the best epoch's weights over the numeric setting that the study varies. The
    line is the mean of the runs that learnt, the band its 95% interval. Each small mark is one run:
    filled if it learnt, hollow if it stayed at chance level, a cross if it diverged. Where two settings
    are numeric: the mean in percent of the runs that learnt; an empty cell had none.
    """
    cells = _trained(tables)
    numeric = numeric_axes(cells)
    if not numeric:
        return None
    if len(numeric) == 1:
        return _lines(tables, cells, numeric[0])
    return _heatmaps(tables, cells, numeric[0], numeric[1])


def dead_by_setting(tables: Tables) -> Figure | None:
    """Share of all hidden units that are dead, exactly 0 on every image trained on, over the numeric
    setting that the study varies. Each mark is one run: before training (dashed) and with the best
    epoch's weights (solid). The solid line is the mean of the runs that learnt. Runs that stayed at
    chance level are large hollow marks, and crosses on the upper edge are runs that diverged: neither
    is in a mean.
    """
    rows = tables["dead_neurons"]
    cells = tables["cells"]
    numeric = numeric_axes(cells)
    if len(numeric) != 1 or rows["dead"].sum() == 0:
        return None
    sums = rows.groupby(["cell", "seed", "phase"], sort=False)[["dead", "units"]].sum()
    share = (100 * sums["dead"] / sums["units"]).rename("share").reset_index()
    share = share.merge(tables["runs"][["cell", "seed", "status"]], on=["cell", "seed"])
    diverged = tables["runs"].loc[tables["runs"]["status"] == "diverged", ["cell", "seed"]]
    groups = _groups(cells, numeric[0])
    figure, axes = wrapped(len(groups), 4.6, 3.2, sharey=True)
    for axis, (title, group) in zip(axes, groups, strict=True):
        for activation, points in group.groupby("activation", sort=False):
            own_share, lost = (
                frame.merge(points[["cell", numeric[0]]], on="cell") for frame in (share, diverged)
            )
            _shares(axis, look(activation), own_share, lost[numeric[0]], numeric[0])
        _scale(axis, cells[numeric[0]], title)
    phases: list[tuple[str, LineStyleType]] = [("before training", "--"), ("best weights", "-")]
    lines = [Line2D([], [], color=GREY, linestyle=line, label=name) for name, line in phases]
    trained = (rows["phase"] == "best").any()
    legend(figure, ordered(cells["activation"]), lines if trained else lines[:1])
    figure.supxlabel(words(numeric[0]), fontsize=9)
    figure.supylabel("dead units (%)", fontsize=9)
    return figure


def _shares(
    axis: Axes, style: Look, share: pd.DataFrame, diverged: pd.Series, setting: str
) -> None:
    """Draw an activation's runs and their means, and at which values of the setting runs diverged."""
    for phase, line, fill in (("untrained", "--", "none"), ("best", "-", "full")):
        whole = share[share["phase"] == phase]
        chosen = whole[whole["status"] == "ok"] if phase == "best" else whole
        marks = {"linestyle": "", "markersize": 4, "fillstyle": fill, **style}
        axis.plot(chosen[setting], chosen["share"], **marks)
        axis.plot(chosen.groupby(setting)["share"].mean(), color=style["color"], linestyle=line)
    stuck = share[(share["phase"] == "best") & (share["status"] == "plateau")]
    marks = {"linestyle": "", "markersize": 7, "fillstyle": "none", **style}
    axis.plot(stuck[setting], stuck["share"], **marks)
    axis.scatter(
        diverged,
        np.ones(len(diverged)),
        marker="x",
        color=style["color"],
        transform=axis.get_xaxis_transform(),
        clip_on=False,
        zorder=3,
    )


def numeric_axes(cells: pd.DataFrame) -> list[str]:
    """Return the columns of the numeric settings that a study varies.

    Networks are numeric by their depth or width, where all layers of each are equally wide.
    """
    varied = list(cells["varied"].iloc[0]) if len(cells) else []
    if "network" in varied and cells["width"].notna().all():
        varied += ["depth", "width"]
    return [name for name in NUMERIC if name in varied and cells[name].nunique() > 1]


def words(setting: str) -> str:
    """Return the name of a setting for the label of an axis."""
    return {"depth": "hidden layers", "width": "units of each hidden layer"}.get(
        setting, setting.replace("_", " ")
    )


def _trained(tables: Tables) -> pd.DataFrame:
    runs = tables["runs"]
    return tables["cells"][tables["cells"]["cell"].isin(runs.loc[runs["epochs"] > 0, "cell"])]


def _groups(cells: pd.DataFrame, *shown: str) -> list[tuple[str, pd.DataFrame]]:
    """Return the panels: a title and the cells of each, one for each value of what is not shown."""
    settings = list(cells["varied"].iloc[0])
    known = {"activation", *shown}
    if known & {"depth", "width"}:
        known.add("network")
    others = [name for name in settings if name not in known]
    if not others:
        return [("", cells)]
    titled = cells.groupby(others, sort=False)
    return [
        (", ".join(f"{words(n)} {v}" for n, v in zip(others, values, strict=True)), group)
        for values, group in titled
    ][:MOST_PANELS]


def _lines(tables: Tables, cells: pd.DataFrame, setting: str) -> Figure:
    means = tables["summary"].query("metric == 'test_accuracy'").set_index("cell")
    groups = _groups(cells, setting)
    figure, axes = wrapped(len(groups), 4.6, 3.2, sharey=True)
    for axis, (title, group) in zip(axes, groups, strict=True):
        for activation, points in group.groupby("activation", sort=False):
            style = look(activation)
            points = points.sort_values(setting)
            x = points[setting].to_numpy(dtype=float)
            mean = 100 * means.loc[points["cell"], ["mean", "low", "high"]].astype(float)
            axis.fill_between(x, mean["low"], mean["high"], color=style["color"], alpha=0.15, lw=0)
            axis.plot(x, mean["mean"], markersize=6, **style)
            runs = tables["runs"].merge(points[["cell", setting]], on="cell", suffixes=("", "_x"))
            at = runs.get(f"{setting}_x", runs[setting])
            for status, own_style in FAILED.items():
                chosen = runs["status"] == status
                marks = {"linestyle": "", "markersize": 3, "alpha": 0.6, **style, **own_style}
                axis.plot(at[chosen], 100 * runs.loc[chosen, "test_accuracy"], **marks)
        axis.set_ylim(0, 100)
        axis.yaxis.grid(visible=True, linewidth=0.4)
        _scale(axis, cells[setting], title)
    legend(figure, ordered(cells["activation"]))
    figure.supxlabel(words(setting), fontsize=9)
    figure.supylabel("test accuracy (%)", fontsize=9)
    return figure


def _scale(axis: Axes, values: pd.Series, title: str) -> None:
    """Put a tick at each value of the setting."""
    axis.set_title(title, fontsize=8)
    ticks = sorted(values.unique())
    if ticks[0] > 0 and ticks[-1] / ticks[0] > WIDE:
        axis.set_xscale("log")
    axis.set_xticks(ticks, [f"{tick:g}" for tick in ticks])
    axis.minorticks_off()


def _heatmaps(tables: Tables, cells: pd.DataFrame, across: str, down: str) -> Figure:
    means = tables["summary"].query("metric == 'test_accuracy'").set_index("cell")["mean"]
    groups = [
        (f"{activation} {title}".strip(), points)
        for title, group in _groups(cells, across, down)
        for activation, points in group.groupby("activation", sort=False)
    ][:MOST_PANELS]
    figure, axes = wrapped(len(groups), 3.2, 2.6, sharex=True, sharey=True)
    for axis, (title, points) in zip(axes, groups, strict=True):
        share = points.assign(mean=100 * points["cell"].map(means).astype(float))
        table = share.pivot_table(index=down, columns=across, values="mean", dropna=False)
        sns.heatmap(
            table, ax=axis, annot=True, fmt=".1f", vmin=0, vmax=100, cmap="cividis", cbar=False
        )
        axis.set_title(title, fontsize=8)
        axis.set(xlabel="", ylabel="")
    figure.supxlabel(words(across), fontsize=9)
    figure.supylabel(words(down), fontsize=9)
    return figure
