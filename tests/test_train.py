import math

import pytest
import torch
from torch.nn.functional import cross_entropy

from activation_lab import activations, train
from activation_lab.data import Part
from activation_lab.networks import StackedMLP
from activation_lab.train import Checkpoint, fit
from test_networks import plain

SEEDS = [42, 43, 44]


@pytest.fixture
def small(parts, settings):
    """Little data, real: the first images of each part."""
    count = {"training": settings.training_images, "validation": 300, "test": 300}
    return {
        name: Part(part.pixels, part.labels, part.indices[: count[name]])
        for name, part in parts.items()
    }


def stacked(settings, seeds=SEEDS):
    phi = activations.build(settings.activation.name)
    return StackedMLP([784, *settings.network, 10], phi, seeds).double()


def twin(seed, settings, parts):
    """Train one network as the tutorial does: nn.Sequential, torch.optim, a loop over batches."""
    network = plain([784, *settings.network, 10], seed, settings.activation.name).double()
    optimizer = torch.optim.SGD(
        network.parameters(), settings.learning_rate, settings.momentum, foreach=False
    )
    shuffle = torch.Generator().manual_seed(seed)
    best, kept, scores, steps = -1.0, None, [], 0
    for _ in range(settings.epochs):
        order = torch.randperm(len(parts["training"]), generator=shuffle)
        for rows in order.split(settings.batch_size):
            if len(rows) == settings.batch_size:
                images, labels = parts["training"].batch(rows)
                optimizer.zero_grad()
                cross_entropy(network(images.double()), labels).backward()
                optimizer.step()
                steps += 1
        images, labels = parts["validation"].batch(slice(None))
        score = (network(images.double()).argmax(1) == labels).double().mean().item()
        scores.append(score)
        if score > best:
            best, best_epoch = score, len(scores)
            kept = [parameter.detach().clone() for parameter in network.parameters()]
        elif len(scores) - best_epoch >= settings.patience:
            break
    return {"best": kept, "last": list(network.parameters()), "scores": scores, "steps": steps}


def assert_same(ours, position, theirs):
    """Compare stacked parameters (all weights, then all biases) with nn.Sequential's."""
    half = len(ours) // 2
    for layer in range(half):
        weight, bias = theirs[2 * layer], theirs[2 * layer + 1]
        torch.testing.assert_close(ours[layer][position], weight.T, rtol=1e-9, atol=1e-11)
        torch.testing.assert_close(ours[half + layer][position, 0], bias, rtol=1e-9, atol=1e-11)


def test_stacked_training_equals_separate_networks(settings, small):
    progress = fit(stacked(settings), small, settings, SEEDS)
    for position, seed in enumerate(SEEDS):
        expected = twin(seed, settings, small)
        assert expected["steps"] >= 20
        assert_same(progress.best, position, expected["best"])
        assert_same(progress.last, position, expected["last"])
        scores = [row["val_accuracy"] for row in progress.rows if row["position"] == position]
        assert scores == pytest.approx(expected["scores"])


def test_stopping_a_seed_early_leaves_the_others_alone(settings, small):
    impatient = settings.model_copy(update={"patience": 1, "epochs": 12, "learning_rate": 0.1})
    progress = fit(stacked(impatient), small, impatient, SEEDS)
    epochs = [sum(row["position"] == position for row in progress.rows) for position in range(3)]
    assert len(set(epochs)) > 1, "the seeds should stop at different epochs"
    assert "patience" in progress.ended
    for position, seed in enumerate(SEEDS):
        expected = twin(seed, impatient, small)
        assert epochs[position] == len(expected["scores"])
        assert_same(progress.best, position, expected["best"])
        assert_same(progress.last, position, expected["last"])


def test_a_seed_is_the_same_in_any_block(settings, small):
    together = fit(stacked(settings), small, settings, SEEDS)
    alone = fit(stacked(settings, [43]), small, settings, [43])
    for ours, theirs in zip(together.best, alone.best, strict=True):
        torch.testing.assert_close(ours[1], theirs[0], rtol=1e-9, atol=1e-11)


def test_divergence_ends_one_seed_and_leaves_the_others_unharmed_to_the_bit(settings, small):
    network = stacked(settings).float()
    healthy = fit(network, small, settings, SEEDS)
    network = stacked(settings).float()
    with torch.no_grad():
        network.weights[0][1] = math.inf
    progress = fit(network, small, settings, SEEDS)
    assert progress.ended == ["", "diverged", ""]
    assert progress.best_epoch[1] == 0
    assert [row["epoch"] for row in progress.rows if row["position"] == 1] == [1]
    for ours, theirs in zip(progress.best, healthy.best, strict=True):
        assert torch.equal(ours[[0, 2]], theirs[[0, 2]])


def test_the_last_partial_batch_is_dropped(settings, small, monkeypatch):
    seen = []
    monkeypatch.setattr(
        train, "cross_entropy", lambda x, *a, **k: seen.append(len(x)) or cross_entropy(x, *a, **k)
    )
    odd = settings.model_copy(update={"batch_size": 150, "epochs": 1})
    fit(stacked(odd, [42]), small, odd, [42])
    assert seen == [150, 150, 150, 300]  # 512 = 3 × 150 + 62, then the validation images


class KilledError(Exception):
    pass


@pytest.mark.parametrize("at", [1, 2])
def test_going_on_from_a_checkpoint_ends_in_the_same_bits(settings, small, tmp_path, at):
    impatient = settings.model_copy(update={"patience": 1, "epochs": 6, "learning_rate": 0.1})
    whole = fit(stacked(impatient).float(), small, impatient, SEEDS)

    def kill(progress):
        if progress.epoch == at + 1:
            raise KilledError

    path = tmp_path / "checkpoint.pt"
    with pytest.raises(KilledError):
        fit(stacked(impatient).float(), small, impatient, SEEDS, Checkpoint(path, "it", 0), kill)
    resumed = fit(stacked(impatient).float(), small, impatient, SEEDS, Checkpoint(path, "it", 0))
    assert resumed.resumed == 1
    assert resumed.rows == whole.rows
    assert resumed.best_epoch == whole.best_epoch
    for ours, theirs in zip(resumed.best + resumed.last, whole.best + whole.last, strict=True):
        assert torch.equal(ours, theirs)


@pytest.mark.parametrize("harm", ["truncated", "foreign", "garbage"])
def test_a_bad_checkpoint_is_named_and_training_starts_over(
    settings, small, tmp_path, caplog, harm
):
    path = tmp_path / "checkpoint.pt"
    fit(stacked(settings, [42]), small, settings, [42], Checkpoint(path, "it", 0))
    if harm == "truncated":
        path.write_bytes(path.read_bytes()[:-200])
    if harm == "garbage":
        path.write_bytes(b"not a checkpoint")
    digest = "another" if harm == "foreign" else "it"
    progress = fit(stacked(settings, [42]), small, settings, [42], Checkpoint(path, digest, 1e9))
    assert progress.resumed == 0
    assert progress.epoch == settings.epochs
    assert f"Checkpoint {path} is not used" in caplog.text


def test_checkpoints_are_not_written_more_often_than_asked(settings, small, tmp_path):
    path = tmp_path / "checkpoint.pt"
    fit(stacked(settings, [42]), small, settings, [42], Checkpoint(path, "it", 60))
    assert not path.exists()
