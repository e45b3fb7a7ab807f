"""Claims of trained networks deeper than the tutorial's, on runs of which it is known who learnt."""

import numpy as np
import pandas as pd
import pytest
from judging import judged, rarely_wrong, scenarios, twice

from activation_lab.analysis.claims.base import (
    INCONCLUSIVE,
    NOT_RUN,
    REFUTED,
    SUPPORTED,
)
from activation_lab.analysis.claims.power.deeper import sigmoid
from activation_lab.analysis.claims.power.planted import cell, runs, tables

NAMES = ("relu-deeper", "relu-deeper-critical", "init-matters", "init-matters-activation")
SEEDS = (42, 43, 44)
JITTER = dict(zip(SEEDS, (-0.01, 0.0, 0.01), strict=True))
REPETITIONS = 25


def network(name, accuracy, initialisation="default", depth=24, seeds=SEEDS, **settings):
    """Networks that reach this accuracy; None: they stay at chance level."""
    shape = {"network": f"64x{depth}", "width": 64, "depth": depth, **settings}
    own = cell(f"{name}-{initialisation}-{depth}-{settings}", activation=name, **shape)
    own["initialisation"] = initialisation

    def run(seed):
        if accuracy is None:
            return {"status": "plateau", "test_accuracy": 0.15}
        return {"test_accuracy": accuracy + JITTER[seed] * (name == "tanh")}

    return tables([own], runs=runs(own, run, seeds))


def together(*made):
    return {name: pd.concat([one[name] for one in made], ignore_index=True) for name in made[0]}


def pair(relu, tanh, initialisation="default", **more):
    return together(
        network("relu", relu, initialisation, **more), network("tanh", tanh, initialisation, **more)
    )


def learning(*shares, seeds=range(42, 47)):
    """Sigmoid networks with 2 and with 8 layers that always learn, or never."""
    return sigmoid(np.random.default_rng(0), *shares, seeds=seeds)


def gains(**by_activation):
    """Networks with accuracies under the default and the critical initialisation."""
    made = []
    for name, (default, critical) in by_activation.items():
        made += [network(name, default), network(name, critical, "critical")]
    return together(*made)


@pytest.mark.parametrize(
    ("name", "verdict", "made"),
    [
        ("sigmoid-deep", SUPPORTED, learning(1, 0)),
        ("sigmoid-deep", REFUTED, learning(0, 1)),
        ("sigmoid-deep", INCONCLUSIVE, learning(1, 1)),
        ("sigmoid-deep", INCONCLUSIVE, learning(1, 0, seeds=range(42, 45))),
        ("sigmoid-deep", NOT_RUN, network("sigmoid", 0.8, stop="never")),
        ("relu-deeper", SUPPORTED, pair(0.8, None)),
        ("relu-deeper", REFUTED, pair(0.6, 0.8)),
        ("relu-deeper", INCONCLUSIVE, pair(0.8, 0.8)),
        ("relu-deeper", INCONCLUSIVE, pair(None, None)),
        ("relu-deeper", NOT_RUN, pair(0.8, None, "critical")),
        ("relu-deeper", NOT_RUN, pair(0.8, None, depth=4)),
        ("relu-deeper", NOT_RUN, pair(0.8, None, normalisation="batch")),
        ("relu-deeper-critical", SUPPORTED, pair(0.8, 0.7, "critical")),
        ("relu-deeper-critical", NOT_RUN, pair(0.8, 0.7)),
        ("init-matters", SUPPORTED, gains(relu=(None, 0.8), tanh=(0.5, 0.8))),
        ("init-matters", SUPPORTED, gains(relu=(0.8, None), tanh=(0.8, 0.5))),
        ("init-matters", REFUTED, gains(relu=(0.8, 0.81), tanh=(0.8, 0.8))),
        ("init-matters", NOT_RUN, network("relu", 0.8)),
        ("init-matters-activation", SUPPORTED, gains(relu=(0.5, 0.5), tanh=(0.5, 0.8))),
        ("init-matters-activation", REFUTED, gains(relu=(0.5, 0.8), tanh=(0.5, 0.8))),
        ("init-matters-activation", NOT_RUN, gains(relu=(0.5, 0.8))),
    ],
)
def test_a_planted_truth_is_found(name, verdict, made):
    assert judged(name, made).verdict == verdict
    assert judged(name, twice(made)) == judged(name, made)


def test_runs_that_never_learn_count_as_guessing():
    got = judged("relu-deeper", pair(0.8, None))
    assert got.evidence == (
        "At 24 hidden layers, 3 of 3 runs learn with relu; 0 of 3 runs learn with tanh (3 of 3 runs "
        "stayed at chance level); ReLU's test accuracy minus tanh's, a failed run counted as 10%, is "
        "+70.00 points (95% interval +70.00 points to +70.00 points, n = 3)."
    )


def test_what_the_initialisation_changes_is_told_by_activation():
    made = gains(relu=(None, 0.8), tanh=(0.5, 0.8))
    got = judged("init-matters", made)
    assert got.estimate == pytest.approx(0.5)
    assert got.evidence.startswith(
        "At 24 hidden layers, with relu and tanh, 3 of 6 runs learn with the default initialisation "
        "(3 of 6 runs stayed at chance level); 6 of 6 runs learn with the critical initialisation; "
    )
    by_activation = judged("init-matters-activation", made)
    assert by_activation.estimate == pytest.approx(0.4)
    assert (
        "changes the test accuracy by +70.00 points with relu and +30.00 points with tanh; relu minus "
        "tanh, the pair that decides, is +40.00 points" in by_activation.evidence
    )


def test_one_seed_cannot_tell():
    made = together(
        network("relu", 0.5, seeds=(42,)), network("relu", 0.8, "critical", seeds=(42,))
    )
    got = judged("init-matters", made)
    assert (got.verdict, got.n) == (INCONCLUSIVE, 1)


def test_the_runs_that_learn_are_counted_at_each_depth():
    got = judged("sigmoid-deep", learning(1, 0))
    assert (got.estimate, got.n) == (0, 5)
    assert got.evidence == (
        "By hidden layers, the runs that learn are 5 of 5 with 2 and 0 of 5 with 8 (Fisher's "
        "exact test of the ends, p = 0.004); of the deepest 0% learn (95% interval 0% to 52%)."
    )


POWER = {"it adds 10 points with each": 0.1}


@pytest.mark.parametrize(
    "scenario", scenarios(*NAMES, "sigmoid-deep"), ids=lambda one: f"{one.claim}: {one.words}"
)
def test_it_is_rarely_wrong(scenario):
    rarely_wrong(scenario, REPETITIONS, POWER.get(scenario.words, 0.95))
