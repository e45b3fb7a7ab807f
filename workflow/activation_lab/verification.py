"""Whether two runs agree: to the bit, within what seeds vary by, or not.

Bits change with the processor, torch and the number of threads, and training makes of one bit what
another seed would make of it. So where a table's bytes differ, its cells' means are compared.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass

import numpy as np
import pandas as pd
from scipy import stats

ALPHA = 0.05  # for a whole table: the chance that runs which differ by their seeds seem to differ
ROUNDING = 1e-4  # relative: what float32 sums over a deep network may differ by
# Tables that hold runs, and of those the columns that tell cells' rows apart.
RUNS = {
    "runs": (),
    "metrics": (),
    "gradients": ("stage", "layer"),
    "activations": ("stage", "layer", "kind"),
    "neurons": ("stage", "layer"),
    "dead_neurons": ("stage", "layer"),
    "jacobians": ("stage", "layer"),
    "transitions": ("layer",),
}
# Tables of estimates with intervals, and what names a row.
ESTIMATES = {
    "summary": ("study", "cell", "metric"),
    "targets": ("study", "cell", "target"),
    "contrasts": ("study", "setting", "first", "second", "metric"),
    "claims": ("claim",),
}
# Tables that no seed enters.
EXACT = {
    "cells": ("study", "cell"),
    "theory": ("activation", "network", "initialisation", "layer"),
    "predictions": ("study", "cell", "layer"),
    "functions": ("activation", "x"),
}
PLACES = ("stage", "layer", "kind")
NOT_MEASURED = ("seed", "unit", "epoch", "layer", "depth", "learning_rate", "parameters", "units")


@dataclass(frozen=True)
class Comparison:
    """What became of one table: its verdict, how many values were compared, which disagree."""

    verdict: str
    compared: int = 0
    differ: tuple[str, ...] = ()


def moments(name: str, frame: pd.DataFrame) -> pd.DataFrame:
    """Return n, mean and sample standard deviation over the seeds of a table's columns, long.

    Rows of one seed (epochs, units) are averaged first. One row for each study, cell, place (stage,
    layer and kind, null where the table has none) and numeric column.
    """
    keys = ["study", "cell", *RUNS[name]]
    numbers = frame.select_dtypes(["number", "bool"]).columns.difference(NOT_MEASURED)
    each = frame[numbers].astype(float).groupby([frame[key] for key in [*keys, "seed"]]).mean()
    long = each.reset_index().melt([*keys, "seed"], var_name="column")
    long = long.groupby([*keys, "column"])["value"]
    found = pd.DataFrame({"n": long.count(), "mean": long.mean(), "std": long.std()})
    found = found[found["n"] > 0]  # a column that has no value here
    return found.reset_index().assign(table=name).reindex(columns=COLUMNS)


COLUMNS = ["table", "study", "cell", *PLACES, "column", "n", "mean", "std"]


def compare_moments(name: str, ours: pd.DataFrame, theirs: pd.DataFrame) -> Comparison:
    """Compare a table's moments by Welch's t test, corrected for their number (Bonferroni)."""
    keys = ["study", "cell", *RUNS[name], "column"]
    both = ours.merge(theirs, on=keys, suffixes=("", "_theirs"))
    apart = (both["mean"] - both["mean_theirs"]).abs()
    size = both[["mean", "mean_theirs"]].abs().max(axis=1)
    with np.errstate(divide="ignore", invalid="ignore"):
        p = stats.ttest_ind_from_stats(
            *(both[name].to_numpy(dtype=float) for name in ("mean", "std", "n")),
            *(both[f"{name}_theirs"].to_numpy(dtype=float) for name in ("mean", "std", "n")),
            equal_var=False,
        ).pvalue
    # One run has no deviation: its p is nan, and it can only be the same but for rounding.
    plausible = np.nan_to_num(p, nan=0.0) * max(len(both), 1) > ALPHA
    return _judged(both, keys, (apart <= ROUNDING * size) | plausible)


def compare_estimates(ours: pd.DataFrame, theirs: pd.DataFrame, keys: list[str]) -> Comparison:
    """Compare two tables of estimates: the intervals of each row overlap, where both have one."""
    both = ours.merge(theirs, on=keys, suffixes=("", "_theirs"))
    apart = (both["low"] > both["high_theirs"]) | (both["high"] < both["low_theirs"])
    return _judged(both, keys, ~apart.fillna(False).astype(bool))


def compare_exact(ours: pd.DataFrame, theirs: pd.DataFrame, keys: list[str]) -> Comparison:
    """Compare two tables that no seed enters: their numbers are equal but for rounding."""
    both = ours.merge(theirs, on=keys, suffixes=("", "_theirs"))
    numbers = ours.select_dtypes("number").columns.difference(keys)
    same = np.ones(len(both), dtype=bool)
    for name in numbers:
        pair = (both[column].to_numpy(dtype=float) for column in (name, f"{name}_theirs"))
        same &= np.isclose(*pair, rtol=ROUNDING, atol=1e-12, equal_nan=True)
    return _judged(both, keys, same)


def _judged(both: pd.DataFrame, keys: list[str], same: pd.Series | np.ndarray) -> Comparison:
    if not len(both):
        return Comparison("nothing in common")
    rows = both.loc[~np.asarray(same), keys].itertuples(index=False, name=None)
    differ = tuple(", ".join(str(part) for part in row if not pd.isna(part)) for row in rows)
    return Comparison("different" if differ else "consistent", len(both), differ)


def compare(
    name: str,
    load: Callable[[str], pd.DataFrame],
    published: Callable[[str], pd.DataFrame],
    known: pd.DataFrame,
) -> Comparison:
    """Compare a table whose bytes differ: `load` gives ours, `published` theirs, `known` is moments."""
    if name in RUNS:
        return compare_moments(name, moments(name, load(name)), known[known["table"] == name])
    kind, keys = (
        (compare_estimates, ESTIMATES[name]) if name in ESTIMATES else (compare_exact, EXACT[name])
    )
    return kind(load(name), published(name), list(keys))


def differences(ours: Mapping, theirs: Mapping, path: str = "") -> list[str]:
    """Return what differs between two nested mappings, each as `where: theirs → ours`."""
    found = []
    for key in dict.fromkeys([*theirs, *ours]):
        here = f"{path}.{key}" if path else str(key)
        mine, other = ours.get(key), theirs.get(key)
        if isinstance(mine, Mapping) and isinstance(other, Mapping):
            found += differences(mine, other, here)
        elif mine != other:
            found.append(f"{here}: {_short(other)} → {_short(mine)}")
    return found


def _short(value: object) -> str:
    text = "none" if value is None else str(value)
    return text if len(text) <= 60 else f"{text[:57]}..."
