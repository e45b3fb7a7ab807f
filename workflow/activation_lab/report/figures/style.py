"""How every figure looks: one colour and marker for each activation, fonts, grids, panels."""

from __future__ import annotations

import io
import math
import re
from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import Any, TypedDict

import matplotlib as mpl
import numpy as np
import seaborn as sns
from matplotlib.artist import Artist
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.lines import Line2D

from activation_lab.activations.catalogue import ACTIVATIONS
from activation_lab.files import write_text

# Okabe & Ito 2008 and Paul Tol's muted scheme, without the colours too light for a line on white.
COLOURS = (
    "#000000",
    "#D55E00",
    "#0072B2",
    "#56B4E9",
    "#009E73",
    "#CC79A7",
    "#E69F00",
    "#882255",
    "#999933",
    "#332288",
    "#44AA99",
    "#AA4499",
)
MARKERS = (
    "o",
    "s",
    "^",
    "D",
    "v",
    "P",
    "d",
    "<",
    ">",
    "p",
    "h",
)  # no cross: a run that diverged is one
GREY = "#767676"
LEGEND_LINE, LEGEND_KEY, LEGEND_LETTER = 0.2, 0.6, 0.07  # inches
MOST_PANELS = 30  # more would be too small to read: a study that large has other figures
AS_PRINTED = "as-printed"  # names a part whose colours are the same on a dark screen
MOST_KEYS = 12  # of a legend whose entries follow one another, such as layers

sns.set_theme(
    style="ticks",
    rc={
        "font.size": 9,
        "axes.titlesize": 9,
        "axes.titleweight": "bold",
        "axes.labelsize": 9,
        "xtick.labelsize": 8,
        "ytick.labelsize": 8,
        "legend.fontsize": 8,
        "legend.frameon": False,
        "figure.constrained_layout.use": True,
        "figure.dpi": 100,
        "axes.spines.top": False,
        "axes.spines.right": False,
        "axes.formatter.limits": (-3, 4),
        "svg.hashsalt": "activation-lab",  # the same figure gives the same bytes
        "svg.fonttype": "path",
    },
)


class Look(TypedDict):
    """How marks of an activation look, as matplotlib takes it."""

    color: str
    marker: str


def look(activation: str) -> Look:
    """Return the colour and marker of an activation, the same in every figure.

    They follow from its place in the registry; variants with other parameters share the colour of
    the activation they vary.
    """
    names = list(ACTIVATIONS)
    base = activation.split("-", 1)[0]
    place = names.index(base) if base in names else len(names) + sum(map(ord, activation))
    marker = MARKERS[(place + place // len(COLOURS)) % len(MARKERS)]
    return {"color": COLOURS[place % len(COLOURS)], "marker": marker}


def of(activation: str, text: str = "") -> str:
    """Return the name of a part of a figure that shows one activation.

    `text` is what the page says of the part where the mouse rests on it.
    """
    return f"of|{activation}|{text}"


def named_part(name: str) -> tuple[str, str]:
    """Return the activation and the text of a name that `of` made; nothing of another name."""
    kind, _, rest = name.partition("|")
    activation, _, text = rest.partition("|")
    return (activation, text) if kind == "of" else ("", "")


def panels(
    rows: int, columns: int, width: float, height: float, **options: Any
) -> tuple[Figure, np.ndarray]:
    """Return a figure with rows × columns panels, each `width` × `height` inches."""
    figure = Figure(figsize=(columns * width, rows * height), layout="constrained")
    return figure, figure.subplots(rows, columns, squeeze=False, **options)


def wrapped(count: int, width: float, height: float, **options: Any) -> tuple[Figure, list[Axes]]:
    """Return a figure with `count` panels in rows of at most four, and the panels."""
    columns = min(count, 3 if count in (3, 5, 6, 9) else 4)
    figure, grid = panels(-(-count // columns), columns, width, height, **options)
    axes = list(grid.flat)
    for place, unused in enumerate(axes[count:], start=count):
        unused.set_visible(False)
        axes[place - columns].tick_params(
            labelbottom=True
        )  # a shared axis labels its last row alone
    return figure, axes[:count]


def in_lines(label: str) -> str:
    """Return the label of a cell with a line for each of its settings, for the title of a panel."""
    return label.replace(", ", "\n")


def ordered(cells: Iterable[str]) -> list[str]:
    """Return the distinct cells in the order of the tables, which is the config's."""
    return list(dict.fromkeys(cells))


def spread(count: int, width: float = 0.5) -> np.ndarray:
    """Return `count` offsets around 0 that keep equal values apart, the same every time."""
    return np.linspace(-width / 2, width / 2, count) if count > 1 else np.zeros(count)


def legend(figure: Figure, activations: Sequence[str], others: Sequence[Line2D] = ()) -> None:
    """Put a legend of activations, and of other lines, to the right of the panels.

    The figure grows by as many columns as its height needs.
    """
    handles = [Line2D([], [], label=name, markersize=5, **look(name)) for name in activations]
    handles += others
    width, height = figure.get_size_inches()
    columns = math.ceil(len(handles) * LEGEND_LINE / height)
    longest = max(len(str(handle.get_label())) for handle in handles)
    figure.set_size_inches(width + columns * (LEGEND_KEY + longest * LEGEND_LETTER), height)
    figure.legend(handles=handles, loc="outside right upper", ncols=columns)


def keys_above(figure: Figure, handles: Sequence[Artist]) -> None:
    """Put a legend above the panels, in as many columns as the figure's width has room for."""
    longest = max(len(str(handle.get_label())) for handle in handles)
    columns = int(figure.get_size_inches()[0] / (LEGEND_KEY + longest * LEGEND_LETTER))
    figure.legend(handles=handles, loc="outside upper right", ncols=min(max(columns, 1), MOST_KEYS))


def save(figure: Figure, path: Path) -> None:
    """Write a figure as SVG; it appears under its name when it is whole.

    Paths are rounded to 0.01 points, which nobody sees: files are smaller.
    """
    drawn = io.StringIO()
    with mpl.rc_context({"svg.hashsalt": "activation-lab"}):
        figure.savefig(drawn, format="svg", metadata={"Date": None, "Creator": None})
    write_text(re.sub(r' d="[^"]*"', _rounded, drawn.getvalue()), path)


def _rounded(path: re.Match[str]) -> str:
    return re.sub(r"(\.\d\d)\d+", r"\1", path[0])
