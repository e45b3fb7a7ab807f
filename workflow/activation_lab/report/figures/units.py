"""What becomes of the units."""

from __future__ import annotations

from typing import Any

import numpy as np
import pandas as pd
import seaborn as sns
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.lines import Line2D
from matplotlib.patches import Patch
from matplotlib.ticker import MaxNLocator
from matplotlib.typing import FillStyleType, LineStyleType

from activation_lab.analysis.agreement import DEAD, agreement, panels
from activation_lab.analysis.statistics import Tables, learnt
from activation_lab.report.figures.style import (
    GREY,
    MOST_KEYS,
    MOST_PANELS,
    in_lines,
    keys_above,
    legend,
    look,
    ordered,
    wrapped,
)
from activation_lab.wording import labels

MANY_LAYERS = 16  # from which marks are small, so that they do not hide each other
LINES: dict[str, tuple[LineStyleType, FillStyleType]] = {
    "untrained": ("--", "none"),
    "best": ("-", "full"),
}
# A wide grey line, with a dash where it has one layer alone.
PREDICTED: dict[str, Any] = {
    "color": GREY,
    "alpha": 0.4,
    "linewidth": 3,
    "marker": "_",
    "markersize": 12,
    "markeredgewidth": 3,
}


def dead(tables: Tables) -> Figure | None:
    """Share of dead units in each hidden layer, untrained (dashed, hollow marks) and with the best
    epoch's weights (solid; runs that learnt): units whose activation is exactly 0 on every image
    trained on. Each mark is one seed, the line their mean. Dotted: units of the untrained network whose
    pre-activation is above 0 on all of them. Networks without any dead unit are left out.
    """
    rows = tables["dead_neurons"]
    rows = rows[(rows["phase"] == "untrained") | learnt(rows, tables["runs"])]
    dying = rows.groupby("cell", sort=False)["dead"].transform("sum") > 0
    rows = rows[dying].assign(share=lambda r: 100 * r["dead"] / r["units"])
    if rows.empty:
        return None
    cells, names = ordered(rows["cell"]), labels(tables["cells"])
    figure, axes = wrapped(len(cells), 3.2, 2.3, sharey=True)
    for axis, cell in zip(axes, cells, strict=True):
        group = rows[rows["cell"] == cell]
        for phase, chosen in group.groupby("phase", sort=False):
            _shares(axis, chosen, *LINES[phase])
        before = group[group["phase"] == "untrained"]
        always_on = (100 * before["always_on"] / before["units"]).groupby(before["layer"]).mean()
        axis.plot(always_on, color=look(group["activation"].iloc[0])["color"], linestyle=":")
        axis.set_title(in_lines(names[cell]), fontsize=8)
        axis.xaxis.set_major_locator(MaxNLocator(integer=True))
        axis.yaxis.grid(visible=True, linewidth=0.4)
    keys = [
        Line2D([], [], color=GREY, linestyle=line, marker="o", fillstyle=fill, label=phase)
        for phase, (line, fill) in LINES.items()
        if (rows["phase"] == phase).any()
    ]
    keys.append(Line2D([], [], color=GREY, linestyle=":", label="always on, untrained"))
    keys_above(figure, keys)
    figure.supxlabel("hidden layer", fontsize=9)
    figure.supylabel("dead units (%)", fontsize=9)
    return figure


def _shares(axis: Axes, rows: pd.DataFrame, line: LineStyleType, fill: FillStyleType) -> None:
    style = look(rows["activation"].iloc[0])
    mean = rows.groupby("layer")["share"].mean()
    axis.plot(mean.index, mean, color=style["color"], linestyle=line)
    size = 4 if len(mean) < MANY_LAYERS else 2
    axis.plot(rows["layer"], rows["share"], linestyle="", markersize=size, fillstyle=fill, **style)


def dead_theory(tables: Tables) -> Figure | None:
    """Where the marks lie on the grey line, mean-field theory predicts how many units of each hidden
    layer are dead before training. Marks: the measured share, the mean over the seeds, with one standard
    error to either side. Both are of units whose activation is exactly 0 on the first 1,000 training
    images; on all images fewer are dead. Layers without dead units are left out.
    """
    rows = agreement(tables)
    rows = rows[rows["quantity"] == DEAD]
    groups = panels(rows, tables["cells"])
    if not groups:
        return None
    figure, axes = wrapped(len(groups), 3.0, 2.4, sharey=True)
    for axis, (title, chosen) in zip(axes, groups, strict=True):
        for activation, group in chosen.groupby("activation", sort=False):
            layer, style = group["layer"].astype(float), look(activation)
            axis.plot(layer, 100 * group["predicted"], **PREDICTED)
            error = 100 * group["standard_error"]
            axis.errorbar(
                layer, 100 * group["measured"], error, linestyle="", markersize=4, **style
            )
        axis.set_title(title, fontsize=8)
        axis.set_xlim(0.5, chosen["layer"].max() + 0.5)
        axis.xaxis.set_major_locator(MaxNLocator(integer=True))
        axis.yaxis.grid(visible=True, linewidth=0.4)
    legend(figure, ordered(rows["activation"]), [Line2D([], [], label="predicted", **PREDICTED)])
    figure.supxlabel("hidden layer", fontsize=9)
    figure.supylabel("dead units (%)", fontsize=9)
    return figure


def flow(tables: Tables) -> Figure | None:
    """Units that died (below the axis) and came back (above it) in each epoch, as a share of all hidden
    units, by hidden layer; mean of the seeds that still train, without runs that diverged. Dead here:
    exactly 0 on the first 2,048 training images, so that a unit may be dead here and alive on others.
    Networks in which no unit died or came back are left out.
    """
    finite = tables["runs"].loc[tables["runs"]["status"] != "diverged", ["cell", "seed"]]
    rows = tables["transitions"].merge(finite, on=["cell", "seed"])
    moving = rows.groupby("cell", sort=False)[["died", "revived"]].transform("sum").sum(axis=1) > 0
    rows = rows[moving]
    cells, names = ordered(rows["cell"])[:MOST_PANELS], labels(tables["cells"])
    if not cells:
        return None
    figure, axes = wrapped(len(cells), 2.8, 2.1)
    networks = tables["dead_neurons"].groupby(["cell", "seed", "phase"])["units"].sum()
    total = networks.groupby("cell").max()
    layers = sorted(rows["layer"].unique())
    shades = sns.color_palette("cividis", len(layers))
    for axis, cell in zip(axes, cells, strict=True):
        group = rows[rows["cell"] == cell]
        mean = group.groupby(["layer", "epoch"])[["died", "revived"]].mean() * 100 / total[cell]
        for column, sign in (("revived", 1), ("died", -1)):
            wide = mean[column].unstack("layer").fillna(0.0) * sign
            base = np.zeros(len(wide))
            for shade, layer in zip(shades, layers, strict=True):
                height = wide[layer].to_numpy(dtype=float) if layer in wide else 0 * base
                axis.bar(wide.index, height, bottom=base, color=shade, width=0.8, linewidth=0)
                base = base + height
        axis.axhline(0, color=GREY, linewidth=0.6)
        axis.set_title(in_lines(names[cell]), fontsize=8)
        axis.xaxis.set_major_locator(MaxNLocator(nbins=5, integer=True))
    shown = np.unique(np.linspace(0, len(layers) - 1, MOST_KEYS).round().astype(int))
    keys = [Patch(color=shades[i], label=f"layer {layers[i]}") for i in shown]
    keys_above(figure, keys)
    figure.supxlabel("epoch", fontsize=9)
    figure.supylabel("died | came back (% of units)", fontsize=9)
    return figure
