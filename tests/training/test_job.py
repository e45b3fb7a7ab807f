"""A job from beginning to end: its seeds one by one, its tables, what its process imports."""

import math
import subprocess
import sys

import pytest
from twins import KilledError

from activation_lab import tables
from activation_lab.config.jobs import Batch, Job
from activation_lab.schemas.runs import TRAINED_TABLES
from activation_lab.training import job
from activation_lab.training.checkpoint import Checkpoint
from conftest import ROOT, environment, small_settings


def test_a_network_that_explodes_is_a_result(small):
    """At any learning rate a run ends with a status, and every measurement can be taken."""
    for changes in (
        {"activation": "elu", "network": [16] * 5, "learning_rate": 2.0},
        {"activation": "elu", "network": [16] * 10, "learning_rate": 1.0},
        {"activation": "relu", "network": [16, 8], "learning_rate": 50.0},
    ):
        settings = small_settings(**changes)
        result = job.train(Job(seeds=(1, 2, 3), settings=settings), small, "cpu")
        statuses = {row["status"] for row in result.tables["runs"]}
        assert statuses <= {"ok", "plateau", "diverged"}
        for row in result.tables["activations"]:
            assert row["mean"] is None or math.isfinite(row["std"])


@pytest.mark.parametrize("activation", ["tanh", "prelu", "rrelu"])
def test_what_becomes_of_a_seed_does_not_depend_on_the_others_of_its_job(small, activation):
    """To the bit: on a CPU each seed trains by itself."""
    settings = small_settings(activation=activation, normalisation="batch")
    together = job.train(Job(seeds=(42, 43), settings=settings), small, "cpu").tables
    alone = [
        job.train(Job(seeds=(seed,), settings=settings), small, "cpu").tables for seed in (42, 43)
    ]
    assert set(together) == set(TRAINED_TABLES)
    for name, rows in together.items():
        assert rows == [row for one in alone for row in one[name]], name


def test_seeds_that_train_together_have_the_tables_that_each_has_alone(small, monkeypatch):
    """As on a GPU; float32 adds up otherwise, so that the last digits differ."""
    settings = small_settings(normalisation="batch", epochs=1)
    planned = Job(seeds=(42, 43), settings=settings)
    alone = job.train(planned, small, "cpu").tables
    monkeypatch.setattr(job, "seeds_together", lambda settings, seeds, parts, device: [seeds])
    together = job.train(planned, small, "cpu").tables
    assert set(together) == set(alone)
    assert [row["seed"] for row in together["runs"]] == [42, 43]
    for name in ("runs", "metrics", "gradients"):
        numbers = [column for column, value in alone[name][0].items() if isinstance(value, float)]
        for ours, theirs in zip(together[name], alone[name], strict=True):
            assert (ours["settings_id"], ours["seed"]) == (theirs["settings_id"], theirs["seed"])
            for column in numbers:
                assert ours[column] == pytest.approx(theirs[column], rel=1e-3, abs=1e-5), column


def test_a_job_that_is_killed_between_two_seeds_goes_on_with_the_second(small, tmp_path):
    settings = small_settings(epochs=3)
    planned = Job(seeds=(42, 43), settings=settings)
    whole = job.train(planned, small, "cpu").tables

    def kill(done, total, seconds):
        assert total == 6
        if done == 5:
            raise KilledError

    path = tmp_path / "checkpoint.pt"
    with pytest.raises(KilledError):
        job.train(planned, small, "cpu", Checkpoint(path, "it", 0), kill)
    told = []
    checkpoint = Checkpoint(path, "it", 0)
    assert len(checkpoint.finished) == 1
    again = job.train(planned, small, "cpu", checkpoint, lambda *three: told.append(three[0]))
    assert again.resumed == 1
    assert told == [5, 6]
    assert again.tables == whole


def test_the_kept_weights_and_the_last_are_both_judged(small):
    settings = small_settings(learning_rate=0.5, epochs=30, patience=1)
    found = job.train(Job(seeds=(42,), settings=settings), small, "cpu")
    (run,) = found.tables["runs"]
    assert run["stopped_early"]
    assert run["best_epoch"] == run["epochs"] - 1
    assert run["test_accuracy"] != run["test_accuracy_last"]
    untrained = settings.model_copy(update={"epochs": 0})
    found = job.untrained(Job(seeds=(42,), settings=untrained), small, "cpu")
    (run,) = found.tables["runs"]
    assert run["test_accuracy"] == run["test_accuracy_last"]


@pytest.mark.parametrize("epochs", [0, 1])
def test_a_job_imports_nothing_that_it_does_not_need(epochs, raw, tmp_path):
    """Each of them takes a job a tenth of a second to two seconds."""
    planned = Job(seeds=(42,), settings=small_settings(epochs=epochs))
    heavy = ["scipy", "sympy", "torch._dynamo", "torchvision", "matplotlib", "snakemake"]
    code = "import sys; from activation_lab.cli import main; main(sys.argv[2:])"
    code += "; print([name for name in sys.argv[1].split() if name in sys.modules])"
    command = [sys.executable, "-c", code, " ".join(heavy)]
    if epochs:
        command += ["train", "--job", planned.model_dump_json(), "--runs", str(tmp_path)]
    else:
        batch = Batch(number=1, jobs=(planned,))
        command += [
            "untrained",
            "--batch",
            batch.model_dump_json(),
            "--runs",
            str(tmp_path / "runs"),
        ]
    command += ["--data", str(raw), "--device", "cpu", "--out", str(tmp_path)]
    done = subprocess.run(command, env=environment(), cwd=ROOT, capture_output=True, text=True)
    assert done.stdout.strip() == "[]", done.stderr
    assert tables.load("runs", tmp_path)["epochs"].tolist() == [epochs]
