import math
import sys

import pytest
import torch
from test_networks import SEEDS, plain

from activation_lab.activations import catalogue as activations
from activation_lab.activations.catalogue import ACTIVATIONS
from activation_lab.dotted import OwnCodeError, source
from activation_lab.training.build import build
from conftest import small_settings, stacked

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
def test_every_entry_of_the_catalogue(name):
    """A network equals one of plain modules, gradients equal autograd's, φ′ is the slope of φ."""
    settings = small_settings(activation=name, epochs=0)
    generator = torch.Generator().manual_seed(0)
    x = torch.randn(6, 784, dtype=torch.float64, generator=generator)
    ours, theirs = build(settings, 42).double().eval(), plain(settings, 42).double().eval()
    torch.testing.assert_close(ours(x), theirs(x), rtol=1e-10, atol=1e-12)
    for network in (ours, theirs):
        network(x).square().sum().backward()
    torch.testing.assert_close(ours[0].weight.grad, theirs[0].weight.grad, rtol=1e-9, atol=1e-11)

    for dtype in (torch.float32, torch.float64):
        far = torch.tensor([-1e4, -100.0, -88.8, 0.0, 88.8, 100.0, 1e4], dtype=dtype)
        for values in activations.on_grid(activations.build(name), far):
            assert values.isfinite().all()

    x, step = torch.linspace(-5, 5, 401, dtype=torch.float64) + 0.003, 1e-6  # off the kinks
    phi = activations.build(name)
    higher, lower = (activations.on_grid(phi, x + sign * step)[0] for sign in (1, -1))
    slope = activations.on_grid(phi, x)[1]
    torch.testing.assert_close(slope, (higher - lower) / (2 * step), rtol=1e-6, atol=1e-8)


def test_parameters_are_passed_on():
    def at(value, name, parameters):
        return activations.on_grid(activations.build(name, parameters), torch.tensor([value]))[
            0
        ].item()

    assert at(-2.0, "leakyrelu", {"negative_slope": 0.25}) == -0.5
    assert at(-2.0, "prelu", {"init": 0.5}) == -1
    assert at(1.5, "swish", {"beta": 2.0}) == pytest.approx(1.5 / (1 + math.exp(-3)))
    assert at(0.5, "threshold", {"threshold": 1.0, "value": -3.0}) == -3
    assert at(-2.0, "rrelu", {"lower": 0.1, "upper": 0.3}) == pytest.approx(-0.4)


def test_random_slopes_lie_between_their_bounds_and_change_from_step_to_step():
    phis = [
        activations.build("rrelu", {"lower": 0.1, "upper": 0.3}, seed).train() for seed in (1, 2)
    ]
    z = torch.full((500, 20), -1.0)
    first, second = -phis[0](z), -phis[0](z)
    assert 0.1 <= first.min() < 0.101
    assert 0.299 < first.max() <= 0.3
    assert first.mean().item() == pytest.approx(0.2, abs=0.002)
    assert not torch.equal(first, second)
    assert not torch.equal(first, -phis[1](z))


OWN = """
import torch
from torch import nn

def cube(x):
    return x ** 3 / 100

def scaled(x, factor=1.0):
    return factor * torch.tanh(x)

class Learned(nn.Module):
    def __init__(self, start=0.5):
        super().__init__()
        self.slope = nn.Parameter(torch.tensor(float(start)))
    def forward(self, x):
        return torch.where(x > 0, x, self.slope * x)

def wrong_shape(x):
    return x.sum(-1)

def not_finite(x):
    return torch.log(x)

def detached(x):
    return torch.tanh(x).detach()

def raises(x):
    raise KeyError("no such thing")

def flat(x):
    return torch.sign(x) + 0 * x

class NeedsMore(nn.Module):
    def __init__(self, must):
        super().__init__()
"""


@pytest.fixture
def mine(tmp_path, monkeypatch):
    (tmp_path / "mine_activations.py").write_text(OWN)
    monkeypatch.syspath_prepend(tmp_path)
    yield tmp_path / "mine_activations.py"
    sys.modules.pop("mine_activations", None)


@pytest.mark.parametrize("name", ["cube", "scaled", "Learned"])
def test_a_users_own_activation_is_taken(mine, name):
    path = f"mine_activations:{name}"
    activations.check(path, {})
    assert source("activation", path) == str(mine)
    settings = small_settings(activation=path)
    assert str(settings.activation) == name
    assert stacked(settings, SEEDS)(torch.ones(3, 784)).shape == (2, 3, 10)


def test_what_a_users_own_activation_learns_is_each_seeds_own(mine):
    network = stacked(small_settings(activation="mine_activations:Learned"), SEEDS)
    slopes = network.parameters()[2]  # after the first layer's weight and bias
    assert slopes.tolist() == [0.5, 0.5]
    network(torch.ones(3, 784))[0].sum().backward()
    assert slopes.grad[0] != 0
    assert slopes.grad[1] == 0


FAULTS = {
    "wrong_shape": r"must keep the shape: of \(3, 267\) it makes \(3,\)",
    "not_finite": r"φ is not finite at x = -20",
    "detached": r"must be differentiable: RuntimeError",
    "raises": r"KeyError: 'no such thing' \(.*mine_activations\.py, line \d+\)",
    "flat": r"has derivative 0 everywhere",
    "NeedsMore": r"cannot be built: TypeError: .*must",
    "absent": r"cannot be built: AttributeError: .*absent",
}


@pytest.mark.parametrize("name", FAULTS)
def test_a_users_activation_that_cannot_be_used_is_named(mine, name):
    with pytest.raises(OwnCodeError, match=FAULTS[name]):
        activations.check(f"mine_activations:{name}", {})


def test_a_module_that_is_not_there_is_named():
    with pytest.raises(OwnCodeError, match=r"there is no module nowhere, neither as nowhere\.py"):
        activations.check("nowhere:Mine", {})


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
