"""How every figure looks: one colour and marker for each activation, fonts, grids, panels."""

from __future__ import annotations

import io
import re
import textwrap
from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import Any, Literal, TypedDict

import matplotlib as mpl
import numpy as np
import seaborn as sns
from matplotlib.artist import Artist
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.legend import Legend
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
MOST_PANELS = 30  # more would be too small to read: a study that large has other figures
AS_PRINTED = "as-printed"  # names a part whose colours are the same on a dark screen
MOST_KEYS = 12  # of a legend whose entries follow one another, such as layers
MOST_MARKS = 500  # of a figure in which each mark tells of its run
WIDEST = 10  # inches: the page shows no figure wider, and its letters would shrink
LONGEST = 32  # letters of a line of a label
MARGIN = 0.1  # inches between a legend and the edge of its figure

Side = Literal["right", "upper", "lower"]
PLACES: dict[Side, Any] = {
    "right": "outside right upper",
    "upper": "outside upper center",
    "lower": "outside lower center",
}

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


def panels(
    rows: int, columns: int, width: float, height: float, **options: Any
) -> tuple[Figure, np.ndarray]:
    """Return a figure with rows × columns panels, each `width` × `height` inches."""
    figure = Figure(figsize=(columns * width, rows * height), layout="constrained")
    return figure, figure.subplots(rows, columns, squeeze=False, **options)


def wrapped(count: int, width: float, height: float, **options: Any) -> tuple[Figure, list[Axes]]:
    """Return a figure with `count` panels in rows of at most four, and the panels.

    A single panel is half as wide again: there must be room for a legend.
    """
    most = min(4, int(WIDEST / width))
    columns = min(count, 3 if count in (3, 5, 6, 9) else most, most)
    width = 1.5 * width if count == 1 else width
    figure, grid = panels(-(-count // columns), columns, width, height, **options)
    axes = list(grid.flat)
    for place, unused in enumerate(axes[count:], start=count):
        unused.set_visible(False)
        axes[place - columns].tick_params(
            labelbottom=True
        )  # a shared axis labels its last row alone
    return figure, axes[:count]


def in_lines(label: str, longest: int = LONGEST) -> str:
    """Return the label of a cell with a line for each of its settings, and more for a long one.

    >>> print(in_lines("relu, learning rate 0.1"))
    relu
    learning rate 0.1
    """
    return "\n".join(textwrap.fill(part, longest) for part in label.split(", "))


def ordered(cells: Iterable[str]) -> list[str]:
    """Return the distinct cells in the order of the tables, which is the config's."""
    return list(dict.fromkeys(cells))


def spread(count: int, width: float = 0.5) -> np.ndarray:
    """Return `count` offsets around 0 that keep equal values apart, the same every time."""
    return np.linspace(-width / 2, width / 2, count) if count > 1 else np.zeros(count)


def of(activation: str, text: str = "") -> str:
    """Return the id of what belongs to an activation in an SVG; `text` says what a mark shows.

    >>> of("relu"), of("relu", "seed 42: 88.3%")
    ('of|relu', 'of|relu|seed 42: 88.3%')
    """
    return f"of|{activation}|{text}" if text else f"of|{activation}"


def named_part(name: str) -> tuple[str, str]:
    """Return the activation and the text of a name that `of` made; nothing of another name."""
    kind, _, rest = name.partition("|")
    activation, _, text = rest.partition("|")
    return (activation, text) if kind == "of" else ("", "")


def belong(activation: str, *artists: Artist) -> None:
    """Mark artists, or whole panels, as an activation's: the page can then compare activations."""
    for artist in artists:
        artist.set_gid(of(activation))


def mark(
    axis: Axes, activation: str, x: Sequence, y: Sequence, texts: Sequence[str], **marks: Any
) -> None:
    """Draw a mark for each run of an activation; each tells its own text, if there are texts."""
    marks = {"linestyle": "", **look(activation), **marks}
    if not len(texts):
        axis.plot(x, y, gid=of(activation), **marks)
    for at_x, at_y, text in zip(x, y, texts, strict=False):
        axis.plot([at_x], [at_y], gid=of(activation, text), **marks)


def key(activation: str, **line: Any) -> Line2D:
    """Return an activation's entry of a legend."""
    return Line2D([], [], **{"label": activation, "markersize": 5, **look(activation), **line})


def legend(
    figure: Figure, activations: Sequence[str], others: Sequence[Artist] = (), **line: Any
) -> None:
    """Put a legend of activations, and of other lines, to the right of the panels: see `keys`."""
    handles = [key(name, **line) for name in activations]
    keys(figure, [*handles, *others], activations, side="right")


def keys(
    figure: Figure, handles: Sequence[Artist], owners: Sequence[str] = (), side: Side = "upper"
) -> None:
    """Put a legend to the right of the panels, above or below them; the figure grows by its size.

    `owners` are the activations that the first entries belong to.
    """
    width, height = figure.get_size_inches()
    upright = side == "right"
    most = min(len(handles), MOST_KEYS)
    room = height if upright else width
    for columns in range(1, most + 1) if upright else range(most, 0, -1):
        made = figure.legend(handles=handles, loc=PLACES[side], ncols=columns, handlelength=2.8)
        size = made.get_window_extent()
        wide, high = size.width / figure.dpi, size.height / figure.dpi
        figure.set_size_inches(width + upright * wide, height + (not upright) * high)
        if (high if upright else wide) + MARGIN <= room:
            mark_keys(made, owners)
            return
        made.remove()
    raise ValueError(f"a legend of {len(handles)} entries has no room")


def mark_keys(made: Legend, owners: Sequence[str]) -> None:
    """Mark the first entries of a legend as those of activations."""
    for owner, handle, text in zip(owners, made.legend_handles, made.get_texts(), strict=False):
        belong(owner, *filter(None, [handle]), text)


NO_DATE = {"CreationDate": None}  # of a PDF: the same run makes the same bytes


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
