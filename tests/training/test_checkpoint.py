"""Training that is killed, or asked to end, resumes and ends in the same bits."""

import os
import signal

import pytest
import torch
from twins import DYING, SEEDS, KilledError, fit, stacked

from activation_lab.errors import UserError
from activation_lab.training.checkpoint import Checkpoint
from conftest import small_settings
from conftest import stacked as of_seeds


@pytest.mark.parametrize("seeds", [SEEDS, SEEDS[:1]], ids=["stacked", "alone"])
@pytest.mark.parametrize("at", [1, 2])
def test_going_on_from_a_checkpoint_ends_in_the_same_bits(settings, small, tmp_path, at, seeds):
    impatient = settings.model_copy(update={"patience": 1, "epochs": 6, "learning_rate": 0.1})
    whole = fit(of_seeds(impatient, seeds), small, impatient, seeds)

    def kill(progress):
        if progress.epoch == at + 1:
            raise KilledError

    path = tmp_path / "checkpoint.pt"
    with pytest.raises(KilledError):
        fit(of_seeds(impatient, seeds), small, impatient, seeds, Checkpoint(path, "it", 0), kill)
    resumed = fit(of_seeds(impatient, seeds), small, impatient, seeds, Checkpoint(path, "it", 0))
    assert resumed.resumed == 1
    assert resumed.rows == whole.rows
    assert resumed.best_epoch == whole.best_epoch
    for ours, theirs in zip(resumed.best + resumed.last, whole.best + whole.last, strict=True):
        assert torch.equal(ours, theirs)


def test_units_are_remembered_across_a_checkpoint(small, tmp_path):
    """A network that stopped before it keeps its own; bits and counts are those of one go."""
    settings = small_settings(**DYING | {"stop": "patience"}, patience=1, epochs=6)
    whole = fit(of_seeds(settings, SEEDS), small, settings, SEEDS)
    stopped = min(sum(row["position"] == position for row in whole.rows) for position in range(3))
    assert stopped < whole.epoch

    def kill(progress):
        if progress.epoch == stopped + 1:
            raise KilledError

    path = tmp_path / "checkpoint.pt"
    with pytest.raises(KilledError):
        fit(of_seeds(settings, SEEDS), small, settings, SEEDS, Checkpoint(path, "it", 0), kill)
    resumed = fit(of_seeds(settings, SEEDS), small, settings, SEEDS, Checkpoint(path, "it", 0))
    assert resumed.resumed == 1
    assert resumed.transitions == whole.transitions
    for ours, theirs in zip(
        resumed.ever_dead + resumed.ever_revived,
        whole.ever_dead + whole.ever_revived,
        strict=True,
    ):
        assert torch.equal(ours, theirs)
    assert all(layer.any(1).all() for layer in whole.ever_dead[1:])


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT])
@pytest.mark.parametrize("at", [1, 3])
def test_a_signal_ends_the_epoch_with_a_checkpoint(settings, small, tmp_path, number, at):
    """Also the last epoch: nothing is left to train, and the measurements follow."""
    whole = fit(of_seeds(settings, SEEDS), small, settings, SEEDS)

    def ask(progress):
        if progress.epoch == at:
            os.kill(os.getpid(), number)

    path = tmp_path / "checkpoint.pt"
    before = signal.getsignal(number)
    with (
        pytest.raises(UserError, match=f"ended by {number.name} after epoch {at}; the next run"),
        Checkpoint(path, "it", 1e9) as checkpoint,
    ):
        fit(of_seeds(settings, SEEDS), small, settings, SEEDS, checkpoint, ask)
    assert signal.getsignal(number) is before
    resumed = fit(of_seeds(settings, SEEDS), small, settings, SEEDS, Checkpoint(path, "it", 1e9))
    assert resumed.resumed == 1
    assert resumed.rows == whole.rows
    for ours, theirs in zip(resumed.best + resumed.last, whole.best + whole.last, strict=True):
        assert torch.equal(ours, theirs)


@pytest.mark.parametrize("harm", ["truncated", "altered", "foreign", "garbage", "unrelated"])
def test_a_bad_checkpoint_is_named_and_training_starts_over(
    settings, small, tmp_path, caplog, harm
):
    path = tmp_path / "checkpoint.pt"
    fit(stacked(settings, [42]), small, settings, [42], Checkpoint(path, "it", 0))
    if harm == "truncated":
        path.write_bytes(path.read_bytes()[:-200])
    if harm == "altered":
        content = bytearray(path.read_bytes())
        content[len(content) // 2] ^= 1  # one bit, of a weight
        path.write_bytes(content)
    if harm == "garbage":
        path.write_bytes(b"not a checkpoint")
    if harm == "unrelated":
        torch.save([1, 2], path)
    digest = "another" if harm == "foreign" else "it"
    progress = fit(stacked(settings, [42]), small, settings, [42], Checkpoint(path, digest, 1e9))
    assert progress.resumed == 0
    assert progress.epoch == settings.epochs
    assert f"Checkpoint {path} is not used" in caplog.text


def test_checkpoints_are_not_written_more_often_than_asked(settings, small, tmp_path):
    path = tmp_path / "checkpoint.pt"
    fit(stacked(settings, [42]), small, settings, [42], Checkpoint(path, "it", 60))
    assert not path.exists()
