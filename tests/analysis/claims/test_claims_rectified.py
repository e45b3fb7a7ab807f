"""Claims of ReLU's zeros, gradients and large values, on networks whose values are known."""

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
from activation_lab.analysis.claims.power.planted import (
    SEEDS,
    cell,
    each_seed,
    runs,
    tables,
    values,
)

SPARSE = ("relu-sparse", "relu-sparse-most", "relu-sparse-untrained")
STRONG = ("relu-strong-gradient-trained", "relu-strong-gradient-untrained")
DRAWN = ("relu-peak-zero", *SPARSE, "elu-benefits", *STRONG)
TRAINED = ("relu-peak-zero", *SPARSE[:2], "relu-how-many", "elu-benefits", STRONG[0])
REPETITIONS = 30


def jitter(size):
    """What is added, seed by seed."""
    return iter(np.tile([-2 * size, size, 0, 2 * size, -size], 100))


def zeros(*shares, besides=0.1, before=None, size=0.001, lowest=0.0):
    """ReLU networks: the share of zeros in each layer, and of values in the fullest bin besides.

    The first bin has zeros, and half as many other values as the fullest bin.
    """
    more = jitter(size)

    def columns(_, layer, phase):
        known = shares if phase == "best" or before is None else before
        share = known[layer - 1] + next(more)
        rest = (1 - share - 1.5 * besides) / 48
        counts = [share + besides / 2, besides, *[rest] * 48]
        return {
            "zero_fraction": share,
            "bin_edges": np.arange(lowest, lowest + 51).tolist(),
            "counts": [round(1e6 * part) for part in counts],
        }

    return values([cell("relu")], columns)


def elu(share, slope=1.0, relu=0.4):
    """The share of ELU's values that are 0, and its slope for positive inputs."""
    more = jitter(0.001)
    grid = [
        {"activation": "elu", "x": x, "value": x, "derivative": slope if x > 0 else 0.3}
        for x in (-1.0, 0.0, 1.0, 2.0)
    ]

    def columns(name, *_):
        return {"zero_fraction": (share if name == "elu" else relu) + next(more)}

    cells = [cell(name, activation=name) for name in ("elu", "relu")]
    return values(cells, columns, functions=grid)


def passing(relu, tanh, size=0.001):
    """The share of pre-activations at which the slope is at least a half."""
    more = jitter(size)

    def columns(name, *_):
        share = (relu if name == "relu" else tanh) + next(more)
        counts = [1 - share, share / 2, share / 2, 0]
        return {
            "zero_fraction": 1 - share if name == "relu" else 0.0,
            "bin_edges": [-1, -(0.5**0.5), 0, 0.5**0.5, 1],
            "counts": [round(1e6 * part) for part in counts],
        }

    return values([cell(name, activation=name) for name in ("relu", "tanh")], columns)


def rates(*ends, largest=4.0, status="diverged"):
    """ReLU networks of two rates, with the number of seeds that diverged at each."""
    own = {rate: cell(f"relu {rate:g}", learning_rate=rate) for rate in (0.01, 0.3)}
    trained, rows = [], []
    for (rate, base), bad in zip(own.items(), ends, strict=True):
        failed = SEEDS[:bad]
        trained += runs(
            base, lambda seed, failed=failed: {"status": status if seed in failed else "ok"}
        )
        size = largest * (10 if rate == 0.3 else 1)

        def layers(seed, size=size, failed=failed):
            greatest = 1e9 if seed in failed else size
            return [
                {"phase": "best", "kind": kind, "layer": layer, "max": greatest / (layer + more)}
                for layer in (1, 2)
                for kind, more in (("post", 0), ("pre", -0.5))
            ]

        rows += each_seed(base, layers)
    return tables(list(own.values()), runs=trained, activations=rows)


@pytest.mark.parametrize(
    ("name", "verdict", "made"),
    [
        ("relu-peak-zero", SUPPORTED, zeros(0.4, 0.3, 0.3, 0.3)),
        ("relu-peak-zero", REFUTED, zeros(0.4, 0.3, 0.15, 0.3)),
        ("relu-peak-zero", REFUTED, zeros(0.4, 0.3, 0.3, 0.3, besides=0.18)),
        ("relu-peak-zero", INCONCLUSIVE, zeros(0.4, 0.3, 0.2, 0.3)),
        ("relu-peak-zero", REFUTED, zeros(0, 0, 0, 0, lowest=0.5)),  # no bin has 0
        ("relu-sparse", SUPPORTED, zeros(0.4, 0.3, 0.6, 0.6, before=[0.1] * 4)),
        ("relu-sparse", REFUTED, zeros(0.6, 0.2, 0.6, 0.6, before=[0.6] * 4)),
        ("relu-sparse", INCONCLUSIVE, zeros(0.6, 0.25, 0.6, 0.6)),
        ("relu-sparse-most", SUPPORTED, zeros(0.6, 0.6, 0.6, 0.6, before=[0.4] * 4)),
        ("relu-sparse-most", REFUTED, zeros(0.6, 0.4, 0.6, 0.6, before=[0.6] * 4)),
        ("relu-sparse-most", INCONCLUSIVE, zeros(0.6, 0.5, 0.6, 0.6)),
        ("relu-sparse-untrained", SUPPORTED, zeros(0.4, 0.4, 0.4, 0.4, before=[0.6] * 4)),
        ("relu-sparse-untrained", REFUTED, zeros(0.6, 0.6, 0.6, 0.6, before=[0.6, 0.6, 0.6, 0.4])),
        ("relu-sparse-untrained", INCONCLUSIVE, zeros(0.5, 0.6, 0.6, 0.6)),
        ("relu-how-many", ANSWERED, zeros(0.6, 0.4, 0.6, 0.6)),
        ("elu-benefits", SUPPORTED, elu(0.3)),
        ("elu-benefits", REFUTED, elu(0.0)),
        ("elu-benefits", REFUTED, elu(0.3, slope=0.9)),
        ("elu-benefits", INCONCLUSIVE, elu(0.2)),
        *((name, SUPPORTED, passing(0.7, 0.6)) for name in STRONG),
        *((name, REFUTED, passing(0.6, 0.7)) for name in STRONG),
        *((name, INCONCLUSIVE, passing(0.6, 0.6, size=0.01)) for name in STRONG),
        ("relu-unbounded", SUPPORTED, rates(0, 1)),
        ("relu-unbounded", INCONCLUSIVE, rates(0, 0)),
        ("relu-unbounded", INCONCLUSIVE, rates(0, 2, status="plateau")),
        ("relu-unbounded", NOT_RUN, zeros(0.6, 0.4, 0.6, 0.6)),
    ],
)
def test_a_planted_truth_is_found(name, verdict, made):
    assert judged(name, made).verdict == verdict


def test_zeros_are_told_layer_by_layer():
    peak = judged("relu-peak-zero", zeros(0.4, 0.25, 0.3, 0.35, size=0))
    assert "40.0%, 25.0%, 30.0% and 35.0% of the values are exactly 0" in peak.evidence
    assert (
        "10.0%, 10.0%, 10.0% and 10.0% lie in the fullest bin besides; in layer 2" in peak.evidence
    )
    assert peak.estimate == pytest.approx(0.05)
    many = judged("relu-how-many", zeros(0.4, 0.2, 0.3, 0.3, size=0.01))
    assert many.evidence.startswith("In the mean of the hidden layers 30.0% (95% interval")
    assert "from the first to the last 40.0%, 20.0%, 30.0% and 30.0%" in many.evidence
    assert (many.estimate, many.n) == (pytest.approx(0.3, abs=0.01), 5)
    sparse = judged("relu-sparse", zeros(0.4, 0.2, 0.3, 0.3, size=0))
    assert "layer 2, which decides, has 20.0% (95% interval" in sparse.evidence


def test_shares_of_two_activations_are_told():
    got = judged("elu-benefits", elu(0.0))
    assert "ELU's slope is 1 for positive inputs (off by at most 0)" in got.evidence
    assert "0.0% of its values are exactly 0 after training and 40.0% of ReLU's" in got.evidence
    assert got.estimate == pytest.approx(-0.2, abs=1e-3)
    assert "slope is not 1 for positive inputs (off by at most 0.1)" in (
        judged("elu-benefits", elu(0.3, slope=0.9)).evidence
    )
    strong = judged(STRONG[0], passing(0.7, 0.6))
    assert "at 70.0% of ReLU's pre-activations and at 60.0% of tanh's" in strong.evidence
    assert strong.estimate == pytest.approx(0.1, abs=1e-3)


def test_networks_that_diverged_are_counted_and_the_others_values_told():
    got = judged("relu-unbounded", rates(1, 2))
    assert got.evidence == (
        "3 of 10 ReLU networks at learning rates from 0.01 to 0.3 diverged, at 0.01 and 0.3; in those "
        "that learnt, the greatest value after ReLU is in the mean 4 at 0.01 and 40 at 0.3."
    )
    assert (got.estimate, got.n) == (0.3, 10)
    assert judged("relu-unbounded", rates(5, 5)).evidence.endswith("diverged, at 0.01 and 0.3.")
    none = judged("relu-unbounded", rates(0, 0))
    assert "none of 10 ReLU networks at learning rates from 0.01 to 0.3 diverged" in none.evidence


def made_for(name):
    return {
        "relu-peak-zero": zeros(0.4, 0.3, 0.3, 0.3),
        "elu-benefits": elu(0.3),
        "relu-unbounded": rates(0, 1),
    }.get(name, passing(0.7, 0.6) if name in STRONG else zeros(0.6, 0.6, 0.6, 0.6))


@pytest.mark.parametrize("name", TRAINED)
def test_runs_that_failed_are_counted_and_their_values_are_not(name):
    made = made_for(name)
    rows = made["activations"]
    made["activations"] = rows.assign(
        zero_fraction=rows["zero_fraction"].mask(rows["seed"] == 42, 0.05)
    )
    got = judged(name, ended(made, "plateau", 42))
    assert (got.verdict, got.n) == (judged(name, made_for(name)).verdict, 4)
    assert "stayed at chance level, and these do not count." in got.evidence
    none = judged(name, ended(made, "diverged", *SEEDS))
    assert (none.verdict, none.n) == (INCONCLUSIVE, 5)


@pytest.mark.parametrize("name", [*DRAWN, "relu-how-many", "relu-unbounded"])
def test_other_studies_and_protocols_do_not_matter(name):
    made = made_for(name)
    assert judged(name, twice(made)) == judged(name, made)
    assert judged(name, tables()).verdict == NOT_RUN
    if name != "relu-unbounded":
        other = {**made, "cells": made["cells"].assign(initialisation="he", learning_rate=0.1)}
        assert judged(name, other).verdict == NOT_RUN


@pytest.mark.parametrize("scenario", scenarios(*DRAWN), ids=lambda one: f"{one.claim}: {one.words}")
def test_it_is_rarely_wrong(scenario):
    rarely_wrong(scenario, REPETITIONS, 0.95)
