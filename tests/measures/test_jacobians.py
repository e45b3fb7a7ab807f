import pytest
import torch
from test_networks import plain

from activation_lab.measures.jacobians import jacobians
from activation_lab.protocol import JACOBIAN_IMAGES
from activation_lab.training.build import build
from conftest import small_settings


@pytest.mark.parametrize("normalisation", ["none", "layer"])
def test_jacobians_are_those_of_plain_torch(parts, normalisation):
    settings = small_settings(activation="tanh", normalisation=normalisation)
    images, _ = parts["training"].batch(slice(0, JACOBIAN_IMAGES))
    (row,) = jacobians(build(settings, 43), parts)
    hidden = plain(settings, 43).double()[:-1]
    values = torch.stack(
        [
            torch.linalg.svdvals(torch.autograd.functional.jacobian(hidden, image))
            for image in images.double()
        ]
    )
    assert row["layer"] == 2
    assert row["mean_square"] == pytest.approx(values.square().mean().item())
    assert row["largest"] == pytest.approx(values[:, 0].mean().item())
    assert row["smallest"] == pytest.approx(values[:, -1].mean().item())
