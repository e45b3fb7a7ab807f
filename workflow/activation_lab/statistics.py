"""Intervals and success rates: from the runs to the summary of each cell."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any

import numpy as np
import pandas as pd
from scipy import stats

from activation_lab.tables import CELL

METRICS = (
    *("test_accuracy", "test_loss", "test_accuracy_last", "best_val_accuracy"),
    *("best_epoch", "epochs"),
)
CONFIDENCE = 0.95
BOOTSTRAP_FROM = 20  # below, a bootstrap interval of the mean covers too little, Student's t enough


def mean_interval(values: np.ndarray) -> dict[str, Any]:
    """Return n, mean, sample standard deviation and the 95% interval of the mean.

    Student's t below 20 values, the bootstrap's BCa from there on (scipy's, with a fixed generator).
    """
    n = len(values)
    mean = float(np.mean(values)) if n else None
    std = float(np.std(values, ddof=1)) if n > 1 else None
    low, high, method = mean, mean, "student-t"
    if n < 2:
        low, high, method = None, None, "none"
    elif std > 0 and n < BOOTSTRAP_FROM:
        low, high = stats.t.interval(CONFIDENCE, n - 1, loc=mean, scale=stats.sem(values))
    elif std > 0:
        generator = np.random.default_rng(0)
        drawn = stats.bootstrap((values,), np.mean, method="BCa", rng=generator)
        (low, high), method = drawn.confidence_interval, "bca"
    return {"n": n, "mean": mean, "std": std, "low": low, "high": high, "method": method}


def success_rate(successes: int, n: int) -> dict[str, Any]:
    """Return the share of successes with its 95% Wilson interval."""
    interval = stats.binomtest(successes, n).proportion_ci(CONFIDENCE, method="wilson")
    shares = {"mean": successes / n, "low": interval.low, "high": interval.high}
    return {"n": n, "std": None, **shares, "method": "wilson"}


def summary(runs: pd.DataFrame) -> pd.DataFrame:
    """Return the table `summary` of the table `runs`.

    Metrics are summarised over the runs that are ok. A cell that splits into stuck and trained has
    no meaningful mean over both: its success rate says how often each happens.
    """
    keys = list(CELL)
    return pd.DataFrame(
        [
            {**dict(zip(keys, cell, strict=True)), "seed": None, **row}
            for cell, rows in runs.groupby(keys, sort=False)
            for row in _cell(rows)
        ]
    )


def _cell(runs: pd.DataFrame) -> Iterator[dict[str, Any]]:
    ok = runs[runs["status"] == "ok"]
    for metric in METRICS:
        values = ok[metric].dropna().to_numpy(dtype=float)
        yield {"metric": metric, **mean_interval(values)}
    if (runs["epochs"] > 0).any():
        yield {"metric": "success_rate", **success_rate(len(ok), len(runs))}


def pooled_density(
    edges: Sequence[np.ndarray], counts: Sequence[np.ndarray]
) -> tuple[np.ndarray, np.ndarray]:
    """Pool histograms with different bins into one density; return its edges and heights.

    Within a bin values are taken to be spread evenly. The pooled bins are as many as each histogram
    has, and span all of them.
    """
    bins = len(counts[0])
    lowest, highest = min(e[0] for e in edges), max(e[-1] for e in edges)
    if lowest == highest:
        lowest, highest = lowest - 0.5, highest + 0.5
    pooled = np.linspace(lowest, highest, bins + 1)
    heights = np.zeros(bins)
    for own, number in zip(edges, counts, strict=True):
        cumulative = np.concatenate([[0], np.cumsum(number)]) / np.sum(number)
        heights += np.diff(np.interp(pooled, own, cumulative)) / np.diff(pooled)
    return pooled, heights / len(counts)


def learnt(rows: pd.DataFrame, runs: pd.DataFrame) -> pd.Series:
    """Tell for each row of a table whether its run left chance level and did not diverge."""
    ok = set(runs.loc[runs["status"] == "ok", ["cell", "seed"]].itertuples(index=False, name=None))
    pairs = rows[["cell", "seed"]].itertuples(index=False, name=None)
    return pd.Series([pair in ok for pair in pairs], index=rows.index, dtype=bool)


def survival(epochs: pd.Series, exits: pd.Series) -> pd.DataFrame:
    """Return the share of runs still on the plateau after each epoch, by Kaplan & Meier 1958.

    A run that ended before it left is censored at its last epoch. Columns: epoch, share, low and high
    (the 95% interval, log-log; scipy's).
    """
    left = exits.dropna().to_numpy(dtype=float)
    ended = epochs[exits.isna()].to_numpy(dtype=float)
    curve = stats.ecdf(stats.CensoredData(uncensored=left, right=ended)).sf
    with np.errstate(divide="ignore", invalid="ignore"):
        interval = curve.confidence_interval(CONFIDENCE, method="log-log")
    return pd.DataFrame(
        {
            "epoch": curve.quantiles,
            "share": curve.probabilities,
            "low": interval.low.probabilities,
            "high": interval.high.probabilities,
        }
    )
