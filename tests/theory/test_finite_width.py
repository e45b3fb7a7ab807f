"""Theory of finite width and of Jacobians, beside networks that are drawn here."""

import itertools

import numpy as np
import pytest

from activation_lab.activations.catalogue import build
from activation_lab.theory import predictions
from activation_lab.theory.critical import numeric
from activation_lab.theory.jacobian import jacobians, log_variances
from conftest import small_settings
from theory.test_predictions import mean_squares

RELU, TANH, LINEAR = (numeric(build(name)) for name in ("relu", "tanh", "identity"))
WIDTHS = (60, *[64] * 6)


def drawn(phi, slope, q, widths, weight_var, count, uniform=False):
    """Jacobians of random networks, for an input of mean square q / σ_w²: [count, n_D, n_0]."""
    rng, found = np.random.default_rng(0), []
    for _ in range(count):
        h, jacobian = np.full(widths[0], np.sqrt(q / weight_var)), np.eye(widths[0])
        for before, after in itertools.pairwise(widths):
            std = np.sqrt(weight_var / before)
            weight = rng.normal(size=(after, before))
            if uniform:
                weight = rng.uniform(-np.sqrt(3), np.sqrt(3), size=(after, before))
            u = std * weight @ h
            h, jacobian = phi(u), slope(u)[:, None] * (std * weight @ jacobian)
        found.append(jacobian)
    return np.array(found)


def relu_jacobians(count, uniform=False):
    return drawn(lambda u: u.clip(0), lambda u: (u > 0) * 1.0, 2.0, WIDTHS, 2.0, count, uniform)


@pytest.mark.parametrize("uniform", [False, True])
def test_a_jacobian_vector_product_of_relu_varies_as_hanin_and_nica_say(uniform):
    """Log-normal, N(-β/2, β), β = 5 Σ 1/n; weights from a uniform distribution hardly differ."""
    beta = 5 * sum(1 / n for n in WIDTHS[1:])
    found = log_variances(RELU, np.full(6, 2.0), [2.0] * 6, WIDTHS, rank=1)
    assert found[-1] == pytest.approx(beta)
    v = np.full(WIDTHS[0], 1 / np.sqrt(WIDTHS[0]))
    logs = np.log(np.square(relu_jacobians(600, uniform) @ v).sum(1) / 64 * 60)
    assert logs.var(ddof=1) == pytest.approx(beta, rel=4 * np.sqrt(2 / 600))
    assert logs.mean() == pytest.approx(-beta / 2, abs=4 * np.sqrt(beta / 600))


@pytest.mark.parametrize(
    ("f", "phi", "slope", "q", "weight_var"),
    [
        (RELU, lambda u: u.clip(0), lambda u: (u > 0) * 1.0, 2.0, 2.0),
        (TANH, np.tanh, lambda u: 1 - np.tanh(u) ** 2, 1.5, 1.7),
    ],
    ids=["relu", "tanh"],
)
def test_mean_square_singular_values_and_their_scatter(f, phi, slope, q, weight_var):
    """300 networks; tanh's length changes from layer to layer, and from network to network."""
    lengths = [q]
    for _ in WIDTHS[2:]:
        u = np.sqrt(lengths[-1]) * np.random.default_rng(1).normal(size=400_000)
        lengths.append(weight_var * np.mean(phi(u) ** 2))
    found = jacobians(f, np.array(lengths), [weight_var] * 6, WIDTHS)
    values = np.linalg.svd(drawn(phi, slope, q, WIDTHS, weight_var, 300), compute_uv=False)
    squares = np.square(values).mean(1)
    error = squares.std(ddof=1) / np.sqrt(300)
    assert squares.mean() == pytest.approx(found.mean_square[-1], abs=4 * error + 0.01)
    assert np.log(squares).std(ddof=1) == pytest.approx(found.log_std[-1], rel=0.18)
    assert 0.8 < values.max(1).mean() / found.largest[-1] < 1  # it is reached from below


def test_edges_that_are_known():
    """One Gaussian matrix: Marchenko & Pastur 1967. A product of L: (L + 1)^(L + 1) / L^L."""
    (one,) = jacobians(LINEAR, np.array([1.0]), [1.0], (400, 100)).largest
    assert one == pytest.approx(1 + np.sqrt(1 / 4), rel=1e-4)
    several = jacobians(LINEAR, np.ones(5), [1.0] * 5, [100] * 6).largest
    known = [np.sqrt((n + 1) ** (n + 1) / n**n) for n in range(1, 6)]
    assert several == pytest.approx(known, rel=1e-4)


def test_an_edge_of_a_wide_network():
    values = drawn(np.tanh, lambda u: 1 - np.tanh(u) ** 2, 1.0, (300, 400, 500), 1.5, 10)
    q2 = 1.5 * np.mean(np.tanh(np.random.default_rng(1).normal(size=400_000)) ** 2)
    found = jacobians(TANH, np.array([1.0, q2]), [1.5, 1.5], (300, 400, 500)).largest[-1]
    measured = np.linalg.svd(values, compute_uv=False).max(1).mean()
    assert 0.96 < measured / found < 1


TEN = {"activation": "relu", "network": [256] * 5 + [128] * 5, "initialisation": "he"}
SCATTER = {
    "he": (TEN, 0.4),
    "tanh": ({"activation": "tanh", "network": [512, 256, 256, 128]}, 0.25),
    "sigmoid": ({"activation": "sigmoid", "network": [512, 256, 256, 128]}, 0.25),
}


@pytest.mark.parametrize("case", SCATTER)
def test_weight_gradients_at_finite_width(parts, case):
    """100 networks: their root mean square within 4 standard errors, their scatter to 25% (He: 40%)."""
    settings, tolerance = SCATTER[case]
    images, labels = parts["training"].batch(slice(0, 256))
    f, network = predictions.of_settings(small_settings(epochs=0, **settings))
    found = network.gradients(f, images.numpy(), labels.numpy())
    squares = np.concatenate(
        [mean_squares(images, labels, range(at, at + 20), **settings) for at in range(0, 100, 20)]
    )
    rms = np.sqrt(squares.mean(0))
    error = squares.std(0, ddof=1) / 10 / (2 * rms)
    assert (abs(rms - found.rms * found.finite) < 4 * error).all()
    if case == "he":
        assert (found.finite[:6] > 1.3).all()
        assert (rms > found.rms + 4 * error)[:8].all()
    assert np.log(squares).std(0, ddof=1) == pytest.approx(found.log_std, rel=tolerance)
