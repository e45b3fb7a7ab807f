"""What becomes of the units."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np
import pandas as pd
import seaborn as sns
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.lines import Line2D
from matplotlib.patches import Patch
from matplotlib.ticker import FuncFormatter, MaxNLocator
from matplotlib.typing import FillStyleType, LineStyleType

from activation_lab.analysis.statistics import Tables, learnt
from activation_lab.report.figures.axes import by_depth_and_initialisation
from activation_lab.report.figures.style import (
    GREY,
    MOST_KEYS,
    MOST_MARKS,
    MOST_PANELS,
    belong,
    in_lines,
    keys,
    look,
    mark,
    ordered,
    wrapped,
)
from activation_lab.wording import labels

MANY_LAYERS = 16  # from which marks are small, so that they do not hide each other
LINES: dict[str, tuple[LineStyleType, FillStyleType]] = {
    "untrained": ("--", "none"),
    "best": ("-", "full"),
}
PHASES = {"untrained": "untrained", "best": "trained"}


def dead(tables: Tables) -> Figure | None:
    """In which layers units are dead, before and after training: the share of units whose
    activation is exactly 0 on every image trained on. Dashed, hollow marks: untrained. Solid,
    filled: trained, with the best epoch's weights of the runs that learnt. Each mark is one seed,
    the line their mean. Dotted: units of the untrained network whose pre-activation is above 0 on
    all of these images. Networks without any dead unit are left out.
    """
    rows = tables["dead_neurons"]
    rows = rows[(rows["phase"] == "untrained") | learnt(rows, tables["runs"])]
    dying = rows.groupby("cell", sort=False)["dead"].transform("sum") > 0
    rows = rows[dying].assign(share=lambda r: 100 * r["dead"] / r["units"])
    if rows.empty or by_depth_and_initialisation(tables):
        return None
    cells, names = ordered(rows["cell"])[:MOST_PANELS], labels(tables["cells"])
    figure, axes = wrapped(len(cells), 3.2, 2.3, sharey=True)
    for axis, cell in zip(axes, cells, strict=True):
        group = rows[rows["cell"] == cell]
        for phase, chosen in group.groupby("phase", sort=False):
            _shares(axis, chosen, *LINES[phase], each=len(rows) <= MOST_MARKS)
        before = group[group["phase"] == "untrained"]
        always_on = (100 * before["always_on"] / before["units"]).groupby(before["layer"]).mean()
        axis.plot(always_on, color=look(group["activation"].iloc[0])["color"], linestyle=":")
        axis.set_title(in_lines(names[cell]), fontsize=8)
        belong(group["activation"].iloc[0], axis)
        axis.xaxis.set_major_locator(MaxNLocator(integer=True))
        axis.yaxis.grid(visible=True, linewidth=0.4)
    shown = [
        Line2D([], [], color=GREY, linestyle=line, marker="o", fillstyle=fill, label=PHASES[phase])
        for phase, (line, fill) in LINES.items()
        if (rows["phase"] == phase).any()
    ]
    shown.append(Line2D([], [], color=GREY, linestyle=":", label="always on, untrained"))
    keys(figure, shown)
    figure.supxlabel("hidden layer", fontsize=9)
    figure.supylabel("dead units (%)", fontsize=9)
    return figure


def _shares(
    axis: Axes, rows: pd.DataFrame, line: LineStyleType, fill: FillStyleType, each: bool
) -> None:
    activation = rows["activation"].iloc[0]
    mean = rows.groupby("layer")["share"].mean()
    axis.plot(mean.index, mean, color=look(activation)["color"], linestyle=line)
    told = zip(rows["seed"], rows["layer"], rows["share"], strict=True)
    texts = [f"seed {seed}, layer {layer}: {share:.1f}%" for seed, layer, share in told]
    style = {"markersize": 4 if len(mean) < MANY_LAYERS else 2, "fillstyle": fill}
    mark(
        axis,
        activation,
        rows["layer"].tolist(),
        rows["share"].tolist(),
        texts if each else [],
        **style,
    )


def flow(tables: Tables) -> Figure | None:
    """When units die and whether they come back: in each epoch, those that died (below the axis)
    and those that came back (above it), as a share of all hidden units, by hidden layer. All panels
    have one scale. It is the mean of the seeds that still train, without runs that diverged. A unit
    counts as dead here if it is exactly 0 on the first 2,048 training images, so it may be alive on
    others. Networks in which no unit died or came back are left out.
    """
    finite = tables["runs"].loc[tables["runs"]["status"] != "diverged", ["cell", "seed"]]
    rows = tables["transitions"].merge(finite, on=["cell", "seed"])
    moving = rows.groupby("cell", sort=False)[["died", "revived"]].transform("sum").sum(axis=1) > 0
    rows = rows[moving]
    cells, names = ordered(rows["cell"])[:MOST_PANELS], labels(tables["cells"])
    if not cells:
        return None
    figure, axes = wrapped(len(cells), 2.8, 2.1, sharey=True)
    networks = tables["dead_neurons"].groupby(["cell", "seed", "phase"])["units"].sum()
    total = networks.groupby("cell").max()
    layers = sorted(rows["layer"].unique())
    shades = sns.color_palette("cividis", len(layers))
    shade = dict(zip(layers, shades, strict=True))
    for axis, cell in zip(axes, cells, strict=True):
        group = rows[rows["cell"] == cell]
        mean = group.groupby(["layer", "epoch"])[["died", "revived"]].mean() * 100 / total[cell]
        for column, sign in (("revived", 1), ("died", -1)):
            _pile(axis, sign * mean[column].unstack("layer").fillna(0.0), shade)
        axis.axhline(0, color=GREY, linewidth=0.6)
        axis.yaxis.set_major_formatter(FuncFormatter(lambda share, _: f"{abs(share):g}"))
        belong(group["activation"].iloc[0], axis)
        axis.set_title(in_lines(names[cell]), fontsize=8)
        axis.xaxis.set_major_locator(MaxNLocator(nbins=5, integer=True))
    kept = np.unique(np.linspace(0, len(layers) - 1, MOST_KEYS).round().astype(int))
    keys(figure, [Patch(color=shades[i], label=f"layer {layers[i]}") for i in kept])
    figure.supxlabel("epoch", fontsize=9)
    figure.supylabel("died ↓     came back ↑ (% of units)", fontsize=9)
    return figure


def _pile(axis: Axes, shares: pd.DataFrame, shades: Mapping[int, Any]) -> None:
    """Draw the shares of each epoch, a line of `shares`, on top of each other: a bar for each layer."""
    base = np.zeros(len(shares))
    for layer in shares:
        height = shares[layer].to_numpy(dtype=float)
        some = height != 0
        where, bottom = shares.index[some], base[some]
        axis.bar(where, height[some], bottom=bottom, color=shades[layer], width=0.8, linewidth=0)
        base = base + height
