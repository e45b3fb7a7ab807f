"""Which layer a row is of: sites count from 1, and the output layer follows the last of them."""

from __future__ import annotations

import pandas as pd


def output(rows: pd.DataFrame) -> pd.Series:
    """Tell which rows are of the output layer, by the columns `layer` and `depth`."""
    return rows["layer"] > rows["depth"]


def hidden(rows: pd.DataFrame) -> pd.Series:
    """Tell which rows are of a hidden layer: a site, at which φ is applied."""
    return ~output(rows)


def last_hidden(rows: pd.DataFrame) -> pd.Series:
    """Tell which rows are of the last hidden layer."""
    return rows["layer"] == rows["depth"]
