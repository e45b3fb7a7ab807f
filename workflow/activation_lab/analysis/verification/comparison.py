"""Whether two runs agree: identical, consistent (no more apart than seeds are) or different.

Bits change with the processor, torch and the number of threads, and one different bit changes a training
run as much as another seed would. So where a table's bytes differ, its runs are compared as samples.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace

import numpy as np
import pandas as pd

from activation_lab.analysis.verification.consistency import (
    ROUNDING,
    STATUSES,
    TABLE_LEVEL,
    corrected_p,
    counts,
    differing_outcomes,
)
from activation_lab.analysis.verification.moments import COLUMNS, RUNS, keys, moments, values
from activation_lab.tables import TableError

# Tables that no seed enters, and what names a row.
EXACT = {
    "cells": ("study", "cell"),
    "theory": ("dataset", "activation", "network", "initialisation", "layer"),
    "predictions": ("study", "cell", "layer"),
    "functions": ("activation", "x"),
    "portraits": ("activation",),
}
# Tables that follow from others: what names a row, and from which they follow.
DERIVED = {
    "dead_neurons": (
        ("study", "cell", "seed", "phase", "layer"),
        ("neurons", "predictions", "runs"),
    ),
    "summary": (("study", "cell", "metric"), ("runs",)),
    "targets": (("study", "cell", "target"), ("metrics", "cells")),
    "contrasts": (("study", "setting", "first", "second", "metric"), ("runs", "cells")),
    # Tuning and experiments train as runs do: where these bits are the same, so are theirs.
    "tuning": (("study", "cell", "rate", "seed"), ("runs",)),
    "experiments": (("experiment", "arm", "seed", "layer", "quantity"), ("runs",)),
    "claims": (("claim",), (*RUNS, *EXACT, "experiments")),
    "trial": (("study", "rival"), ("runs", "cells")),
}
NEGLIGIBLE = (
    1e-12  # beside values of about 1; where a table's values are exactly 0, others' may be this
)
GOOD = ("identical", "consistent", "derived")
Load = Callable[[str], pd.DataFrame]


@dataclass(frozen=True)
class Comparison:
    """What became of one table: its verdict, how many values were compared, which differ, and notes."""

    verdict: str
    compared: int = 0
    differ: tuple[str, ...] = ()
    notes: tuple[str, ...] = ()
    unit: str = "values"


def compare_runs(name: str, load: Load, known: pd.DataFrame) -> Comparison:
    """Compare a table of runs with its published moments. Raises `TableError` for other columns."""
    if list(known.columns) != COLUMNS:
        raise TableError("The moments were published with other columns.")
    ours = moments(name, values(name, load(name), load("runs")))
    both = side_by_side(name, ours, known[known["table"] == name])
    if both.empty:
        return Comparison("nothing to compare: no cell has two runs that are ok on both sides")
    p = corrected_p(both)
    order = np.argsort(p, kind="stable")
    wrong = both.iloc[order[p[order] < TABLE_LEVEL]]
    return _judged(len(both), [_said(name, row) for row in wrong.to_dict("records")])


def side_by_side(name: str, ours: pd.DataFrame, theirs: pd.DataFrame) -> pd.DataFrame:
    """Join two frames of moments where both have at least two runs; theirs end in `_theirs`."""
    measured = ["n", "mean", "std"]
    pair = [
        frame.loc[frame["n"] > 1, [*keys(name), "scale", *measured]].astype(
            {"layer": float} if "layer" in RUNS[name] else {}
        )
        for frame in (ours, theirs)
    ]
    return pair[0].merge(pair[1].drop(columns="scale"), on=keys(name), suffixes=("", "_theirs"))


def _said(name: str, row: Mapping) -> str:
    place = [_place(key, row[key]) for key in keys(name) if key != "column"]
    means = [row["mean"], row["mean_theirs"]]
    here, published = np.exp(means) if row["scale"] == "log" else means
    numbers = f"{here:.4g} here, {published:.4g} published"
    return (
        f"{', '.join(place)}: {row['column']} {numbers} (n {row['n']:.0f}, {row['n_theirs']:.0f})"
    )


def _place(key: str, value: object) -> str:
    return f"{key} {value:g}" if isinstance(value, float) else str(value)


def compare_outcomes(load: Load, published: Load) -> Comparison:
    """Compare how many runs of each cell are ok, stuck on the plateau or diverged."""
    ours, theirs = counts(load("runs")), counts(published("runs"))
    wrong = differing_outcomes(ours, theirs)
    lines = [
        f"{study}, {cell}: {_counted(row[:3])} here, {_counted(row[3:])} published"
        for (study, cell), row in zip(wrong.index, wrong.to_numpy(dtype=int), strict=True)
    ]
    alone = {
        "the published run": theirs.index.difference(ours.index),
        "this run": ours.index.difference(theirs.index),
    }
    notes = [f"cells that only {run} has: {len(c):,}" for run, c in alone.items() if len(c)]
    found = _judged(len(ours.index.intersection(theirs.index)), lines)
    return replace(found, notes=tuple(notes), unit="cells")


def _counted(row: np.ndarray) -> str:
    pairs = zip(row, STATUSES, strict=True)
    return " and ".join(f"{count} {status}" for count, status in pairs if count)


def compare_exact(name: str, by: tuple[str, ...], load: Load, published: Load) -> Comparison:
    """Compare two tables value by value: numbers are equal but for rounding, all else is the same."""
    ours, theirs = load(name), published(name)
    both = ours.merge(theirs, on=list(by), suffixes=("", "_theirs"))
    columns = [column for column in ours if column not in by]
    lines = []
    for column in columns:
        pair = [column, f"{column}_theirs"]
        wrong = both.loc[~_same(both[pair[0]], both[pair[1]]), [*by, *pair]]
        for *place, here, there in wrong.itertuples(index=False, name=None):
            where = ", ".join(str(part) for part in place)
            lines.append(f"{where}: {column} {_short(here)} here, {_short(there)} published")
    return _judged(len(both) * len(columns), lines)


def _same(ours: pd.Series, theirs: pd.Series) -> np.ndarray:
    if pd.api.types.is_numeric_dtype(ours):
        pair = (side.to_numpy(dtype=float, na_value=np.nan) for side in (ours, theirs))
        return np.isclose(*pair, rtol=ROUNDING, atol=NEGLIGIBLE, equal_nan=True)
    return (ours.astype(str) == theirs.astype(str)).to_numpy()


def _judged(compared: int, differ: list[str]) -> Comparison:
    if not compared:
        return Comparison("nothing to compare: the two have no row in common")
    return Comparison("different" if differ else "consistent", compared, tuple(differ))


def compare_derived(name: str, same: bool, load: Load, published: Load) -> Comparison:
    """Compare a table that follows from others; `same`: these are identical, so it must be too."""
    by, _ = DERIVED[name]
    if same:
        return compare_exact(name, by, load, published)
    notes = changed_verdicts(load(name), published(name)) if name == "claims" else ()
    return Comparison("derived", notes=notes)


def changed_verdicts(ours: pd.DataFrame, theirs: pd.DataFrame) -> tuple[str, ...]:
    """Return the claims with another verdict here, as `claim: published → here`."""
    pair = [frame[["claim", "verdict"]] for frame in (ours, theirs)]
    both = pair[0].merge(pair[1], on="claim", how="outer", suffixes=("", "_theirs")).fillna("none")
    changed = both[both["verdict"] != both["verdict_theirs"]]
    rows = changed[["claim", "verdict_theirs", "verdict"]].itertuples(index=False, name=None)
    return tuple(f"{claim}: {published} → {here}" for claim, published, here in rows)


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
    if isinstance(value, float):
        return f"{value:.6g}"
    text = "none" if value is None else str(value)
    return text if len(text) <= 60 else f"{text[:57]}..."
