"""Activations tailored to a depth, beside the authors' own package and beside simulated networks."""

import numpy as np
import pytest
import torch
from torch.nn.functional import silu

from activation_lab.activations.catalogue import build
from activation_lab.errors import UserError
from activation_lab.theory.critical import numeric
from activation_lab.theory.gaussian import expectation
from activation_lab.theory.tailored import correlation_after, negative_slope, smooth

# From the package `dks` 0.1.2 of the authors, for a plain network of so many layers: its method TAT with
# 0.9 and 0.3, which are its defaults. Its solver stops at 1e-8.
SLOPES = {16: 0.10449862480163574, 64: 0.48432663083076477}
TANH = {
    16: (0.1452787244708124, 0.5427717837140345, 9.086606764648527, -0.49802718015379405),
    64: (0.07212070266915897, 0.5240847419966009, 18.02252068942073, -0.48162160411019284),
}
SWISH = {
    16: (0.22106646365652574, 0.44931179554980816, 6.289184439911519, -0.26986224352038923),
    64: (0.10888174481160617, 0.4472871690151953, 12.811208138870953, -0.27174036800760726),
}


@pytest.mark.parametrize("layers", SLOPES)
def test_parameters_are_those_of_the_authors_package(layers):
    assert negative_slope(layers, 0.9) == pytest.approx(SLOPES[layers], abs=1e-7)
    assert smooth(torch.tanh, layers, 0.3) == pytest.approx(TANH[layers], rel=1e-6)
    assert smooth(silu, layers, 0.3) == pytest.approx(SWISH[layers], rel=1e-6)


@pytest.mark.parametrize("name", ["tat_leakyrelu", "tat_tanh", "tat_swish"])
@pytest.mark.parametrize("layers", [1, 5, 48, 500])
def test_mean_squares_and_gradients_keep_their_size(name, layers):
    f = numeric(build(name, {"layers": layers}))
    for moment in (lambda z: f.value(z) ** 2, lambda z: f.derivative(z) ** 2):
        assert expectation(moment, 1.0, f.kinks) == pytest.approx(1, abs=1e-9)


def test_images_come_as_close_as_was_asked_and_no_closer():
    """Two images in one wide network of 16 layers: their correlation goes from 0 to 0.9."""
    generator = torch.Generator().manual_seed(0)
    phi, width = build("tat_leakyrelu", {"layers": 16}), 4_000
    h = torch.linalg.qr(torch.randn(width, 2, generator=generator))[0].T * width**0.5
    for _ in range(16):
        weights = torch.randn(width, width, generator=generator) / width**0.5
        h = phi(h @ weights.T)
    found = torch.nn.functional.cosine_similarity(h[0], h[1], dim=0)
    assert found.item() == pytest.approx(0.9, abs=0.03)


def test_in_a_shallow_network_it_is_relu_with_its_scale():
    phi = build("tat_leakyrelu", {"layers": 2})
    z = torch.linspace(-3, 3, 7)
    assert torch.equal(phi(z), 2**0.5 * z.relu())


def test_correlations_after_one_layer_are_those_of_the_arc_cosine_kernel():
    """Cho & Saul 2009: of ReLU, from c = 0 to 1/π; of a linear network, unchanged."""
    assert correlation_after(0, 1) == pytest.approx(1 / np.pi)
    assert correlation_after(1, 9) == 0


def test_what_cannot_be_had_is_said():
    with pytest.raises(UserError, match="Name more layers, or a lower curvature"):
        smooth(torch.tanh, 1, 30.0)
