"""Which rows a claim is judged on, whatever their study is called; and what their intervals say."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from typing import Any

import numpy as np
import pandas as pd
from scipy import stats

from activation_lab import wording as words
from activation_lab.analysis.claims.base import (
    INCONCLUSIVE,
    REFUTED,
    SUPPORTED,
    CannotTell,
    NotRun,
    Tables,
)
from activation_lab.analysis.printed_numbers import PROTOCOL
from activation_lab.analysis.statistics import CONFIDENCE, mean_interval

PLACE = ["phase", "kind", "layer", "unit", "epoch"]


def cells(tables: Tables, **settings: Any) -> pd.DataFrame:
    """Return the cells that have these settings; a tuple allows several values."""
    found = tables["cells"]
    chosen = np.ones(len(found), dtype=bool)
    for setting, value in settings.items():
        allowed = value if isinstance(value, tuple) else (value,)
        chosen &= found[setting].isin(allowed).to_numpy(dtype=bool)
    return found[chosen]


def rows(tables: Tables, name: str, **settings: Any) -> pd.DataFrame:
    """Return the rows of a table whose cells have these settings, with all columns of `cells`."""
    frame, chosen = tables[name], cells(tables, **settings)
    more = [column for column in chosen if column not in frame]
    return frame.merge(chosen[["study", "cell", *more]], on=["study", "cell"])


def once(frame: pd.DataFrame, settings: Iterable[str]) -> pd.DataFrame:
    """Drop what several studies hold of the same network: equal settings and seed."""
    keys = ["activation", *settings, "seed", *(name for name in PLACE if name in frame)]
    return frame.drop_duplicates(list(dict.fromkeys(keys)))


def untrained(tables: Tables, name: str, **settings: Any) -> pd.DataFrame:
    """Return the rows of untrained networks without normalisation, each network once."""
    found = rows(tables, name, normalisation="none", **settings)
    kept = ["network", "initialisation", "training_images"]
    return once(found[found["phase"] == "untrained"], kept)


def tutorial(tables: Tables, name: str, **settings: Any) -> pd.DataFrame:
    """Return the rows of networks trained as the tutorial does, but for `settings`; each run once."""
    protocol = {**PROTOCOL, **settings}
    return once(rows(tables, name, **protocol), protocol)


def experiment(tables: Tables, name: str, **columns: str) -> pd.DataFrame:
    """Return the rows of an experiment. Raises `NotRun` if there are none."""
    found = tables.get("experiments")
    if found is not None:
        found = found[found["experiment"] == name]
        for column, value in columns.items():
            found = found[found[column] == value]
    need(found is not None and len(found) > 0, f"rows of the experiment {name}")
    assert found is not None
    return found


def totals(rows: pd.DataFrame, index: str = "seed") -> pd.DataFrame:
    """Return the sum of each quantity over layers: a row for each seed, or arm."""
    return rows.pivot_table(index=index, columns="quantity", values="value", aggfunc="sum")


def learnt(runs: pd.DataFrame) -> pd.DataFrame:
    """Return the trained runs that left chance level and did not diverge."""
    return runs[(runs["status"] == "ok") & (runs["epochs"] > 0)]


def of_runs(frame: pd.DataFrame, runs: pd.DataFrame) -> pd.DataFrame:
    """Return the rows of a table that belong to these runs."""
    return frame.merge(runs[["study", "cell", "seed"]], on=["study", "cell", "seed"])


def by_seed(frame: pd.DataFrame, columns: str, values: str) -> pd.DataFrame:
    """Return a frame of a row for each seed that has a value in every column."""
    wide = frame.pivot(index="seed", columns=columns, values=values)
    return wide.astype(float).replace([np.inf, -np.inf], np.nan).dropna()


def need(found: bool, what: str) -> None:
    """Raise `NotRun` unless what a claim needs was found."""
    if not found:
        raise NotRun(f"no {what}")


def interval(values: Iterable[float], what: str, confidence: float = CONFIDENCE) -> dict[str, Any]:
    """Return the mean over seeds with its interval (Student's t).

    Raises `NotRun` without a seed, and `CannotTell` with one, since it has no interval.
    """
    numbers = np.array(list(values), dtype=float)
    numbers = numbers[np.isfinite(numbers)]
    if len(numbers) == 0:
        raise NotRun(f"no {what}")
    if len(numbers) == 1:
        raise CannotTell(f"there is one seed of {what}, and one has no interval", n=1)
    return mean_interval(numbers, bootstrap=False, confidence=confidence)


def ratio_over_networks(counted: pd.DataFrame, part: str, whole: str) -> dict[str, Any]:
    """Return Σ part / Σ whole with its 95% interval over networks, one row of `counted` each.

    Units of one network are alike, so networks are what is drawn: the ratio estimator's linearised
    variance (Cochran 1977, section 6.4) with Student's t. A ratio of 0 or 1 in every network has no
    spread to tell by; it has Clopper and Pearson's interval, each network being one trial.
    """
    counted = counted[counted[whole] > 0]
    n, total = len(counted), float(counted[whole].sum())
    ratio = float(counted[part].sum()) / total
    row = {"n": n, "mean": ratio, "low": None, "high": None}
    if n < 2:
        return row
    if ratio in (0.0, 1.0):
        exact = stats.binomtest(int(ratio) * n, n).proportion_ci(CONFIDENCE)
        return {**row, "low": exact.low, "high": exact.high}
    residual = (counted[part] - ratio * counted[whole]).to_numpy(dtype=float)
    error = np.sqrt((residual**2).sum() * n / (n - 1)) / total
    reach = float(stats.t.ppf((1 + CONFIDENCE) / 2, n - 1) * error)  # 0 where all ratios are equal
    return {**row, "low": max(ratio - reach, 0.0), "high": min(ratio + reach, 1.0)}


def powers(row: Mapping[str, Any]) -> dict[str, Any]:
    """Return an interval of base-10 logarithms as one of the geometric mean."""
    return {**row, **{name: float(10 ** row[name]) for name in ("mean", "low", "high")}}


def above(row: Mapping[str, Any], bound: float) -> str:
    """Return the verdict on "it is above the bound" from an interval."""
    if row["low"] > bound:
        return SUPPORTED
    return REFUTED if row["high"] < bound else INCONCLUSIVE


def below(row: Mapping[str, Any], bound: float) -> str:
    """Return the verdict on "it is below the bound" from an interval."""
    opposite = {SUPPORTED: REFUTED, REFUTED: SUPPORTED, INCONCLUSIVE: INCONCLUSIVE}
    return opposite[above(row, bound)]


def number(value: float) -> str:
    """Return a number to three digits.

    >>> number(0.000012345), number(19.62)
    ('1.23e-05', '19.6')
    """
    return f"{value:.3g}"


def points(share: float) -> str:
    """Return a difference of shares in percentage points.

    >>> points(-0.0123)
    '−1.23 points'
    """
    return f"{words.points(share)} points"


def lost(share: float) -> str:
    """Return a share that was lost in percentage points.

    >>> lost(0.0123)
    '1.23 points'
    """
    return points(share).removeprefix("+")


def stated(row: Mapping[str, Any], show: Callable[[float], str] = number) -> str:
    """Return an estimate as a sentence has it: with its interval and n."""
    low, high = show(row["low"]), show(row["high"])
    return f"{show(row['mean'])} (95% interval {low} to {high}, n = {row['n']})"


def counts(values: Iterable[float]) -> str:
    """Return numbers of units, means among them, in the order of the layers.

    >>> counts([0, 2.25])
    '0, 2.2'
    """
    return ", ".join(f"{value:.1f}".removesuffix(".0") for value in values)
