import numpy as np
import pytest
import torch
from scipy import integrate, stats
from torch import nn

from activation_lab.initialisations import INITIALISATIONS
from activation_lab.theory.critical import numeric
from activation_lab.theory.gaussian import Function
from activation_lab.theory.mean_field import (
    NoCriticalPoint,
    chi,
    correlation_map,
    critical_point,
    fixed_point,
    length_map,
    length_slope,
    mean_slope,
)
from activation_lab.theory.mlp import MLPTheory

TUTORIAL = (784, 512, 256, 256, 128, 10)
TEN_LAYERS = (784, *[256] * 5, *[128] * 5, 10)


def default(widths):
    """Theory of a network with nn.Linear's own weights."""
    return MLPTheory.with_widths(widths, INITIALISATIONS["default"])


ACTIVATIONS = {
    "sigmoid": numeric(nn.Sigmoid()),
    "tanh": numeric(nn.Tanh()),
    "relu": numeric(nn.ReLU()),
    "leakyrelu": numeric(nn.LeakyReLU(0.1)),
    "elu": numeric(nn.ELU()),
    "swish": numeric(nn.SiLU()),
    "gelu": numeric(nn.GELU()),
    "selu": numeric(nn.SELU()),
    "mish": numeric(nn.Mish()),
    "identity": numeric(nn.Identity()),
}


@pytest.fixture(scope="session")
def training(parts):
    """The first 1,000 training images [N, 784], in [-1, 1], and their labels [N]."""
    images, labels = parts["training"].batch(slice(0, 1_000))
    return images.numpy(), labels.numpy()


SHRINKAGE = {  # √χ₁ a layer, nn.Linear's default at width 256
    "sigmoid": 0.141,
    "tanh": 0.576,
    "relu": 0.408,
    "leakyrelu": 0.410,
    "elu": 0.568,
    "swish": 0.289,
    "gelu": 0.289,
    "selu": 0.808,
}


@pytest.mark.parametrize("name", SHRINKAGE)
def test_gradients_shrink_by_root_chi(name):
    point = fixed_point(ACTIVATIONS[name], 1 / 3, 1 / (3 * 256))
    assert np.sqrt(point.chi) == pytest.approx(SHRINKAGE[name], abs=5e-4)
    assert point.gradient_depth == pytest.approx(-1 / np.log(point.chi))
    assert point.stable
    assert point.c == 1
    kept = length_map(ACTIVATIONS[name], point.q, 1 / 3, 1 / 768)
    assert kept == pytest.approx(point.q, rel=1e-10)


def test_chaotic_tanh_decorrelates():
    tanh = ACTIVATIONS["tanh"]
    point = fixed_point(tanh, 4.0, 0.04)
    assert point.chi > 1
    assert point.gradient_depth < 0
    assert 0 < point.c < 1
    c = np.array([point.c - 1e-4, point.c, point.c + 1e-4])
    found = correlation_map(tanh, point.q, c, 4.0, 0.04)
    assert found[1] == pytest.approx(point.c, abs=1e-9)
    slope = (found[2] - found[0]) / 2e-4
    assert point.correlation_depth == pytest.approx(-1 / np.log(slope), rel=1e-5)


@pytest.mark.parametrize(("weight_var", "bias_var"), [(2.2, 0.1), (2.0, 0.1)])
def test_relu_lengths_diverge(weight_var, bias_var):
    point = fixed_point(ACTIVATIONS["relu"], weight_var, bias_var)
    assert np.isnan([point.q, point.chi, point.c]).all()
    assert not point.stable


def test_lengths_vanish_without_bias():
    point = fixed_point(ACTIVATIONS["relu"], 1.0, 0.0)
    assert point.q == 0
    assert point.chi == pytest.approx(0.5)


@pytest.mark.parametrize("name", ["tanh", "gelu", "selu"])
def test_length_slope_is_the_derivative_of_the_length_map(name):
    f, h = ACTIVATIONS[name], 1e-5
    q = np.array([0.1, 1, 12])
    difference = (length_map(f, q + h, 1.7, 0.2) - length_map(f, q - h, 1.7, 0.2)) / (2 * h)
    np.testing.assert_allclose(length_slope(f, q, 1.7), difference, rtol=1e-7)


@pytest.mark.parametrize(
    ("name", "weight_std", "bias_std"),
    [
        ("tanh", 1.304, 0.2),
        ("relu", np.sqrt(2), 0),
        ("leakyrelu", 1.4072, 0),
        ("identity", 1, 0),
        ("elu", 1.229, 0.2),
        ("selu", 0.9375, 0.2),
        ("gelu", 1.3985, 0.569),
        ("sigmoid", 10.15, 0.2),
    ],
)
def test_critical_points(name, weight_std, bias_std):
    f = ACTIVATIONS[name]
    point = critical_point(f)
    assert point.weight_std == pytest.approx(weight_std, rel=5e-4)
    assert point.bias_std == pytest.approx(bias_std, abs=5e-4)
    assert point.stable
    variances = point.weight_std**2, point.bias_std**2
    assert chi(f, point.q, variances[0]) == pytest.approx(1)
    assert length_map(f, point.q, *variances) == pytest.approx(point.q)


@pytest.mark.parametrize("name", ["sigmoid", "elu", "swish", "selu", "tanh", "relu"])
def test_signals_travel_without_end_at_the_critical_point(name):
    """χ₁ decides it: c* = 1 alone, found by a root, is not known well enough to tell."""
    f = ACTIVATIONS[name]
    point = critical_point(f)
    found = fixed_point(f, point.weight_std**2, point.bias_std**2)
    assert found.chi == pytest.approx(1, abs=1e-9)
    assert (found.c, found.correlation_depth, found.gradient_depth) == (1, np.inf, np.inf)


@pytest.mark.parametrize(("factor", "chaotic"), [(0.999, False), (1.001, True)])
def test_signals_end_beside_the_critical_point(factor, chaotic):
    tanh = ACTIVATIONS["tanh"]
    point = critical_point(tanh)
    found = fixed_point(tanh, factor * point.weight_std**2, point.bias_std**2)
    assert (found.chi > 1) == chaotic
    assert (found.c < 1) == chaotic
    assert 100 < found.correlation_depth < 10_000


def test_mean_slopes_of_known_functions():
    q = np.array([0.3, 1.0, 12.0])
    assert mean_slope(ACTIVATIONS["relu"], q) == pytest.approx([1 / 2] * 3)
    assert mean_slope(ACTIVATIONS["identity"], q) == pytest.approx([1] * 3)

    def slope(u, variance):
        return (1 - np.tanh(u) ** 2) * stats.norm.pdf(u, scale=variance**0.5)

    by_quadrature = [integrate.quad(slope, -40, 40, args=(v,), points=[0])[0] for v in q]
    assert mean_slope(ACTIVATIONS["tanh"], q) == pytest.approx(by_quadrature, rel=1e-8)


def test_the_mean_slope_of_the_critical_sigmoid_is_small_though_gradients_are_kept():
    sigmoid = ACTIVATIONS["sigmoid"]
    point = critical_point(sigmoid)
    assert mean_slope(sigmoid, point.q) == pytest.approx(0.057, abs=5e-4)


@pytest.mark.parametrize(
    ("name", "bias_std", "weight_std", "stable"),
    [
        ("gelu", 0.569, 1.3985, True),
        ("gelu", 0.2, 1.547, False),
        ("mish", 0.335, 1.412, True),
        ("swish", 0.7, 1.4138, False),
        ("swish", 0.8, 1.4066, True),
    ],
)
def test_critical_point_with_a_given_bias(name, bias_std, weight_std, stable):
    point = critical_point(ACTIVATIONS[name], bias_std)
    assert point.weight_std == pytest.approx(weight_std, rel=5e-4)
    assert point.bias_std == pytest.approx(bias_std)
    assert point.stable == stable
    if name == "swish":
        assert stable == (point.q > 14.3)


@pytest.mark.parametrize(
    "module", [nn.Hardshrink(), nn.Softplus(), nn.Softshrink(), nn.Threshold(0.5, 1.0)], ids=str
)
def test_no_critical_point(module):
    with pytest.raises(NoCriticalPoint):
        critical_point(numeric(module))


def test_no_critical_point_of_a_step_or_a_biased_relu():
    with pytest.raises(NoCriticalPoint):
        critical_point(Function.of(lambda u: np.where(u > 0, 1.0, 0.0), np.zeros_like))
    with pytest.raises(NoCriticalPoint, match=r"0\.2"):
        critical_point(ACTIVATIONS["relu"], 0.2)


def test_lengths_of_relu_are_halved():
    network = MLPTheory([10, 20, 30, 40, 5], [2.0, 1.0, 3.0, 1.0], [0.0, 0.1, 0.2, 0.3])
    q, chis = network.lengths(ACTIVATIONS["relu"], mean_square=0.7)
    np.testing.assert_allclose(q, [1.4, 0.8, 1.4])
    np.testing.assert_allclose(chis, [0.5, 1.5, 0.5])


def test_lengths_are_the_diagonal_of_the_kernels():
    images = np.random.default_rng(0).normal(size=(1, 784))
    network, f = default(TUTORIAL), ACTIVATIONS["swish"]
    q, _ = network.lengths(f, np.mean(images**2))
    *hidden, _ = (kernel.item() for kernel in network.kernels(f, images))
    np.testing.assert_allclose(q, hidden, rtol=1e-9)


GRADIENTS = {  # layers 1 to 4 and the output, of the tutorial's network
    "sigmoid": [2.39e-6, 1.06e-5, 7.22e-5, 7.22e-4, 0.0183],
    "tanh": [5.06e-4, 7.05e-4, 7.04e-4, 1.00e-3, 3.69e-3],
    "relu": [1.37e-4, 1.92e-4, 1.86e-4, 2.57e-4, 1.03e-3],
    "leakyrelu": [1.45e-4, 2.02e-4, 1.95e-4, 2.72e-4, 1.09e-3],
    "elu": [4.79e-4, 6.69e-4, 6.67e-4, 9.51e-4, 3.50e-3],
    "swish": [4.50e-5, 6.12e-5, 6.10e-5, 9.26e-5, 5.34e-4],
}


@pytest.mark.parametrize("name", GRADIENTS)
def test_gradient_rms_of_the_tutorial(name, training):
    images, labels = (values[:256] for values in training)
    found = default(TUTORIAL).gradient_rms(ACTIVATIONS[name], images, labels)
    np.testing.assert_allclose(found, GRADIENTS[name], rtol=0.01)


def test_gradient_rms_is_what_networks_have():
    """Hardtanh, and variances that differ by layer: nothing that the table above covers."""
    rng = np.random.default_rng(1)
    images, labels = rng.normal(size=(40, 50)) + 0.5, rng.integers(4, size=40)
    network = MLPTheory([50, 300, 200, 4], [1.5, 0.8, 0.1], [0.1, 0.3, 0.02])
    total = np.zeros(3)
    for _ in range(60):
        h, weights = torch.from_numpy(images), []
        layers = zip(network.widths, network.widths[1:], *variances(network), strict=False)
        for layer, (inputs, outputs, weight_var, bias_var) in enumerate(layers):
            weight = rng.normal(size=(inputs, outputs)) * np.sqrt(weight_var / inputs)
            weights.append(torch.from_numpy(weight).requires_grad_())
            bias = torch.from_numpy(rng.normal(size=outputs) * np.sqrt(bias_var))
            h = (nn.functional.hardtanh(h) if layer else h) @ weights[-1] + bias
        loss = nn.functional.cross_entropy(h, torch.from_numpy(labels))
        total += [g.square().mean().item() for g in torch.autograd.grad(loss, weights)]
    found = network.gradient_rms(numeric(nn.Hardtanh()), images, labels)
    np.testing.assert_allclose(found, np.sqrt(total / 60), rtol=0.04)


def variances(network):
    return network.weight_vars, network.bias_vars


def test_dead_shares_of_the_ten_layer_network(training):
    rng = np.random.default_rng(0)
    found = default(TEN_LAYERS).dead_shares(ACTIVATIONS["relu"], training[0], 2_000, rng)
    published = np.array([0.1, 1.0, 4.1, 15, 32, 43, 47, 50, 50, 50]) / 100
    error = np.sqrt(published * (1 - published) / 2_000)
    assert (abs(found - published) < 3 * error + 0.005).all()


def test_dead_shares_of_independent_and_of_equal_images():
    relu, rng = ACTIVATIONS["relu"], np.random.default_rng(0)
    network = MLPTheory([3, 8, 2], [1.0, 1.0], [0.0, 0.0])
    independent = network.dead_shares(relu, np.eye(3), 20_000, rng)
    assert independent == pytest.approx([1 / 8], abs=0.01)
    equal = network.dead_shares(relu, np.ones((3, 3)), 20_000, rng)
    assert equal == pytest.approx([1 / 2], abs=0.015)


def test_dead_is_an_output_of_zero():
    network, images = MLPTheory([1, 8, 2], [1.0, 1.0], [0.0, 0.0]), np.ones((2, 1))
    rng = np.random.default_rng(0)
    within = network.dead_shares(numeric(nn.Hardshrink(1.0)), images, 20_000, rng)
    assert within == pytest.approx([0.6827], abs=0.015)
    assert network.dead_shares(ACTIVATIONS["elu"], images, 1_000, rng) == [0]
