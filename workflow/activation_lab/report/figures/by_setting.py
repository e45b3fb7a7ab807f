"""What a study's own axes do: lines over a numeric setting, a heatmap over two."""

from __future__ import annotations

from typing import Any

import numpy as np
import pandas as pd
import seaborn as sns
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.lines import Line2D
from matplotlib.typing import LineStyleType

from activation_lab.analysis.statistics import Tables, mean_interval
from activation_lab.report.figures.accuracy import FAILED, told
from activation_lab.report.figures.axes import (
    by_depth_and_initialisation,
    numeric_axes,
    others,
    split,
    trained,
    words,
)
from activation_lab.report.figures.style import (
    AS_PRINTED,
    GREY,
    MOST_MARKS,
    MOST_PANELS,
    belong,
    in_lines,
    legend,
    look,
    mark,
    ordered,
    wrapped,
)

WIDE = 20  # a setting that spans more than this factor is drawn on a logarithmic axis


def accuracy_by_setting(tables: Tables) -> Figure | None:
    """How the test accuracy depends on the number that the study varies; it is that of the best
    epoch's weights. The line is the mean of the runs that learnt, the band its 95% interval. Each
    small mark is one run: filled if it learnt, hollow if it stayed at chance level, a cross if it
    diverged. Where a study varies two numbers: the mean in percent of the runs that learnt, and its
    95% interval below; an empty cell had none.
    """
    cells = trained(tables)
    numeric = numeric_axes(cells)
    if not numeric or by_depth_and_initialisation(tables):
        return None
    if len(numeric) == 1:
        return _lines(tables, cells, numeric[0])
    return _heatmaps(tables, cells, numeric[0], numeric[1])


def dead_by_setting(tables: Tables) -> Figure | None:
    """How the share of dead units depends on the number that the study varies: hidden units that
    are exactly 0 on every image trained on. Each mark is one run: before training (dashed, hollow)
    and with the best epoch's weights (solid, filled). The lines are means, of trained networks only
    of those that learnt, and the bands their 95% intervals. Runs that stayed at chance level are
    large hollow marks, and crosses on the upper edge are runs that diverged: neither is in a mean.
    """
    rows = tables["dead_neurons"]
    cells = tables["cells"]
    numeric = numeric_axes(cells)
    if len(numeric) != 1 or rows["dead"].sum() == 0 or by_depth_and_initialisation(tables):
        return None
    sums = rows.groupby(["cell", "seed", "phase"], sort=False)[["dead", "units"]].sum()
    share = (100 * sums["dead"] / sums["units"]).rename("share").reset_index()
    share = share.merge(tables["runs"][["cell", "seed", "status"]], on=["cell", "seed"])
    diverged = tables["runs"].loc[tables["runs"]["status"] == "diverged", ["cell", "seed"]]
    groups = split(cells, others(cells, numeric[0]))
    figure, axes = wrapped(len(groups), 4.6, 3.2, sharey=True)
    for axis, (title, group) in zip(axes, groups, strict=True):
        for activation, points in group.groupby("activation", sort=False):
            own_share, lost = (
                frame.merge(points[["cell", numeric[0]]], on="cell") for frame in (share, diverged)
            )
            each = len(share) <= MOST_MARKS
            _shares(axis, activation, own_share, lost[numeric[0]], numeric[0], each)
        _scale(axis, cells[numeric[0]], title)
    phases: list[tuple[str, LineStyleType]] = [("before training", "--"), ("best weights", "-")]
    lines = [Line2D([], [], color=GREY, linestyle=line, label=name) for name, line in phases]
    after = (rows["phase"] == "best").any()
    legend(figure, ordered(cells["activation"]), lines if after else lines[:1])
    figure.supxlabel(words(numeric[0]), fontsize=9)
    figure.supylabel("dead units (%)", fontsize=9)
    return figure


def _shares(
    axis: Axes, activation: Any, share: pd.DataFrame, diverged: pd.Series, setting: str, each: bool
) -> None:
    """Draw an activation's runs and their means, and at which values of the setting runs diverged."""
    colour = look(activation)["color"]

    def marks(rows: pd.DataFrame, **style: Any) -> None:
        pairs = zip(rows["seed"], rows["share"], strict=True)
        said = [f"seed {seed}: {value:.1f}%" for seed, value in pairs]
        x, y = rows[setting].tolist(), rows["share"].tolist()
        mark(axis, activation, x, y, said if each else [], **style)

    for phase, line, fill in (("untrained", "--", "none"), ("best", "-", "full")):
        whole = share[share["phase"] == phase]
        chosen = whole[whole["status"] == "ok"] if phase == "best" else whole
        if chosen.empty:
            continue
        marks(chosen, markersize=4, fillstyle=fill)
        groups = chosen.groupby(setting)["share"]
        means = pd.DataFrame({x: mean_interval(y.to_numpy(float)) for x, y in groups}).T
        belong(activation, *axis.plot(means["mean"], color=colour, linestyle=line))
        ends = means[["low", "high"]].astype(float).clip(0, 100)
        band = {"color": colour, "alpha": 0.12, "linewidth": 0}
        belong(activation, axis.fill_between(ends.index, ends["low"], ends["high"], **band))
    stuck = share[(share["phase"] == "best") & (share["status"] == "plateau")]
    marks(stuck, markersize=7, fillstyle="none")
    edge = {"marker": "x", "color": colour, "clip_on": False, "zorder": 3}
    where = axis.get_xaxis_transform()
    belong(activation, axis.scatter(diverged, np.ones(len(diverged)), transform=where, **edge))


def _lines(tables: Tables, cells: pd.DataFrame, setting: str) -> Figure:
    means = tables["summary"].query("metric == 'test_accuracy'").set_index("cell")
    groups = split(cells, others(cells, setting))
    runs = tables["runs"].drop(columns=setting, errors="ignore")
    figure, axes = wrapped(len(groups), 4.6, 3.2, sharey=True)
    for axis, (title, group) in zip(axes, groups, strict=True):
        for activation, points in group.groupby("activation", sort=False):
            points = points.sort_values(setting)
            x = points[setting].to_numpy(dtype=float)
            mean = 100 * means.loc[points["cell"], ["mean", "low", "high"]].astype(float)
            band = {"color": look(activation)["color"], "alpha": 0.15, "lw": 0}
            belong(activation, axis.fill_between(x, mean["low"], mean["high"], **band))
            belong(activation, *axis.plot(x, mean["mean"], markersize=6, **look(activation)))
            own = runs.merge(points[["cell", setting]], on="cell")
            for status, style in FAILED.items():
                chosen = own[own["status"] == status]
                texts = told(chosen) if len(runs) <= MOST_MARKS else []
                at, y = chosen[setting].tolist(), (100 * chosen["test_accuracy"]).tolist()
                mark(axis, activation, at, y, texts, **{"markersize": 4, "alpha": 0.6, **style})
        axis.set_ylim(0, 100)
        axis.yaxis.grid(visible=True, linewidth=0.4)
        _scale(axis, cells[setting], title)
    legend(figure, ordered(cells["activation"]))
    figure.supxlabel(words(setting), fontsize=9)
    figure.supylabel("test accuracy (%)", fontsize=9)
    return figure


def _scale(axis: Axes, values: pd.Series, title: str) -> None:
    """Put a tick at each value of the setting."""
    axis.set_title(in_lines(title), fontsize=8)
    ticks = sorted(values.unique())
    if ticks[0] > 0 and ticks[-1] / ticks[0] > WIDE:
        axis.set_xscale("log")
    axis.set_xticks(ticks, [f"{tick:g}" if tick < 1_000 else f"{tick:,}" for tick in ticks])
    axis.minorticks_off()


def _heatmaps(tables: Tables, cells: pd.DataFrame, across: str, down: str) -> Figure:
    means = tables["summary"].query("metric == 'test_accuracy'").set_index("cell")
    groups = [
        (f"{activation}, {title}".strip(", "), points)
        for title, group in split(cells, others(cells, across, down))
        for activation, points in group.groupby("activation", sort=False)
    ][:MOST_PANELS]
    figure, axes = wrapped(len(groups), 3.2, 2.6, sharex=True, sharey=True)
    for axis, (title, points) in zip(axes, groups, strict=True):
        own = 100 * means.loc[points["cell"], ["mean", "low", "high"]].astype(float)
        shown = points.assign(
            mean=own["mean"].to_numpy(), text=[_written(*row) for row in own.to_numpy()]
        )
        place = {"index": down, "columns": across, "dropna": False}
        table = shown.pivot_table(values="mean", **place)
        text = shown.pivot(index=down, columns=across, values="text").fillna("")
        shades = {"vmin": 0, "vmax": 100, "cmap": "cividis", "cbar": False}
        sns.heatmap(
            table,
            ax=axis,
            annot=text,
            fmt="",
            annot_kws={"fontsize": 8, "gid": AS_PRINTED},
            **shades,
        )
        axis.set_title(in_lines(title), fontsize=8)
        axis.set(xlabel="", ylabel="")
        axis.tick_params(rotation=0)
        belong(points["activation"].iloc[0], axis)
    figure.suptitle("mean test accuracy (%)", fontsize=9)
    figure.supxlabel(words(across), fontsize=9)
    figure.supylabel(words(down), fontsize=9)
    return figure


def _written(mean: float, low: float, high: float) -> str:
    """Return a mean in percent with its interval on a line below, as far as they are known."""
    ends = f"\n{low:.1f} to {high:.1f}" if pd.notna(low) else ""
    return f"{mean:.1f}{ends}" if pd.notna(mean) else ""
