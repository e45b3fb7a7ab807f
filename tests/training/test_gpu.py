"""What needs an NVIDIA GPU: elsewhere these are skipped, and the reason is printed."""

import os
import subprocess
import sys

import pytest
import torch
from twins import VARIANTS, twin

from activation_lab.config.jobs import Job
from activation_lab.protocol import OPTIMIZERS
from activation_lab.training import devices, job, steps
from activation_lab.training import fit as train
from activation_lab.training.stack import Stack
from conftest import small_settings, stacked

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
    network = stacked(settings, seeds).to(GPU)
    if dtype == torch.float64:
        network.double()
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
        for ours, theirs in zip(progress.last, expected["last"], strict=False):
            torch.testing.assert_close(ours[position].cpu(), theirs, rtol=1e-7, atol=1e-9)


@pytest.mark.parametrize("optimizer", OPTIMIZERS)
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
    call = Stack.__call__

    def counted(self, x, each=False):
        called.append(each)  # of a step each network has images of its own
        return call(self, x, each)

    monkeypatch.setattr(Stack, "__call__", counted)
    fit(small, small_settings(epochs=3))
    assert sum(called) == 3 * 2  # one as it is, one to record, of 8 steps an epoch


def test_what_cannot_be_stacked_trains_seed_by_seed(small, tmp_path, monkeypatch, caplog):
    monkeypatch.syspath_prepend(tmp_path)
    path = tmp_path / "mine_on_gpu.py"
    path.write_text("def phi(z):\n    return z.tanh() if (z > 0).any() else z.relu()\n")
    planned = Job(seeds=tuple(SEEDS), settings=small_settings(activation="mine_on_gpu:phi"))
    there = {name: part.to(GPU) for name, part in small.items()}
    with caplog.at_level("INFO"):
        blocks = job.seeds_together(planned.settings, planned.seeds, there, GPU)
    assert blocks == [(seed,) for seed in SEEDS]
    assert "Seeds train one after another" in caplog.text


def test_random_slopes_are_those_of_a_cpu(small):
    """RReLU draws on the host, by seed, site and step."""
    settings = small_settings(activation="rrelu")
    there = fit(small, settings, torch.float64)
    watched, _ = small["training"].batch(slice(0, 100))
    here = train.fit(stacked(settings, SEEDS).double(), small, settings, SEEDS, watched)
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
    code = "from activation_lab.training.devices import choose, identities"
    code += "; print(choose('auto'), identities())"
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
