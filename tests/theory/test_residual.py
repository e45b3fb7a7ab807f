"""Theory of residual networks, beside what is measured of them."""

import numpy as np
import pytest
import torch
from torch.nn.functional import cross_entropy

from activation_lab.networks.layers import watched, weights
from activation_lab.theory import predictions
from activation_lab.training.build import build
from conftest import small_settings

SEEDS = 40
MOST_ERRORS = 3  # standard errors of the mean over the seeds; a seed's layers vary together


def settings(activation, depth=16, width=256, initialisation="default"):
    network = {"family": "residual", "depth": depth, "width": width}
    return small_settings(
        network=network, activation=activation, initialisation=initialisation, epochs=0
    )


def within(measured, predicted):
    """Tell whether means over seeds [S, D] are within the seeds' error of what is predicted [D]."""
    error = measured.std(0, ddof=1) / np.sqrt(len(measured))
    return (abs(measured.mean(0) - predicted) <= MOST_ERRORS * error).all()


@pytest.mark.parametrize("activation", ["relu", "tanh", "sigmoid"])
def test_lengths_and_gradients_are_those_measured(parts, activation):
    described = settings(activation)
    images, labels = parts["training"].batch(slice(0, 64))
    function, network = predictions.of_settings(described)
    lengths, gradients = [], []
    for seed in range(SEEDS):
        built = build(described, seed).double()
        with watched(built) as seen:
            loss = cross_entropy(built(images.double()), labels)
        lengths.append([z.square().mean().item() for z, _ in seen])
        slopes = torch.autograd.grad(loss, weights(built))
        gradients.append([slope.square().mean().item() for slope in slopes])
    q, _ = network.lengths(function, float(images.square().mean()))
    rms = network.gradient_rms(function, images.numpy(), labels.numpy())
    assert len(rms) == 17
    assert within(np.array(lengths), q)
    assert within(np.array(gradients), rms**2)


def test_bounded_activations_add_as_much_in_each_block_and_relu_multiplies(parts):
    """Yang & Schoenholz 2017: lengths grow linearly with tanh, exponentially with ReLU."""
    for activation, expected in (("tanh", "linear"), ("relu", "exponential")):
        function, network = predictions.of_settings(settings(activation, depth=400))
        q, _ = network.lengths(function, 1.0)
        steps = np.diff(q if expected == "linear" else np.log(q))
        assert steps[-100:].max() == pytest.approx(steps[-100:].min(), rel=0.05)
        assert steps[-1] > 0


def test_the_gradients_factor_is_that_of_the_kernels(parts):
    """For one image alone, χ is the factor from block to block of what the gradient is made of."""
    images = parts["training"].batch(slice(0, 1))[0].numpy()
    function, network = predictions.of_settings(settings("tanh", depth=5))
    q, chi = network.lengths(function, float((images**2).mean()))
    rms = network.gradient_rms(function, images, np.zeros(1))
    slopes = (chi - 1) / network.block.weight_var  # σ_w² E[φ′²]
    streams = (q - network.block.bias_var) / network.block.weight_var
    gammas = rms[:-1] ** 2 / streams / slopes
    assert gammas[:-1] / gammas[1:] == pytest.approx(chi[1:], rel=1e-6)


def test_dead_shares_are_those_measured(parts):
    described = settings("relu", depth=6, width=128, initialisation="zero_bias")
    images, _ = parts["training"].batch(slice(0, 50))
    function, network = predictions.of_settings(described)
    found = []
    for seed in range(SEEDS):
        built = build(described, seed)
        with watched(built) as seen, torch.no_grad():
            built(images)
        found.append([(h == 0).all(0).double().mean().item() for _, h in seen])
    rng = np.random.default_rng(0)
    shares = network.dead_shares(function, images.numpy(), 20_000, rng)
    assert shares.max() > 0.01
    drawn = np.sqrt(shares * (1 - shares) / 20_000).max()
    error = np.array(found).std(0, ddof=1) / np.sqrt(SEEDS) + drawn
    assert (abs(np.mean(found, 0) - shares) <= MOST_ERRORS * error + 0.002).all()


def test_there_is_no_fixed_point_and_no_theory_of_the_others():
    function, network = predictions.of_settings(settings("relu"))
    row = predictions.theory(function, network, np.ones((3, 784)))[0]
    assert row["q_star"] is row["correlation_depth"] is row["stable"] is None
    for family in ("conv", "transformer"):
        assert predictions.of_settings(small_settings(network=family, epochs=0)) is None
