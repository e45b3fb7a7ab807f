import numpy as np
import pytest
from scipy.integrate import quad
from scipy.stats import multivariate_normal
from torch import nn

from activation_lab.theory.critical import numeric
from activation_lab.theory.gaussian import Function, correlated, covariance, expectation

KINKS = {
    nn.ReLU(): (0,),
    nn.LeakyReLU(0.1): (0,),
    nn.SELU(): (0,),
    nn.ELU(): (0,),
    nn.Softsign(): (0,),
    nn.Hardtanh(): (-1, 1),
    nn.Hardshrink(): (-0.5, 0.5),
    nn.Softshrink(0.3): (-0.3, 0.3),
    nn.ReLU6(): (0, 6),
    nn.Hardswish(): (-3, 3),
    nn.Tanh(): (),
    nn.Sigmoid(): (),
    nn.GELU(): (),
    nn.SiLU(): (),
    nn.Mish(): (),
    nn.Softplus(): (),
}


@pytest.mark.parametrize("module", KINKS, ids=str)
def test_kinks_are_found(module):
    assert numeric(module).kinks == KINKS[module]


def test_kinks_of_a_users_function_are_found():
    step = Function.of(lambda u: np.where(u > 0.3, 1.0, 0.0), np.zeros_like)
    assert step.kinks == (0.3,)
    bend = Function.of(lambda u: np.maximum(u - 1, 0) ** 2, lambda u: 2 * np.maximum(u - 1, 0))
    assert bend.kinks == (1.0,)
    huge = Function.of(lambda u: np.exp(u * u), lambda u: 2 * u * np.exp(u * u))
    assert huge.kinks == ()


@pytest.mark.parametrize("slope", [0.0, 0.1, 1.0])
def test_expectation_of_leaky_relu_is_analytic(slope):
    q = np.array([[0, 1e-6, 0.3], [1, 20, 1e4]])
    leaky = numeric(nn.LeakyReLU(slope))
    exact = (1 + slope**2) / 2 * q
    found = expectation(lambda u: leaky.value(u) ** 2, q, leaky.kinks)
    np.testing.assert_allclose(found, exact, rtol=1e-12, atol=1e-100)
    slopes = expectation(lambda u: leaky.derivative(u) ** 2, q, leaky.kinks)
    np.testing.assert_allclose(slopes, (1 + slope**2) / 2, rtol=1e-12)


@pytest.mark.parametrize("module", KINKS, ids=str)
@pytest.mark.parametrize("q", [0.05, 1.7, 90.0])
def test_expectation_equals_adaptive_quadrature(module, q):
    phi = numeric(module)
    for f in (phi.value, phi.derivative):

        def integrand(z, f=f):
            value = f(np.array([np.sqrt(q) * z]))[0]
            return value**2 * np.exp(-z * z / 2) / np.sqrt(2 * np.pi)

        kinks = np.array([*phi.kinks, 0]) / np.sqrt(q)
        ends = sorted({-10, -3, -0.3, 0.3, 3, 10, *kinks[abs(kinks) < 10]})
        pieces = [quad(integrand, *ends[i : i + 2], epsabs=1e-13) for i in range(len(ends) - 1)]
        exact = sum(value for value, _ in pieces)
        found = expectation(lambda u, f=f: f(u) ** 2, q, phi.kinks)
        assert found == pytest.approx(exact, rel=1e-10, abs=1e-12)


def arc_cosine(q1, q2, c):
    """E[relu relu] and E[step step] in closed form (Cho & Saul 2009)."""
    angle = np.arccos(c)
    first = np.sqrt(q1 * q2) * (np.sin(angle) + (np.pi - angle) * np.cos(angle)) / (2 * np.pi)
    return first, (np.pi - angle) / (2 * np.pi)


def test_correlated_relu_is_the_arc_cosine_kernel():
    q1, q2 = np.array([[0.01], [1], [7]]), np.array([0.5, 2])
    relu = numeric(nn.ReLU())
    for c in (-1.0, -0.4, 0.0, 0.7, 0.999999, 1.0):
        value, slope = arc_cosine(q1, q2, c)
        found = correlated(relu.value, q1, q2, c, relu.kinks)
        np.testing.assert_allclose(found, value, rtol=1e-9, atol=1e-12)
        found = correlated(relu.derivative, q1, q2, c, relu.kinks)
        np.testing.assert_allclose(found, slope + 0 * value, rtol=1e-9, atol=1e-12)


@pytest.mark.parametrize("c", [-0.9, 0.2, 0.99, 0.9999999])
def test_correlated_steps_are_the_bivariate_normal(c):
    step = Function.of(lambda u: np.where(u > 0.3, 1.0, 0.0), np.zeros_like)
    exact = multivariate_normal([0, 0], [[1, c], [c, 1]]).cdf([-0.3, -0.3 / np.sqrt(2)])
    assert correlated(step.value, 1.0, 2.0, c, step.kinks) == pytest.approx(exact, abs=1e-8)


# Largest error relative to E[f²], of φ and of φ′, where the series converges worst: at |c| = 1.
ACCURACY = {
    nn.Hardtanh(): (1e-12, 1e-12),
    nn.Hardshrink(): (1e-12, 1e-12),
    nn.Hardswish(): (1e-7, 1e-12),
    nn.Tanh(): (1e-12, 1e-11),
    nn.GELU(): (1e-12, 1e-12),
    nn.ELU(): (1e-7, 1e-6),
    nn.SELU(): (1e-6, 1e-4),
    nn.Softsign(): (1e-5, 3e-4),
}


@pytest.mark.parametrize("module", ACCURACY, ids=str)
@pytest.mark.parametrize("q", [0.1, 4.0])
def test_correlated_is_exact_at_the_ends(module, q):
    phi = numeric(module)
    mirrored = (*phi.kinks, *(-kink for kink in phi.kinks))
    for f, error in zip((phi.value, phi.derivative), ACCURACY[module], strict=True):
        same = expectation(lambda u, f=f: f(u) ** 2, q, phi.kinks)
        apart = expectation(f, q, phi.kinks) ** 2
        opposite = expectation(lambda u, f=f: f(u) * f(-u), q, mirrored)
        found = correlated(f, q, q, np.array([1.0, 0.0, -1.0]), phi.kinks)
        np.testing.assert_allclose(found, [same, apart, opposite], rtol=0, atol=error * same)


def twice(f, q1, q2, c, kinks):
    """Twin of `correlated`: for each z₁, integrate over z₂ between the kinks of f(u₂)."""
    points, weights = np.polynomial.legendre.leggauss(40)
    rest = np.sqrt(1 - c * c)

    def pieces(ends):
        ends = np.unique(np.clip(ends, -9, 9))
        half = np.diff(ends)[:, None] / 2
        z = ends[:-1, None] + half * (1 + points)
        return z.ravel(), (half * weights * np.exp(-z * z / 2) / np.sqrt(2 * np.pi)).ravel()

    kinks = np.array([*kinks, 0.0])
    # Where u₂'s kink passes through the bulk of z₂, the inner integral bends: cut around there too.
    around = [kinks / np.sqrt(q2) / c + shift * rest / c for shift in (-6, -3, -1, 0, 1, 3, 6)]
    outer = np.concatenate([kinks / np.sqrt(q1), *around, np.arange(-9, 10)])
    total = 0.0
    for z1, weight in zip(*pieces(outer), strict=True):
        z2, inner = pieces(np.append((kinks / np.sqrt(q2) - c * z1) / rest, [-9, 9]))
        second = (inner * f(np.sqrt(q2) * (c * z1 + rest * z2))).sum()
        total += weight * f(np.array([np.sqrt(q1) * z1]))[0] * second
    return total


@pytest.mark.parametrize("module", [nn.Hardtanh(), nn.SELU(), nn.GELU()], ids=str)
@pytest.mark.parametrize("c", [0.5, 0.98])
def test_correlated_equals_double_quadrature(module, c):
    phi = numeric(module)
    for f in (phi.value, phi.derivative):
        exact = twice(f, 0.8, 1.5, c, phi.kinks)
        assert correlated(f, 0.8, 1.5, c, phi.kinks) == pytest.approx(exact, rel=1e-5)


def test_covariance_of_a_kernel_of_rank_one():
    relu = numeric(nn.ReLU())
    lengths = np.array([0.5, 1.0, 0.0])
    found = covariance(relu.value, np.outer(lengths, lengths), relu.kinks)
    np.testing.assert_allclose(found, np.outer(lengths, lengths) / 2, atol=1e-12)
