from itertools import pairwise

import pytest
import torch
from torch import nn

from activation_lab import activations
from activation_lab.networks import StackedMLP

SIZES = [784, 20, 12, 10]


def plain(sizes, seed, name="relu"):
    """The network as torch itself builds it after a seed: nn.Linear layers in order."""
    torch.manual_seed(seed)
    layers = []
    for inputs, outputs in pairwise(sizes):
        layers += [nn.Linear(inputs, outputs), activations.build(name)]
    return nn.Sequential(*layers[:-1])


@pytest.mark.parametrize("sizes", [SIZES, [784, 512, 256, 256, 128, 10], [784, 10]])
def test_a_seed_has_the_weights_that_torch_gives_it(sizes):
    stacked = StackedMLP(sizes, activations.build("relu"), [42, 7])
    for position, seed in enumerate([42, 7]):
        linear = [layer for layer in plain(sizes, seed) if isinstance(layer, nn.Linear)]
        for layer, weight, bias in zip(linear, stacked.weights, stacked.biases, strict=True):
            assert torch.equal(weight[position], layer.weight.T)
            assert torch.equal(bias[position, 0], layer.bias)


def test_building_touches_no_global_random_state():
    torch.manual_seed(1)
    before = torch.get_rng_state()
    StackedMLP(SIZES, activations.build("relu"), [42])
    assert torch.equal(torch.get_rng_state(), before)


def test_forward_equals_separate_networks():
    stacked = StackedMLP(SIZES, activations.build("tanh"), [1, 2, 3]).double()
    x = torch.randn(5, 784, dtype=torch.float64, generator=torch.Generator().manual_seed(0))
    for position, seed in enumerate([1, 2, 3]):
        expected = plain(SIZES, seed, "tanh").double()(x)
        torch.testing.assert_close(stacked(x)[position], expected, rtol=1e-12, atol=1e-12)


def test_each_network_may_have_images_of_its_own():
    stacked = StackedMLP(SIZES, activations.build("tanh"), [1, 2]).double()
    x = torch.randn(2, 5, 784, dtype=torch.float64, generator=torch.Generator().manual_seed(0))
    torch.testing.assert_close(stacked(x)[1], stacked(x[1])[1], rtol=1e-12, atol=1e-12)


def test_keep_and_restore():
    stacked = StackedMLP(SIZES, activations.build("relu"), [1, 2, 3])
    whole = stacked.snapshot()
    stacked.keep([2, 0])
    assert stacked.networks == 2
    assert torch.equal(stacked.weights[0][0], whole[0][2])
    stacked.restore(whole)
    assert stacked.networks == 3
