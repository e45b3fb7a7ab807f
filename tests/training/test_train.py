import math
import os
import signal
import subprocess
import sys

import pytest
import torch
from test_networks import plain
from torch.nn.functional import cross_entropy

from activation_lab import tables
from activation_lab.config.jobs import Batch, Job
from activation_lab.errors import UserError
from activation_lab.schemas import TRAINED_TABLES
from activation_lab.training import fit as train
from activation_lab.training import job
from activation_lab.training.checkpoint import Checkpoint, Progress
from conftest import ROOT, environment, small_settings
from conftest import stacked as of_seeds

SEEDS = [42, 43, 44]


def stacked(settings, seeds=SEEDS):
    return of_seeds(settings, seeds).double()


def fit(network, parts, settings, seeds, *others):
    watched, _ = parts["training"].batch(slice(0, 100))
    return train.fit(network, parts, settings, seeds, watched, *others)


PLAIN = {
    "sgd": lambda p, s: torch.optim.SGD(
        p, s.learning_rate, s.momentum, weight_decay=s.weight_decay, foreach=False
    ),
    "nesterov": lambda p, s: torch.optim.SGD(
        *(p, s.learning_rate, s.momentum), nesterov=True, foreach=False
    ),
    "adam": lambda p, s: torch.optim.Adam(p, s.learning_rate, foreach=False),
    "adamw": lambda p, s: torch.optim.AdamW(
        p, s.learning_rate, weight_decay=s.weight_decay, foreach=False
    ),
    "rmsprop": lambda p, s: torch.optim.RMSprop(
        p, s.learning_rate, momentum=s.momentum, foreach=False
    ),
}


def twin(seed, settings, parts):
    """Train one network as the tutorial does: nn.Sequential, torch.optim, a loop over batches."""
    network = plain(settings, seed).double()
    optimizer = PLAIN[settings.optimizer](network.parameters(), settings)
    cosine = torch.optim.lr_scheduler.CosineAnnealingLR(optimizer, settings.epochs)
    shuffle = torch.Generator().manual_seed(seed)
    best, kept, scores, steps = -1.0, None, [], 0
    for _ in range(settings.epochs):
        network.train()
        order = torch.randperm(len(parts["training"]), generator=shuffle)
        for rows in order.split(settings.batch_size):
            if len(rows) == settings.batch_size:
                images, labels = parts["training"].batch(rows)
                optimizer.zero_grad()
                cross_entropy(network(images.double()), labels).backward()
                optimizer.step()
                steps += 1
        if settings.schedule == "cosine":
            cosine.step()
        network.eval()
        images, labels = parts["validation"].batch(slice(None))
        score = (network(images.double()).argmax(1) == labels).double().mean().item()
        scores.append(score)
        if score > best:
            best, best_epoch = score, len(scores)
            kept = [parameter.detach().clone() for parameter in network.parameters()]
        elif settings.stop == "patience" and len(scores) - best_epoch >= settings.patience:
            break
    return {"best": kept, "last": list(network.parameters()), "scores": scores, "steps": steps}


def assert_same(ours, position, theirs):
    """Compare a stack's state (parameters, then buffers) with the parameters of one network."""
    for stack, parameter in zip(ours, theirs, strict=False):
        torch.testing.assert_close(stack[position], parameter, rtol=1e-8, atol=1e-10)


def test_stacked_training_equals_separate_networks(settings, small):
    progress = fit(stacked(settings), small, settings, SEEDS)
    for position, seed in enumerate(SEEDS):
        expected = twin(seed, settings, small)
        assert expected["steps"] >= 20
        assert_same(progress.best, position, expected["best"])
        assert_same(progress.last, position, expected["last"])
        scores = [row["val_accuracy"] for row in progress.rows if row["position"] == position]
        assert scores == pytest.approx(expected["scores"])


VARIANTS = [
    {"optimizer": "nesterov"},
    {"optimizer": "adam", "learning_rate": 0.003},
    {"optimizer": "adamw", "learning_rate": 0.003, "weight_decay": 0.1},
    {"optimizer": "rmsprop", "learning_rate": 0.001},
    {"weight_decay": 0.01},
    {"schedule": "cosine"},
    {"normalisation": "batch"},
    {"normalisation": "layer"},
    {"activation": "prelu"},
    {"stop": "never", "patience": 1},
]


@pytest.mark.parametrize("changes", VARIANTS, ids=lambda c: "-".join(map(str, c.values())))
def test_every_setting_trains_as_torch_does(small, changes):
    settings = small_settings(**changes)
    progress = fit(stacked(settings), small, settings, SEEDS)
    for position, seed in enumerate(SEEDS):
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


DYING = {"activation": "relu", "network": [64, 64], "learning_rate": 0.2, "stop": "never"}


def test_a_unit_that_comes_back_again_and_again_counts_once():
    """Unit 0 is dead at first, and dies again; unit 1 dies once; the other network does nothing."""
    dead = torch.tensor([[1, 0, 0], [0, 1, 0], [1, 0, 0], [0, 0, 0]]).bool()
    progress = Progress(
        **{"active": [1], "best": [], "last": [], "best_epoch": [], "best_accuracy": []},
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


def test_the_last_partial_batch_is_dropped(settings, small, monkeypatch):
    seen = []
    monkeypatch.setattr(
        train, "cross_entropy", lambda x, *a, **k: seen.append(len(x)) or cross_entropy(x, *a, **k)
    )
    odd = settings.model_copy(update={"batch_size": 150, "epochs": 1})
    fit(stacked(odd, [42]), small, odd, [42])
    assert seen == [150] * 6 + [300]  # 1,024 = 6 × 150 + 124, then the validation images


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


class KilledError(Exception):
    pass


@pytest.mark.parametrize("at", [1, 2])
def test_going_on_from_a_checkpoint_ends_in_the_same_bits(settings, small, tmp_path, at):
    impatient = settings.model_copy(update={"patience": 1, "epochs": 6, "learning_rate": 0.1})
    whole = fit(of_seeds(impatient, SEEDS), small, impatient, SEEDS)

    def kill(progress):
        if progress.epoch == at + 1:
            raise KilledError

    path = tmp_path / "checkpoint.pt"
    with pytest.raises(KilledError):
        fit(of_seeds(impatient, SEEDS), small, impatient, SEEDS, Checkpoint(path, "it", 0), kill)
    resumed = fit(of_seeds(impatient, SEEDS), small, impatient, SEEDS, Checkpoint(path, "it", 0))
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


@pytest.mark.parametrize(
    ("epochs", "heavy"), [(0, ["scipy", "sympy", "torch._dynamo"]), (1, ["scipy"])]
)
def test_a_job_imports_nothing_that_it_does_not_need(epochs, heavy, raw, tmp_path):
    """Each of them takes a job a tenth of a second to two seconds; torch's optimizers need a few."""
    planned = Job(seeds=(42,), settings=small_settings(epochs=epochs))
    heavy = [*heavy, "torchvision", "matplotlib", "snakemake"]
    code = "import sys; from activation_lab.__main__ import main; main(sys.argv[2:])"
    code += "; print([name for name in sys.argv[1].split() if name in sys.modules])"
    command = [sys.executable, "-c", code, " ".join(heavy)]
    if epochs:
        command += ["train", "--job", planned.model_dump_json()]
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
