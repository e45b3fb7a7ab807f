"""Tables in which claims of `claims/deeper.py` are true, false and on the border.

Seeds and depths are those of the default study `depth`; accuracies scatter by 2 points over seeds.
"""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np

from activation_lab.analysis.claims.base import Tables
from activation_lab.analysis.claims.deeper import MATTERS
from activation_lab.analysis.claims.groups import CHANCE_LEVEL
from activation_lab.analysis.claims.power.base import BORDERLINE, FALSE, TRUE, scenario
from activation_lab.analysis.claims.power.planted import Row, cell, runs, tables

SEEDS = (42, 43, 44)
DEPTHS = (8, 24, 48)
NOISE = 0.02

Means = Mapping[tuple[str, str], float]  # of activation and initialisation


def _trained(generator: np.random.Generator, means: Means, learns: float = 1.0) -> Tables:
    """Draw deep networks that learn with this probability, and reach these accuracies then."""
    cells, rows = [], []
    for (name, initialisation), mean in means.items():
        for depth in DEPTHS:
            shape = {"network": f"64x{depth}", "width": 64, "depth": depth}
            start = {"activation": name, "initialisation": initialisation}
            base = cell(f"{name}-{depth}-{initialisation}", **start, **shape)

            def run(_: int, mean: float = mean) -> Row:
                if mean > CHANCE_LEVEL and generator.random() < learns:
                    return {"test_accuracy": generator.normal(mean, NOISE)}
                return {"status": "plateau", "test_accuracy": CHANCE_LEVEL}

            cells.append(base)
            rows += runs(base, run, SEEDS)
    return tables(cells, runs=rows)


def _pair_scenarios(claim: str, initialisation: str) -> None:
    relu, tanh = ("relu", initialisation), ("tanh", initialisation)

    @scenario(claim, TRUE, "80% with ReLU, and tanh never learns")
    def _only_relu(generator: np.random.Generator) -> Tables:
        return _trained(generator, {relu: 0.8, tanh: CHANCE_LEVEL})

    @scenario(claim, FALSE, "78% with tanh and 63% with ReLU, as measured with critical networks")
    def _tanh_better(generator: np.random.Generator) -> Tables:
        return _trained(generator, {relu: 0.63, tanh: 0.78})

    @scenario(claim, BORDERLINE, "80% with both")
    def _alike(generator: np.random.Generator) -> Tables:
        return _trained(generator, {relu: 0.8, tanh: 0.8})

    @scenario(claim, BORDERLINE, "1 run in 2 learns with either")
    def _half_learn(generator: np.random.Generator) -> Tables:
        return _trained(generator, {relu: 0.8, tanh: 0.8}, learns=0.5)


_pair_scenarios("relu-deeper", "default")
_pair_scenarios("relu-deeper-critical", "critical")

NAMES = ("tanh", "relu", "swish")


def _gains(generator: np.random.Generator, gains: tuple[float, ...]) -> Tables:
    """Draw networks that the critical initialisation makes better by so much, from 50%."""
    means: dict[tuple[str, str], float] = {}
    for name, gain in zip(NAMES, gains, strict=True):
        means |= {(name, "default"): 0.5, (name, "critical"): 0.5 + gain}
    return _trained(generator, means)


@scenario("init-matters", TRUE, "only critical networks learn, as measured at 24 and 48 layers")
def _only_critical(generator: np.random.Generator) -> Tables:
    starts = {"default": CHANCE_LEVEL, "critical": 0.7}
    means = {(name, start): mean for name in NAMES for start, mean in starts.items()}
    return _trained(generator, means)


@scenario("init-matters", FALSE, "as good with both")
def _no_influence(generator: np.random.Generator) -> Tables:
    return _gains(generator, (0.0,) * 3)


@scenario("init-matters", BORDERLINE, f"{100 * MATTERS:g} points better with one")
def _just_better(generator: np.random.Generator) -> Tables:
    return _gains(generator, (MATTERS,) * 3)


@scenario(
    "init-matters-activation", TRUE, "it adds 40 points with tanh, and nothing with the others"
)
def _only_tanh(generator: np.random.Generator) -> Tables:
    return _gains(generator, (0.4, 0.0, 0.0))


@scenario("init-matters-activation", FALSE, "it adds 10 points with each")
def _all_the_same(generator: np.random.Generator) -> Tables:
    return _gains(generator, (0.1,) * 3)


@scenario(
    "init-matters-activation", BORDERLINE, "it adds 5 points with tanh, and nothing with the others"
)
def _just_tanh(generator: np.random.Generator) -> Tables:
    return _gains(generator, (MATTERS, 0.0, 0.0))


@scenario("init-matters-activation", BORDERLINE, "it adds 5, 2.5 and 0 points")
def _just_apart(generator: np.random.Generator) -> Tables:
    return _gains(generator, (MATTERS, MATTERS / 2, 0.0))


FIVE = range(42, 47)  # seeds of the study sigmoid-depth


def sigmoid(generator: np.random.Generator, *shares: float, seeds: range = FIVE) -> Tables:
    """Draw sigmoid networks that learn with these probabilities, with 2 layers and with 8."""
    cells, rows = [], []
    for depth, share in zip((2, 8), shares, strict=True):
        shape = {"network": f"64x{depth}", "width": 64, "depth": depth}
        base = cell(f"sigmoid-{depth}", activation="sigmoid", stop="never", **shape)
        cells.append(base)

        def run(_: int, share: float = share) -> Row:
            return {"status": "ok" if generator.random() < share else "plateau"}

        rows += runs(base, run, seeds)
    return tables(cells, runs=rows)


@scenario("sigmoid-deep", TRUE, "all learn with 2 layers, 1 in 20 with 8")
def _deep_fail(generator: np.random.Generator) -> Tables:
    return sigmoid(generator, 1, 0.05)


@scenario("sigmoid-deep", FALSE, "1 in 20 learns with 2 layers, all with 8")
def _shallow_fail(generator: np.random.Generator) -> Tables:
    return sigmoid(generator, 0.05, 1)


@scenario("sigmoid-deep", BORDERLINE, "1 run in 2 learns at both depths")
def _any_depth(generator: np.random.Generator) -> Tables:
    return sigmoid(generator, 0.5, 0.5)
