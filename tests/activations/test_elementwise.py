"""A trial judges functions of one number; what is more is named."""

import pytest
import torch
from torch import nn

from activation_lab.activations import elementwise
from activation_lab.dotted import OwnCodeError


class CentresTheBatch(nn.Module):
    def forward(self, x):
        return torch.relu(x - x.mean(0))


class MixesUnits(nn.Module):
    def __init__(self):
        super().__init__()
        self.hidden = nn.Linear(32, 32)

    def forward(self, x):
        return torch.relu(self.hidden(x))


class Remembers(nn.Module):
    def __init__(self):
        super().__init__()
        self.register_buffer("mean", torch.zeros(()))

    def forward(self, x):
        if self.training:
            self.mean += x.mean()
        return torch.relu(x + self.mean)


class OfEachUnit(nn.Module):
    def __init__(self):
        super().__init__()
        self.slope = nn.Parameter(torch.linspace(0, 1, 32))

    def forward(self, x):
        return torch.where(x > 0, x, self.slope * x)


class Noisy(nn.Module):
    def forward(self, x):
        return torch.relu(x) * (1 + 0.1 * torch.rand_like(x) if self.training else 1)


@pytest.mark.parametrize(
    ("name", "said"),
    [
        ("CentresTheBatch", "depends on other examples of the batch. That is a layer"),
        ("MixesUnits", "depends on other units. That is a layer"),
        ("Remembers", "it remembers what it has seen in training"),
    ],
)
def test_what_is_more_than_a_function_of_one_number_is_named(name, said):
    with pytest.raises(OwnCodeError, match=said):
        elementwise.check(f"test_elementwise:{name}", {})


@pytest.mark.parametrize("name", ["OfEachUnit", "Noisy"])
def test_learned_parameters_and_noise_in_training_are_allowed(name):
    elementwise.check(f"test_elementwise:{name}", {})
