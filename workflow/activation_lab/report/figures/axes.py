"""What a study varies, and what of it a figure can lay along an axis, in panels or in lines."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

import pandas as pd
from matplotlib.typing import LineStyleType

from activation_lab.analysis.statistics import Tables
from activation_lab.report.figures.style import MOST_PANELS
from activation_lab.wording import label, setting

NUMERIC = (
    "depth",
    "width",
    "learning_rate",
    "training_images",
    "batch_size",
    "epochs",
    "momentum",
    "weight_decay",
    "patience",
)
# What decides an untrained network, but its seed.
UNTRAINED = ("dataset", "network", "activation", "initialisation", "normalisation")
DASHES: tuple[LineStyleType, ...] = (
    "-",
    (0, (5, 2)),
    (0, (1, 1.5)),
    (0, (6, 1.5, 1, 1.5)),
    (0, (9, 2)),
    (0, (3, 1, 1, 1, 1, 1)),
)
MOST_LINES = 8  # of a panel


@dataclass(frozen=True)
class Line:
    """A cell as a line of a panel: lines of one activation differ by their dashes."""

    cell: str
    activation: str
    label: str
    dashes: LineStyleType = "-"


def numeric_axes(cells: pd.DataFrame) -> list[str]:
    """Return the columns of the numeric settings that a study varies.

    Networks are numeric by their depth or width, where all layers of each are equally wide.
    """
    varied = list(cells["varied"].iloc[0]) if len(cells) else []
    if "network" in varied and cells["width"].notna().all():
        varied += ["depth", "width"]
    return [name for name in NUMERIC if name in varied and cells[name].nunique() > 1]


def words(name: str) -> str:
    """Return the name of a setting for the label of an axis."""
    known = {
        "depth": "hidden layers",
        "width": "units of each hidden layer",
        "training_images": "training images",
    }
    return known.get(name, name.replace("_", " "))


def by_depth_and_initialisation(tables: Tables) -> bool:
    """Tell whether a study is a grid of depths and initialisations, of which a heatmap shows all."""
    cells = tables["cells"]
    varied = set(cells["varied"].iloc[0]) if len(cells) else set()
    return (
        {"network", "initialisation"} <= varied <= {"dataset", *UNTRAINED} - {"normalisation"}
        and min(cells["depth"].nunique(), cells["initialisation"].nunique()) > 1
        and cells["depth"].nunique() == cells["network"].nunique()
    )


def trained(tables: Tables) -> pd.DataFrame:
    """Return the cells that are trained."""
    runs = tables["runs"]
    return tables["cells"][tables["cells"]["cell"].isin(runs.loc[runs["epochs"] > 0, "cell"])]


def untrained(cells: pd.DataFrame) -> pd.DataFrame:
    """Return the first cell of each distinct network before training; how it trains does not matter."""
    return cells.drop_duplicates(list(UNTRAINED))


def others(cells: pd.DataFrame, *shown: str, among: Iterable[str] | None = None) -> list[str]:
    """Return the settings that a study varies besides the activation and those shown."""
    known = {"activation", *shown} | ({"network"} if {"depth", "width"} & set(shown) else set())
    varied = [name for name in (cells["varied"].iloc[0] if len(cells) else []) if name not in known]
    return varied if among is None else [name for name in varied if name in among]


def split(cells: pd.DataFrame, names: Sequence[str]) -> list[tuple[str, pd.DataFrame]]:
    """Return the panels: a title and the cells of each, one for each value of these settings."""
    if not names:
        return [("", cells)]
    return [
        (label(group.iloc[0].to_dict(), names), group)
        for _, group in cells.groupby(list(names), sort=False)
    ][:MOST_PANELS]


def lines(cells: pd.DataFrame, names: Sequence[str]) -> list[tuple[str, list[Line]]]:
    """Return panels with a title and lines each: one for each activation.

    Of a single activation a panel has a line for each of a few cells.
    """
    rows = cells.to_dict("records")
    if names and cells["activation"].nunique() == 1 and len(cells) <= len(DASHES):
        return [("", [_line(row, label(row, names), DASHES[n]) for n, row in enumerate(rows)])]
    return [
        (title, [_line(row, row["activation"]) for row in group.to_dict("records")])
        for title, group in split(cells, names)
    ]


def _line(row: Mapping, text: str, dashes: LineStyleType = "-") -> Line:
    return Line(row["cell"], row["activation"], text, dashes)


def initialisation(name: str) -> str:
    """Return what a person calls an initialisation, without the word."""
    return setting("initialisation", {"initialisation": name}).removesuffix(" initialisation")
