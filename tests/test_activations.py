import math

import pytest
import torch

from activation_lab import activations
from activation_lab.activations import ACTIVATIONS

# The tutorial's formulas, as it writes them by hand.
TUTORIAL = {
    "sigmoid": lambda x: 1 / (1 + torch.exp(-x)),
    "tanh": lambda x: (torch.exp(x) - torch.exp(-x)) / (torch.exp(x) + torch.exp(-x)),
    "relu": lambda x: x * (x > 0).float(),
    "leakyrelu": lambda x: torch.where(x > 0, x, 0.1 * x),
    "elu": lambda x: torch.where(x > 0, x, torch.exp(x) - 1),
    "swish": lambda x: x * (1 / (1 + torch.exp(-x))),
}


@pytest.mark.parametrize("name", TUTORIAL)
def test_agrees_with_the_tutorials_formula_where_that_is_finite(name):
    x = torch.linspace(-100, 100, 200_001)
    expected = TUTORIAL[name](x)
    finite = expected.isfinite()
    assert finite.sum() > 170_000
    got = activations.build(name)(x)
    torch.testing.assert_close(got[finite], expected[finite], rtol=1e-5, atol=1e-6)


@pytest.mark.parametrize("name", ACTIVATIONS)
@pytest.mark.parametrize("dtype", [torch.float32, torch.float64])
def test_value_and_derivative_stay_finite(name, dtype):
    x = torch.tensor([-1e4, -100.0, -88.8, 0.0, 88.8, 100.0, 1e4], dtype=dtype)
    phi = activations.build(name)
    assert phi(x).isfinite().all()
    assert activations.derivative(phi, x).isfinite().all()


@pytest.mark.parametrize("name", ACTIVATIONS)
def test_derivative_is_the_slope_of_the_function(name):
    x = torch.linspace(-5, 5, 401, dtype=torch.float64) + 0.003  # off the kinks
    phi, step = activations.build(name), 1e-6
    slope = (phi(x + step) - phi(x - step)) / (2 * step)
    torch.testing.assert_close(activations.derivative(phi, x), slope, rtol=1e-6, atol=1e-8)


def test_parameters_are_passed_on():
    phi = activations.build("leakyrelu", {"negative_slope": 0.25})
    assert phi(torch.tensor(-2.0)).item() == -0.5


def test_published_extremes():
    # The tutorial: sigmoid's largest gradient is 1/4, tanh's 1. Swish's minimum is -0.2785.
    x = torch.linspace(-5, 5, 100_001, dtype=torch.float64)
    slope = {
        name: activations.derivative(activations.build(name), x) for name in ("sigmoid", "tanh")
    }
    assert slope["sigmoid"].max().item() == pytest.approx(0.25)
    assert slope["tanh"].max().item() == pytest.approx(1)
    swish = activations.build("swish")(x)
    assert swish.min().item() == pytest.approx(-0.2785, abs=5e-5)
    assert x[swish.argmin()].item() == pytest.approx(-1.278, abs=1e-3)
    assert math.isclose(activations.build("elu")(torch.tensor(-50.0)).item(), -1)
