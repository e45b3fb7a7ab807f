"""Intervals, success rates, times to a target, paired contrasts: what can be said of runs."""

from __future__ import annotations

import bisect
import itertools
from collections.abc import Iterator, Mapping, Sequence
from typing import Any, Literal

import numpy as np
import pandas as pd
from pandas.api.types import is_numeric_dtype
from scipy import special, stats
from statsmodels.stats.multitest import multipletests
from statsmodels.stats.power import TTestPower

from activation_lab.analysis.improvement import probability_of_improvement
from activation_lab.datasets import named
from activation_lab.measures.base import CELL
from activation_lab.protocol import ALPHA
from activation_lab.schemas.analysis import ANALYSIS

Tables = Mapping[str, pd.DataFrame]  # a study's, or all, by name

METRICS = (
    "test_accuracy",
    "test_loss",
    "test_accuracy_last",
    "best_val_accuracy",
    "best_epoch",
    "epochs",
)
CONTRASTED = ("test_accuracy", "test_loss", "best_epoch")
CONFIDENCE = 1 - ALPHA
POWER = 0.8
BOOTSTRAP_FROM = 20  # below, a bootstrap interval of the mean covers too little, Student's t enough


def mean_interval(
    values: np.ndarray, bootstrap: bool = True, confidence: float = CONFIDENCE
) -> dict[str, Any]:
    """Return n, mean, sample standard deviation and the interval of the mean (95% by default).

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
        low, high = stats.t.interval(confidence, n - 1, loc=mean, scale=stats.sem(values))
    elif spread > 0:
        generator = np.random.default_rng(0)
        drawn = stats.bootstrap(
            (values,), np.mean, method="BCa", confidence_level=confidence, rng=generator
        )
        (low, high), method = drawn.confidence_interval, "bca"
    return {"n": n, "mean": mean, "std": std, "low": low, "high": high, "method": method}


def success_rate(successes: int, n: int) -> dict[str, Any]:
    """Return the share of successes with its 95% Wilson interval."""
    return _share(successes, n, "wilson")


def exact_share(successes: int, n: int) -> dict[str, Any]:
    """Return the share of successes with Clopper and Pearson's 95% interval.

    It covers in at least 95% for every n and share, which Wilson's does not: verdicts rest on it.
    """
    return _share(successes, n, "exact")


def _share(successes: int, n: int, method: Literal["wilson", "exact"]) -> dict[str, Any]:
    interval = stats.binomtest(successes, n).proportion_ci(CONFIDENCE, method=method)
    shares = {"mean": successes / n, "low": interval.low, "high": interval.high}
    return {"n": n, "std": None, **shares, "method": method}


def summary(runs: pd.DataFrame) -> pd.DataFrame:
    """Return the table `summary` of the table `runs`.

    Metrics are summarised over the runs that are ok. A cell that splits into stuck and trained has
    no meaningful mean over both: its success rate says how often each happens.
    """
    keys = list(CELL)
    return pd.DataFrame(
        [
            {**dict(zip(keys, cell, strict=True)), **row}
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

    Which accuracies are of interest, the dataset of each cell says.
    A run that ended before it got there is an outcome: later than any that did. Stopping by patience
    depends on how training goes, so that estimates for censoring by chance, such as Kaplan & Meier's,
    do not apply.
    """
    rows = []
    datasets = cells.set_index(["study", "cell"])["dataset"]
    for (study, cell), own in metrics.groupby(["study", "cell"], sort=False):
        last = own.groupby("seed")["epoch"].max()
        for target in named(datasets[study, cell]).targets:
            there = own[own["val_accuracy"] >= target].groupby("seed")["epoch"].min()
            epochs = there.reindex(last.index).astype(float).fillna(np.inf).to_numpy()
            rows.append(
                {
                    "study": study,
                    "cell": cell,
                    "target": target,
                    "n": len(epochs),
                    "reached": len(there),
                    **median_interval(epochs),
                }
            )
    columns = ["study", "cell", "target", "n", "reached", "median", "low", "high"]
    frame = pd.DataFrame(rows, columns=columns).astype({"n": "Int64", "reached": "Int64"})
    return cells[list(CELL)].merge(frame, on=["study", "cell"])


def median_interval(values: np.ndarray) -> dict[str, float | None]:
    """Return the median and its 95% interval by order statistics; None where one is infinite.

    Exact for any continuous distribution, conservative with ties: below 6 values there is none.
    """
    found = stats.quantile_test(values, q=0.0, p=0.5).confidence_interval(CONFIDENCE)
    numbers = {"median": float(np.median(values)), "low": found.low, "high": found.high}
    return {name: float(v) if np.isfinite(v) else None for name, v in numbers.items()}


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
    return pd.DataFrame(rows, columns=list(ANALYSIS["contrasts"].columns))


def _pairs(cells: pd.DataFrame) -> Iterator[dict[str, str]]:
    """Yield the pairs of a study's cells that differ in one of the settings it varies.

    Of a numeric setting neighbouring values are paired, of any other all. Accuracies on different
    datasets and of different network families are not compared.
    """
    for _, own in cells.groupby("family", sort=False):
        yield from _pairs_of_family(own)


def _pairs_of_family(cells: pd.DataFrame) -> Iterator[dict[str, str]]:
    varied = list(cells["varied"].iloc[0]) if len(cells) else []
    for setting in [name for name in varied if name != "dataset"]:
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
    won = probability_of_improvement(first, second) if len(both) else None
    return {**row, "probability_of_improvement": won, "p": p, "p_holm": None}


def _corrected(rows: list[dict[str, Any]]) -> list[dict[str, Any]]:
    tested = [row for row in rows if row["p"] is not None]
    for row, p in zip(tested, holm([row["p"] for row in tested]), strict=True):
        row["p_holm"] = p
    return rows


def holm(p: Sequence[float]) -> list[float]:
    """Return p values corrected for their number (Holm 1979)."""
    return multipletests(p, method="holm")[1].tolist() if len(p) else []


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


def outcomes(runs: pd.DataFrame) -> pd.DataFrame:
    """Count how the trained runs of each cell ended: columns n, ok, plateau and diverged."""
    trained = runs[runs["epochs"] > 0]
    counts = pd.DataFrame(
        {
            status: (trained["status"] == status).groupby(trained["cell"], sort=False).sum()
            for status in ("ok", "plateau", "diverged")
        }
    ).astype(int)
    return counts.assign(n=counts.sum(axis=1))


def learnt(rows: pd.DataFrame, runs: pd.DataFrame) -> pd.Series:
    """Tell for each row of a table whether its run left chance level and did not diverge."""
    ok = set(runs.loc[runs["status"] == "ok", ["cell", "seed"]].itertuples(index=False, name=None))
    pairs = rows[["cell", "seed"]].itertuples(index=False, name=None)
    return pd.Series([pair in ok for pair in pairs], index=rows.index, dtype=bool)


def still_stuck(exits: pd.Series, last: int) -> pd.DataFrame:
    """Return the share of all runs that have not left the plateau after each epoch, 0 to `last`.

    `exits` is the epoch in which each run left, null if it never did: a run that training ended on the
    plateau stays there. Columns: epoch, share, low and high (Clopper and Pearson's 95% interval).
    """
    rows = []
    for epoch in range(last + 1):
        stuck = int((exits.isna() | (exits > epoch)).sum())
        exact = exact_share(stuck, len(exits))
        share = {"share": exact["mean"], "low": exact["low"], "high": exact["high"]}
        rows.append({"epoch": epoch, **share})
    return pd.DataFrame(rows)
