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

from activation_lab.figures.registry import Tables, registered
from activation_lab.figures.style import GREY, legend, look, ordered, wrapped

DEEP = 16  # hidden layers from which a slope can be read off


@registered
def gradient_theory(tables: Tables) -> Figure | None:
    """Measured over predicted standard deviation of the weight gradient of the untrained network,
    layer by layer: at 1 (grey) mean-field theory is exact. Each thin line is one seed, the thick line
    their mean. Theory is for infinitely wide networks with a softmax linear in its logits.
    """
    rows = tables["gradients"]
    rows = rows[(rows["stage"] == "untrained") & rows["predicted_std"].notna()]
    rows = rows.assign(ratio=rows["std"] / rows["predicted_std"])
    groups = list(rows.groupby(["network", "initialisation"], sort=False))
    if not groups:
        return None
    figure, axes = wrapped(len(groups), 3.0, 2.4, sharey=True)
    for axis, ((network, initialisation), chosen) in zip(axes, groups, strict=True):
        axis.axhline(1, color=GREY, linewidth=0.8)
        for activation, own in chosen.groupby("activation", sort=False):
            style = look(activation)
            for _, seed in own.groupby(["cell", "seed"]):
                axis.plot(
                    seed["layer"], seed["ratio"], color=style["color"], linewidth=0.5, alpha=0.4
                )
            axis.plot(own.groupby("layer")["ratio"].mean(), markersize=4, **style)
        axis.set(title=f"{network}, {initialisation}", yscale="log")
        axis.xaxis.set_major_locator(MaxNLocator(integer=True))
        axis.set_yticks([0.5, 0.7, 1, 1.4, 2], ["0.5", "0.7", "1", "1.4", "2"])
        axis.minorticks_off()
    legend(figure, ordered(rows["activation"]))
    figure.supxlabel("layer of weights (the last is the output layer)", fontsize=9)
    figure.supylabel("measured / predicted", fontsize=9)
    return figure


@registered
def gradient_decay(tables: Tables) -> Figure | None:
    """Standard deviation of the weight gradient in the deepest untrained networks, hidden layer by
    hidden layer, over that of the last: mean of the seeds (solid), and theory's slope, a factor √χ₁ a
    layer (dotted). A line that falls to the left is a gradient that vanishes on its way back. Values
    below 1e-30 are not shown.
    """
    rows = tables["gradients"]
    rows = rows[(rows["stage"] == "untrained") & (rows["layer"] <= rows["depth"])]
    rows = rows[rows["depth"] == rows["depth"].max()] if len(rows) else rows
    if rows.empty or rows["depth"].iloc[0] < DEEP:
        return None
    groups = list(rows.groupby("initialisation", sort=False))
    figure, axes = wrapped(len(groups), 4.2, 3.2, sharey=True)
    for axis, (initialisation, chosen) in zip(axes, groups, strict=True):
        for activation, own in chosen.groupby("activation", sort=False):
            _decay(axis, activation, own, tables["theory"])
        depth = rows["depth"].iloc[0]
        axis.set(title=f"{initialisation} initialisation, {depth} layers", yscale="log")
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
        & (theory["network"] == rows["network"].iloc[0])
        & (theory["initialisation"] == rows["initialisation"].iloc[0])
    ]
    chi = same["chi_1"].dropna()
    if len(chi):
        layers = mean.index.to_numpy(dtype=float)
        slope = np.sqrt(chi.iloc[0]) ** (layers.max() - layers)
        kept = slope > 1e-30
        axis.plot(layers[kept], slope[kept], color=style["color"], linestyle=":", linewidth=1)


@registered
def depth_accuracy(tables: Tables) -> Figure | None:
    """Mean test accuracy (%) over depth and initialisation. Hatched, below the black line: deeper than
    6 ξ_c, the depth to which mean-field theory calls a network trainable (Schoenholz et al. 2017).
    """
    runs = tables["runs"][tables["runs"]["epochs"] > 0]
    if runs["depth"].nunique() < 2 or runs["initialisation"].nunique() < 2:
        return None
    names = ordered(runs["activation"])
    figure, axes = wrapped(len(names), 3.2, 2.8, sharey=True)
    for axis, name in zip(axes, names, strict=True):
        own = runs[runs["activation"] == name]
        table = 100 * own.pivot_table(
            index="depth", columns="initialisation", values="test_accuracy", sort=False
        ).sort_index().astype(float)
        sns.heatmap(
            table, ax=axis, annot=True, fmt=".0f", vmin=0, vmax=100, cmap="cividis", cbar=False
        )
        _hatch(axis, table, tables["theory"][tables["theory"]["activation"] == name])
        for text, colour in zip(axis.texts, axis.collections[0].get_facecolor(), strict=True):
            text.set_path_effects([withStroke(linewidth=3, foreground=colour)])  # over the hatching
        axis.set(title=name, xlabel="", ylabel="")
        axis.tick_params(axis="x", rotation=30)
    figure.supylabel("hidden layers", fontsize=9)
    return figure


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
