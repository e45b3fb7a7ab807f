"""The probability of improvement: how often a run of one beats a run of another."""

from __future__ import annotations

import numpy as np
from scipy import stats


def probability_of_improvement(first: np.ndarray, second: np.ndarray) -> float:
    """Return the chance that a run of the first has the greater value, ties half.

    Agarwal et al. 2021.
    """
    return stats.mannwhitneyu(first, second).statistic / (len(first) * len(second))
