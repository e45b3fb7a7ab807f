"""Whether two runs differ by more than their seeds: outcomes as counts, values by t tests.

Both find a difference between sound runs in at most 5% of comparisons, all tables together: outcomes
have 1% of it, and the tables of runs share the rest.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import pandas as pd
from scipy import optimize, special, stats

from activation_lab.analysis.verification.moments import RUNS
from activation_lab.protocol import ALPHA

OUTCOMES_LEVEL = 0.01
TABLE_LEVEL = (ALPHA - OUTCOMES_LEVEL) / len(RUNS)
ROUNDING = 1e-4  # relative: what float32 sums over a deep network may differ by
STATUSES = ("ok", "plateau", "diverged")
FEWEST = 5  # of fewer variances nobody can tell how they spread: the greatest stands for all
NO_EXCESS = 1e-6  # variances spread no more than those of seeds alike


def corrected_p(both: pd.DataFrame) -> np.ndarray:
    """Return for each value the probability of such a difference by chance, corrected for a table.

    `both` has study, column, scale, n, mean and std of one run, and `n_theirs` and so on of another; n
    is at least 2. Student's t test with equal variances, where the variance is drawn towards those of
    the same column (`moderated`). Every study of the table has the same share of the level, and within
    it every value (Bonferroni). Values that are the same for all seeds of both runs are not counted.
    """
    n, mean, std, n_theirs, mean_theirs, std_theirs = (
        both[name].to_numpy(dtype=float)
        for name in ("n", "mean", "std", "n_theirs", "mean_theirs", "std_theirs")
    )
    freedom = n + n_theirs - 2
    variance = ((n - 1) * std**2 + (n_theirs - 1) * std_theirs**2) / freedom
    apart = np.abs(mean - mean_theirs)
    scale = both["scale"].to_numpy()
    size = np.where(scale == "log", 1.0, np.maximum(np.abs(mean), np.abs(mean_theirs)))
    least = np.maximum(ROUNDING * size, scale == "count")
    varies = (variance > 0) | (apart > ROUNDING * size)
    p = np.ones(len(both))
    phase = both["phase"] if "phase" in both else pd.Series("", index=both.index)
    groups = both.assign(phase=phase).groupby(["study", "phase", "column"]).indices
    for rows in groups.values():
        rows = rows[varies[rows]]
        drawn, known = moderated(variance[rows], freedom[rows], least[rows])
        error = np.sqrt(drawn * (1 / n[rows] + 1 / n_theirs[rows]))
        p[rows] = 2 * stats.t.sf(apart[rows] / error, known)
    tested = pd.Series(varies).groupby(both["study"].to_numpy()).transform("sum").to_numpy()
    studies = both.loc[varies, "study"].nunique()
    return np.where(varies, np.minimum(p * tested * studies, 1), 1.0)


def moderated(
    variances: np.ndarray, freedom: np.ndarray, least: np.ndarray
) -> tuple[np.ndarray, np.ndarray]:
    """Return variances of a column's values drawn towards their common level, and degrees of freedom.

    Two seeds may agree by chance, and whole numbers often do: their own variance is then far too small.
    Smyth (2004, section 6.2) estimates the common level and for how many degrees of freedom it counts.
    Cells share seeds, so it is less certain than it seems: it counts at most as much as a value's own
    variance. `least` is the smallest standard deviation that is believed.
    """
    own = np.maximum(variances, least**2)
    vary = variances > least**2
    if vary.sum() < FEWEST:
        return np.full_like(own, own.max(initial=0.0)), freedom
    half = freedom[vary] / 2
    logs = np.log(own[vary]) - special.digamma(half) + np.log(half)
    excess = logs.var(ddof=1) - special.polygamma(1, half).mean()
    prior, level = np.inf, logs.mean()
    if excess > NO_EXCESS:
        prior = 2 * _inverse_trigamma(excess)
        level += special.digamma(prior / 2) - np.log(prior / 2)
    weight = np.minimum(prior, freedom)
    drawn = (weight * np.exp(level) + freedom * own) / (weight + freedom)
    return np.maximum(drawn, least**2), freedom + weight


def _inverse_trigamma(value: float) -> float:
    """Return the x at which ψ′(x) is `value`."""
    found = optimize.brentq(lambda log: special.polygamma(1, np.exp(log)) - value, -20, 20)
    return float(np.exp(found))


def counts(runs: pd.DataFrame) -> pd.DataFrame:
    """Return how many runs of each study and cell ended in which of `STATUSES`."""
    found = runs.groupby(["study", "cell"])["status"].value_counts().unstack(fill_value=0)
    return found.reindex(columns=list(STATUSES), fill_value=0)


def differing_outcomes(ours: pd.DataFrame, theirs: pd.DataFrame) -> pd.DataFrame:
    """Return the rows of two frames of `counts`, side by side, that differ by more than chance.

    Fisher's exact test of every cell, and of every study's sum over its cells (named `all cells`); the
    level is shared by those whose counts could reach it (Tarone 1990).
    """
    both = ours.join(theirs.add_suffix("_theirs"), how="inner")
    sums = both.groupby("study").sum()
    several = both.groupby("study").size() > 1
    sums.index = pd.MultiIndex.from_product([sums.index, ["all cells"]], names=["study", "cell"])
    both = pd.concat([both, sums[several.to_numpy()]])
    if both.empty:
        return both
    found = np.array([fisher(row[:3], row[3:]) for row in both.to_numpy(dtype=int)])
    p, smallest = found.T
    tests = next(k for k in range(1, len(both) + 2) if (smallest <= OUTCOMES_LEVEL / k).sum() <= k)
    return both[p <= OUTCOMES_LEVEL / tests]


def fisher(ours: Sequence[int], theirs: Sequence[int]) -> tuple[float, float]:
    """Return Fisher's exact p of two rows of three counts, and the smallest that their sums allow."""
    sums, n = np.add(ours, theirs), int(np.sum(ours))
    first, second = (a.ravel() for a in np.indices((sums[0] + 1, sums[1] + 1)))
    rows = np.stack([first, second, n - first - second], axis=1)
    rows = rows[(rows[:, 2] >= 0) & (rows[:, 2] <= sums[2])]
    chance = stats.multivariate_hypergeom.pmf(rows, sums, n)
    seen = chance[(rows == np.asarray(ours)).all(axis=1)]
    p, smallest = (chance[chance <= limit * (1 + 1e-9)].sum() for limit in (seen, chance.min()))
    return float(p), float(smallest)
