import pytest
import torch
from test_networks import plain

from activation_lab.activations import catalogue
from activation_lab.analysis.printed_numbers import DEAD_UNTRAINED
from activation_lab.datasets.base import Part
from activation_lab.measures import neurons
from activation_lab.protocol import EPSILON, FIRST_IMAGES
from activation_lab.training.build import build
from conftest import small_settings


def some(parts, count, tested=100):
    """The first training images, and a hundred others as the test part."""
    training = parts["training"]
    others = slice(count, count + tested)
    test = Part(training.values[others], training.labels[others], training.scale)
    return {"training": training.first(count), "test": test}


@pytest.mark.parametrize("hidden", DEAD_UNTRAINED)
def test_dead_units_of_the_untrained_network_are_as_published(parts, hidden):
    """The tutorial's counts for seed 42, over all 50,000 training images, to the last neuron."""
    sizes = list(map(int, hidden.split("-")))
    rows = neurons.neurons(build(small_settings(activation="relu", network=sizes), 42), parts)
    dead = [
        sum(row["layer"] == layer and row["nonzero_fraction"] == 0 for row in rows)
        for layer in range(1, len(sizes) + 1)
    ]
    assert tuple(dead) == DEAD_UNTRAINED[hidden]


def test_a_constant_unit_varies_by_nothing_and_an_outlier_first_hides_no_variance():
    generator = torch.Generator().manual_seed(0)
    h = torch.rand(4_000, 22, generator=generator)
    # Constant: if their squares were summed, rounding would make some vary.
    h[:, 2:] = torch.rand(1, 20, generator=generator)
    h[0, 1] = 1e3
    units = neurons.Units(h)
    for batch in h.split(1_000):
        units.add(batch, batch, torch.ones_like(batch))
    found = [record["variance"] for record in units.records()]
    expected = h.double().var(0, unbiased=False)
    assert found[:2] == pytest.approx(expected[:2].tolist(), rel=1e-3)
    assert found[2:] == [0] * 20


@pytest.mark.parametrize("name", ["relu", "tanh", "elu", "identity", "softplus"])
def test_unit_records_equal_a_direct_computation(parts, name, monkeypatch):
    monkeypatch.setattr(neurons, "FIRST_IMAGES", 37)  # several batches, the last one short
    settings, chosen = small_settings(activation=name), some(parts, 300)
    rows = neurons.neurons(build(settings, 43), chosen)
    first = plain(settings, 43)[0]
    z, phi = first(chosen["training"].batch(slice(None))[0]), catalogue.build(name)
    on_test = phi(first(chosen["test"].batch(slice(None))[0]))
    h, slope = phi(z).double(), catalogue.derivative(phi, z).abs()
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
    ours = [row for row in rows if row["layer"] == 1]
    assert [row["unit"] for row in ours] == list(range(1, 21))
    for column, values in expected.items():
        got = torch.tensor([row[column] for row in ours], dtype=torch.float64)
        torch.testing.assert_close(got, values.double(), rtol=1e-4, atol=1e-6)


def test_the_first_images_are_those_for_which_theory_predicts(parts):
    """The share of the first 1,000 training images, and not of all or of a batch of another size."""
    settings = small_settings(activation="relu")
    rows = neurons.neurons(build(settings, 43), some(parts, 2_500))
    images, _ = parts["training"].batch(slice(0, FIRST_IMAGES))
    h = plain(settings, 43)[:-1](images)
    ours = [row for row in rows if row["layer"] == 2]
    found, of_all = (
        [row[column] for row in ours] for column in ("nonzero_fraction_first", "nonzero_fraction")
    )
    assert found == pytest.approx((h != 0).double().mean(0).tolist(), abs=1e-6)
    assert found != pytest.approx(of_all, abs=1e-3)
