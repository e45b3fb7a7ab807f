"""The activation functions themselves."""

from __future__ import annotations

from matplotlib.figure import Figure

from activation_lab.analysis.statistics import Tables
from activation_lab.report.figures.style import GREY, look, ordered, wrapped


def functions(tables: Tables) -> Figure | None:
    """Each activation φ (solid) and its derivative φ′ (dashed) on [-5, 5]. A gradient that passes
    back through a layer is multiplied by φ′: where the dashed line is near 0, little of it is left.
    """
    used = ordered(tables["runs"]["activation"])
    shown = tables["functions"].groupby("activation", sort=False)
    figure, axes = wrapped(len(used), 2.4, 2.1, sharex=True, sharey=True)
    for axis, name in zip(axes, used, strict=True):
        rows = shown.get_group(name)
        colour = look(name)["color"]
        axis.axhline(0, color=GREY, linewidth=0.5)
        axis.plot(rows["x"], rows["value"], color=colour, linewidth=1.8, label="φ(x)")
        axis.plot(rows["x"], rows["derivative"], color=colour, linestyle="--", label="φ′(x)")
        axis.set(title=name, ylim=(-2.2, 5.2))
    figure.legend(*axes[0].get_legend_handles_labels(), loc="outside upper right", ncols=2)
    figure.supxlabel("x", fontsize=9)
    figure.supylabel("value", fontsize=9)
    return figure
