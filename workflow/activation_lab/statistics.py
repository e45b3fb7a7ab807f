"""Intervals, success rates, times to a target, paired contrasts: what can be said of runs."""

from __future__ import annotations

import bisect
import itertools
import warnings
from collections.abc import Iterator, Sequence
from typing import Any

import numpy as np
import pandas as pd
from pandas.api.types import is_numeric_dtype
from scipy import special, stats
from statsmodels.duration.survfunc import SurvfuncRight
from statsmodels.stats.multitest import multipletests
from statsmodels.stats.power import TTestPower

from activation_lab.schemas import CELL, TABLES

METRICS = (
    *("test_accuracy", "test_loss", "test_accuracy_last", "best_val_accuracy"),
    *("best_epoch", "epochs"),
)
TARGETS = (0.80, 0.85, 0.88)  # validation accuracies
CONTRASTED = ("test_accuracy", "test_loss", "best_epoch")
CONFIDENCE = 0.95
POWER = 0.8
BOOTSTRAP_FROM = 20  # below, a bootstrap interval of the mean covers too little, Student's t enough


def mean_interval(values: np.ndarray, bootstrap: bool = True) -> dict[str, Any]:
    """Return n, mean, sample standard deviation and the 95% interval of the mean.

    Student's t below 20 values, the bootstrap's BCa from there on (scipy's, with a fixed generator),
    unless `bootstrap` is false.
    """
    n = len(values)
    mean = float(np.mean(values)) if n else None
    std = float(np.std(values, ddof=1)) if n > 1 else None
    spread = std or 0.0
    low, high, method = mean, mean, "student-t"
    if n < 2:
        low, high, method = None, None, "none"
    elif spread > 0 and (n < BOOTSTRAP_FROM or not bootstrap):
        low, high = stats.t.interval(CONFIDENCE, n - 1, loc=mean, scale=stats.sem(values))
    elif spread > 0:
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


def targets(metrics: pd.DataFrame, cells: pd.DataFrame) -> pd.DataFrame:
    """Return the table `targets` of the table `metrics`: how soon runs reach a validation accuracy.

    A run that ended before it got there is censored at its last epoch: it might have got there later.
    Median and interval by Kaplan & Meier 1958, statsmodels' (log-log).
    """
    rows = []
    for cell, own in metrics.groupby(["study", "cell"], sort=False):
        last = own.groupby("seed")["epoch"].max()
        for target in TARGETS:
            there = own[own["val_accuracy"] >= target].groupby("seed")["epoch"].min()
            reached = last.index.isin(there.index)
            curve = SurvfuncRight(there.reindex(last.index).fillna(last).astype(float), reached)
            low = high = None
            if reached.any():
                with np.errstate(divide="ignore", invalid="ignore"):  # log-log at a share of 0
                    low, high = curve.quantile_ci(0.5, 1 - CONFIDENCE)
            rows.append(
                {
                    **dict(zip(("study", "cell"), cell, strict=True)),
                    **{"target": target, "n": len(last), "reached": reached.sum()},
                    **{"median": curve.quantile(0.5), "low": low, "high": high},
                }
            )
    columns = ["study", "cell", "target", "n", "reached", "median", "low", "high"]
    frame = pd.DataFrame(rows, columns=columns).astype({"n": "Int64", "reached": "Int64"})
    bounds = ["median", "low", "high"]
    frame[bounds] = frame[bounds].astype(float).where(np.isfinite)
    return cells[list(CELL)].merge(frame, on=["study", "cell"]).assign(seed=None)


def contrasts(runs: pd.DataFrame, cells: pd.DataFrame) -> pd.DataFrame:
    """Return the table `contrasts`: every pair of cells that differ in one varied setting.

    Runs are paired by seed: same initial weights where the shapes allow it, same batches. Only seeds
    whose runs both learnt count. p is corrected for all pairs of a study and metric (Holm 1979).
    """
    rows = []
    for study, own in cells.groupby("study", sort=False):
        ok = runs[(runs["study"] == study) & (runs["status"] == "ok") & (runs["epochs"] > 0)]
        trained = own[own["cell"].isin(runs.loc[runs["epochs"] > 0, "cell"])]
        pairs = list(_pairs(trained))
        for metric in CONTRASTED:
            wide = ok.pivot(index="seed", columns="cell", values=metric).astype(float)
            made = [
                {"study": study, **pair, "metric": metric, **_contrast(wide, pair)}
                for pair in pairs
            ]
            rows += _corrected(made)
    return pd.DataFrame(rows, columns=list(TABLES["contrasts"].columns))


def _pairs(cells: pd.DataFrame) -> Iterator[dict[str, str]]:
    """Yield the pairs of a study's cells that differ in one of the settings it varies.

    Of a numeric setting neighbouring values are paired, of any other all.
    """
    varied = list(cells["varied"].iloc[0]) if len(cells) else []
    for setting in varied:
        others = [name for name in varied if name != setting]
        for _, alike in cells.groupby(others, sort=False) if others else [((), cells)]:
            if is_numeric_dtype(
                alike[setting]
            ):  # neighbours: all pairs would be too many to correct for
                pairs = itertools.pairwise(alike.sort_values(setting)["cell"])
            else:
                pairs = itertools.combinations(alike["cell"], 2)
            for first, second in pairs:
                yield {"setting": setting, "first": first, "second": second}


def _contrast(wide: pd.DataFrame, pair: dict[str, str]) -> dict[str, Any]:
    """Compare two columns of a seed × cell frame."""
    both = wide.reindex(columns=[pair["first"], pair["second"]]).dropna().to_numpy()
    first, second = both.T
    row = mean_interval(first - second, bootstrap=False)
    row["difference"] = row.pop("mean")
    p = None
    if row["std"] is not None:
        # Seeds that all differ by the same amount leave no doubt; scipy divides by their deviation.
        p = (
            stats.ttest_rel(first, second).pvalue
            if row["std"] > 0
            else float(not (first - second).any())
        )
    won = stats.mannwhitneyu(first, second).statistic / len(both) ** 2 if len(both) else None
    return {**row, "probability_of_improvement": won, "p": p, "p_holm": None}


def _corrected(rows: list[dict[str, Any]]) -> list[dict[str, Any]]:
    tested = [row for row in rows if row["p"] is not None]
    if tested:
        _, corrected, *_ = multipletests([row["p"] for row in tested], method="holm")
        for row, p in zip(tested, corrected, strict=True):
            row["p_holm"] = p
    return rows


def resolvable(std: float, n: int) -> float:
    """Return the true difference that n pairs find with 80% power at p < 0.05.

    `std` is the standard deviation of the paired differences; the result has its unit.
    """
    effect = TTestPower().solve_power(nobs=n, alpha=1 - CONFIDENCE, power=POWER)
    return float(effect * std)


def pairs_needed(std: float, difference: float) -> int:
    """Return how many pairs find a true difference with 80% power at p < 0.05."""
    effect = difference / std

    def enough(n: int) -> bool:
        # statsmodels' power is nan for large effects; the other tail is negligible.
        beyond = stats.t.isf((1 - CONFIDENCE) / 2, n - 1)
        return 1 - special.nctdtr(n - 1, effect * n**0.5, beyond) >= POWER

    most = 2
    while not enough(most):
        most *= 2
    return bisect.bisect_left(range(most), True, lo=max(2, most // 2), key=enough)


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
    with np.errstate(divide="ignore", invalid="ignore"), warnings.catch_warnings():
        # Where all runs are still there, or none is, there is no interval, which is known.
        warnings.filterwarnings("ignore", "The confidence interval is undefined", RuntimeWarning)
        interval = curve.confidence_interval(CONFIDENCE, method="log-log")
    return pd.DataFrame(
        {
            "epoch": curve.quantiles,
            "share": curve.probabilities,
            "low": interval.low.probabilities,
            "high": interval.high.probabilities,
        }
    )
