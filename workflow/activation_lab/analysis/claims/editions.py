"""The claim that the tutorial's two editions give almost the same numbers, against what seeds do."""

from __future__ import annotations

from typing import Any

import numpy as np
import pandas as pd
from scipy import stats

from activation_lab.analysis.claims.accuracy import FIVE, five_accuracies
from activation_lab.analysis.claims.base import (
    EXACT,
    INCONCLUSIVE,
    JAX,
    SUPPORTED,
    CannotTell,
    Tables,
    Verdict,
    claim,
)
from activation_lab.analysis.claims.groups import also, failures
from activation_lab.analysis.claims.selection import (
    below,
    counts,
    learnt,
    need,
    number,
    of_runs,
    tutorial,
    untrained,
)
from activation_lab.analysis.printed_numbers import (
    DEAD_TRAINED,
    DEAD_UNTRAINED,
    DEAD_UNTRAINED_JAX,
    NETWORK,
    PROTOCOL,
    TEST_ACCURACY,
)
from activation_lab.analysis.statistics import CONFIDENCE
from activation_lab.wording import percent, plural

QUOTE = "a 1-to-1 translation ... with almost identical results"
TEN_LAYERS = next(network for network in DEAD_UNTRAINED if network != NETWORK)
EDITIONS = ("PyTorch edition", "JAX edition")
APART = {
    name: abs(TEST_ACCURACY[EDITIONS[1]][name] - TEST_ACCURACY[EDITIONS[0]][name]) / 100
    for name in TEST_ACCURACY[EDITIONS[0]]
}
MOST_APART = max(FIVE, key=APART.__getitem__)
# The greatest of five standard normal numbers stays below it, in absolute value, with 95%.
GREATEST_OF_FIVE = float(stats.norm.ppf((1 + CONFIDENCE ** (1 / len(FIVE))) / 2))
ONE_DIFFERENCE = float(stats.norm.ppf((1 + CONFIDENCE) / 2))
# Dead units of all layers, in the PyTorch and in the JAX edition.
UNTRAINED = {
    network: (sum(dead), sum(DEAD_UNTRAINED_JAX[network]))
    for network, dead in DEAD_UNTRAINED.items()
}
TRAINED = (sum(DEAD_TRAINED[EDITIONS[0]]), sum(DEAD_TRAINED[EDITIONS[1]]))


@claim(
    source=JAX,
    quote=QUOTE,
    statement="With the five activations but sigmoid, the printed test accuracies of the two editions "
    "differ no more than those of two seeds of one edition do.",
    test="The greatest of the five printed differences over what the greatest of five differences "
    "between two seeds stays below in 95% of cases (normal, with the standard deviation over our "
    "seeds, pooled): the ratio's 95% interval (χ²) below 1 supports, above 1 refutes",
)
def editions_identical(tables: Tables) -> Verdict:
    """Hold the greatest printed difference against the spread over seeds."""
    wide, failed = five_accuracies(tables)
    sizes = wide.count()
    freedom = int((sizes - 1).clip(lower=0).sum())
    if freedom < 1:
        raise CannotTell(f"no activation learnt with two seeds{also(failed)}", n=len(wide))
    pooled = float(np.sqrt((wide.var() * (sizes - 1)).sum() / freedom))
    if np.isclose(pooled, 0):
        raise CannotTell("all seeds have the same accuracy", n=len(wide))
    ratio = _against_seeds(APART[MOST_APART], GREATEST_OF_FIVE, pooled, freedom)
    apart, reach = (f"{100 * value:.2f}" for value in (APART[MOST_APART], ratio["reach"]))
    evidence = (
        f"The printed accuracies differ most with {MOST_APART}, by {apart} points; between two seeds "
        f"of ours the greatest of the five differences stays below {reach} points in 95% of cases; the "
        f"ratio is {_stated(ratio)}, from {plural(len(wide), 'seed')}{also(failed)}."
    )
    return Verdict.of(below(ratio, 1), {**ratio, "n": len(wide)}, evidence)


def _against_seeds(apart: float, quantile: float, deviation: float, freedom: int) -> dict[str, Any]:
    """Return the ratio of a printed difference to what two seeds stay below in 95% of cases.

    `quantile` is that of a standard normal difference. The interval (χ²) is that of the standard
    deviation over seeds.
    """
    reach = quantile * 2**0.5 * deviation
    tails = stats.chi2.ppf([(1 - CONFIDENCE) / 2, (1 + CONFIDENCE) / 2], freedom)
    low, high = (float(apart / reach * (tail / freedom) ** 0.5) for tail in tails)
    return {"mean": apart / reach, "low": low, "high": high, "reach": reach}


def _stated(ratio: dict[str, Any]) -> str:
    return f"{ratio['mean']:.2f} (95% interval {ratio['low']:.2f} to {ratio['high']:.2f})"


@claim(
    source=JAX,
    quote=QUOTE,
    statement="With sigmoid, too, the printed test accuracies of the two editions, "
    f"{TEST_ACCURACY[EDITIONS[0]]['sigmoid']:g}% and {TEST_ACCURACY[EDITIONS[1]]['sigmoid']:g}%, "
    "differ no more than those of two seeds of one edition can.",
    test="Test accuracies of our sigmoid runs with early stopping: two seeds that differ by as much "
    "support; none leave it open. The estimate is the greatest difference",
    chance=EXACT,
)
def editions_identical_sigmoid(tables: Tables) -> Verdict:
    """Look for two seeds that differ as much as the editions."""
    runs = tutorial(tables, "runs", activation="sigmoid")
    runs = runs[runs["status"] != "diverged"]
    need(len(runs) > 1, "two sigmoid networks of the tutorial's")
    accuracies = runs["test_accuracy"].astype(float)
    apart, printed = float(accuracies.max() - accuracies.min()), APART["sigmoid"]
    evidence = (
        f"Over {plural(len(runs), 'seed')} the test accuracy goes from {percent(accuracies.min())} to "
        f"{percent(accuracies.max())}, {100 * apart:.2f} points apart; the printed ones are "
        f"{100 * printed:.2f} points apart."
    )
    return Verdict(SUPPORTED if apart >= printed else INCONCLUSIVE, evidence, len(runs), apart)


DEAD_TEST = (
    "Dead units of all layers: the difference of the printed sums over what the difference between two "
    "seeds stays below in 95% of cases (normal, with the standard deviation over our seeds, which are "
    "drawn as the PyTorch edition draws): the ratio's 95% interval (χ²) below 1 supports, above 1 "
    "refutes"
)
DEAD_WORDS = (
    "the printed numbers of dead units of the two editions differ no more than those of two seeds"
)


@claim(
    source=JAX,
    quote=QUOTE,
    statement=f"In the untrained ten-layer ReLU network {DEAD_WORDS} of one edition do.",
    test=DEAD_TEST,
    study="ten-layer",
)
def editions_identical_dead(tables: Tables) -> Verdict:
    """Look at the network that has most of them."""
    return _dead_against_seeds(_untrained(tables, TEN_LAYERS), UNTRAINED[TEN_LAYERS])


@claim(
    source=JAX,
    quote=QUOTE,
    statement=f"In the untrained ReLU network of four hidden layers {DEAD_WORDS} of one edition do.",
    test=DEAD_TEST,
)
def editions_identical_dead_four(tables: Tables) -> Verdict:
    """Look at the tutorial's network before training."""
    return _dead_against_seeds(_untrained(tables, NETWORK), UNTRAINED[NETWORK])


@claim(
    source=JAX,
    quote=QUOTE,
    statement=f"In the trained ReLU network {DEAD_WORDS} of one edition do.",
    test=f"{DEAD_TEST}. Runs that learnt, with the kept weights",
)
def editions_identical_dead_trained(tables: Tables) -> Verdict:
    """Look at the tutorial's network after training."""
    runs = tutorial(tables, "runs", activation="relu")
    need(len(runs) > 0, "trained ReLU networks of the tutorial's")
    found = of_runs(tables["dead_neurons"], learnt(runs))
    return _dead_against_seeds(found[found["phase"] == "best"], TRAINED, failures(runs))


def _untrained(tables: Tables, network: str) -> pd.DataFrame:
    start = {"initialisation": "default", "training_images": PROTOCOL["training_images"]}
    found = untrained(tables, "dead_neurons", activation="relu", network=network, **start)
    need(len(found) > 0, f"untrained ReLU networks {network}")
    return found


def _dead_against_seeds(found: pd.DataFrame, printed: tuple[int, int], failed: str = "") -> Verdict:
    """Hold the difference of the printed sums against the spread over seeds."""
    sums = found.groupby("seed")["dead"].sum().astype(float)
    n, spread = len(sums), float(sums.std())
    if not spread > 0:
        raise CannotTell(f"it takes seeds that differ to know what seeds do{also(failed)}", n=n)
    apart = abs(printed[0] - printed[1])
    ratio = _against_seeds(apart, ONE_DIFFERENCE, spread, n - 1)
    ours = counts(found.groupby("layer")["dead"].mean().astype(float))
    evidence = (
        f"In the two editions {printed[0]} and {printed[1]} units are dead, {apart} apart, and "
        f"{counts([sums.mean()])} in the mean of {plural(n, 'seed')} of ours (by layer {ours}); two "
        f"seeds stay below {number(ratio['reach'])} apart in 95% of cases; the ratio is "
        f"{_stated(ratio)}{also(failed)}."
    )
    return Verdict.of(below(ratio, 1), {**ratio, "n": n}, evidence)
