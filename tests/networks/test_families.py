"""Each network family, beside the same network written with torch's own layers."""

import copy

import pytest
import torch
from pydantic import ValidationError
from torch import nn
from torch.nn.functional import cross_entropy
from torch.utils.flop_counter import FlopCounterMode

from activation_lab.datasets.base import Dataset
from activation_lab.initialisations import Initialisation, normal
from activation_lab.networks import FAMILIES, conv, tokens
from activation_lab.networks.layers import sites, watched, weights
from activation_lab.protocol import Settings
from activation_lab.training.build import build
from conftest import small_settings


def dataset(*shape):
    """A dataset of which the networks know the shape and the classes alone."""
    return Dataset(
        **{"name": "made-up", "title": "Made up", "shape": shape, "classes": tuple("abcdefghij")},
        **{"training": 50_000, "validation": 1, "test": 1, "targets": (), "citation": ""},
        **{"noun": "", "looks": "", "checksums": {}},
    )


IMAGES, COLOUR, SIGNALS = dataset(1, 28, 28), dataset(3, 32, 32), dataset(1, 40)


class Skip(nn.Module):
    """A residual block as torch's documents write one."""

    def __init__(self, width):
        super().__init__()
        self.first, self.second = nn.Linear(width, width), nn.Linear(width, width)

    def forward(self, x):
        return x + self.second(torch.tanh(self.first(x)))


def plain_residual(data):
    blocks = [nn.Linear(data.inputs, 12), *(Skip(12) for _ in range(3)), nn.Linear(12, 10)]
    return nn.Sequential(*blocks)


def plain_conv(data):
    if len(data.shape) == 2:
        return nn.Sequential(
            nn.Unflatten(1, data.shape),
            *(nn.Conv1d(1, 25, 5, 2, 1), nn.Tanh(), nn.Conv1d(25, 25, 3, 2, 1), nn.Tanh()),
            *(nn.Conv1d(25, 25, 3, 2, 1), nn.Tanh(), nn.Flatten(), nn.Linear(125, 10)),
        )
    left = {28: 4, 32: 5}[data.shape[1]]
    return nn.Sequential(
        nn.Unflatten(1, data.shape),
        *(nn.Conv2d(data.shape[0], 6, 5), nn.Tanh(), nn.MaxPool2d(2)),
        *(nn.Conv2d(6, 16, 5), nn.Tanh(), nn.MaxPool2d(2), nn.Flatten()),
        *(nn.Linear(16 * left**2, 120), nn.Tanh(), nn.Linear(120, 84), nn.Tanh()),
        nn.Linear(84, 10),
    )


class PlainTransformer(nn.Module):
    """The same by torch's convolution for patches and its own encoder layers."""

    def __init__(self, data):
        super().__init__()
        self.shape, channels = data.shape, data.shape[0]
        length = {28: 7, 32: 8, 40: 5}[data.shape[-1]]
        kind = nn.Conv1d if len(data.shape) == 2 else nn.Conv2d
        self.embed = kind(channels, 64, length, length)
        count = (data.shape[-1] // length) ** (len(data.shape) - 1)
        self.positions = nn.Parameter(torch.zeros(count, 64))
        layer = nn.TransformerEncoderLayer(
            **{"d_model": 64, "nhead": 4, "dim_feedforward": 256, "dropout": 0.0},
            **{"activation": torch.tanh, "batch_first": True, "norm_first": True},
        )
        self.blocks = nn.ModuleList([copy.deepcopy(layer), copy.deepcopy(layer)])
        self.norm, self.head = nn.LayerNorm(64), nn.Linear(64, 10)

    def forward(self, x):
        x = self.embed(x.unflatten(1, self.shape)).flatten(2).mT + self.positions
        for block in self.blocks:
            x = block(x)
        return self.head(self.norm(x).mean(1))

    def take(self, ours):
        """Take the weights of our network, which names them differently."""
        named = [*self.embed.parameters(), self.positions]
        for block in self.blocks:
            attention = block.self_attn
            named += [*block.norm1.parameters(), attention.in_proj_weight, attention.in_proj_bias]
            named += [*attention.out_proj.parameters(), *block.norm2.parameters()]
            named += [*block.linear1.parameters(), *block.linear2.parameters()]
        named += [*self.norm.parameters(), *self.head.parameters()]
        for target, given in zip(named, ours.parameters(), strict=True):
            target.data = given.detach().clone().view(target.shape)
        return named


NETWORKS = {
    "residual": ({"family": "residual", "depth": 3, "width": 12}, plain_residual),
    "conv": ("conv", plain_conv),
    "transformer": ("transformer", PlainTransformer),
}
DATA = {"images": IMAGES, "colour": COLOUR, "signals": SIGNALS}


def ours(family, data, monkeypatch, **settings):
    """Our network of a family, for made-up data."""
    monkeypatch.setattr(Settings, "data", data)
    return build(small_settings(network=NETWORKS[family][0], **settings), 42)


def examples(data, count=6):
    generator = torch.Generator().manual_seed(0)
    return torch.randn(count, data.inputs, dtype=torch.float64, generator=generator)


@pytest.mark.parametrize("shape", DATA)
@pytest.mark.parametrize("family", ["residual", "conv"])
def test_a_seed_has_the_weights_that_torchs_layers_draw(family, shape, monkeypatch):
    data = DATA[shape]
    network = ours(family, data, monkeypatch)
    torch.manual_seed(42)
    plain = NETWORKS[family][1](data)
    for one, other in zip(network.parameters(), plain.parameters(), strict=True):
        assert torch.equal(one, other)


def test_a_transformers_layers_draw_in_the_order_in_which_they_are_built(monkeypatch):
    network = ours("transformer", IMAGES, monkeypatch)
    torch.manual_seed(42)
    drawn = [nn.Linear(49, 64), tokens.Positions(16, 64)]
    for _ in range(2):
        drawn += [nn.Linear(64, 192), nn.Linear(64, 64), nn.Linear(64, 256), nn.Linear(256, 64)]
    drawn += [nn.Linear(64, 10)]
    ones = [p for p in network.parameters() if not (p.dim() == 1 and (p == 1).all())]
    known = [p for p in ones if p.any()]  # without the normalisations, whose values are 1 and 0
    expected = [p for layer in drawn for p in layer.parameters()]
    assert len(known) == len(expected)
    assert all(torch.equal(one, other) for one, other in zip(known, expected, strict=True))


@pytest.mark.parametrize("shape", DATA)
@pytest.mark.parametrize("family", NETWORKS)
def test_a_network_and_its_gradients_are_those_of_torchs_own_layers(family, shape, monkeypatch):
    data = DATA[shape]
    network, plain = ours(family, data, monkeypatch), NETWORKS[family][1](data)
    if family == "transformer":
        same = plain.take(network)
    else:
        plain.load_state_dict(dict(zip(plain.state_dict(), network.parameters(), strict=True)))
        same = list(plain.parameters())
    network, plain, x = network.double(), plain.double(), examples(data)
    labels = torch.arange(6)
    torch.testing.assert_close(network(x), plain(x), rtol=1e-12, atol=1e-12)
    slopes = torch.autograd.grad(cross_entropy(network(x), labels), list(network.parameters()))
    expected = torch.autograd.grad(cross_entropy(plain(x), labels), same)
    for one, other in zip(slopes, expected, strict=True):
        torch.testing.assert_close(one, other.view(one.shape), rtol=1e-10, atol=1e-12)


@pytest.mark.parametrize("shape", DATA)
@pytest.mark.parametrize("family", NETWORKS)
def test_depth_and_cost_are_what_torch_counts(family, shape, monkeypatch):
    data = DATA[shape]
    described = small_settings(network=NETWORKS[family][0]).network
    network = ours(family, data, monkeypatch).double()  # of oneDNN's products it counts none
    assert len(sites(network)) == described.sites(data) == len(weights(network)) - 1
    with FlopCounterMode(display=False) as counter:
        network(examples(data, 1))
    assert described.multiplications(data) == counter.get_total_flops() / 2


def test_sites_have_a_row_for_each_example_and_position(monkeypatch):
    expected = {
        "residual": [(6, 12)] * 3,
        "conv": [(6 * 24 * 24, 6), (6 * 8 * 8, 16), (6, 120), (6, 84)],
        "transformer": [(6 * 16, 256)] * 2,
    }
    for family, shapes in expected.items():
        network = ours(family, IMAGES, monkeypatch).double()
        with watched(network) as seen:
            network(examples(IMAGES))
        assert [tuple(z.shape) for z, _ in seen] == shapes
        assert all(torch.equal(h, z.tanh()) for z, h in seen)


def test_rows_of_a_convolution_are_its_positions(monkeypatch):
    network, x = ours("conv", IMAGES, monkeypatch).double(), examples(IMAGES)
    with watched(network) as seen:
        network(x)
    z = network[1](x.unflatten(1, (1, 28, 28)))
    assert torch.equal(seen[0][0].view(6, 24, 24, 6), z.permute(0, 2, 3, 1))


def test_the_weights_are_those_before_each_site_and_the_last(monkeypatch):
    shapes = {
        "residual": [(12, 12)] * 3 + [(10, 12)],
        "conv": [(6, 1, 5, 5), (16, 6, 5, 5), (120, 256), (84, 120), (10, 84)],
        "transformer": [(256, 64)] * 2 + [(10, 64)],
    }
    for family, expected in shapes.items():
        found = weights(ours(family, IMAGES, monkeypatch))
        assert [tuple(weight.shape) for weight in found] == expected


@pytest.mark.parametrize(
    ("normalisation", "over"),
    [("batch", (0, 2, 3)), ("layer", (1,))],
)
def test_a_channel_is_normalised_over_the_images_or_with_the_other_channels(
    normalisation, over, monkeypatch
):
    network = ours("conv", IMAGES, monkeypatch, normalisation=normalisation).double().train()
    z = network[1](examples(IMAGES).unflatten(1, (1, 28, 28)))
    expected = (z - z.mean(over, keepdim=True)) / (
        z.var(over, keepdim=True, correction=0) + 1e-5
    ).sqrt()
    torch.testing.assert_close(network[2][0](z), expected)
    if normalisation == "batch":
        torch.testing.assert_close(nn.BatchNorm2d(6).double()(z), expected)


@pytest.mark.parametrize("family", NETWORKS)
@pytest.mark.parametrize("normalisation", ["none", "batch", "layer"])
def test_every_family_can_be_normalised(family, normalisation, monkeypatch):
    network = ours(family, IMAGES, monkeypatch, normalisation=normalisation).double()
    assert network(examples(IMAGES)).shape == (6, 10)


@pytest.mark.parametrize("name", ["he", "lecun", "orthogonal", "xavier"])
def test_convolutions_are_initialised_by_their_fan_in(name, monkeypatch):
    network = ours("conv", IMAGES, monkeypatch, initialisation=name)
    second = network[4].weight
    expected = {
        **{"he": 2 / 150, "lecun": 1 / 150, "orthogonal": 1 / 150},
        "xavier": 2 / (150 + 16 * 25),  # torch's fan-out of a convolution has the kernel's size
    }
    assert second.var(correction=0).item() == pytest.approx(expected[name], rel=0.06)
    assert not network[4].bias.any()


@pytest.mark.parametrize("family", NETWORKS)
def test_zero_bias_has_the_weights_of_the_default(family, monkeypatch):
    default, zero = (
        ours(family, IMAGES, monkeypatch, initialisation=name) for name in ("default", "zero_bias")
    )
    for (name, one), other in zip(default.named_parameters(), zero.parameters(), strict=True):
        assert torch.equal(one, other) or (name.endswith("bias") and not other.any())
    assert not network_biases(zero).any()


def network_biases(network):
    layers = [m for m in network.modules() if isinstance(m, nn.Linear | nn.Conv2d)]
    return torch.cat([layer.bias for layer in layers])


def test_patches_are_cut_row_by_row_with_all_channels():
    image = torch.arange(2 * 4 * 6.0).view(1, 2, 4, 6)
    patches = tokens.Patches((2, 4, 6), 2)(image.flatten(1))
    assert patches.shape == (1, 6, 8)
    assert torch.equal(patches[0, 1], image[0, :, 0:2, 2:4].flatten())
    assert torch.equal(patches[0, 5], image[0, :, 2:4, 4:6].flatten())


def test_names_and_titles():
    read = {
        "residual": {"family": "residual", "depth": 16, "width": 128},
        "conv": "conv",
        "transformer": {"family": "transformer", "patch": 4},
    }
    found = {name: small_settings(network=value).network for name, value in read.items()}
    assert [str(network) for network in found.values()] == [
        *("residual-128x16", "conv", "transformer-4"),
    ]
    assert [network.title for network in found.values()] == [
        "residual network of 16 blocks of 128",
        "convolutional network",
        "transformer, patches of 4",
    ]
    assert [network.equal_width for network in found.values()] == [128, None, 256]


FAULTS = {
    "a residual network without a depth": ({"family": "residual", "width": 3}, "depth"),
    "a key that a family has not": (
        {"family": "conv", "depth": 3},
        "unknown keys of a network of this family: depth",
    ),
    "a misspelt family": ("transfomer", "did you mean transformer"),
    "a patch that does not divide": ({"family": "transformer", "patch": 5}, "patches of 5"),
}


@pytest.mark.parametrize("name", FAULTS)
def test_a_mistake_is_named(name):
    value, message = FAULTS[name]
    with pytest.raises(ValidationError, match=message):
        small_settings(network=value)


def test_small_examples_are_refused():
    network = FAMILIES["conv"].read({})
    assert "at least 16 × 16" in network.unfit(dataset(1, 15, 20))
    assert "at least 3 values" in network.unfit(dataset(1, 2))
    least = [dataset(1, conv.LEAST_PIXELS, conv.LEAST_PIXELS), dataset(2, conv.LEAST_VALUES)]
    for data in least:
        assert not network.unfit(data)
        built = network.build(data, lambda units, axis=1: nn.Tanh())
        assert built(torch.zeros(2, data.inputs)).shape == (2, 10)


def test_biases_are_drawn_by_the_fan_in_too():
    drawn = Initialisation(lambda n, m: 1.0, lambda n: 1 / n, normal(1.0))
    layer = nn.Conv2d(6, 400, 5)
    drawn.draw(layer.weight, layer.bias, torch.Generator().manual_seed(1))
    assert 0.9 / 150 < layer.bias.abs().max().item() <= 1 / 150
