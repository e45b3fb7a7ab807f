"""Claims and advice on which activation to choose, on runs whose accuracies are known."""

import pytest
from judging import judged, rarely_wrong, scenarios, twice

from activation_lab.analysis.claims.base import (
    INCONCLUSIVE,
    NOT_RUN,
    REFUTED,
    SUPPORTED,
)
from activation_lab.analysis.claims.choice import SIX
from activation_lab.analysis.claims.power.planted import SEEDS, cell, runs, tables

JITTER = dict(zip(SEEDS, (-0.002, 0.001, 0.0, 0.002, -0.001), strict=True))
NAMES = (
    *("relu-variants-well", "relu-variants-better", "avoid-sigmoid", "avoid-sigmoid-unstopped"),
    *("start-relu", "try-others", "kaiming-for-all", "nonlinearity-needed"),
)
REPETITIONS = 40


def networks(seeds=SEEDS, unstopped=(), **means):
    """Runs around these accuracies; None: they stay at chance level, "diverged": they do."""
    cells, rows = [], []
    for name, mean in means.items():
        own = cell(name, activation=name, stop="never" if name in unstopped else "patience")

        def run(seed, mean=mean, name=name):
            if mean is None:
                return {"status": "plateau", "test_accuracy": 0.15}
            if mean == "diverged":
                return {"status": "diverged", "test_accuracy": 0.1}
            return {"test_accuracy": mean + JITTER[seed] * (name != "relu")}

        cells.append(own)
        rows += runs(own, run, seeds)
    return tables(cells, runs=rows)


def six(**means):
    return networks(**{**dict.fromkeys(SIX, 0.88), **means})


UNSTOPPED = {**dict.fromkeys(SIX, 0.88), "sigmoid": 0.8}
TRIED = {"relu": 0.88, "leakyrelu": 0.88, "elu": 0.88, "gelu": 0.88}
LINEAR = {"identity": 0.84, "relu": 0.88, "tanh": 0.88}


@pytest.mark.parametrize(
    ("name", "verdict", "made"),
    [
        ("relu-variants-well", SUPPORTED, six(sigmoid=None)),
        ("relu-variants-well", SUPPORTED, six(sigmoid=0.8, tanh=0.1)),
        ("relu-variants-well", REFUTED, six(sigmoid=0.8, elu=0.75)),
        ("relu-variants-well", REFUTED, six(sigmoid=0.8, elu="diverged")),
        ("relu-variants-well", INCONCLUSIVE, six()),
        ("relu-variants-well", NOT_RUN, networks(sigmoid=0.8, relu=0.9)),
        ("relu-variants-better", SUPPORTED, six(tanh=0.8, sigmoid=0.9)),
        ("relu-variants-better", REFUTED, six(elu=0.87)),
        ("relu-variants-better", INCONCLUSIVE, six()),
        ("avoid-sigmoid", SUPPORTED, six(sigmoid=0.8)),
        ("avoid-sigmoid", REFUTED, six(sigmoid=0.8, tanh=0.75)),
        ("avoid-sigmoid-unstopped", SUPPORTED, networks(unstopped=("sigmoid",), **UNSTOPPED)),
        (
            "avoid-sigmoid-unstopped",
            REFUTED,
            networks(unstopped=("sigmoid",), **{**UNSTOPPED, "sigmoid": 0.9}),
        ),
        ("avoid-sigmoid-unstopped", NOT_RUN, six(sigmoid=0.8)),
        ("start-relu", SUPPORTED, six(sigmoid=None)),
        ("start-relu", REFUTED, six(tanh=0.9)),
        ("start-relu", INCONCLUSIVE, six(tanh=0.89)),
        ("start-relu", REFUTED, six(relu=None)),
        ("try-others", SUPPORTED, networks(**{**TRIED, "gelu": 0.9})),
        ("try-others", REFUTED, networks(**TRIED)),
        ("try-others", INCONCLUSIVE, networks(**{**TRIED, "gelu": 0.89})),
        ("try-others", NOT_RUN, six()),
        ("kaiming-for-all", INCONCLUSIVE, six(sigmoid=None)),
        ("kaiming-for-all", INCONCLUSIVE, six()),
        ("nonlinearity-needed", SUPPORTED, networks(**LINEAR)),
        ("nonlinearity-needed", SUPPORTED, networks(**LINEAR, sigmoid=None)),
        ("nonlinearity-needed", REFUTED, networks(**LINEAR, sigmoid=0.8)),
        ("nonlinearity-needed", INCONCLUSIVE, networks(**LINEAR, elu=0.84)),
        ("nonlinearity-needed", NOT_RUN, six()),
        ("nonlinearity-needed", NOT_RUN, networks(identity=0.84, sigmoid=None)),
    ],
)
def test_a_planted_truth_is_found(name, verdict, made):
    assert judged(name, made).verdict == verdict
    assert judged(name, twice(made)) == judged(name, made)


def test_the_comparison_that_decides_is_told_with_what_failed():
    got = judged("avoid-sigmoid", six(sigmoid=None, elu=0.7))
    assert got.evidence == (
        "The mean test accuracy is 70.00% with elu and 10.00% with sigmoid, the comparison that "
        "decides: a difference of +60.00 points (95% interval +59.80 points to +60.20 points, n = 5); "
        "with sigmoid 5 of 5 runs stayed at chance level."
    )


def test_a_gain_of_less_than_a_point_is_not_worth_a_try():
    got = judged("try-others", networks(**{**TRIED, "gelu": 0.885}))
    assert got.verdict == REFUTED
    assert "88.50% with gelu and 88.00% with relu" in got.evidence


def test_few_runs_cannot_show_that_an_initialisation_fails():
    got = judged("kaiming-for-all", six(sigmoid=None))
    assert got.estimate == 0
    assert got.evidence == (
        "0 of 5 runs learn with sigmoid (95% interval 0% to 52%), and 25 of 25 with the other five."
    )


def test_what_is_not_better_than_the_identity_is_named():
    got = judged("nonlinearity-needed", networks(**LINEAR, sigmoid=0.8))
    assert "of 3 others 2 have a higher one; sigmoid minus the identity" in got.evidence
    assert got.evidence.endswith("; the means of sigmoid are not above the identity's.")


POWER = {
    "all are 3 points better; sigmoid is stuck in 4 of 5 runs": 0.58,
    "all are as good as ReLU": 0.4,
    "with sigmoid 1 run in 20 learns; 5 seeds, too few to decide": 0.0,
}


@pytest.mark.parametrize("scenario", scenarios(*NAMES), ids=lambda one: f"{one.claim}: {one.words}")
def test_it_is_rarely_wrong(scenario):
    rarely_wrong(scenario, REPETITIONS, POWER.get(scenario.words, 0.95))
