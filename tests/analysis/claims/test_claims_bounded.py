"""Claims of where sigmoid's and tanh's values lie, on networks whose values are known."""

import numpy as np
import pytest
from judging import ended, judged, rarely_wrong, scenarios, twice

from activation_lab.analysis.claims.base import (
    ANSWERED,
    INCONCLUSIVE,
    NOT_RUN,
    REFUTED,
    SUPPORTED,
)
from activation_lab.analysis.claims.power.planted import SEEDS, cell, tables, values

CONVERGED = ("sigmoid-last-converged", "sigmoid-last-converged-most")
DRAWN = ("sigmoid-half", "sigmoid-peaks", *CONVERGED, "tanh-cause")
REPETITIONS = 30


def jitter(size):
    """What is added, seed by seed."""
    return iter(np.tile([-2 * size, size, 0, 2 * size, -size], 100))


def stuck(*shares, size=0.001, status="plateau"):
    """Sigmoid networks at chance level: the share of values from 0.25 to 0.75 in each layer."""
    more = jitter(size)

    def columns(_, layer, __):
        share = shares[layer - 1] + next(more)
        counts = [(1 - share) / 2, share / 4, share * 3 / 4, (1 - share) / 2]
        return {
            "std": 0.01 * layer,
            "bin_edges": [0.2, 0.25, 0.5, 0.75, 0.8],
            "counts": [round(1e6 * part) for part in counts],
        }

    return values([cell("sigmoid", activation="sigmoid")], columns, status=status)


def last_layer(zero, one, fullest=0.02, inner=0.5, size=0.001):
    """Sigmoid networks without early stopping: shares at the bounds of the last layer, and between.

    In the other layers `inner` of the values are at each bound. Next to the bounds are more values.
    """
    more = jitter(size)

    def columns(_, layer, __):
        ends = [zero + next(more), one] if layer == 4 else [inner / 2, inner / 2]
        rest = (1 - sum(ends) - fullest - 0.1) / 45
        counts = [ends[0], 0.05, *[rest] * 20, fullest, *[rest] * 25, 0.05, ends[1]]
        return {
            "bin_edges": np.linspace(0, 1, 51).tolist(),
            "counts": [round(1e6 * part) for part in counts],
        }

    return values([cell("never", activation="sigmoid", stop="never")], columns)


def saturated(*after, before=0.0, size=0.002, **settings):
    """The shares of saturated values, layer by layer, after training and before."""
    more = jitter(size)

    def columns(_, layer, phase):
        share = after[layer - 1] if phase == "best" else before
        return {"saturated_fraction": share + next(more)}

    return values([cell("one", **settings)], columns)


def sigmoid(*after):
    return saturated(*after, activation="sigmoid", stop="never")


def tanh(*after, before=0.0):
    return saturated(*after, before=before, activation="tanh")


def middle(*shares):
    """Tanh networks: the share of values within 0.5 of 0; most of the others are below -0.8."""
    more = jitter(0.001)

    def columns(_, layer, __):
        share = shares[layer - 1] + next(more)
        counts = [1 - share - 0.01, 0.0, share / 2, share / 2, 0.0, 0.01]
        return {
            "bin_edges": [-1, -0.8, -0.5, 0, 0.5, 0.8, 1],
            "counts": [round(1e6 * part) for part in counts],
        }

    return values([cell("tanh", activation="tanh")], columns)


@pytest.mark.parametrize(
    ("name", "verdict", "made"),
    [
        ("sigmoid-half", SUPPORTED, stuck(0.97, 0.99, 0.99, 0.99)),
        ("sigmoid-half", REFUTED, stuck(0.97, 0.9, 0.99, 0.99)),
        ("sigmoid-half", INCONCLUSIVE, stuck(0.97, 0.95, 0.99, 0.99)),
        ("sigmoid-half", NOT_RUN, last_layer(0.2, 0.2)),
        ("sigmoid-peaks", SUPPORTED, last_layer(0.1, 0.2)),
        ("sigmoid-peaks", REFUTED, last_layer(0.02, 0.2)),
        ("sigmoid-peaks", REFUTED, last_layer(0.2, 0.02)),
        ("sigmoid-peaks", REFUTED, last_layer(0.1, 0.2, fullest=0.08)),
        ("sigmoid-peaks", INCONCLUSIVE, last_layer(0.04, 0.2)),
        ("sigmoid-peaks", NOT_RUN, stuck(1, 1, 1, 1)),
        *((name, SUPPORTED, sigmoid(0.1, 0.05, 0.1, 0.4)) for name in CONVERGED),
        *((name, REFUTED, sigmoid(0.1, 0.3, 0.1, 0.4)) for name in CONVERGED),
        *((name, INCONCLUSIVE, sigmoid(0.1, 0.2, 0.1, 0.4)) for name in CONVERGED),
        ("sigmoid-last-converged", SUPPORTED, sigmoid(0.3, 0.05, 0.1, 0.4)),
        ("sigmoid-last-converged-most", REFUTED, sigmoid(0.3, 0.05, 0.1, 0.4)),
        ("tanh-cause", SUPPORTED, tanh(0, 0, 0, 0.1)),
        ("tanh-cause", REFUTED, tanh(0.9, 0.9, 0.9, 0.1, before=0.2)),
        ("tanh-cause", INCONCLUSIVE, tanh(0.9, 0.9, 0.9, 0.1, before=0.1)),
        ("tanh-where", ANSWERED, middle(0.5, 0.6, 0.7, 0.4)),
    ],
)
def test_a_planted_truth_is_found(name, verdict, made):
    assert judged(name, made).verdict == verdict


def test_only_sigmoid_networks_at_chance_level_are_looked_at():
    made = stuck(0.97, 0.99, 0.99, 0.99)
    rows = made["activations"]
    wide = [
        [10**6, 0, 0, 0] if seed == 42 else counts
        for seed, counts in zip(rows["seed"], rows["counts"], strict=True)
    ]
    made["activations"] = rows.assign(counts=wide)
    assert judged("sigmoid-half", made).verdict != SUPPORTED
    got = judged("sigmoid-half", ended(made, "ok", 42))
    assert (got.verdict, got.n) == (SUPPORTED, 4)
    assert got.evidence.startswith("In the 4 of 5 networks that stayed at chance level, 97.")
    assert "standard deviation is 0.010, 0.020, 0.030 and 0.040" in got.evidence
    none = judged("sigmoid-half", stuck(1, 1, 1, 1, status="ok"))
    assert (none.verdict, none.n) == (INCONCLUSIVE, 5)
    assert none.evidence == "It cannot be told: none of 5 runs stayed at chance level."
    one = judged("sigmoid-half", ended(made, "ok", *SEEDS[1:]))
    assert (one.verdict, one.n) == (INCONCLUSIVE, 1)


def test_shares_are_told():
    peaks = judged("sigmoid-peaks", last_layer(0.1, 0.2, size=0))
    assert (
        "values 10.0% lie within 0.02 of 0, 20.0% within 0.02 of 1, and 2.0% in" in peaks.evidence
    )
    assert "the peak at 0, which decides, exceeds 2 such windows by 6.00 points" in (
        peaks.evidence.replace("+", "")
    )
    assert peaks.estimate == pytest.approx(0.06, abs=1e-4)
    last = judged("sigmoid-last-converged-most", sigmoid(0.1, 0.05, 0.15, 0.4))
    assert "10.0%, 5.0%, 15.0% and 40.0% of sigmoid's values" in last.evidence
    assert "minus 2 times that of layer 3, which decides, is +10.00 points" in last.evidence
    rise = judged("tanh-cause", tanh(0, 0, 0, 0.1, before=0.02))
    assert "2.0% of tanh's values are saturated before training and 10.0% after" in rise.evidence
    assert rise.estimate == pytest.approx(0.08)


def test_where_tanhs_values_lie_is_told_layer_by_layer():
    got = judged("tanh-where", middle(0.9, 0.6, 0.7, 0.4))
    assert got.evidence.startswith("In the mean of the hidden layers 65.0% (95% interval")
    assert "from the first to the last 90.0%, 60.0%, 70.0% and 40.0%" in got.evidence
    # The window around 0 has 0.4 of the middle's share.
    ends = "-0.2 to 0.2 in layer 1 and -1 to -0.6 in layers 2, 3 and 4"
    assert f"of 5 windows of equal width the fullest is {ends}" in got.evidence
    assert got.estimate == pytest.approx(0.65)


MADE = {
    "sigmoid-peaks": last_layer(0.1, 0.2),
    "tanh-cause": tanh(0, 0, 0, 0.1),
    "tanh-where": middle(0.5, 0.6, 0.7, 0.4),
    **dict.fromkeys(CONVERGED, sigmoid(0.1, 0.05, 0.1, 0.4)),
}


@pytest.mark.parametrize("name", MADE)
def test_runs_that_failed_are_counted_and_their_values_are_not(name):
    got = judged(name, ended(MADE[name], "plateau", 42))
    assert (got.verdict, got.n) == (judged(name, MADE[name]).verdict, 4)
    assert "stayed at chance level, and these do not count." in got.evidence
    none = judged(name, ended(MADE[name], "diverged", *SEEDS))
    assert (none.verdict, none.n) == (INCONCLUSIVE, 5)


@pytest.mark.parametrize("name", [*MADE, "sigmoid-half"])
def test_other_studies_and_protocols_do_not_matter(name):
    made = MADE.get(name, stuck(0.97, 0.99, 0.99, 0.99))
    assert judged(name, twice(made)) == judged(name, made)
    other = {**made, "cells": made["cells"].assign(learning_rate=0.1)}
    assert judged(name, other).verdict == NOT_RUN
    assert judged(name, tables()).verdict == NOT_RUN


POWER = {
    ("sigmoid-peaks", "true"): 0.8,
}


@pytest.mark.parametrize("scenario", scenarios(*DRAWN), ids=lambda one: f"{one.claim}: {one.words}")
def test_it_is_rarely_wrong(scenario):
    rarely_wrong(scenario, REPETITIONS, POWER.get((scenario.claim, scenario.truth), 0.97))
