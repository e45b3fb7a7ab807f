"""The claim that the tutorial's two editions give almost the same numbers, against what seeds do."""

from __future__ import annotations

from typing import Any

import numpy as np
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
from activation_lab.analysis.claims.groups import also
from activation_lab.analysis.claims.selection import (
    below,
    counts,
    need,
    number,
    tutorial,
    untrained,
)
from activation_lab.analysis.printed_numbers import (
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
DEAD_APART = abs(sum(DEAD_UNTRAINED_JAX[TEN_LAYERS]) - sum(DEAD_UNTRAINED[TEN_LAYERS]))


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


@claim(
    source=JAX,
    quote=QUOTE,
    statement="In the untrained ten-layer ReLU network the printed numbers of dead units of the two "
    "editions differ no more than those of two seeds of one edition do.",
    test="Dead units of all layers: the difference of the printed sums over what the difference "
    "between two seeds stays below in 95% of cases (normal, with the standard deviation over our "
    "seeds, which are drawn as the PyTorch edition draws): the ratio's 95% interval (χ²) below 1 "
    "supports, above 1 refutes",
    study="ten-layer",
)
def editions_identical_dead(tables: Tables) -> Verdict:
    """Hold the difference of the printed numbers against the spread over seeds."""
    start = {"initialisation": "default", "training_images": PROTOCOL["training_images"]}
    found = untrained(tables, "dead_neurons", activation="relu", network=TEN_LAYERS, **start)
    need(len(found) > 0, f"untrained ReLU networks {TEN_LAYERS}")
    sums = found.groupby("seed")["dead"].sum().astype(float)
    n, spread = len(sums), float(sums.std())
    if not spread > 0:
        raise CannotTell("it takes seeds that differ to know what seeds do", n=n)
    ratio = _against_seeds(DEAD_APART, ONE_DIFFERENCE, spread, n - 1)
    printed = [sum(by_edition[TEN_LAYERS]) for by_edition in (DEAD_UNTRAINED, DEAD_UNTRAINED_JAX)]
    ours = counts(found.groupby("layer")["dead"].mean().astype(float))
    evidence = (
        f"Of the ten layers' units {printed[0]} and {printed[1]} are dead in the two editions, "
        f"{DEAD_APART} apart, and {counts([sums.mean()])} in the mean of {plural(n, 'seed')} of ours "
        f"(by layer {ours}); two seeds stay below {number(ratio['reach'])} apart in 95% of cases; the "
        f"ratio is {_stated(ratio)}."
    )
    return Verdict.of(below(ratio, 1), {**ratio, "n": n}, evidence)
