"""The table `tuning`: which learning rate was chosen, out of which."""

from __future__ import annotations

from pathlib import Path

from activation_lab import tables


def chosen_rate(path: Path) -> float:
    """Return the rate that a table `tuning` of one grid has chosen.

    Raises `TableError` if it cannot be read.
    """
    rows = tables.read("tuning", path).to_pylist()
    return next(row["rate"] for row in rows if row["chosen"])
