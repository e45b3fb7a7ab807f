"""Experiments that train: what each does to a network is what it says."""

import pytest
import torch

from activation_lab.experiments import (
    crossed_seeds,
    first_steps,
    frozen_layer,
    killed_units,
    lowered_rate,
    trainability,
    training,
)
from activation_lab.networks.layers import sites, watched
from activation_lab.protocol import Settings
from activation_lab.training.build import build


@pytest.fixture
def few(parts):
    return {
        "training": parts["training"].first(1_024),
        "validation": parts["validation"].first(500),
        "test": parts["test"].first(500),
    }


def trained(settings, few, epochs):
    network = build(settings, 42)
    optimizer = training.sgd(network, settings)
    generator = torch.Generator().manual_seed(42)
    training.epochs(network, optimizer, few["training"], epochs, generator)
    return network


def test_accuracy_counts_right_answers_and_a_network_that_diverged_guesses(few):
    network, part = build(Settings(), 42), few["test"]
    with torch.no_grad():
        right = (network(part.batch(slice(None))[0]).argmax(1) == part.labels).sum()
        assert training.accuracy(network, part) == right / 500
        sites(network)[0].register_forward_hook(lambda *_: torch.full((500, 512), torch.nan))
    assert training.accuracy(network, part) == 0.1


def test_steps_are_counted_until_chance_level_is_left(few, monkeypatch):
    monkeypatch.setattr(crossed_seeds, "EPOCHS", 5)
    monkeypatch.setattr(crossed_seeds, "PLATEAU", 2)  # no accuracy is as high
    assert crossed_seeds._steps(few, 42, 43) == 5 * 4
    monkeypatch.setattr(crossed_seeds, "PLATEAU", -2)
    assert crossed_seeds._steps(few, 42, 43) == crossed_seeds.EVERY


def test_a_frozen_layer_stays_and_the_others_move(few):
    def changes(frozen):
        rows = frozen_layer._rows(Settings(), 42, "arm", 1, few, frozen)
        return [row["value"] for row in rows if row["quantity"] == "change"]

    assert changes(True)[0] == 0
    assert min(*changes(True)[1:], *changes(False)) > 0


def test_dead_units_send_nothing_and_get_no_gradient(few):
    network = build(Settings(), 42)
    killed_units._silence(network, 1, 9)
    network(few["test"].batch(slice(None))[0]).square().sum().backward()
    for gradient in (network[0].weight.grad, network[2].weight.grad.t()):
        none = (gradient == 0).all(1)
        assert none[:9].all()
        assert none[9:].float().mean() < 0.1  # some are dead by themselves


def test_no_dead_unit_changes_nothing_and_a_dead_layer_gives_one_answer(few, monkeypatch):
    monkeypatch.setattr(killed_units, "EPOCHS", 2)
    usual = training.accuracy(trained(Settings(), few, 2), few["test"])
    assert killed_units._accuracy(few, 42, 1, 0) == usual
    one_answer = few["test"].labels.bincount() / 500  # whatever the image
    assert killed_units._accuracy(few, 42, 4, 128) in one_answer


def test_units_that_were_dead_and_are_not_came_back(few):
    network = build(Settings(), 42)
    with torch.no_grad():
        network[0].bias[:7] = -1_000
    dead = training.dead(network, few["training"])
    assert dead[0].sum() == 7
    with torch.no_grad():
        network[0].bias[:5] = 1_000
    rows = lowered_rate._rows(network, few, 42, "kept", dead)
    first = {row["quantity"]: row["value"] for row in rows if row["layer"] == 1}
    assert first == {"units": 512, "dead": 2, "revived": 5}


def test_woken_units_are_on_for_half_of_the_images_and_others_stay(few):
    network, part = build(first_steps.SETTINGS, 42), few["training"]
    dead = training.dead(network, part)
    biases = [m.bias.clone() for m in network.modules() if isinstance(m, torch.nn.Linear)]
    assert sum(int(off.sum()) for off in dead) > 0
    first_steps._wake(network, part)
    assert not any(off.any() for off in training.dead(network, part))
    first = next(layer for layer, off in enumerate(dead) if off.any())
    with watched(network) as seen:
        network(part.batch(slice(None))[0])
    on = (seen[first][1] > 0).float().mean(0)[dead[first]]
    torch.testing.assert_close(on, torch.full_like(on, 0.5), atol=0.01, rtol=0)
    now = network[2 * first].bias
    assert torch.equal(now[~dead[first]], biases[first][~dead[first]])


def test_deep_networks_have_the_variance_that_they_say():
    weights = [
        m.weight for m in trainability._network(9, 4.0, 42).modules() if hasattr(m, "weight")
    ]
    assert len(weights) == 10
    assert abs(weights[4].var() * 128 / 4.0 - 1) < 0.05
