"""Verdicts from paired differences: simultaneous intervals, several looks, and how many seeds it takes.

Every verdict of a trial follows from an interval of the mean difference, candidate minus rival. All
intervals of a trial hold together with probability 1 - ALPHA, over tasks, rivals and looks:

- A look is a number of seeds at which the verdicts were read. ALPHA is spent over the looks by Lan and
  DeMets' function of Pocock's type (1983): after a share t of the planned seeds, α ln(1 + (e - 1) t).
- What a look may spend is divided by its number of comparisons (Bonferroni). The sum over all looks
  and comparisons is at most ALPHA, however they depend on each other.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from scipy import stats

from activation_lab.analysis.statistics import POWER, mean_interval
from activation_lab.protocol import ALPHA

BETTER, WORSE, EQUIVALENT, UNDECIDED = "better", "worse", "equivalent", "undecided"
VERDICTS = (BETTER, EQUIVALENT, WORSE, UNDECIDED)
MOST_SEEDS = 1_000  # beyond, no number of seeds is recommended


@dataclass(frozen=True)
class Looks:
    """The looks of a trial: the number of seeds at each, this one last; and the plan.

    `planned` is the number of seeds at which all of ALPHA is spent. `comparisons` are the pairs of a
    task and a rival.
    """

    seeds: tuple[int, ...]
    planned: int
    comparisons: int

    @property
    def level(self) -> float:
        """The error that one interval of this look may have."""
        *before, now = self.seeds
        already = spent(before[-1], self.planned) if before else 0.0
        return (spent(now, self.planned) - already) / self.comparisons

    def at(self, seeds: int) -> Looks:
        """The same trial when it is looked at once more, with so many seeds."""
        return Looks((*self.seeds, seeds), max(self.planned, seeds), self.comparisons)


def spent(seeds: int, planned: int) -> float:
    """Return how much of ALPHA may be spent with so many of the planned seeds.

    >>> round(spent(30, 30), 3), round(spent(15, 30), 3)
    (0.05, 0.031)
    """
    return ALPHA * math.log(1 + (math.e - 1) * min(seeds / planned, 1))


@dataclass(frozen=True)
class Judged:
    """A mean difference with its interval, and the verdict that follows from it."""

    mean: float
    std: float
    low: float
    high: float
    verdict: str


def judge(differences: np.ndarray, margin: float, level: float) -> Judged:
    """Return the verdict on paired differences [n], n ≥ 2, with an interval that errs with `level`.

    *better*: the interval is above 0; *worse*: below; *equivalent*: inside ±`margin`. The interval is
    Student's: right for normal differences, too wide where failures make a few of them large, too
    narrow where they are very skewed. `docs/court.md` shows by simulation how often it errs.
    """
    found = mean_interval(differences, bootstrap=False, confidence=1 - level)
    low, high = max(found["low"], -1.0), min(found["high"], 1.0)  # accuracies are shares
    if low > 0:
        verdict = BETTER
    elif high < 0:
        verdict = WORSE
    else:
        verdict = EQUIVALENT if -margin < low and high < margin else UNDECIDED
    return Judged(found["mean"], found["std"], low, high, verdict)


def half_width(std: float, n: np.ndarray | int, level: np.ndarray | float) -> np.ndarray:
    """Return half the width of Student's interval of a mean of n values, which errs with `level`."""
    return stats.t.isf(np.asarray(level) / 2, n - 1) * std / np.sqrt(n)


def seeds_needed(mean: float, std: float, margin: float, looks: Looks) -> int | None:
    """Return with how many seeds in all the next look would decide, with a probability of 80%.

    It takes the mean and the standard deviation so far for the true ones. None: more than
    `MOST_SEEDS`.
    """
    n = np.arange(looks.seeds[-1] + 1, MOST_SEEDS + 1)
    half = half_width(std, n, np.array([looks.at(int(count)).level for count in n]))
    likely = stats.norm.ppf(POWER) * std / np.sqrt(n)
    enough = max(abs(mean), margin - abs(mean)) >= half + likely
    return int(n[enough][0]) if enough.any() else None


def largest_unseen(n: int) -> float:
    """Return the highest rate of failures that n runs without one do not exclude, at ALPHA.

    Clopper and Pearson's bound, one-sided: 1 - α^(1/n).
    """
    return 1 - ALPHA ** (1 / n)


@dataclass(frozen=True)
class Shape:
    """How far differences are from normal: their skewness, and Shapiro and Wilk's p."""

    skewness: float
    p: float

    @property
    def normal(self) -> bool:
        """Tell whether nothing speaks against a normal distribution, at 1%."""
        return self.p >= 0.01


def shape(differences: Sequence[np.ndarray]) -> Shape | None:
    """Return the shape of the differences of several comparisons, each standardised, taken together.

    None: there are fewer than 8 values that differ.
    """
    each = [values for values in differences if len(values) > 1 and np.ptp(values) > 0]
    pooled = np.concatenate([stats.zscore(values, ddof=1) for values in each] or [np.zeros(0)])
    if len(pooled) < 8:
        return None
    return Shape(float(stats.skew(pooled)), float(stats.shapiro(pooled).pvalue))
