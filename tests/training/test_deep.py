"""Training at depth 50, on all of FashionMNIST: the edge of chaos against torch's own initialisation."""

import pytest

from activation_lab.training.fit import evaluate, fit
from conftest import small_settings, stacked


def accuracy(parts, activation, initialisation):
    """Return the test accuracy after 3 epochs of SGD at learning rate 0.001."""
    settings = small_settings(
        activation=activation,
        initialisation=initialisation,
        network={"depth": 50, "width": 128},
        learning_rate=0.001,
        batch_size=256,
        stop="never",
        training_images="all",
    )
    network = stacked(settings, [42])
    fit(network, parts, settings, [42], parts["training"].batch(slice(2_048))[0])
    return evaluate(network, parts["test"])[1].item()


@pytest.mark.long
@pytest.mark.parametrize("activation", ["tanh", "relu", "gelu"])
def test_fifty_layers_train_at_the_edge_of_chaos_and_not_by_default(parts, activation):
    found = {name: accuracy(parts, activation, name) for name in ("critical", "default")}
    print(activation, found)
    assert found["critical"] > 0.7
    assert found["default"] == pytest.approx(0.1, abs=0.01)
