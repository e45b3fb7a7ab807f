"""Claims of the functions' shapes: exact, on grids whose functions are known."""

import numpy as np
import pytest
import torch
from judging import judged
from torch import nn

from activation_lab.activations.catalogue import on_grid
from activation_lab.analysis.claims.base import BY_DEFINITION, REFUTED, SUPPORTED
from activation_lab.analysis.claims.power.planted import tables

X = torch.linspace(-5, 5, 1_001, dtype=torch.float64)


def grid(**functions):
    """The table `functions` of these modules, by torch's own automatic differentiation."""
    rows = []
    for name, phi in functions.items():
        values, slopes = (array.tolist() for array in on_grid(phi, X))
        rows += [
            {"activation": name, "x": x, "value": value, "derivative": slope}
            for x, value, slope in zip(X.tolist(), values, slopes, strict=True)
        ]
    return tables(functions=rows)


PLANTED = [
    ("sigmoid-range", BY_DEFINITION, grid(sigmoid=nn.Sigmoid())),
    ("sigmoid-range", REFUTED, grid(sigmoid=nn.Hardsigmoid())),  # reaches both ends
    ("sigmoid-range", REFUTED, grid(sigmoid=nn.Tanh())),
    ("saturation", SUPPORTED, grid(sigmoid=nn.Sigmoid(), tanh=nn.Tanh())),
    ("saturation", REFUTED, grid(sigmoid=nn.Sigmoid(), tanh=nn.LeakyReLU(0.1))),
    ("saturation", REFUTED, grid(sigmoid=nn.Softplus(), tanh=nn.Tanh())),  # flat at one end
    ("relu-unsaturated", SUPPORTED, grid(relu=nn.ReLU())),
    ("relu-unsaturated", REFUTED, grid(relu=nn.Hardtanh(0, 4.9))),
    ("relu-unsaturated-anywhere", SUPPORTED, grid(relu=nn.LeakyReLU(0.1))),
    ("relu-unsaturated-anywhere", REFUTED, grid(relu=nn.ReLU())),
    ("relu-gradient", SUPPORTED, grid(relu=nn.ReLU())),
    ("relu-gradient", REFUTED, grid(relu=nn.LeakyReLU(0.1))),
    ("leaky-slope", BY_DEFINITION, grid(leakyrelu=nn.LeakyReLU(0.1))),
    ("leaky-slope", REFUTED, grid(leakyrelu=nn.ReLU())),
    ("leaky-slope", REFUTED, grid(leakyrelu=nn.Identity())),
    ("leaky-slope", REFUTED, grid(leakyrelu=nn.ELU())),
    ("elu-decay", BY_DEFINITION, grid(elu=nn.ELU())),
    ("elu-decay", REFUTED, grid(elu=nn.ELU(0.99))),
    ("tanh-centered-odd", BY_DEFINITION, grid(tanh=nn.Tanh())),
    ("tanh-centered-odd", REFUTED, grid(tanh=nn.Sigmoid())),
    ("gelu-percentile", SUPPORTED, grid(gelu=nn.GELU())),
    ("gelu-percentile", REFUTED, grid(gelu=nn.GELU("tanh"))),
]


def test_the_evidence_has_the_numbers_of_the_grid():
    both = judged("saturation", grid(sigmoid=nn.Sigmoid(), tanh=nn.Tanh()))
    sigmoid, tanh = 4 * np.exp(-5) / (1 + np.exp(-5)) ** 2, 1 - np.tanh(5) ** 2
    assert f"is {sigmoid:.1%} of its greatest for sigmoid, and {tanh:.2%} for tanh" in both.evidence
    assert both.estimate == pytest.approx(sigmoid)
    half = judged("relu-unsaturated-anywhere", grid(relu=nn.ReLU()))
    assert "0 at 500 of 500 points below 0" in half.evidence
    greatest = judged("sigmoid-range", grid(sigmoid=nn.Sigmoid())).estimate
    assert greatest == pytest.approx(1 / (1 + np.exp(-5)))
