"""Units that die and come back are counted after each epoch."""

import math

import torch
from twins import DYING, SEEDS, fit, stacked

from activation_lab.training import fit as train
from activation_lab.training.checkpoint import TrainingState
from conftest import small_settings


def test_transitions_add_up(small):
    settings = small_settings(activation="relu", network=[64, 64], learning_rate=0.5, epochs=4)
    network = stacked(settings)
    watched, _ = small["training"].batch(slice(0, 100))
    before = train.dead_units(network, watched)
    progress = train.fit(network, small, settings, SEEDS, watched)
    assert sum(row["died"] for row in progress.transitions) > 0
    for position in range(3):
        for layer in (1, 2):
            count = int(before[layer - 1][position].sum())
            for row in progress.transitions:
                if (row["position"], row["layer"]) == (position, layer):
                    count += row["died"] - row["revived"]
                    assert count == row["dead"]


def test_a_unit_that_comes_back_again_and_again_counts_once():
    """Unit 0 is dead at first, and dies again; unit 1 dies once; the other network does nothing."""
    dead = torch.tensor([[1, 0, 0], [0, 1, 0], [1, 0, 0], [0, 0, 0]]).bool()
    progress = TrainingState(
        active=[1],
        best=[],
        last=[],
        best_epoch=[],
        best_accuracy=[],
        ended=["patience", ""],
        ever_dead=[torch.stack([torch.zeros(3).bool(), dead[0]])],
        ever_revived=[torch.zeros(2, 3).bool()],
    )
    rows = []
    for progress.epoch in (1, 2, 3):
        rows += train.transitions(
            progress, [dead[None, progress.epoch - 1]], [dead[None, progress.epoch]]
        )
    assert {(row["position"], row["layer"]) for row in rows} == {(1, 1)}
    counted = {name: [row[name] for row in rows] for name in rows[0]}
    assert (counted["epoch"], counted["dead"]) == ([1, 2, 3], [1, 1, 0])
    assert (counted["died"], counted["revived"]) == ([1, 1, 0], [1, 1, 1])
    assert (counted["ever_dead"], counted["ever_revived"]) == ([2, 2, 2], [1, 2, 2])
    assert not progress.ever_dead[0][0].any()


def test_units_are_remembered_through_the_whole_training(small, monkeypatch):
    settings, seen = small_settings(**DYING, epochs=6), []
    look = train.dead_units
    monkeypatch.setattr(train, "dead_units", lambda *given: seen.append(look(*given)) or seen[-1])
    progress = fit(stacked(settings), small, settings, SEEDS)
    assert (len(seen), progress.ended) == (7, [""] * 3)
    for layer in (1, 2):
        states = torch.stack([at[layer - 1] for at in seen])  # [epochs + 1, S, O]
        ever_dead = states.any(0).sum(1).tolist()
        ever_revived = (states[:-1] & ~states[1:]).any(0).sum(1).tolist()
        last = [r for r in progress.transitions if (r["layer"], r["epoch"]) == (layer, 6)]
        assert [row["ever_dead"] for row in last] == ever_dead
        assert [row["ever_revived"] for row in last] == ever_revived
    revivals = sum(row["revived"] for row in progress.transitions)
    assert 0 < sum(layer.sum().item() for layer in progress.ever_revived) < revivals


def test_a_network_that_diverges_has_no_units_that_come_back(small):
    """A unit of it was dead; what is not a number is not 0, and yet not alive."""
    settings = small_settings(**DYING, epochs=2)
    network = stacked(settings)
    with torch.no_grad():
        network.state()[1][1, 0] = -1e6
        network.state()[2][1] = math.inf
    progress = fit(network, small, settings, SEEDS)
    assert progress.ended == ["", "diverged", ""]
    assert [layer[1].any().item() for layer in progress.ever_dead] == [True, False]
    assert not any(layer[1].any() for layer in progress.ever_revived)
    epochs = {p: {r["epoch"] for r in progress.transitions if r["position"] == p} for p in range(3)}
    assert epochs == {0: {1, 2}, 1: set(), 2: {1, 2}}
