"""The court on trial: how often its verdicts are right where the truth is known.

Runs are made up, or drawn from real runs of one activation that plays candidate and rival. A trial of
several comparisons is repeated many times; a verdict is wrong if the truth contradicts it.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

import numpy as np
import pandas as pd

from activation_lab.analysis.trial.inference import (
    BETTER,
    EQUIVALENT,
    UNDECIDED,
    VERDICTS,
    WORSE,
    Judged,
    Looks,
    judge,
    seeds_needed,
)

MARGIN = 0.003
STD = 0.0056  # of a paired difference between two activations in the tutorial's network
TRAINED, CHANCE = 0.88, 0.10  # accuracies of a run that trained, and of one that failed


@dataclass(frozen=True)
class Truth:
    """What is true in a made-up trial.

    `difference` is that of runs that train. A share `fails` of the candidate's runs, and a share
    `rival_fails` of the rival's, end at chance level. With a `skewness`, differences have a gamma
    distribution; with 2, an exponential one.
    """

    difference: float
    fails: float = 0.0
    rival_fails: float = 0.0
    skewness: float = 0.0

    @property
    def mean(self) -> float:
        """The true mean difference of all runs, failures counted as chance."""
        above = TRAINED - CHANCE
        candidate = (1 - self.fails) * (above + self.difference)
        return candidate - (1 - self.rival_fails) * above

    def draw(self, generator: np.random.Generator, shape: tuple[int, ...]) -> np.ndarray:
        """Return paired differences of runs."""
        noise = generator.normal(size=shape)
        if self.skewness:
            form = 4 / self.skewness**2
            noise = (generator.gamma(form, size=shape) - form) / form**0.5
        candidate = TRAINED + self.difference + STD * noise
        rival = np.full(shape, TRAINED)
        candidate[generator.random(shape) < self.fails] = CHANCE
        rival[generator.random(shape) < self.rival_fails] = CHANCE
        return candidate - rival


def wrong(verdict: str, truth: float, margin: float = MARGIN) -> bool:
    """Tell whether a true mean difference contradicts a verdict."""
    return {
        BETTER: truth <= 0,
        WORSE: truth >= 0,
        EQUIVALENT: abs(truth) >= margin,
        UNDECIDED: False,
    }[verdict]


def trial(
    truth: Truth,
    looks: Sequence[int],
    planned: int,
    comparisons: int,
    generator: np.random.Generator,
) -> Iterator[list[Judged]]:
    """Yield the verdicts of a made-up trial at each of its looks, which add seeds to those before."""
    drawn = truth.draw(generator, (comparisons, looks[-1]))
    for number, seeds in enumerate(looks, start=1):
        level = Looks(tuple(looks[:number]), planned, comparisons).level
        yield [judge(row[:seeds], MARGIN, level) for row in drawn]


def simulated(
    truth: Truth,
    looks: Sequence[int],
    comparisons: int,
    repetitions: int,
    planned: int = 30,
    seed: int = 0,
) -> dict[str, float]:
    """Return how a made-up trial ends, over many repetitions.

    `wrong` is the share of trials with a wrong verdict at any look, in any comparison; then come the
    shares of the verdicts at the last look; `needed` is the median of the seeds that undecided ones
    recommend.
    """
    generator = np.random.default_rng(seed)
    wrongs, needed = 0, []
    counts: dict[str, int] = dict.fromkeys(VERDICTS, 0)
    for _ in range(repetitions):
        ends = list(trial(truth, looks, planned, comparisons, generator))
        wrongs += any(wrong(found.verdict, truth.mean) for look in ends for found in look)
        for found in ends[-1]:
            counts[found.verdict] += 1
        first = ends[-1][0]
        if first.verdict == UNDECIDED:
            at = Looks(tuple(looks), planned, comparisons)
            needed.append(seeds_needed(first.mean, first.std, MARGIN, at) or np.inf)
    shares = {name: count / (repetitions * comparisons) for name, count in counts.items()}
    return {"wrong": wrongs / repetitions, **shares, "needed": float(np.median(needed or [np.nan]))}


def resampled(
    accuracies: pd.DataFrame,
    margins: Mapping[str, float],
    seeds: int,
    repetitions: int,
    planned: int = 30,
    seed: int = 0,
) -> dict[str, float]:
    """Return how trials of an activation against itself end, on disjoint seeds of real runs.

    `accuracies` has a column for each task and a row for each seed, at least twice as many as a trial
    takes; `margins` are those of the tasks. What is found is nothing but chance: *better* and *worse*
    are wrong.
    """
    generator = np.random.default_rng(seed)
    level = Looks((seeds,), planned, accuracies.shape[1]).level
    decided = 0
    found: dict[str, int] = dict.fromkeys(VERDICTS, 0)
    for _ in range(repetitions):
        rows = generator.permutation(len(accuracies))[: 2 * seeds]
        mine, theirs = (accuracies.to_numpy()[half] for half in (rows[:seeds], rows[seeds:]))
        verdicts = [
            judge(column, margins[task], level).verdict
            for task, column in zip(accuracies, (mine - theirs).T, strict=True)
        ]
        decided += any(verdict in (BETTER, WORSE) for verdict in verdicts)
        for verdict in verdicts:
            found[verdict] += 1
    shares = {name: count / (repetitions * accuracies.shape[1]) for name, count in found.items()}
    return {"wrong": decided / repetitions, **shares}
