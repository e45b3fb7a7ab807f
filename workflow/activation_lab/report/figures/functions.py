"""The activation functions themselves."""

from __future__ import annotations

from matplotlib.figure import Figure
from matplotlib.lines import Line2D

from activation_lab.analysis.statistics import Tables
from activation_lab.report.figures.style import GREY, belong, in_lines, keys, look, ordered, wrapped


def functions(tables: Tables) -> Figure | None:
    """How much of a gradient each activation lets through: on its way back through a layer a
    gradient is multiplied by the derivative φ′ (dashed), and where that is near 0, little of it is
    left. Solid: the activation φ. Both are drawn on [-5, 5].
    """
    used = ordered(tables["runs"]["activation"])
    shown = tables["functions"].groupby("activation", sort=False)
    figure, axes = wrapped(len(used), 2.4, 2.1, sharex=True, sharey=True)
    for axis, name in zip(axes, used, strict=True):
        rows = shown.get_group(name)
        colour = look(name)["color"]
        axis.axhline(0, color=GREY, linewidth=0.5)
        axis.plot(rows["x"], rows["value"], color=colour, linewidth=1.8)
        axis.plot(rows["x"], rows["derivative"], color=colour, linestyle="--")
        axis.set_title(in_lines(name, 24))
        axis.set_ylim(-2.2, 5.2)
        belong(name, axis)
    solid = Line2D([], [], color=GREY, label="φ(x)")
    dashed = Line2D([], [], color=GREY, linestyle="--", label="φ′(x)")
    keys(figure, [solid, dashed])
    figure.supxlabel("x", fontsize=9)
    figure.supylabel("value", fontsize=9)
    return figure
