"""How deep networks train, on rows whose truth is known."""

import numpy as np
import pytest
from judging import judged, rarely_wrong, scenarios

from activation_lab.analysis.claims.base import INCONCLUSIVE
from activation_lab.analysis.claims.power.experimental_training import depths

NAMES = ["trains-to-scale"]


def test_depths_are_interpolated():
    got = judged("trains-to-scale", depths(np.random.default_rng(0), (6.0,) * 4))
    assert got.estimate == pytest.approx(1, abs=0.15)


def test_networks_that_train_at_every_depth_cannot_tell():
    got = judged("trains-to-scale", depths(np.random.default_rng(0), (6.0, 6.0, 6.0, 99.0)))
    assert got.verdict == INCONCLUSIVE
    assert "train at every depth" in got.evidence


@pytest.mark.parametrize("scenario", scenarios(*NAMES), ids=lambda one: f"{one.claim}: {one.words}")
def test_it_is_rarely_wrong(scenario):
    rarely_wrong(scenario, 40, 0.95)
