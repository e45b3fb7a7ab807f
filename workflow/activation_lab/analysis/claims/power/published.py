"""Tables in which claims of `claims/published.py` are true, false and on the border."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np

from activation_lab.analysis.claims.accuracy import MARGIN
from activation_lab.analysis.claims.base import Tables
from activation_lab.analysis.claims.power.base import BORDERLINE, FALSE, TRUE, scenario
from activation_lab.analysis.claims.power.planted import SEEDS, Row, cell, each_seed, runs, tables
from activation_lab.analysis.claims.published import PRINTED
from activation_lab.analysis.printed_numbers import MLP_CLASSIFIER, MLP_CLASSIFIER_PROTOCOL

SPREAD = 0.0030  # of one network's test accuracy over seeds

Kind = tuple[str, str]


def small_networks(generator: np.random.Generator, means: Mapping[Kind, float]) -> Tables:
    """Draw the paper's eight kinds of networks around these accuracies."""
    cells, rows = [], []
    for (network, name), mean in means.items():
        settings = {"network": network, "activation": name, **MLP_CLASSIFIER_PROTOCOL}
        base = cell(f"{network}-{name}", **settings)
        cells.append(base)

        def run(_: int, mean: float = mean) -> Row:
            return {"test_accuracy": generator.normal(mean, SPREAD)}

        rows += runs(base, run)
    return tables(cells, runs=rows)


def _printed_above_ours(
    generator: np.random.Generator, first: float, others: float, ours: tuple[Kind, ...]
) -> Tables:
    """Draw our networks where printed runs are of better ones: by `first` for the kinds in `ours`.

    What is printed is fixed, so that its noise moves our true means instead.
    """
    return small_networks(
        generator,
        {
            kind: value - (first if kind in ours else others) - generator.normal(0, SPREAD)
            for kind, value in PRINTED.items()
        },
    )


ONE = (("10x2", "tanh"),)


@scenario("mlp-classifier", TRUE, "the paper's networks are ours")
def _same(generator: np.random.Generator) -> Tables:
    return _printed_above_ours(generator, 0, 0, ONE)


@scenario("mlp-classifier", FALSE, "one kind of the paper's is 5 points better than ours")
def _one_better(generator: np.random.Generator) -> Tables:
    return _printed_above_ours(generator, 0.05, 0, ONE)


@scenario("mlp-classifier", BORDERLINE, "one kind of the paper's is 1 point better than ours")
def _one_a_point_better(generator: np.random.Generator) -> Tables:
    return _printed_above_ours(generator, MARGIN, 0, ONE)


@scenario("mlp-classifier", BORDERLINE, "all kinds of the paper's are 1 point worse than ours")
def _all_a_point_worse(generator: np.random.Generator) -> Tables:
    return _printed_above_ours(generator, -MARGIN, -MARGIN, ONE)


def _relu_above(generator: np.random.Generator, first: float, others: float) -> Tables:
    """Draw networks in which ReLU is above tanh by so much, `first` at the least size."""
    means = {}
    for network in MLP_CLASSIFIER:
        gain = first if network == "10" else others
        means |= {(network, "relu"): 0.85 + gain, (network, "tanh"): 0.85}
    return small_networks(generator, means)


@scenario("mlp-classifier-order", TRUE, "ReLU is 2 points better at every size")
def _above(generator: np.random.Generator) -> Tables:
    return _relu_above(generator, 0.02, 0.02)


@scenario("mlp-classifier-order", FALSE, "ReLU is 2 points worse at one size, better at others")
def _below_once(generator: np.random.Generator) -> Tables:
    return _relu_above(generator, -0.02, 0.02)


@scenario("mlp-classifier-order", BORDERLINE, "as good at one size, 2 points better at others")
def _alike_once(generator: np.random.Generator) -> Tables:
    return _relu_above(generator, 0, 0.02)


@scenario("mlp-classifier-order", BORDERLINE, "as good at every size")
def _alike(generator: np.random.Generator) -> Tables:
    return _relu_above(generator, 0, 0)


def at_rates(shares: Mapping[float, Mapping[int, float]], diverged: tuple[int, ...] = ()) -> Tables:
    """Return ReLU networks with these shares of dead units, by learning rate and seed.

    Those with seeds in `diverged` diverge at the highest rate.
    """
    cells, dead, ended = [], [], []
    for rate, of_seeds in shares.items():
        base = cell(f"rate-{rate}", learning_rate=rate, epochs=4, varied=["learning_rate"])
        cells.append(base)
        failed = diverged if rate == max(shares) else ()

        def count(seed: int, of_seeds: Mapping[int, float] = of_seeds) -> Row:
            return {
                "phase": "best",
                "layer": 1,
                "units": 1000,
                "dead": round(1000 * of_seeds[seed]),
            }

        dead += each_seed(base, count, of_seeds)
        ended += runs(
            base,
            lambda seed, failed=failed: {"status": "diverged" if seed in failed else "ok"},
            of_seeds,
        )
    return tables(cells, runs=ended, dead_neurons=dead)


def _dead(generator: np.random.Generator, *means: float) -> Tables:
    """Draw shares of dead units around these means, of the rates from the lowest on."""
    drawn = {
        rate: {seed: float(np.clip(generator.normal(mean, 0.02), 0, 1)) for seed in SEEDS[:3]}
        for rate, mean in zip((0.003, 0.01, 0.03, 0.1, 0.3), means, strict=True)
    }
    return at_rates(drawn)


DEAD = "dead-at-high-rates"


@scenario(DEAD, TRUE, "70% at the highest rate, and 2 to 8% below")
def _most_dead(generator: np.random.Generator) -> Tables:
    return _dead(generator, 0.04, 0.02, 0.02, 0.08, 0.7)


@scenario(DEAD, FALSE, "20% at the highest rate")
def _few_dead(generator: np.random.Generator) -> Tables:
    return _dead(generator, 0.04, 0.02, 0.02, 0.08, 0.2)


@scenario(DEAD, BORDERLINE, "40% at the highest rate")
def _forty(generator: np.random.Generator) -> Tables:
    return _dead(generator, 0.04, 0.02, 0.02, 0.08, 0.4)


@scenario(DEAD, BORDERLINE, "40% at every rate")
def _forty_everywhere(generator: np.random.Generator) -> Tables:
    return _dead(generator, 0.4, 0.4, 0.4, 0.4, 0.4)
