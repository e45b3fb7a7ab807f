"""A user's own network: what is checked before any job starts, and what is measured of it."""

import pytest
import torch
from pydantic import ValidationError
from torch import nn

from activation_lab.dotted import OwnCodeError
from activation_lab.networks import own
from activation_lab.networks.layers import sites, watched, weights
from activation_lab.training.build import build
from conftest import small_settings

OWN = """
import numpy
import torch
from torch import nn


class Net(nn.Module):
    def __init__(self, phi, dataset):
        super().__init__()
        self.tokens = nn.Linear(dataset.shape[-1], 16)
        self.first = phi(16, axis=-1)
        self.layers = nn.Sequential(nn.Flatten(), nn.Linear(28 * 16, 8), phi(8))
        self.head = nn.Linear(8, len(dataset.classes))

    def forward(self, x):
        return self.head(self.layers(self.first(self.tokens(x.squeeze(1)))))


class Bare(nn.Module):
    def __init__(self, phi, dataset):
        super().__init__()
        self.linear, self.phi = nn.Linear(dataset.inputs, 10), self.one(phi)

    def one(self, phi):
        return phi()

    def forward(self, x):
        return self.phi(self.linear(x.flatten(1)))


class Raises(Bare):
    def forward(self, x):
        raise RuntimeError("no such thing")


class CannotBeBuilt(Bare):
    def one(self, phi):
        raise RuntimeError("not today")


class NoSite(Bare):
    def one(self, phi):
        return nn.Tanh()


class Twice(Bare):
    def forward(self, x):
        return self.phi(super().forward(x))


class Unused(Bare):
    def __init__(self, phi, dataset):
        super().__init__(phi, dataset)
        self.other = nn.Linear(3, 4)


class TooMany(Bare):
    def forward(self, x):
        return super().forward(x)[:, :9]


class Infinite(Bare):
    def forward(self, x):
        return super().forward(x) / 0


class RandomWeights(Bare):
    def __init__(self, phi, dataset):
        super().__init__(phi, dataset)
        with torch.no_grad():
            self.linear.weight += numpy.random.standard_normal()


class RandomLogits(Bare):
    def forward(self, x):
        return super().forward(x) + torch.rand(())


class NothingBefore(Bare):
    def forward(self, x):
        return self.linear(self.phi(x.flatten(1)))

    def __init__(self, phi, dataset):
        nn.Module.__init__(self)
        self.phi = phi()
        self.linear = nn.Linear(dataset.inputs, 10)


def not_a_module(phi, dataset):
    return 3
"""


@pytest.fixture
def mine(tmp_path, monkeypatch):
    (tmp_path / "mine_networks.py").write_text(OWN)
    monkeypatch.syspath_prepend(tmp_path)
    return tmp_path / "mine_networks.py"


def of(name, **changes):
    return small_settings(network=f"mine_networks:{name}", **changes)


def check(name, **changes):
    settings = of(name, **changes)
    own.check(settings.network, settings.data, settings.normalisation)


def test_its_sites_are_found_and_measured(mine):
    settings = of("Net", activation="relu")
    check("Net")
    network = build(settings, 42)
    assert settings.own_files == {"mine_networks:Net": str(mine)}
    assert settings.columns["network"] == "mine_networks.Net"
    assert settings.columns["depth"] == len(sites(network)) == 2
    assert [tuple(weight.shape) for weight in weights(network)] == [(16, 28), (8, 448), (10, 8)]
    # A product for each weight, and the first layer has one for each of the 28 rows.
    assert settings.network.multiplications(settings.data) == 28 * 28 * 16 + 448 * 8 + 80
    with watched(network) as seen:
        network(torch.rand(3, 784))
    assert [tuple(z.shape) for z, _ in seen] == [(3 * 28, 16), (3, 8)]


def test_a_seed_has_the_weights_that_torch_gives_it(mine):
    network = build(of("Net"), 42)
    torch.manual_seed(42)
    for layer in (nn.Linear(28, 16), nn.Linear(448, 8), nn.Linear(8, 10)):
        assert any(torch.equal(layer.weight, weight) for weight in weights(network))


def test_it_can_be_initialised_and_normalised(mine):
    check("Net", normalisation="layer")
    he = weights(build(of("Net", initialisation="he"), 1))[1]
    assert he.var().item() * 448 == pytest.approx(2, rel=0.1)


FAULTS = {
    "Raises": r"fails on FashionMNIST: RuntimeError: no such thing \(.*mine_networks\.py, line",
    "CannotBeBuilt": "cannot be built: RuntimeError: not today",
    "NoSite": "never makes a φ",
    "Twice": "makes 1 φ and applies φ 2 times",
    "Unused": "does not use its parameter other.weight",
    "TooMany": r"must return logits of shape \(3, 10\) for 3 examples, not \(3, 9\)",
    "Infinite": "not finite",
    "RandomWeights": "has other weights when it is built again",
    "RandomLogits": "returns other logits",
    "NothingBefore": "there is no layer before the first place",
    "not_a_module": "must be an nn.Module; it is a int",
    "Absent": "cannot be built: AttributeError",
}


@pytest.mark.parametrize("name", FAULTS)
def test_what_cannot_be_used_is_said_before_any_job(mine, name):
    with pytest.raises(OwnCodeError, match=FAULTS[name]):
        check(name)


def test_normalisation_needs_the_number_of_units(mine):
    check("Bare")
    with pytest.raises(
        OwnCodeError, match=r"normalisation needs the number of units: phi\(units\)"
    ):
        check("Bare", normalisation="batch")


def test_a_module_that_is_not_there_and_a_path_that_is_none(mine):
    settings = small_settings(network="nowhere:Net")
    with pytest.raises(OwnCodeError, match="there is no module nowhere"):
        own.check(settings.network, settings.data, "none")
    with pytest.raises(ValidationError, match="not a dotted path such as my_module:Net"):
        small_settings(network="no where:Net")
