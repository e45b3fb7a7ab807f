"""Claims of the shape of the values before φ, on networks whose values are known."""

import numpy as np
import pytest
from judging import ended, judged, rarely_wrong, scenarios, twice
from scipy import stats

from activation_lab.analysis.claims import distributions
from activation_lab.analysis.claims.base import INCONCLUSIVE, NOT_RUN, REFUTED, SUPPORTED
from activation_lab.analysis.claims.power.planted import SEEDS, cell, tables, values

NAMES = (
    "relu-long-tail",
    "relu-long-tail-later",
    "relu-long-tail-cause",
    "leaky-like-relu",
    "elu-gaussian",
    "swish-between",
)
EDGES = np.linspace(-9, 15, 121)
REPETITIONS = 30


def skewed(shares, size=0.01, scale=3.0, shift=-1.0):
    """Networks whose values before φ have these skewnesses, one for all layers or one for each.

    They have Pearson's distribution of type III, and a mean and a standard deviation of their own.
    """
    more = iter(np.tile([-2 * size, size, 0, 2 * size, -size], 1_000))

    def columns(name, layer, _):
        known = shares[name]
        skewness = (known if np.isscalar(known) else known[layer - 1]) + next(more)
        counts = np.diff(stats.pearson3(skewness).cdf(EDGES))
        return {
            "mean": shift,
            "std": scale,
            "bin_edges": (EDGES * scale + shift).tolist(),
            "counts": (1e7 * counts).round().astype(int).tolist(),
        }

    return values([cell(name, activation=name) for name in shares], columns, kind="pre")


def relu(*shares):
    return skewed({"relu": shares})


def five(leaky=0.9, tanh=0.1, elu=0.2, swish=0.5):
    return skewed({"relu": 1.0, "leakyrelu": leaky, "tanh": tanh, "elu": elu, "swish": swish})


@pytest.mark.parametrize(
    ("name", "verdict", "made"),
    [
        ("relu-long-tail", SUPPORTED, relu(0.2, 0.5, 0.9, 0.8)),
        ("relu-long-tail", REFUTED, relu(-0.2, 0.5, 0.9, 0.8)),
        ("relu-long-tail", INCONCLUSIVE, relu(0.0, 0.5, 0.9, 0.8)),
        ("relu-long-tail-later", SUPPORTED, relu(-0.2, 0.5, 0.9, 0.8)),
        ("relu-long-tail-later", REFUTED, relu(0.2, 0.5, -0.9, 0.8)),
        ("relu-long-tail-later", INCONCLUSIVE, relu(0.2, 0.5, 0.9, 0.0)),
        ("relu-long-tail-cause", SUPPORTED, five(leaky=0.3)),
        ("relu-long-tail-cause", REFUTED, five(leaky=0.9)),
        ("relu-long-tail-cause", INCONCLUSIVE, five(leaky=0.5)),
        (
            "relu-long-tail-cause",
            REFUTED,
            skewed({"relu": (1.9, 1, 1, 1), "leakyrelu": (-1.9, 0.8, 0.8, 0.8)}),
        ),
        ("leaky-like-relu", SUPPORTED, five(leaky=0.9)),
        ("leaky-like-relu", SUPPORTED, five(leaky=1.1)),
        ("leaky-like-relu", REFUTED, five(leaky=0.5)),
        ("leaky-like-relu", REFUTED, five(leaky=0.9, swish=0.9)),
        ("elu-gaussian", SUPPORTED, five()),
        ("elu-gaussian", SUPPORTED, five(elu=-0.3)),
        ("elu-gaussian", REFUTED, five(elu=1.3)),
        ("elu-gaussian", REFUTED, five(elu=-0.5, leaky=0.2)),
        ("swish-between", SUPPORTED, five()),
        ("swish-between", REFUTED, five(swish=1.3)),
        ("swish-between", REFUTED, five(swish=0.1)),
    ],
)
def test_a_planted_truth_is_found(name, verdict, made):
    assert judged(name, made).verdict == verdict


def row(distribution, edges=EDGES, mean=0.0, std=1.0):
    return {
        "bin_edges": edges,
        "counts": np.diff(distribution.cdf(edges)),
        "mean": mean,
        "std": std,
    }


def test_what_is_measured_of_histograms_is_what_theory_says():
    gamma = row(stats.gamma(4, loc=-2, scale=0.5))  # mean 0, variance 1, skewness 2 / √4
    assert distributions.skewness(gamma) == pytest.approx(1, abs=0.01)
    normal = row(stats.norm)
    assert distributions.skewness(normal) == pytest.approx(0, abs=1e-9)
    assert distributions.from_normal(normal) == pytest.approx(0, abs=1e-9)
    assert distributions.from_normal(row(stats.norm(5, 2), mean=5, std=2)) < 0.03  # cut at 15
    x = np.linspace(-4, 4, 10_001)
    far = np.abs(stats.norm.cdf(x) - stats.gamma(4, loc=-2, scale=0.5).cdf(x)).max()
    assert distributions.from_normal(gamma) == pytest.approx(far, abs=1e-3)
    assert distributions.apart(normal, gamma) == pytest.approx(far, abs=1e-3)
    wide = row(stats.norm(3, 2), edges=2 * EDGES + 3, mean=3, std=2)
    assert distributions.apart(normal, wide) == pytest.approx(0, abs=1e-9)
    exploded = {"counts": None, "bin_edges": None, "mean": np.nan, "std": np.nan}
    assert np.isnan(distributions.apart(normal, exploded))
    assert np.isnan(distributions.skewness(exploded))
    assert np.isnan(distributions.from_normal(exploded))
    assert np.isnan(distributions.share_within(exploded, 0, 1))


def test_the_numbers_are_told():
    tail = judged("relu-long-tail", relu(-0.2, 0.5, 0.9, 0.8))
    assert "is -0.2, 0.5, 0.9 and 0.8; layer 1, which decides, has -0.2 (95%" in tail.evidence
    cause = judged("relu-long-tail-cause", five(leaky=0.8))
    assert "is 1 with ReLU and 0.8 with Leaky ReLU, which has 0.8 (95% interval" in cause.evidence
    assert cause.estimate == pytest.approx(0.8, abs=0.01)
    between = judged("swish-between", five())
    assert furthest_first(between.evidence) == ["relu", "swish", "elu"]


def furthest_first(evidence):
    """The activations that the evidence names with their distances, the furthest first."""
    told = evidence.split(" is ")[1].split(";")[0].replace(" and ", ", ").split(", ")
    pairs = sorted((float(one.split(" with ")[0]), one.split(" with ")[1]) for one in told)
    return [name for _, name in reversed(pairs)]


def test_a_tail_that_is_not_there_has_no_cause():
    got = judged("relu-long-tail-cause", skewed({"relu": 0.0, "leakyrelu": 0.0}))
    assert (got.verdict, got.n) == (INCONCLUSIVE, 5)
    assert got.evidence.startswith("It cannot be told: the mean skewness with ReLU is")


@pytest.mark.parametrize("name", NAMES)
def test_runs_that_failed_are_counted_and_their_values_are_not(name):
    made = relu(0.2, 0.5, 0.9, 0.8) if name.startswith("relu-long-tail") else five()
    if name.endswith("cause"):
        made = five()
    rows = made["activations"]
    made["activations"] = rows.assign(counts=rows["counts"].mask(rows["seed"] == 42, None))
    assert judged(name, made).n == 4  # what exploded has no histogram
    got = judged(name, ended(made, "plateau", 42))
    assert (got.verdict != INCONCLUSIVE, got.n) == (True, 4)
    assert "stayed at chance level, and these do not count." in got.evidence
    none = judged(name, ended(made, "diverged", *SEEDS))
    assert (none.verdict, none.n) == (INCONCLUSIVE, 5)


@pytest.mark.parametrize("name", NAMES)
def test_other_studies_and_protocols_do_not_matter(name):
    made = five()
    assert judged(name, twice(made)) == judged(name, made)
    other = {**made, "cells": made["cells"].assign(learning_rate=0.1)}
    assert judged(name, other).verdict == NOT_RUN
    assert judged(name, tables()).verdict == NOT_RUN


@pytest.mark.parametrize("scenario", scenarios(*NAMES), ids=lambda one: f"{one.claim}: {one.words}")
def test_it_is_rarely_wrong(scenario):
    rarely_wrong(scenario, REPETITIONS, 0.95)
