"""Tables in which claims of `claims/choosing.py` are true, false and on the border.

Networks, rates and seeds are those of the default studies.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import numpy as np

from activation_lab.analysis.claims.accuracy import FIVE, MARGIN
from activation_lab.analysis.claims.base import Tables
from activation_lab.analysis.claims.groups import CHANCE_LEVEL
from activation_lab.analysis.claims.power.base import BORDERLINE, FALSE, TRUE, scenario
from activation_lab.analysis.claims.power.planted import SEEDS, Row, cell, runs, tables

NAMES = ("tanh", "relu", "swish")
DEPTHS = (2, 8, 24, 48)
NOISE = 0.004  # of one run's accuracy, in networks that learn well

Means = Mapping[tuple[int, str], tuple[float, float, float]]


def at_depths(generator: np.random.Generator, means: Means) -> Tables:
    """Draw networks of each depth and initialisation with these accuracies of tanh, ReLU and Swish."""
    cells, rows = [], []
    for (depth, initialisation), of_names in means.items():
        for name, mean in zip(NAMES, of_names, strict=True):
            start = {"activation": name, "initialisation": initialisation}
            shape = {"network": f"64x{depth}", "width": 64, "depth": depth}
            base = cell(f"{name}-{depth}-{initialisation}", **start, **shape)
            cells.append(base)

            def run(_: int, mean: float = mean) -> Row:
                if mean <= CHANCE_LEVEL:
                    return {"status": "plateau", "test_accuracy": CHANCE_LEVEL}
                return {"test_accuracy": generator.normal(mean, NOISE)}

            rows += runs(base, run, SEEDS[:3])
    return tables(cells, runs=rows)


def _ends(generator: np.random.Generator, shallow: float, deep: float) -> Tables:
    """Draw critical networks in which ReLU is so much better than tanh, at 2 and at 48 layers."""
    return at_depths(
        generator,
        {
            (depth, "critical"): (0.75, 0.75 + more, 0.75)
            for depth, more in ((2, shallow), (24, 0.0), (48, deep))
        },
    )


@scenario("optimal-depends", TRUE, "9 points more at 48 layers than at 2")
def _deeper_differ(generator: np.random.Generator) -> Tables:
    return _ends(generator, 0.01, 0.10)


@scenario("optimal-depends", FALSE, "as much at every depth")
def _as_different(generator: np.random.Generator) -> Tables:
    return _ends(generator, 0.01, 0.01)


@scenario("optimal-depends", BORDERLINE, "1 point more at 48 layers than at 2")
def _a_point_more(generator: np.random.Generator) -> Tables:
    return _ends(generator, 0.0, MARGIN)


@scenario("optimal-depends-order", TRUE, "ReLU 5 points better at 2 layers, 5 worse at 48")
def _turned(generator: np.random.Generator) -> Tables:
    return _ends(generator, 0.05, -0.05)


@scenario("optimal-depends-order", FALSE, "ReLU 5 points better at both depths")
def _not_turned(generator: np.random.Generator) -> Tables:
    return _ends(generator, 0.05, 0.05)


@scenario("optimal-depends-order", BORDERLINE, "as good at 2 layers, 30 points worse at 48")
def _alike_at_two(generator: np.random.Generator) -> Tables:
    return _ends(generator, 0.0, -0.3)


@scenario("optimal-depends-order", BORDERLINE, "as good at both depths")
def _alike_at_both(generator: np.random.Generator) -> Tables:
    return _ends(generator, 0.0, 0.0)


def _by_network(generator: np.random.Generator, gain: float) -> Tables:
    """Draw networks in which tanh is best, but for one in four, where ReLU is better by `gain`."""
    means = {
        (depth, "critical"): (0.75, 0.75 + gain if depth == 2 else 0.6, 0.6) for depth in DEPTHS
    }
    return at_depths(generator, means)


@scenario("select-by-network", TRUE, "12 points better with another in one of four networks")
def _another(generator: np.random.Generator) -> Tables:
    return _by_network(generator, 0.12)


@scenario("select-by-network", FALSE, "tanh is best in every network")
def _always_tanh(generator: np.random.Generator) -> Tables:
    return _by_network(generator, -0.1)


@scenario("select-by-network", BORDERLINE, "4 points better with another in one of four networks")
def _just_another(generator: np.random.Generator) -> Tables:
    return _by_network(generator, 4 * MARGIN)


RATES = (0.003, 0.01, 0.03, 0.1, 0.3)


def at_rates(
    generator: np.random.Generator, means: Mapping[float, float], status: str = "ok"
) -> Tables:
    """Draw ReLU networks with these accuracies, by learning rate; `status` is of the highest."""
    cells, rows = [], []
    for rate, mean in means.items():
        base = cell(f"rate-{rate}", learning_rate=rate, epochs=4, varied=["learning_rate"])
        cells.append(base)

        def run(_: int, rate: float = rate, mean: float = mean) -> Row:
            validation, test = generator.normal(mean, NOISE, 2)
            ended = status if rate == max(means) else "ok"
            return {"test_accuracy": test, "best_val_accuracy": validation, "status": ended}

        rows += runs(base, run, SEEDS[:3])
    return tables(cells, runs=rows)


def _lost(generator: np.random.Generator, lost: float) -> Tables:
    """Draw networks whose best rate is 0.03, and which lose so much at 0.3."""
    accuracies = (0.78, 0.84, 0.857, 0.855, 0.857 - lost)
    return at_rates(generator, dict(zip(RATES, accuracies, strict=True)))


@scenario("careful-rate", TRUE, "5 points are lost")
def _five_points(generator: np.random.Generator) -> Tables:
    return _lost(generator, 0.05)


@scenario("careful-rate", FALSE, "3 points are gained")
def _gained(generator: np.random.Generator) -> Tables:
    return _lost(generator, -0.03)


@scenario("careful-rate", BORDERLINE, "1 point is lost")
def _one_point(generator: np.random.Generator) -> Tables:
    return _lost(generator, MARGIN)


def five(
    generator: np.random.Generator, step: float, spread: float, seeds: Sequence[int] = SEEDS
) -> Tables:
    """Draw the tutorial's networks of five activations, each so much better than the one before."""
    cells = [cell(name, activation=name) for name in FIVE]
    rows = []
    for place, base in enumerate(cells):
        mean = 0.85 + place * step
        rows += runs(
            base, lambda _, mean=mean: {"test_accuracy": generator.normal(mean, spread)}, seeds
        )
    return tables(cells, runs=rows)


@scenario("more-seeds", TRUE, "all five are alike")
def _alike(generator: np.random.Generator) -> Tables:
    return five(generator, 0, 0.0042)


APART = "2 points between neighbours, 0.2 over seeds"


@scenario("more-seeds", FALSE, f"{APART}; 10 seeds")
def _apart(generator: np.random.Generator) -> Tables:
    return five(generator, 0.02, 0.002, range(42, 52))


@scenario("more-seeds", FALSE, f"{APART}; 5 seeds, too few to refute")
def _apart_few(generator: np.random.Generator) -> Tables:
    return five(generator, 0.02, 0.002)


# How near neighbours are where a seed turns 5% of the pairs, over the spread: found by simulation.
@scenario("more-seeds", BORDERLINE, "so near that a seed turns 5% of the pairs; 5 seeds")
def _just_turned(generator: np.random.Generator) -> Tables:
    return five(generator, 1.70 * 0.0042, 0.0042)


@scenario("more-seeds", BORDERLINE, "so near that a seed turns 5% of the pairs; 10 seeds")
def _just_turned_by_ten(generator: np.random.Generator) -> Tables:
    return five(generator, 1.68 * 0.0042, 0.0042, range(42, 52))
