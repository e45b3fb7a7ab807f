"""What depth does to gradients, beside what mean-field theory says it does."""

from __future__ import annotations

import numpy as np
import pandas as pd
import seaborn as sns
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.lines import Line2D
from matplotlib.patches import Rectangle
from matplotlib.patheffects import withStroke
from matplotlib.ticker import MaxNLocator

from activation_lab.analysis import layers
from activation_lab.analysis.agreement import GRADIENT, agreement, panels
from activation_lab.analysis.statistics import Tables
from activation_lab.datasets import named
from activation_lab.report.figures.style import GREY, legend, look, ordered, spread, wrapped

DEEP = 16  # hidden layers from which a slope can be read off


def gradient_theory(tables: Tables) -> Figure | None:
    """Where a line is at 1 (grey), mean-field theory predicts the size of the untrained networks' weight
    gradients exactly. Each mark is the root mean square over the weights of a layer and all seeds,
    divided by the predicted one; its bar is one standard error of the seeds to either side. Theory is
    for infinitely wide networks with a softmax linear in its logits.
    """
    rows = agreement(tables)
    rows = rows[rows["quantity"] == GRADIENT]
    groups = panels(rows, tables["cells"])
    if not groups:
        return None
    names = ordered(rows["activation"])
    shift = dict(zip(names, spread(len(names)), strict=True))
    figure, axes = wrapped(len(groups), 3.0, 2.4, sharey=True)
    for axis, (title, chosen) in zip(axes, groups, strict=True):
        axis.axhline(1, color=GREY, linewidth=0.8)
        for activation, group in chosen.groupby("activation", sort=False):
            ratio, error = 1 + group["difference"], group["standard_error"]
            place = group["layer"].astype(float) + shift[activation]
            axis.errorbar(place, ratio, error, linewidth=1, markersize=3, **look(activation))
        axis.set_title(title, fontsize=8)
        axis.xaxis.set_major_locator(MaxNLocator(integer=True))
    legend(figure, names)
    figure.supxlabel("layer of weights (the last is the output layer)", fontsize=9)
    figure.supylabel("measured / predicted", fontsize=9)
    return figure


def gradient_decay(tables: Tables) -> Figure | None:
    """Standard deviation of the weight gradient in the deepest untrained networks, hidden layer by
    hidden layer, over that of the last: mean of the seeds (solid), and theory's slope, a factor √χ₁ a
    layer (dotted). A line that falls to the left is a gradient that vanishes on its way back. Values
    below 1e-30 are not shown.
    """
    rows = tables["gradients"]
    rows = rows[(rows["phase"] == "untrained") & layers.hidden(rows)]
    rows = rows[rows["depth"] == rows["depth"].max()] if len(rows) else rows
    if rows.empty or rows["depth"].iloc[0] < DEEP:
        return None
    groups = list(rows.groupby(["dataset", "initialisation"], sort=False))
    figure, axes = wrapped(len(groups), 4.2, 3.2, sharey=True)
    for axis, ((dataset, initialisation), chosen) in zip(axes, groups, strict=True):
        for activation, group in chosen.groupby("activation", sort=False):
            _decay(axis, activation, group, tables["theory"])
        depth = rows["depth"].iloc[0]
        title = f"{initialisation} initialisation, {depth} layers"
        if rows["dataset"].nunique() > 1:
            title = f"{named(dataset).title}, {title}"
        axis.set(title=title, yscale="log")
    lines = [
        Line2D([], [], color=GREY, label="measured"),
        Line2D([], [], color=GREY, linestyle=":", label="√χ₁ a layer"),
    ]
    legend(figure, ordered(rows["activation"]), lines)
    figure.supxlabel("hidden layer", fontsize=9)
    figure.supylabel("gradient / that of the last hidden layer", fontsize=9)
    return figure


def _decay(axis: Axes, activation: str, rows: pd.DataFrame, theory: pd.DataFrame) -> None:
    mean = rows.groupby("layer")["std"].mean()
    relative = (mean / mean.iloc[-1]).where(lambda r: r > 1e-30)
    style = look(activation)
    axis.plot(relative, markevery=max(len(relative) // 6, 1), markersize=4, **style)
    same = theory[
        (theory["activation"] == activation)
        & (theory["dataset"] == rows["dataset"].iloc[0])
        & (theory["network"] == rows["network"].iloc[0])
        & (theory["initialisation"] == rows["initialisation"].iloc[0])
    ]
    chi = same["chi_1"].dropna()
    if len(chi):
        layer = mean.index.to_numpy(dtype=float)
        slope = np.sqrt(chi.iloc[0]) ** (layer.max() - layer)
        kept = slope > 1e-30
        axis.plot(layer[kept], slope[kept], color=style["color"], linestyle=":", linewidth=1)


def depth_accuracy(tables: Tables) -> Figure | None:
    """Mean test accuracy (%) of the runs that learnt, over depth and initialisation; where some runs
    failed, how many of them learnt. "fails": none did, and the shade is that of guessing. Hatched,
    below the black line: deeper than 6 ξ_c, the depth to which mean-field theory calls a network
    trainable (Schoenholz et al. 2017).
    """
    runs = tables["runs"][tables["runs"]["epochs"] > 0]
    if runs["depth"].nunique() < 2 or runs["initialisation"].nunique() < 2:
        return None
    groups = list(runs.groupby(["dataset", "activation"], sort=False))
    figure, axes = wrapped(len(groups), 3.2, 2.8, sharey=True)
    for axis, ((dataset, name), group) in zip(axes, groups, strict=True):
        table, words = _learnt(group, 100 * named(dataset).chance)
        sns.heatmap(
            table, ax=axis, annot=words, fmt="", vmin=0, vmax=100, cmap="cividis", cbar=False
        )
        theory = tables["theory"]
        same = (theory["activation"] == name) & (theory["dataset"] == dataset)
        _hatch(axis, table, theory[same])
        for text, colour in zip(axis.texts, axis.collections[0].get_facecolor(), strict=True):
            text.set_path_effects([withStroke(linewidth=3, foreground=colour)])  # over the hatching
        several = runs["dataset"].nunique() > 1
        title = f"{name}, {named(dataset).title}" if several else name
        axis.set(title=title, xlabel="", ylabel="")
        axis.tick_params(axis="x", rotation=30)
    figure.supylabel("hidden layers", fontsize=9)
    return figure


def _learnt(runs: pd.DataFrame, guessing: float) -> tuple[pd.DataFrame, pd.DataFrame]:
    """Return mean test accuracies [depth, initialisation] in percent, and what to write there.

    Where no run learnt, the accuracy is that of `guessing`, in percent.
    """
    place = ["depth", "initialisation"]
    learnt = (100 * runs["test_accuracy"]).where(runs["status"] == "ok").astype(float)
    groups = learnt.groupby([runs[name] for name in place], sort=False)
    cells = pd.DataFrame({"mean": groups.mean(), "learnt": groups.count(), "n": groups.size()})
    words = [
        "fails"
        if not cell.learnt
        else f"{cell.mean:.0f}" + f"\n{cell.learnt} of {cell.n}" * (cell.learnt < cell.n)
        for cell in cells.itertuples()
    ]
    cells = cells.assign(words=words, mean=cells["mean"].fillna(guessing))
    return (
        cells["mean"].unstack(sort=False).sort_index(),
        cells["words"].unstack(sort=False).sort_index(),
    )


def _hatch(axis: Axes, table: pd.DataFrame, theory: pd.DataFrame) -> None:
    """Hatch the cells of a heatmap that are deeper than 6 ξ_c, and draw the line where they begin."""
    reach = theory.groupby(["depth", "initialisation"])["correlation_depth"].first()
    depths = table.index.to_numpy(dtype=float)
    for column, initialisation in enumerate(table.columns):
        known = [reach.get((depth, initialisation), np.nan) for depth in table.index]
        deeper = depths > 6 * np.array(known, dtype=float)  # false where there is no theory
        for row in np.flatnonzero(deeper).tolist():
            axis.add_patch(
                Rectangle((column, row), 1, 1, fill=False, hatch="///", edgecolor="white")
            )
        for row in np.flatnonzero(np.diff(deeper, prepend=False) & deeper).tolist():
            line = axis.hlines(row, column, column + 1, colors="black", linewidth=3, clip_on=False)
            line.set_path_effects([withStroke(linewidth=5, foreground="white")])
