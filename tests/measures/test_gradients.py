import numpy as np
import pytest
from test_networks import plain
from torch import nn
from torch.nn.functional import cross_entropy

from activation_lab.measures.gradients import gradients
from activation_lab.training.build import build
from conftest import small_settings


def test_gradients_of_the_untrained_sigmoid_network_are_as_published(parts):
    """The tutorial: about 1e-5 in the input layer and 0.1 in the output layer."""
    settings = small_settings(activation="sigmoid", network=[512, 256, 256, 128])
    rows = gradients(build(settings, 42), parts)
    assert rows[0]["abs_max"] == pytest.approx(1.4e-5, rel=0.02)
    assert rows[-1]["abs_max"] == pytest.approx(0.078, rel=0.01)


@pytest.mark.parametrize("name", ["relu", "swish"])
def test_gradients_equal_those_of_plain_torch(parts, name):
    settings = small_settings(activation=name)
    images, labels = parts["training"].batch(slice(0, 256))
    separate = plain(settings, 43).double()
    cross_entropy(separate(images.double()), labels).backward()
    linear = [module for module in separate if isinstance(module, nn.Linear)]
    for row, layer in zip(gradients(build(settings, 43), parts), linear, strict=True):
        gradient = layer.weight.grad.numpy()
        assert row["std"] == pytest.approx(gradient.std(), rel=1e-9)
        assert row["norm"] == pytest.approx(np.linalg.norm(gradient), rel=1e-9)
        assert row["abs_max"] == pytest.approx(np.abs(gradient).max(), rel=1e-9)
        assert row["zero_fraction"] == (gradient == 0).mean()
        assert sum(row["counts"]) == gradient.size


def test_the_network_is_left_as_it_was(parts):
    network = build(small_settings(normalisation="batch"), 42).eval()
    before = [tensor.clone() for tensor in network.state_dict().values()]
    gradients(network, parts)
    assert not network.training
    for one, other in zip(before, network.state_dict().values(), strict=True):
        assert (one == other).all()
