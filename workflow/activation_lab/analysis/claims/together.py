"""Verdicts that several means decide together."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import pandas as pd

from activation_lab.analysis.claims.base import INCONCLUSIVE, REFUTED, SUPPORTED
from activation_lab.analysis.claims.selection import interval
from activation_lab.analysis.statistics import CONFIDENCE


@dataclass(frozen=True)
class Joint:
    """A verdict on several means; `name` and `row` are the mean that decides, with its 95% interval.

    `doubt` ends a sentence: why an interval beyond the bound does not refute; mostly empty.
    """

    verdict: str
    name: Any
    row: dict[str, Any]
    doubt: str = ""


def all_above(values: pd.DataFrame, bound: float, what: str) -> Joint:
    """Return the verdict on "every column's mean is above the bound"; `values` has a row a seed.

    It is supported where every 95% interval is above: an intersection-union test, which needs no
    correction. It is refuted where one is below, corrected for the number of columns (Bonferroni).
    Raises as `interval` does.
    """
    rows = {name: interval(values[name], what) for name in values}
    least = min(rows, key=lambda name: rows[name]["low"])
    if rows[least]["low"] > bound:
        return Joint(SUPPORTED, least, rows[least])
    below = [name for name in rows if rows[name]["high"] < bound]
    if not below:
        return Joint(INCONCLUSIVE, least, rows[least])
    confidence = 1 - (1 - CONFIDENCE) / len(rows)
    corrected = {name: interval(values[name], what, confidence)["high"] for name in below}
    lowest = min(below, key=lambda name: corrected[name])
    if corrected[lowest] < bound:
        return Joint(REFUTED, lowest, rows[lowest])
    doubt = f", which is not enough to refute since {len(rows)} comparisons were made"
    return Joint(INCONCLUSIVE, lowest, rows[lowest], doubt)


def all_below(values: pd.DataFrame, bound: float, what: str) -> Joint:
    """Return the verdict on "every column's mean is below the bound", as `all_above` does."""
    found = all_above(-values, -bound, what)
    turned = {"mean": -found.row["mean"], "low": -found.row["high"], "high": -found.row["low"]}
    return Joint(found.verdict, found.name, {**found.row, **turned}, found.doubt)


def all_within(values: pd.DataFrame, bound: float, what: str) -> Joint:
    """Return the verdict on "every column's mean is between -bound and bound"."""
    sides = [all_above(values, -bound, what), all_below(values, bound, what)]
    order = [REFUTED, INCONCLUSIVE, SUPPORTED]
    return min(sides, key=lambda side: (order.index(side.verdict), not side.doubt))
