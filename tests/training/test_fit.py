"""Several networks train as each would alone, and as torch itself trains them."""

import math

import pytest
import torch
from torch.nn.functional import cross_entropy
from twins import SEEDS, VARIANTS, assert_same, fit, stacked, twin

from activation_lab.training import fit as train
from conftest import small_settings
from conftest import stacked as of_seeds


def test_stacked_training_equals_separate_networks(settings, small):
    progress = fit(stacked(settings), small, settings, SEEDS)
    for position, seed in enumerate(SEEDS):
        expected = twin(seed, settings, small)
        assert expected["steps"] >= 20
        assert_same(progress.best, position, expected["best"])
        assert_same(progress.last, position, expected["last"])
        scores = [row["val_accuracy"] for row in progress.rows if row["position"] == position]
        assert scores == pytest.approx(expected["scores"])


@pytest.mark.parametrize("seeds", [SEEDS, SEEDS[:1]], ids=["stacked", "alone"])
@pytest.mark.parametrize("changes", VARIANTS, ids=lambda c: "-".join(map(str, c.values())))
def test_every_setting_trains_as_torch_does(small, changes, seeds):
    settings = small_settings(**changes)
    progress = fit(stacked(settings, seeds), small, settings, seeds)
    for position, seed in enumerate(seeds):
        expected = twin(seed, settings, small)
        assert len(expected["scores"]) == settings.epochs
        assert_same(progress.last, position, expected["last"])


@pytest.mark.parametrize("optimizer", ["adam", "nesterov"])
def test_the_optimizers_memory_follows_the_seeds_that_go_on(small, optimizer):
    settings = small_settings(optimizer=optimizer, patience=1, epochs=10, learning_rate=0.003)
    progress = fit(stacked(settings), small, settings, SEEDS)
    assert len({sum(r["position"] == p for r in progress.rows) for p in range(3)}) > 1
    for position, seed in enumerate(SEEDS):
        assert_same(progress.last, position, twin(seed, settings, small)["last"])


@pytest.mark.parametrize(
    "network", [[20, 12], {"family": "residual", "depth": 3, "width": 12}, "conv", "transformer"]
)
def test_stopping_a_seed_early_leaves_the_others_alone(network, small):
    impatient = small_settings(network=network, patience=1, epochs=12, learning_rate=0.1)
    progress = fit(stacked(impatient), small, impatient, SEEDS)
    epochs = [sum(row["position"] == position for row in progress.rows) for position in range(3)]
    assert len(set(epochs)) > 1, "the seeds should stop at different epochs"
    assert "patience" in progress.ended
    for position, seed in enumerate(SEEDS):
        expected = twin(seed, impatient, small)
        assert epochs[position] == len(expected["scores"])
        assert_same(progress.best, position, expected["best"])
        assert_same(progress.last, position, expected["last"])


@pytest.mark.parametrize("activation", ["tanh", "prelu", "rrelu"])
@pytest.mark.parametrize("normalisation", ["none", "batch", "layer"])
def test_a_seed_is_the_same_in_any_block(small, activation, normalisation):
    settings = small_settings(activation=activation, normalisation=normalisation)
    together = fit(stacked(settings), small, settings, SEEDS)
    alone = fit(stacked(settings, [43]), small, settings, [43])
    for ours, theirs in zip(together.best, alone.best, strict=True):
        torch.testing.assert_close(ours[1], theirs[0], rtol=1e-9, atol=1e-11)


def test_divergence_ends_one_seed_and_leaves_the_others_unharmed(settings, small):
    healthy = fit(stacked(settings), small, settings, SEEDS)
    network = stacked(settings)
    with torch.no_grad():
        network.state()[0][1] = math.inf
    progress = fit(network, small, settings, SEEDS)
    assert progress.ended == ["", "diverged", ""]
    assert progress.best_epoch[1] == 0
    assert [row["epoch"] for row in progress.rows if row["position"] == 1] == [1]
    for ours, theirs in zip(progress.best, healthy.best, strict=True):
        torch.testing.assert_close(ours[[0, 2]], theirs[[0, 2]], rtol=1e-9, atol=1e-11)


def test_the_last_partial_batch_is_dropped(settings, small, monkeypatch):
    seen = []
    monkeypatch.setattr(
        train, "cross_entropy", lambda x, *a, **k: seen.append(len(x)) or cross_entropy(x, *a, **k)
    )
    odd = settings.model_copy(update={"batch_size": 150, "epochs": 1})
    fit(stacked(odd, [42]), small, odd, [42])
    assert seen == [150] * 6 + [300]  # 1,024 = 6 × 150 + 124, then the validation images


def test_products_in_bfloat16_train_float32_weights_a_little_differently(small):
    found = {}
    for precision in ("float32", "bfloat16"):
        settings = small_settings(precision=precision, epochs=1)
        network = of_seeds(settings, SEEDS)
        fit(network, small, settings, SEEDS)
        found[precision] = network.state()[0].clone()
    assert found["bfloat16"].dtype == torch.float32
    off = (found["bfloat16"] - found["float32"]).abs().max()
    assert 0 < off < 0.01
