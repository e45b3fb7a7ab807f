"""What theory says of a function by itself, beside what is known of it."""

import math

import pytest
import torch
from torch import nn

from activation_lab.activations.catalogue import ACTIVATIONS, build
from activation_lab.schemas.functions import FUNCTIONS
from activation_lab.theory.critical import numeric
from activation_lab.theory.portrait import portrait

COLUMNS = set(FUNCTIONS["portraits"].columns) - {"activation"}


def of(name):
    return portrait(numeric(build(name, {})))


@pytest.mark.parametrize("name", ACTIVATIONS)
def test_every_activation_has_a_row_of_the_table(name):
    found = of(name)
    assert set(found) == COLUMNS
    numbers = [*found.pop("hermite"), *found.pop("kinks"), *found.values()]
    assert all(math.isfinite(number) for number in numbers if number is not None)


def test_moments_and_coefficients_of_relu_are_its_half_normal_ones():
    found = of("relu")
    root = math.sqrt(2 * math.pi)
    assert found["hermite"] == pytest.approx([1 / root, 1 / 2, 1 / (root * math.sqrt(2)), 0])
    assert found["mean"] == pytest.approx(1 / root)
    assert found["mean_square"] == found["mean_square_slope"] == pytest.approx(1 / 2)
    assert found["critical_weight_std"] == pytest.approx(math.sqrt(2))
    assert found["critical_bias_std"] == 0
    assert found["kinks"] == [0]
    assert found["zero_share"] == pytest.approx(0.5, abs=1e-3)


def test_coefficients_of_a_cube_are_those_of_its_expansion():
    """z³ = √6 h₃ + 3 h₁."""
    cube = nn.Module()
    cube.forward = lambda x: x**3
    assert portrait(numeric(cube))["hermite"] == pytest.approx([0, 3, 0, math.sqrt(6)], abs=1e-9)


@pytest.mark.parametrize(
    ("name", "below", "above", "increasing"),
    [
        ("sigmoid", True, True, True),
        ("softsign", True, True, True),  # it comes to its bounds slowly
        ("relu6", True, True, True),
        ("relu", True, False, True),
        ("gelu", True, False, False),
        ("logsigmoid", False, True, True),
        ("leakyrelu", False, False, True),
    ],
)
def test_shapes_are_those_of_the_functions(name, below, above, increasing):
    found = of(name)
    shape = (found["bounded_below"], found["bounded_above"], found["increasing"])
    assert shape == (below, above, increasing)


def test_a_function_without_a_critical_point_says_so():
    found = of("softplus")
    assert found["critical_weight_std"] is found["critical_bias_std"] is None
    flat = nn.Module()
    flat.forward = lambda x: torch.zeros_like(x) * x
    assert portrait(numeric(flat))["default_chi"] == 0
