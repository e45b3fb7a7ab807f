"""What becomes of the units."""

from __future__ import annotations

from collections.abc import Mapping

import pandas as pd
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.lines import Line2D
from matplotlib.ticker import MaxNLocator

from activation_lab.figures.style import GREY, look, ordered, wrapped

LINES = {"untrained": ("--", "none"), "best": ("-", "full")}


def dead(tables: Mapping[str, pd.DataFrame]) -> Figure | None:
    """Share of dead units in each hidden layer, untrained (dashed, hollow marks) and with the best
    epoch's weights (solid): units whose activation is exactly 0 on every image trained on. Each mark
    is one seed, the line their mean. Cells without any dead unit are left out.
    """
    rows = tables["dead_neurons"]
    dying = rows.groupby("cell", sort=False)["dead"].transform("sum") > 0
    rows = rows[dying].assign(share=lambda r: 100 * r["dead"] / r["units"])
    if rows.empty:
        return None
    cells = ordered(rows["cell"])
    figure, axes = wrapped(len(cells), 3.4, 2.5, sharey=True)
    for axis, cell in zip(axes, cells, strict=True):
        for stage, chosen in rows[rows["cell"] == cell].groupby("stage", sort=False):
            _shares(axis, chosen, *LINES[stage])
        axis.set(title=cell)
        axis.xaxis.set_major_locator(MaxNLocator(integer=True))
        axis.yaxis.grid(visible=True, linewidth=0.4)
    keys = [
        Line2D([], [], color=GREY, linestyle=line, marker="o", fillstyle=fill, label=stage)
        for stage, (line, fill) in LINES.items()
        if (rows["stage"] == stage).any()
    ]
    figure.legend(handles=keys, loc="outside upper right", ncols=2)
    figure.supxlabel("hidden layer", fontsize=9)
    figure.supylabel("dead units (%)", fontsize=9)
    return figure


def _shares(axis: Axes, rows: pd.DataFrame, line: str, fill: str) -> None:
    style = look(rows["activation"].iloc[0])
    mean = rows.groupby("layer")["share"].mean()
    axis.plot(mean.index, mean, color=style["color"], linestyle=line)
    axis.plot(rows["layer"], rows["share"], linestyle="", markersize=4, fillstyle=fill, **style)
