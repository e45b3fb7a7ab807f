from itertools import pairwise

import pytest
import torch
from torch import nn
from torch.nn import functional

from activation_lab.activations import catalogue as activations
from activation_lab.activations.catalogue import ACTIVATIONS
from activation_lab.activations.modules import Heaviside
from activation_lab.initialisations import INITIALISATIONS
from activation_lab.networks.layers import sites, watched, weights
from activation_lab.theory.critical import InitialisationError, initialisation, numeric
from activation_lab.theory.tailored import negative_slope, smooth
from activation_lab.training.build import build
from conftest import small_settings

SIZES = [784, 20, 12, 10]
SEEDS = [42, 7]


def plain_phi(activation):
    """The activation as torch has it, without a seed axis."""
    entry = activations.ACTIVATIONS[activation.name]
    if entry.module.startswith("torch.nn:"):
        kind = getattr(nn, entry.module.removeprefix("torch.nn:"))
        return kind(**{**entry.parameters, **entry.fixed, **activation.parameters})
    if activation.name.startswith("tat_"):
        return Tailored(activation.name, **entry.parameters)
    return {"swish": nn.SiLU, "rrelu": nn.RReLU, "heaviside": Heaviside}[activation.name]()


class Tailored(nn.Module):
    """A transformed activation, by its formula."""

    def __init__(self, name, layers, **target):
        super().__init__()
        (wanted,) = target.values()
        f = {"tat_tanh": torch.tanh, "tat_swish": functional.silu}.get(name)
        if f is None:
            slope = negative_slope(layers, wanted)
            self.phi = lambda z: (2 / (1 + slope**2)) ** 0.5 * torch.where(z > 0, z, slope * z)
        else:
            a, b, c, d = smooth(f, layers, wanted)
            self.phi = lambda z: c * f(a * z + b) + c * d

    def forward(self, z):
        return self.phi(z)


def plain(settings, seed):
    """The network as torch itself builds it after a seed: nn.Linear layers in order."""
    sizes = settings.network.layers(settings.data)
    torch.manual_seed(seed)
    linear = [nn.Linear(inputs, outputs) for inputs, outputs in pairwise(sizes)]
    norms = {
        "none": lambda units: nn.Identity(),
        "batch": nn.BatchNorm1d,
        "layer": nn.LayerNorm,
    }
    layers = []
    for layer in linear[:-1]:
        phi = plain_phi(settings.activation)
        layers += [layer, norms[settings.normalisation](layer.out_features), phi]
    return nn.Sequential(*layers, linear[-1])


def images(*shape):
    generator = torch.Generator().manual_seed(0)
    return torch.randn(*shape, 784, dtype=torch.float64, generator=generator)


@pytest.mark.parametrize("hidden", [[20, 12], [512, 256, 256, 128], [3]])
def test_a_seed_has_the_weights_that_torch_gives_it(hidden):
    settings = small_settings(network=hidden)
    for seed in SEEDS:
        ours, theirs = build(settings, seed), plain(settings, seed)
        for one, other in zip(ours.parameters(), theirs.parameters(), strict=True):
            assert torch.equal(one, other)


def test_building_touches_no_global_random_state():
    torch.manual_seed(1)
    before = torch.get_rng_state()
    build(small_settings(), 42)
    assert torch.equal(torch.get_rng_state(), before)


@pytest.mark.parametrize("normalisation", ["none", "batch", "layer"])
@pytest.mark.parametrize("training", [True, False])
def test_a_network_is_what_torch_itself_would_build(normalisation, training):
    settings = small_settings(normalisation=normalisation)
    ours, theirs = build(settings, 42).double(), plain(settings, 42).double()
    x = images(5)
    for network in (ours, theirs):
        network.train()(x)  # batch normalisation remembers
        network.train(training)
    torch.testing.assert_close(ours(x), theirs(x), rtol=1e-12, atol=1e-12)


def test_sites_are_watched_in_order_and_only_while_asked():
    network = build(small_settings(activation="relu"), 42).double()
    x = images(5)
    with watched(network) as seen:
        logits = network(x)
    assert [tuple(z.shape) for z, _ in seen] == [(5, 20), (5, 12)]
    for z, h in seen:
        assert torch.equal(h, z.relu())
    first, last = network[0], network[-1]
    torch.testing.assert_close(seen[0][0], first(x))
    torch.testing.assert_close(logits, last(seen[-1][1]))
    network(x)
    assert len(seen) == len(sites(network)) == 2


def test_the_weights_are_those_of_every_layer_in_order():
    settings = small_settings(normalisation="batch", activation="prelu")
    assert [tuple(w.shape) for w in weights(build(settings, 1))] == [(20, 784), (12, 20), (10, 12)]


# Variances of weights times inputs, and of biases, over many weights: Glorot & Bengio 2010, He et al.
# 2015, LeCun et al. 1998, and nn.Linear's own.
EXPECTED = {
    "default": (1 / 3, 1 / (3 * 400)),
    "zero_bias": (1 / 3, 0),
    "xavier": (2 * 400 / 700, 0),
    "he": (2, 0),
    "lecun": (1, 0),
    "orthogonal": (1, 0),
}


def layer(name, inputs, outputs):
    """The weight and the bias of a layer with this initialisation."""
    torch.manual_seed(3)
    made = nn.Linear(inputs, outputs)
    INITIALISATIONS[name].draw(made.weight, made.bias, torch.Generator().manual_seed(3))
    return made.weight.detach(), made.bias.detach()


@pytest.mark.parametrize("name", INITIALISATIONS)
def test_initialisations_have_the_variances_of_their_sources(name):
    drawn = INITIALISATIONS[name]
    weight, bias = layer(name, 400, 300)
    weight_var, bias_var = EXPECTED[name]
    assert weight.shape == (300, 400)
    assert weight.var().item() * 400 == pytest.approx(weight_var, rel=0.02)
    assert bias.var().item() == pytest.approx(bias_var, rel=0.2)
    assert drawn.weight_var(400, 300) == pytest.approx(weight_var)
    assert drawn.bias_var(400) == pytest.approx(bias_var)
    wide, _ = layer(name, 300, 400)
    assert drawn.weight_var(300, 400) == pytest.approx(wide.var().item() * 300, rel=0.02)


def test_zero_bias_has_the_weights_of_the_default():
    default, zero = (layer(name, 30, 20) for name in ("default", "zero_bias"))
    assert torch.equal(default[0], zero[0])
    assert not zero[1].any()


def test_orthogonal_weights_are_orthogonal():
    weight, _ = layer("orthogonal", 40, 30)
    torch.testing.assert_close(weight @ weight.T, torch.eye(30), atol=1e-5, rtol=0)


def test_critical_weights_have_the_activations_own_variances():
    network = build(small_settings(initialisation="critical", network=[400, 400]), 1)
    layer = network[2]
    assert layer.weight.var().item() * 400 == pytest.approx(1.304**2, rel=0.02)
    assert layer.bias.var().item() == pytest.approx(0.2**2, rel=0.2)


@pytest.mark.parametrize("name", ACTIVATIONS)
def test_the_registry_knows_which_activations_have_a_critical_initialisation(name):
    function = numeric(activations.build(name))
    if ACTIVATIONS[name].critical:
        assert initialisation("critical", function, name).weight_var(8, 8) > 0
    else:
        with pytest.raises(InitialisationError, match="no stable critical"):
            initialisation("critical", function, name)
