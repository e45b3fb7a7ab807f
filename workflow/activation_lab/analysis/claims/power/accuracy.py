"""Tables in which claims of `claims/accuracy.py` are true, false and on the border."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np

from activation_lab.analysis.claims.accuracy import FIVE, MARGIN, ORDER
from activation_lab.analysis.claims.base import Tables
from activation_lab.analysis.claims.power.base import BORDERLINE, FALSE, TRUE, scenario
from activation_lab.analysis.claims.power.planted import SEEDS, cell, runs, tables
from activation_lab.analysis.printed_numbers import TEST_ACCURACY

# Of one activation's test accuracy over seeds, and how much of its variance all activations share.
SPREAD, SHARED = 0.0042, 0.14
PRINTED = {
    edition: sum(numbers[name] for name in FIVE) / len(FIVE) / 100
    for edition, numbers in TEST_ACCURACY.items()
}


def _noise(generator: np.random.Generator, seeds: int) -> np.ndarray:
    """Draw what seeds add to test accuracies [seed × activation]."""
    shared = generator.normal(size=(seeds, 1))
    base = generator.normal(size=(seeds, len(FIVE)))
    return SPREAD * (SHARED**0.5 * shared + (1 - SHARED) ** 0.5 * base)


def _train(generator: np.random.Generator, means: Mapping[str, float]) -> Tables:
    """Draw the five networks' test accuracies around these means."""
    accuracies = _noise(generator, len(SEEDS)) + [means[name] for name in FIVE]
    cells = [cell(name, activation=name) for name in FIVE]
    rows = []
    for column, base in enumerate(cells):
        drawn: dict[int, float] = dict(zip(SEEDS, accuracies[:, column].tolist(), strict=True))
        rows += runs(base, lambda seed, drawn=drawn: {"test_accuracy": drawn[seed]})
    return tables(cells, runs=rows)


def _printed_above_ours(
    generator: np.random.Generator, difference: float, printed: float
) -> Tables:
    """Draw our networks where a printed mean, one seed's, is of networks better by this difference.

    What is printed is fixed, so that its noise moves our true mean instead.
    """
    mean = printed - difference - float(_noise(generator, 1).mean())
    return _train(generator, dict.fromkeys(FIVE, mean))


@scenario("accuracies", TRUE, "the editions' networks are ours")
def _same(generator: np.random.Generator) -> Tables:
    return _printed_above_ours(generator, 0.0, sum(PRINTED.values()) / len(PRINTED))


@scenario("accuracies", FALSE, "both editions' networks are 3 points better than ours")
def _better(generator: np.random.Generator) -> Tables:
    return _printed_above_ours(generator, 0.03, sum(PRINTED.values()) / len(PRINTED))


@scenario("accuracies", BORDERLINE, "one edition's are 1 point better, the other's less")
def _a_point_better(generator: np.random.Generator) -> Tables:
    return _printed_above_ours(generator, MARGIN, max(PRINTED.values()))


@scenario("accuracies", BORDERLINE, "one edition's are 1 point worse, the other's less")
def _a_point_worse(generator: np.random.Generator) -> Tables:
    return _printed_above_ours(generator, -MARGIN, min(PRINTED.values()))


def _in_order(generator: np.random.Generator, *below_first: float) -> Tables:
    """Draw networks, in the printed order, so many points below 90%."""
    means = {name: 0.9 - points / 100 for name, points in zip(ORDER, below_first, strict=True)}
    return _train(generator, means)


@scenario("printed-order", TRUE, "2 points between neighbours")
def _ordered(generator: np.random.Generator) -> Tables:
    return _in_order(generator, 0, 2, 4, 6, 8)


@scenario("printed-order", FALSE, "2 points between neighbours, in the opposite order")
def _reversed(generator: np.random.Generator) -> Tables:
    return _in_order(generator, 8, 6, 4, 2, 0)


@scenario("printed-order", BORDERLINE, "two neighbours are alike, 5 points between all others")
def _two_alike(generator: np.random.Generator) -> Tables:
    return _in_order(generator, 0, 5, 5, 10, 15)


@scenario("printed-order", BORDERLINE, "all five are alike")
def _all_alike_in_order(generator: np.random.Generator) -> Tables:
    return _in_order(generator, 0, 0, 0, 0, 0)


@scenario("similar-performance", TRUE, "all five are alike")
def _all_alike(generator: np.random.Generator) -> Tables:
    return _in_order(generator, 0, 0, 0, 0, 0)


@scenario("similar-performance", FALSE, "one is 3 points worse than the others")
def _one_worse(generator: np.random.Generator) -> Tables:
    return _in_order(generator, 0, 3, 0, 0, 0)


@scenario("similar-performance", BORDERLINE, "1 point from the best to the worst")
def _a_point_apart(generator: np.random.Generator) -> Tables:
    return _in_order(generator, 0, 0.5, 0.5, 0.5, 1)


@scenario("similar-performance", BORDERLINE, "three are 1 point better than the other two")
def _in_two_groups(generator: np.random.Generator) -> Tables:
    return _in_order(generator, 0, 0, 0, 1, 1)
