"""What a few seeds say of two activations, where many seeds are known."""

from __future__ import annotations

import itertools
import math
from dataclasses import dataclass

import numpy as np
from scipy import stats

from activation_lab.protocol import ALPHA

FEW = (3, 5, 10)  # seeds, as papers have them
FEWEST = 20  # seeds that stand for the truth
MOST = 10_000  # subsets that are looked at; of more there are, so many are drawn


@dataclass(frozen=True)
class Misled:
    """Shares of the subsets of `size` seeds, and what all seeds say.

    `better` and `worse` are what the test says of the first activation at 5%; `turned` is the share
    whose means are in the other order than those of all seeds.
    """

    size: int
    better: float
    worse: float
    turned: float
    all_say: int

    @property
    def misled(self) -> float:
        """The share that decides, and not as all seeds do: they decide nothing, or the contrary."""
        return (self.better if self.all_say < 1 else 0) + (self.worse if self.all_say > -1 else 0)


def misled(first: np.ndarray, second: np.ndarray, size: int, *, paired: bool) -> Misled:
    """Return what subsets of `size` seeds say; the values are of the same seeds, in the same order."""
    drawn = _subsets(len(first), size)
    says = _decisions(first[drawn], second[drawn], paired=paired)
    together = int(_decisions(first[None], second[None], paired=paired)[0])
    order = np.sign((first - second).mean())
    turned = np.sign((first - second)[drawn].mean(axis=1)) == -order
    return Misled(
        size, float((says > 0).mean()), float((says < 0).mean()), float(turned.mean()), together
    )


def _subsets(seeds: int, size: int) -> np.ndarray:
    """Return subsets [S, size] of the places of seeds: all, or `MOST` drawn with a fixed generator."""
    if math.comb(seeds, size) <= MOST:
        return np.array(list(itertools.combinations(range(seeds), size)))
    order = np.random.default_rng(0).random((MOST, seeds))
    return np.argsort(order, axis=1)[:, :size]


def _decisions(first: np.ndarray, second: np.ndarray, *, paired: bool) -> np.ndarray:
    """Return what Student's test says of each row [S, n]: 1 better, -1 worse, 0 neither."""
    n = first.shape[1]
    difference = (first - second).mean(axis=1)
    if paired:
        error, freedom = (first - second).std(axis=1, ddof=1) / n**0.5, n - 1
    else:
        both = first.var(axis=1, ddof=1) + second.var(axis=1, ddof=1)
        error, freedom = (both / n) ** 0.5, 2 * n - 2
    beyond = np.abs(difference) > stats.t.isf(ALPHA / 2, freedom) * error
    return np.where(beyond, np.sign(difference), 0)
