"""What a person calls a cell: the settings that its study varies, in words."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any

import pandas as pd

Cell = Mapping[str, Any]


def _network(cell: Cell) -> str:
    if pd.isna(cell["width"]):
        return f"hidden layers of {cell['network'].replace('-', ', ')}"
    return f"{cell['depth']} layers of {cell['width']}"


def _initialisation(name: str) -> str:
    people = {"he": "He", "xavier": "Xavier", "lecun": "LeCun"}
    return people.get(name, name.replace("_", "-"))


WORDS: dict[str, Callable[[Cell], str]] = {
    "activation": lambda cell: cell["activation"],
    "network": _network,
    "initialisation": lambda cell: f"{_initialisation(cell['initialisation'])} initialisation",
    "stop": lambda cell: {
        "patience": "with early stopping",
        "never": "without early stopping",
    }[cell["stop"]],
    "training_images": lambda cell: f"{cell['training_images']:,} images",
    "epochs": lambda cell: f"at most {cell['epochs']} epochs",
}


def setting(name: str, cell: Cell) -> str:
    """Return what a person calls a cell's value of a setting."""
    if name in WORDS:
        return WORDS[name](cell)
    value = cell[name]
    shown = f"{value:g}" if isinstance(value, float) else str(value)
    return f"{name.replace('_', ' ')} {shown}"


def label(cell: Cell, varied: Sequence[str] | None = None) -> str:
    """Return what a person calls a cell: the settings that its study varies.

    `varied` names some of them instead. A study that varies nothing goes by its activation.
    """
    names = list(cell["varied"] if varied is None else varied)
    return ", ".join(setting(name, cell) for name in names) or cell["activation"]


def labels(cells: pd.DataFrame) -> dict[str, str]:
    """Return the label of every cell of the table `cells`, by its id."""
    return {row["cell"]: label(row) for row in cells.to_dict("records")}
