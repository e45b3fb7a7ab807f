"""What a unit is in each network family, and what is measured of it."""

import numpy as np
import pytest
import torch
from torch.func import jacrev
from torch.nn.functional import cross_entropy

from activation_lab.measures import MEASURES
from activation_lab.networks.layers import sites
from activation_lab.protocol import FIRST_IMAGES, GRADIENT_IMAGES, JACOBIAN_IMAGES
from activation_lab.training.build import build
from activation_lab.training.fit import dead_units
from activation_lab.training.stack import Stack
from conftest import small_settings

RESIDUAL = {"family": "residual", "depth": 3, "width": 12}
FAMILIES = {"residual": RESIDUAL, "conv": "conv", "transformer": "transformer"}
UNITS = {"residual": [12, 12, 12], "conv": [6, 16, 120, 84], "transformer": [256, 256]}


def made(family, **changes):
    return build(small_settings(network=FAMILIES[family], activation="relu", **changes), 42)


def rows_of(measure, network, small):
    return MEASURES[measure].of(network, small)


@pytest.mark.parametrize("family", FAMILIES)
def test_every_unit_of_every_site_has_a_record(family, small):
    network = made(family)
    rows = rows_of("neurons", network, small)
    found = [
        sum(row["layer"] == layer for row in rows) for layer in range(1, len(UNITS[family]) + 1)
    ]
    assert found == UNITS[family]
    kinds = [(row["layer"], row["kind"]) for row in rows_of("activations", network, small)]
    depth = len(UNITS[family])
    assert kinds == [
        *((layer, kind) for layer in range(1, depth + 1) for kind in ("pre", "post")),
        (depth + 1, "pre"),
    ]
    assert [row["layer"] for row in rows_of("gradients", network, small)] == list(
        range(1, depth + 2)
    )


def test_a_channels_record_is_over_all_images_and_positions(small):
    network = made("conv")
    images, _ = small["training"].batch(slice(None))
    z = network[1](images.unflatten(1, (1, 28, 28))).detach().double()
    h = z.relu()
    for unit, row in enumerate(rows_of("neurons", network, small)[:6]):
        values = h[:, unit]
        assert row["pre_max"] == pytest.approx(z[:, unit].max().item())
        assert row["pre_min"] == pytest.approx(z[:, unit].min().item())
        assert row["nonzero_fraction"] == pytest.approx((values != 0).double().mean().item())
        first = (values[:FIRST_IMAGES] != 0).double().mean().item()
        assert row["nonzero_fraction_first"] == pytest.approx(first)
        assert row["mean"] == pytest.approx(values.mean().item(), rel=1e-5)
        assert row["variance"] == pytest.approx(values.var(correction=0).item(), rel=1e-4)


def test_a_channel_is_dead_only_where_it_is_0_at_every_position(small):
    network = made("conv")
    with torch.no_grad():
        network[1].bias[:] = torch.tensor([-100.0, 100, 0, 0, 0, 0])
        network[1].bias[2] = (
            -network[1](small["training"].batch(slice(0, 100))[0].view(-1, 1, 28, 28))[:, 2]
            .amax()
            .item()
            + 1e-3
        )  # alive at one position of one image
    watched, _ = small["training"].batch(slice(0, 100))
    dead = dead_units(Stack([network]), watched)[0][0]
    assert dead[:3].tolist() == [True, False, False]


def test_a_tokens_features_are_its_units(small):
    network = made("transformer").double()
    images, _ = small["training"].batch(slice(0, 100))
    pre = []
    handle = sites(network)[0].register_forward_hook(lambda _, given, __: pre.append(given[0]))
    network(images.double())
    handle.remove()
    part = {**small, "training": small["training"].first(100)}
    rows = rows_of("neurons", network.float(), part)[:256]
    expected = pre[0].detach().amax((0, 1))
    found = torch.tensor([row["pre_max"] for row in rows], dtype=torch.float64)
    torch.testing.assert_close(found, expected, rtol=1e-4, atol=1e-5)


@pytest.mark.parametrize("family", FAMILIES)
def test_gradients_are_those_of_the_layer_before_each_site(family, small):
    network = made(family)
    images, labels = small["training"].batch(slice(0, GRADIENT_IMAGES))
    double = made(family).double().train()
    cross_entropy(double(images.double()), labels).backward()
    parameters = [p for p in double.parameters() if p.dim() >= 2]
    before = {"residual": [1, 3, 5, 7], "conv": [0, 1, 2, 3, 4], "transformer": [4, 8, 10]}[family]
    rows = rows_of("gradients", network, small)
    for row, position in zip(rows, before, strict=True):
        assert row["norm"] == pytest.approx(parameters[position].grad.norm().item())


@pytest.mark.parametrize("family", ["residual", "conv"])
def test_jacobians_are_those_of_torch(family, small):
    network = made(family)
    (row,) = rows_of("jacobians", network, small)
    double = made(family).double()
    last = sites(double)[-1]
    seen = []
    last.register_forward_hook(lambda _, __, h: seen.append(h))

    def hidden(x):
        seen.clear()
        double(x[None])
        return seen[0][0]

    images, _ = small["training"].batch(slice(0, JACOBIAN_IMAGES))
    values = np.stack(
        [
            np.linalg.svd(jacrev(hidden)(x).detach().numpy(), compute_uv=False)
            for x in images.double()
        ]
    )
    assert row["layer"] == len(UNITS[family])
    assert row["mean_square"] == pytest.approx((values**2).mean())
    assert row["largest"] == pytest.approx(values.max(1).mean())
    assert row["median"] == pytest.approx(np.median(values))


def test_a_transformer_has_too_many_outputs_for_its_jacobians(small):
    assert rows_of("jacobians", made("transformer"), small) == []
