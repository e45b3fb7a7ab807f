"""How a person writes numbers, intervals, lists, and the name of a cell."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping, Sequence
from typing import Any

import pandas as pd

NONE = "–"  # there is no such value

Cell = Mapping[str, Any]


FAMILIES = {"mlp": "MLP", "conv": "convolution"}


def family(name: str) -> str:
    """Return what a person calls a network family; most are called as they are.

    >>> family("mlp"), family("residual")
    ('MLP', 'residual')
    """
    return FAMILIES.get(name, name)


def percent(share: float, digits: int = 2) -> str:
    """Return a share as percent.

    >>> percent(0.88346)
    '88.35%'
    """
    return f"{100 * share:.{digits}f}%"


def points(share: float) -> str:
    """Return a difference of two shares in percentage points, with its sign.

    >>> points(-0.00254)
    '−0.25'
    """
    text = f"{100 * share:+.2f}".replace("-", "−")
    return "0.00" if text[1:] == "0.00" else text


def times(ratio: float) -> str:
    """Return a ratio to three digits.

    >>> times(7.3678), times(7791.3)
    ('7.37 times', '7,790 times')
    """
    return f"{float(f'{ratio:.3g}'):,g} times"


def span(low: str, high: str) -> str:
    """Return an interval as it stands behind its estimate.

    >>> span("1.0", "2.0")
    '(1.0 to 2.0)'
    """
    return f"({low} to {high})"


def p_value(p: float) -> str:
    """Return a p value.

    >>> p_value(0.2), p_value(0.00004)
    ('0.20', '< 0.001')
    """
    if pd.isna(p):
        return NONE
    return "< 0.001" if p < 0.001 else f"{p:.3f}" if p < 0.1 else f"{p:.2f}"


def plural(count: int, word: str) -> str:
    """Return a count with its noun.

    >>> plural(1, "pair"), plural(2, "study")
    ('1 pair', '2 studies')
    """
    if count == 1:
        return f"1 {word}"
    return f"{count} {word[:-1]}ies" if word.endswith("y") else f"{count} {word}s"


def listed(words: Sequence[str]) -> str:
    """Join words as a sentence does.

    >>> listed(["a", "b", "c"])
    'a, b and c'
    """
    return " and ".join(filter(None, [", ".join(words[:-1]), *words[-1:]]))


def joined(phrases: Sequence[str]) -> str:
    """Join phrases that have commas of their own.

    >>> joined(["1, 2 here", "3, 4 there"])
    '1, 2 here; 3, 4 there'
    """
    return "; ".join(phrases)


def escape(text: object) -> str:
    """Escape what markdown would read as markup in a text from the config.

    >>> escape("a*b <script>")
    'a\\\\*b \\\\<script\\\\>'
    """
    return re.sub(r"([\\`*_{}\[\]<>#|~$&])", r"\\\1", str(text))


def _initialisation(name: str) -> str:
    people = {"he": "He", "xavier": "Xavier", "lecun": "LeCun"}
    return people.get(name, name.replace("_", "-"))


def _tuned(cell: Cell) -> bool:
    return isinstance(cell.get("tuning_id"), str)


WORDS: dict[str, Callable[[Cell], str]] = {
    "dataset": lambda cell: cell["dataset_title"],
    "network": lambda cell: cell["network_title"],
    "activation": lambda cell: cell["activation"],
    "initialisation": lambda cell: f"{_initialisation(cell['initialisation'])} initialisation",
    "learning_rate": lambda cell: (
        f"learning rate {cell['learning_rate']:g}{' (tuned)' if _tuned(cell) else ''}"
    ),
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
