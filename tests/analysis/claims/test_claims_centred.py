"""Claims of the mean of the values, on networks whose means are known."""

import numpy as np
import pytest
from judging import ended, judged, rarely_wrong, scenarios, twice

from activation_lab.analysis.claims.base import INCONCLUSIVE, NOT_RUN, REFUTED, SUPPORTED
from activation_lab.analysis.claims.power.planted import SEEDS, cell, tables, values

FUNCTIONS = {
    "sigmoid-uncentered": ("sigmoid", {"stop": "never"}),
    "relu-uncentered": ("relu", {}),
    "tanh-centered": ("tanh", {}),
}
NAMES = [*FUNCTIONS, "elu-mean"]
REPETITIONS = 30


def means(name, *after, before=None, size=0.01, sign=1, seeds=SEEDS):
    """Networks with these means after φ, layer by layer, of values of standard deviation 2."""
    activation, settings = FUNCTIONS[name]
    jitter = iter(np.tile([-2, 1, 0, 2, -1], 100))

    def columns(_, layer, phase):
        mean = (before or after)[layer - 1] if phase == "untrained" else after[layer - 1]
        return {"mean": 2 * sign * (mean + size * next(jitter)), "std": 2.0}

    return values([cell("one", activation=activation, **settings)], columns)


def elu(before, after, relu=0.7):
    """How far from 0 the means are with ELU and with ReLU; ELU's are negative."""
    jitter = iter(np.tile([-2, 1, 0, 2, -1], 100))

    def columns(name, _, phase):
        mean = relu if name == "relu" else {"untrained": -before, "best": -after}[phase]
        return {"mean": mean + 0.01 * next(jitter), "std": 1.0}

    return values([cell(name, activation=name) for name in ("elu", "relu")], columns)


@pytest.mark.parametrize(
    ("name", "verdict", "made"),
    [
        *((name, SUPPORTED, means(name, 0.5, 0.5, 0.5, 0.5)) for name in NAMES[:2]),
        *((name, SUPPORTED, means(name, 0.5, 0.5, 0.5, 0.5, sign=-1)) for name in NAMES[:2]),
        *((name, REFUTED, means(name, 0.5, 0.5, 0.0, 0.5)) for name in NAMES[:2]),
        *(
            (name, REFUTED, means(name, 0.5, 0.5, 0.5, 0.5, before=(0.5, 0.5, 0.5, 0)))
            for name in NAMES[:2]
        ),
        *((name, INCONCLUSIVE, means(name, 0.5, 0.5, 0.2, 0.5)) for name in NAMES[:2]),
        ("tanh-centered", SUPPORTED, means("tanh-centered", 0, 0, 0.1, 0)),
        ("tanh-centered", REFUTED, means("tanh-centered", 0, 0, 0.5, 0)),
        ("tanh-centered", REFUTED, means("tanh-centered", 0, 0, 0.5, 0, sign=-1)),
        ("tanh-centered", REFUTED, means("tanh-centered", 0, 0, 0, 0, before=(0, 0.5, 0, 0))),
        ("tanh-centered", INCONCLUSIVE, means("tanh-centered", 0, 0, 0.2, 0)),
        ("elu-mean", SUPPORTED, elu(0.1, 0.4)),
        ("elu-mean", REFUTED, elu(0.1, 0.9)),
        ("elu-mean", REFUTED, elu(0.9, 0.1)),
        ("elu-mean", INCONCLUSIVE, elu(0.1, 0.7)),
        ("elu-mean", NOT_RUN, means("relu-uncentered", 0, 0, 0, 0)),
    ],
)
def test_a_planted_truth_is_found(name, verdict, made):
    assert judged(name, made).verdict == verdict


def test_the_means_are_told_layer_by_layer():
    made = means("relu-uncentered", 0.5, 0.6, 0.7, 0.8, before=(0.9, 0.4, 1.1, 1.2), size=0)
    got = judged("relu-uncentered", made)
    assert (
        "is 0.9, 0.4, 1.1 and 1.2 standard deviations away from 0 before training" in got.evidence
    )
    assert "and 0.5, 0.6, 0.7 and 0.8 after training" in got.evidence
    assert "layer 2 before training, which decides, has 0.4 (95% interval" in got.evidence
    assert got.estimate == pytest.approx(0.4)
    both = judged("elu-mean", elu(0.1, 0.4))
    assert "is 0.1 standard deviations away from 0 with ELU and 0.7 with ReLU bef" in both.evidence
    assert "and 0.4 with ELU and 0.7 with ReLU after training" in both.evidence
    assert "the difference after training, which decides, is -0.3 (95%" in both.evidence


def made_for(name):
    if name == "elu-mean":
        return elu(0.1, 0.4)
    return means(name, *[0.0 if name == "tanh-centered" else 0.5] * 4)


@pytest.mark.parametrize("name", NAMES)
def test_runs_that_failed_are_counted_and_their_values_are_not(name):
    made = made_for(name)
    rows = made["activations"]
    changed = rows["activation"].eq("elu") | (name != "elu-mean")
    failed = (rows["seed"] == 42) & (rows["phase"] == "best") & changed
    wrong = {"tanh-centered": 1.0, "elu-mean": 9.0}.get(name, 0.0)
    made["activations"] = rows.assign(mean=rows["mean"].mask(failed, wrong * rows["std"]))
    assert judged(name, made).verdict != SUPPORTED
    got = judged(name, ended(made, "plateau", 42))
    assert got.verdict == SUPPORTED
    assert "stayed at chance level, and these do not count." in got.evidence
    none = judged(name, ended(made, "diverged", *SEEDS))
    assert (none.verdict, none.n) == (INCONCLUSIVE, 5)
    assert none.evidence.startswith("It cannot be told: no run learnt with")


@pytest.mark.parametrize("name", NAMES)
def test_other_studies_and_protocols_do_not_matter(name):
    made = made_for(name)
    assert judged(name, twice(made)) == judged(name, made)
    other = {**made, "cells": made["cells"].assign(learning_rate=0.1)}
    assert judged(name, other).verdict == NOT_RUN
    assert judged(name, tables()).verdict == NOT_RUN


@pytest.mark.parametrize("scenario", scenarios(*NAMES), ids=lambda one: f"{one.claim}: {one.words}")
def test_it_is_rarely_wrong(scenario):
    rarely_wrong(scenario, REPETITIONS, 0.95)
