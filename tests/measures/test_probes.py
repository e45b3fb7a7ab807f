import numpy as np
import pytest
import torch
from activation_lab.networks.stacked import StackedMLP
from test_networks import plain
from torch import nn
from torch.nn.functional import cross_entropy

from activation_lab.activations import catalogue as activations
from activation_lab.analysis.claims.printed import DEAD_UNTRAINED
from activation_lab.datasets.base import Part
from activation_lab.measures import probes
from activation_lab.schemas import EPSILON, FIRST_IMAGES
from conftest import small_settings


def network(name="relu", seeds=(42, 43), hidden=(20, 12), **changes):
    return StackedMLP(small_settings(activation=name, network=list(hidden), **changes), seeds)


@pytest.mark.parametrize("hidden", DEAD_UNTRAINED)
def test_dead_units_of_the_untrained_network_are_as_published(parts, hidden):
    """The tutorial's counts for seed 42, over all 50,000 training images, to the last neuron."""
    sizes = list(map(int, hidden.split("-")))
    rows = probes.units(network(hidden=sizes, seeds=[42]), parts["training"], parts["test"])
    dead = [
        sum(row["layer"] == layer and row["nonzero_fraction"] == 0 for row in rows)
        for layer in range(1, len(sizes) + 1)
    ]
    assert tuple(dead) == DEAD_UNTRAINED[hidden]


def test_gradients_of_the_untrained_sigmoid_network_are_as_published(parts):
    """The tutorial: about 1e-5 in the input layer and 0.1 in the output layer."""
    images, labels = parts["training"].batch(slice(0, 256))
    rows = probes.gradients(network("sigmoid", [42], [512, 256, 256, 128]), images, labels)
    assert rows[0]["abs_max"] == pytest.approx(1.4e-5, rel=0.02)
    assert rows[-1]["abs_max"] == pytest.approx(0.078, rel=0.01)


@pytest.mark.parametrize("name", ["relu", "swish"])
def test_gradients_equal_those_of_separate_networks(parts, name):
    images, labels = parts["training"].batch(slice(0, 256))
    rows = probes.gradients(network(name).double(), images.double(), labels)
    for position, seed in enumerate((42, 43)):
        separate = plain(small_settings(activation=name), seed).double()
        cross_entropy(separate(images.double()), labels).backward()
        for layer, linear in enumerate((m for m in separate if isinstance(m, nn.Linear)), start=1):
            (row,) = (r for r in rows if (r["position"], r["layer"]) == (position, layer))
            gradient = linear.weight.grad.numpy()
            assert row["std"] == pytest.approx(gradient.std(), rel=1e-9)
            assert row["norm"] == pytest.approx(np.linalg.norm(gradient), rel=1e-9)
            assert row["abs_max"] == pytest.approx(np.abs(gradient).max(), rel=1e-9)
            assert row["zero_fraction"] == (gradient == 0).mean()
            assert sum(row["counts"]) == gradient.size


def test_activations_are_the_values_of_separate_networks(parts):
    images, _ = parts["training"].batch(slice(0, 128))
    rows = probes.activations(network("tanh").double(), images.double())
    separate = plain(small_settings(activation="tanh"), 43).double()
    value = images.double()
    for number, module in enumerate(m for m in separate if not isinstance(m, nn.Identity)):
        value = module(value)
        layer, kind = number // 2 + 1, ("pre", "post")[number % 2]
        keys = (1, layer, kind)
        (row,) = (r for r in rows if (r["position"], r["layer"], r["kind"]) == keys)
        assert row["mean"] == pytest.approx(value.mean().item(), rel=1e-9)
        assert row["max"] == pytest.approx(value.max().item(), rel=1e-9)
        if kind == "post":  # by definition: where tanh is at least 0.97 in size
            assert row["saturated_fraction"] == (value.abs() >= 0.97).double().mean().item()
    assert {row["saturated_fraction"] for row in rows if row["layer"] == 3} == {None}


def test_jacobians_are_those_of_separate_networks(parts):
    images, _ = parts["training"].batch(slice(0, 3))
    rows = probes.jacobians(network("tanh"), images)
    for position, seed in enumerate((42, 43)):
        hidden = plain(small_settings(activation="tanh"), seed).double()[:-1]
        values = torch.stack(
            [
                torch.linalg.svdvals(torch.autograd.functional.jacobian(hidden, image))
                for image in images.double()
            ]
        )
        assert rows[position]["mean_square"] == pytest.approx(values.square().mean().item())
        assert rows[position]["largest"] == pytest.approx(values[:, 0].mean().item())
        assert rows[position]["smallest"] == pytest.approx(values[:, -1].mean().item())


def test_effective_rank_of_known_matrices():
    generator = np.random.default_rng(0)
    left, right = generator.normal(size=(50, 1)), generator.normal(size=(1, 20))
    assert probes.effective_rank(left @ right) == pytest.approx(1, abs=1e-5)
    assert probes.effective_rank(np.eye(7)) == pytest.approx(7)
    assert probes.effective_rank(np.diag([3.0, 1.0])) == pytest.approx(
        np.exp(-(0.75 * np.log(0.75) + 0.25 * np.log(0.25)))
    )
    assert probes.effective_rank(np.zeros((5, 3))) == 0


def test_a_constant_unit_varies_by_nothing_and_an_outlier_first_hides_no_variance():
    generator = torch.Generator().manual_seed(0)
    h = torch.rand(1, 4_000, 22, generator=generator)
    # Constant: if their squares were summed, rounding would make some vary.
    h[..., 2:] = torch.rand(1, 1, 20, generator=generator)
    h[0, 0, 1] = 1e3
    units = probes._Units(1, torch.empty(1, 5, 22))
    for batch in h.split(1_000, dim=1):
        units.add(batch, batch, torch.ones_like(batch))
    found = [record["variance"] for record in units.records(1)[0]]
    expected = h.double().var(1, unbiased=False)[0]
    assert found[:2] == pytest.approx(expected[:2].tolist(), rel=1e-3)
    assert found[2:] == [0] * 20


@pytest.mark.parametrize("name", ["relu", "tanh", "elu", "identity", "softplus"])
def test_unit_records_equal_a_direct_computation(parts, name, monkeypatch):
    monkeypatch.setattr(probes, "UNITS_BATCH", 37)  # several batches, the last one short
    training = parts["training"]
    few, others = (Part(*training.batch(chosen)) for chosen in (slice(300), slice(300, 400)))
    rows = probes.units(network(name), few, others)
    images, _ = few.batch(slice(None))
    z = plain(small_settings(activation=name), 43)[0](images)
    phi = activations.build(name)
    on_test = phi(plain(small_settings(activation=name), 43)[0](others.images))
    h, slope = phi(z).double(), activations.derivative(phi, z).abs()
    expected = {
        "pre_max": z.amax(0),
        "pre_min": z.amin(0),
        "nonzero_fraction": (h != 0).double().mean(0),
        "nonzero_fraction_first": (h[:37] != 0).double().mean(0),
        "nonzero_fraction_test": (on_test != 0).double().mean(0),
        "gradient_fraction": (slope > EPSILON).double().mean(0),
        "derivative_abs_max": slope.amax(0),
        "abs_mean": h.abs().mean(0),
        "mean": h.mean(0),
        "variance": h.var(0, unbiased=False),
    }
    ours = [row for row in rows if row["position"] == 1 and row["layer"] == 1]
    assert [row["unit"] for row in ours] == list(range(1, 21))
    for column, values in expected.items():
        got = torch.tensor([row[column] for row in ours], dtype=torch.float64)
        torch.testing.assert_close(got, values.double(), rtol=1e-4, atol=1e-6)


def test_the_first_images_are_those_for_which_theory_predicts(parts):
    """The share of the first 1,000 training images, and not of all or of a batch of another size."""
    rows = probes.units(network(), Part(*parts["training"].batch(slice(2_500))), parts["test"])
    images, _ = parts["training"].batch(slice(0, FIRST_IMAGES))
    for position, seed in enumerate((42, 43)):
        separate = plain(small_settings(activation="relu"), seed)
        h = separate[:-1](images)
        ours = [r for r in rows if (r["position"], r["layer"]) == (position, 2)]
        found, of_all = (
            [row[column] for row in ours]
            for column in ("nonzero_fraction_first", "nonzero_fraction")
        )
        assert found == pytest.approx((h != 0).double().mean(0).tolist(), abs=1e-6)
        assert found != pytest.approx(of_all, abs=1e-3)


def test_a_distribution_counts_every_value():
    row = probes.distribution(np.array([0.0, 0.0, 1.0, 3.0]))
    assert row["mean"] == 1
    assert row["zero_fraction"] == 0.5
    assert sum(row["counts"]) == 4
    assert (row["bin_edges"][0], row["bin_edges"][-1], len(row["bin_edges"])) == (0, 3, 51)
