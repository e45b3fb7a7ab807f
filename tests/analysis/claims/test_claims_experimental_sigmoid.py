"""Claims of sigmoid that are judged on experiments, on rows whose truth is known."""

import numpy as np
import pytest
from judging import judged, rarely_wrong, scenarios

from activation_lab.analysis.claims.base import INCONCLUSIVE
from activation_lab.analysis.claims.experimental_sigmoid import variance_share
from activation_lab.analysis.claims.power.experimental_sigmoid import crossed

LUCK = ("sigmoid-luck-weights", "sigmoid-luck-batches")
OTHERS = (
    "early-layers-random",
    "early-layers-random-change",
    "sigmoid-last-converged-change",
    "sigmoid-one-rate-updates",
)


def test_shares_of_variance_are_those_of_the_mean_squares():
    values = np.array([[0.0, 1.0], [4.0, 7.0]])
    # Mean squares: rows 25, columns 4, rest 1; variances: rows (25 - 1)/2, columns (4 - 1)/2, rest 1.
    row = variance_share(values)
    assert row["mean"] == pytest.approx(12 / 14.5)
    assert row["low"] < row["mean"] < row["high"]
    assert variance_share(values.T)["mean"] == pytest.approx(1.5 / 14.5)


def test_equal_times_cannot_tell():
    made = crossed(np.random.default_rng(0), 0.5, 0.5)
    made["experiments"]["value"] = 500.0
    assert [judged(name, made).verdict for name in LUCK] == [INCONCLUSIVE] * 2


@pytest.mark.parametrize("scenario", scenarios(*LUCK), ids=lambda one: f"{one.claim}: {one.words}")
def test_luck_is_rarely_wrong(scenario):
    rarely_wrong(scenario, 60, 0.7)  # four weights and four orders have little power


@pytest.mark.parametrize(
    "scenario", scenarios(*OTHERS), ids=lambda one: f"{one.claim}: {one.words}"
)
def test_it_is_rarely_wrong(scenario):
    rarely_wrong(scenario, 40, 0.95)
