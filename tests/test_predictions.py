"""Theory and measurement, side by side: each checks the other."""

import numpy as np
import pytest
import torch
from torch.nn.functional import cross_entropy

from activation_lab import predictions
from activation_lab.networks import StackedMLP
from activation_lab.plan import Job
from activation_lab.train import dead_units
from conftest import small_settings

TUTORIAL = {"network": [512, 256, 256, 128], "training_images": 50_000}
TEN_LAYERS = {"network": [256] * 5 + [128] * 5, "activation": "relu"}


def cell(**settings):
    return Job(study="s", cell="c", seeds=(0,), settings=small_settings(epochs=0, **settings))


def measured_std(images, labels, seeds, **settings):
    """The weight gradient's standard deviation in each layer, mean of the seeds, [L]."""
    network = StackedMLP(small_settings(epochs=0, **settings), seeds).double()
    logits = network(images.double())
    expected = labels.expand(len(seeds), -1).flatten()
    loss = cross_entropy(logits.flatten(0, 1), expected, reduction="sum") / len(labels)
    gradients = torch.autograd.grad(loss, list(network.weights))
    return np.array([g.flatten(1).std(1).mean().item() for g in gradients])


# Sigmoid's gradients vary more from seed to seed than the others'.
@pytest.mark.parametrize(
    ("name", "tolerance"),
    [*((n, 0.03) for n in ("tanh", "relu", "leakyrelu", "elu", "swish")), ("sigmoid", 0.08)],
)
def test_predicted_gradients_of_the_tutorials_network(parts, name, tolerance):
    images, labels = parts["training"].batch(slice(0, 256))
    function, network = predictions.of_cell(cell(activation=name, **TUTORIAL))
    rows = predictions.predictions(
        function, network, images.numpy(), labels.numpy(), images.numpy()[:64]
    )
    predicted = np.array([row["predicted_std"] for row in rows])
    measured = measured_std(images, labels, range(40), activation=name, **TUTORIAL)
    assert measured == pytest.approx(predicted, rel=tolerance)


@pytest.mark.parametrize(
    "name", ["sigmoid", "tanh", "relu", "leakyrelu", "elu", "swish", "gelu", "selu"]
)
def test_gradients_shrink_by_root_chi_a_layer(parts, name):
    """Depth 50, width 256, nn.Linear's default: the slope between layers far from both ends."""
    images, labels = parts["training"].batch(slice(0, 64))
    deep = {"activation": name, "network": {"depth": 50, "width": 256}}
    _, network = predictions.of_cell(cell(**deep))
    (*_, row) = predictions.theory(*predictions.of_cell(cell(**deep)), images.numpy())
    assert network.weight_vars[-1] == pytest.approx(1 / 3)
    stds = measured_std(images, labels, range(4), **deep)
    slope = (stds[14] / stds[39]) ** (1 / 25)
    assert slope == pytest.approx(np.sqrt(row["chi_1"]), rel=0.02)


def test_predicted_dead_units_of_the_ten_layer_network(parts):
    """Within 5 points in every layer, for units dead on 1,000 images."""
    images, labels = parts["training"].batch(slice(0, 1_000))
    function, network = predictions.of_cell(cell(**TEN_LAYERS))
    few = images.numpy()[:8]
    rows = predictions.predictions(function, network, few, labels.numpy()[:8], images.numpy())
    predicted = [row["predicted_dead"] for row in rows]
    assert predicted[-1] is None  # the output layer has no activation
    measured = [
        layer.double().mean().item()
        for layer in dead_units(StackedMLP(small_settings(**TEN_LAYERS), range(12)), images)
    ]
    assert measured == pytest.approx(predicted[:-1], abs=0.05)
    assert measured[0] < 0.01 < 0.4 < measured[-1]


def test_a_function_without_zeros_has_no_dead_units(parts):
    images, labels = (tensor.numpy() for tensor in parts["training"].batch(slice(0, 32)))
    function, network = predictions.of_cell(cell(activation="gelu"))
    rows = predictions.predictions(function, network, images, labels, images)
    assert [row["predicted_dead"] for row in rows] == [0, 0, None]


def test_normalised_networks_have_no_prediction():
    assert predictions.of_cell(cell(normalisation="batch")) is None
