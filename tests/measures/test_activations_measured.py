import numpy as np
import pytest
from test_networks import plain
from torch import nn

from activation_lab.measures import activations
from activation_lab.measures.activations import effective_rank
from activation_lab.training.build import build
from conftest import small_settings


def test_activations_are_the_values_of_plain_torch(parts):
    settings = small_settings(activation="tanh")
    images, _ = parts["training"].batch(slice(0, 1_024))
    rows = activations.activations(build(settings, 43), parts)
    separate = plain(settings, 43)
    value = images
    for number, module in enumerate(m for m in separate if not isinstance(m, nn.Identity)):
        value = module(value)
        place = (number // 2 + 1, ("pre", "post")[number % 2])
        (row,) = (r for r in rows if (r["layer"], r["kind"]) == place)
        assert row["mean"] == pytest.approx(value.double().mean().item(), rel=1e-5, abs=1e-7)
        assert row["max"] == pytest.approx(value.max().item(), rel=1e-5)
        if place[1] == "post":  # by definition: where tanh is at least 0.97 in size
            share = (value.abs() >= 0.97).double().mean().item()
            assert row["saturated_fraction"] == pytest.approx(share, abs=1e-4)
    assert [row["kind"] for row in rows] == ["pre", "post", "pre", "post", "pre"]
    assert rows[-1]["saturated_fraction"] is None


def test_effective_rank_of_known_matrices():
    generator = np.random.default_rng(0)
    left, right = generator.normal(size=(50, 1)), generator.normal(size=(1, 20))
    assert effective_rank(left @ right) == pytest.approx(1, abs=1e-5)
    assert effective_rank(np.eye(7)) == pytest.approx(7)
    assert effective_rank(np.diag([3.0, 1.0])) == pytest.approx(
        np.exp(-(0.75 * np.log(0.75) + 0.25 * np.log(0.25)))
    )
    assert effective_rank(np.zeros((5, 3))) == 0
