"""What needs an NVIDIA GPU: elsewhere these are skipped, and the reason is printed."""

import os
import subprocess
import sys

import pytest
import torch
from test_train import VARIANTS, twin

from activation_lab.networks.stacked import StackedMLP
from activation_lab.training import devices, steps
from activation_lab.training import fit as train
from conftest import small_settings

pytestmark = pytest.mark.skipif(
    not torch.cuda.is_available(), reason="torch finds no NVIDIA GPU on this machine"
)

SEEDS = [42, 43, 44]
GPU = "cuda:0"


@pytest.fixture(autouse=True)
def exact(monkeypatch):
    monkeypatch.setenv("CUBLAS_WORKSPACE_CONFIG", ":4096:8")
    torch.use_deterministic_algorithms(True)
    yield
    torch.use_deterministic_algorithms(False)


def fit(parts, settings, dtype=torch.float32, seeds=SEEDS):
    there = {name: part.to(GPU) for name, part in parts.items()}
    network = StackedMLP(settings, seeds).to(GPU, dtype)
    watched, _ = there["training"].batch(slice(0, 100))
    return train.fit(network, there, settings, seeds, watched)


@pytest.mark.parametrize("changes", VARIANTS, ids=lambda c: "-".join(map(str, c.values())))
def test_every_setting_trains_there_as_torch_does_on_a_cpu(small, changes):
    settings = small_settings(**changes)
    progress = fit(small, settings, torch.float64)
    for position, seed in enumerate(SEEDS):
        expected = twin(seed, settings, small)
        scores = [row["val_accuracy"] for row in progress.rows if row["position"] == position]
        assert scores == pytest.approx(expected["scores"])
        theirs = [tensor for tensor in expected["last"] if tensor.dim() == 2]
        for layer, weight in enumerate(theirs):
            ours = progress.last[layer][position].cpu()
            torch.testing.assert_close(ours, weight.T, rtol=1e-7, atol=1e-9)


@pytest.mark.parametrize("optimizer", sorted(train.OPTIMIZERS))
def test_recorded_steps_are_the_steps_to_the_bit(small, optimizer, monkeypatch):
    settings = small_settings(optimizer=optimizer, learning_rate=0.003, schedule="cosine")
    recorded = fit(small, settings)
    monkeypatch.setattr(steps, "_record", lambda work, rows: None)
    called = fit(small, settings)
    assert recorded.rows == called.rows
    for one, other in zip(recorded.last, called.last, strict=True):
        assert torch.equal(one, other)


def test_steps_are_recorded_once_an_epoch_and_replayed(small, monkeypatch):
    called = []
    forward = StackedMLP.forward
    monkeypatch.setattr(
        StackedMLP, "forward", lambda self, x: called.append(self.training) or forward(self, x)
    )
    fit(small, small_settings(epochs=3))
    assert sum(called) == 3 * 2  # one as it is, one to record, of 8 steps an epoch


def test_what_cannot_be_recorded_trains_step_by_step(small, caplog):
    """RReLU draws on the host, by its seeds: the same draws on every device."""
    with caplog.at_level("INFO"):
        there = fit(small, small_settings(activation="rrelu"), torch.float64)
    assert "Steps are not recorded as a CUDA graph" in caplog.text
    settings = small_settings(activation="rrelu")
    network = StackedMLP(settings, SEEDS).double()
    watched, _ = small["training"].batch(slice(0, 100))
    here = train.fit(network, small, settings, SEEDS, watched)
    for one, other in zip(there.last, here.last, strict=True):
        torch.testing.assert_close(one.cpu(), other, rtol=1e-7, atol=1e-9)


@pytest.mark.parametrize("precision", ["float32", "tf32", "bfloat16"])
def test_a_run_is_the_same_again_to_the_bit(small, precision):
    settings = small_settings(precision=precision, network=[256, 256])
    first, second = fit(small, settings), fit(small, settings)
    assert first.rows == second.rows
    for one, other in zip(first.last, second.last, strict=True):
        assert torch.equal(one, other)


def test_each_precision_is_coarser_than_the_one_before(small):
    losses = {
        precision: fit(small, small_settings(precision=precision, network=[256, 256])).rows
        for precision in ("float32", "tf32", "bfloat16")
    }
    exact = fit(small, small_settings(network=[256, 256]), torch.float64).rows

    def error(rows):
        return max(abs(a["train_loss"] - b["train_loss"]) for a, b in zip(rows, exact, strict=True))

    assert error(losses["float32"]) < error(losses["tf32"]) < error(losses["bfloat16"]) < 0.05


def test_a_gpu_that_is_hidden_is_not_used():
    code = "from activation_lab import devices; print(devices.choose('auto'), devices.identities())"
    for visible, expected in (("", "cpu []"), ("0", f"cuda {devices.identities()[:1]}")):
        environment = {**os.environ, "CUDA_VISIBLE_DEVICES": visible}
        done = subprocess.run(
            [sys.executable, "-c", code],
            env=environment,
            capture_output=True,
            text=True,
            check=True,
        )
        assert done.stdout.strip() == expected
