"""The pipeline interrupted at random moments: the next run goes on, and ends in the same bytes.

ACTIVATION_LAB_INTERRUPTIONS is how often, ACTIVATION_LAB_SEED chooses the moments.
"""

import contextlib
import json
import os
import random
import re
import signal
import subprocess
import time
from itertools import pairwise
from pathlib import Path

import psutil
import pytest
import torch
import yaml

from conftest import copy_project, environment

COUNT = int(os.getenv("ACTIVATION_LAB_INTERRUPTIONS", "3"))
SEED = int(os.getenv("ACTIVATION_LAB_SEED", time.time_ns() % 1_000_000))
PRINTED = 0.1  # seconds: what a job prints is rounded
CHECKPOINT_SECONDS = 0.5  # instead of 30: training takes seconds here
SIGNALS = (signal.SIGKILL, signal.SIGTERM, signal.SIGINT)
TARGETS = ("a training job", "snakemake", "snakemake and its jobs")
# An epoch's validation takes longer than its training: 150 of them are seconds of work.
SETTINGS = {"epochs": 150, "stop": "never"}


def project(folder: Path, raw: Path) -> Path:
    """The small config with more epochs, in a copy of the project that saves more often."""
    copy_project(folder, raw)
    config = yaml.safe_load((folder / "tiny.yaml").read_text())
    config["settings"] |= SETTINGS
    config["only"] = ["tutorial"]
    config["studies"]["tutorial"]["seeds"] = [42]
    (folder / "tiny.yaml").write_text(yaml.safe_dump(config))
    rule = folder / "workflow/rules/train.smk"
    option = f"--checkpoint-seconds {CHECKPOINT_SECONDS} --out {{params.out:q}}"
    changed = rule.read_text().replace("--out {params.out:q}", option, 1)
    assert option in changed
    rule.write_text(changed)
    return folder


@contextlib.contextmanager
def running(folder: Path):
    """A snakemake in a session of its own, as a terminal starts it; killed if the test fails."""
    command = ["snakemake", "--cores", "2", "--configfile", "tiny.yaml"]
    with (folder / "said.log").open("w") as said:
        process = subprocess.Popen(
            command,
            cwd=folder,
            env=environment(),
            stdout=said,
            stderr=said,
            start_new_session=True,
            # What is started in the background of a script inherits that it ignores Ctrl-C.
            preexec_fn=lambda: signal.signal(signal.SIGINT, signal.SIG_DFL),
        )
    try:
        yield process
    finally:
        if process.poll() is None:
            os.killpg(process.pid, signal.SIGKILL)
            process.wait()


def working_in(folder: Path) -> list[psutil.Process]:
    """The Python processes that train in a folder, whoever started them and still lives."""
    found = []
    for process in psutil.process_iter(["cmdline", "cwd", "status"]):
        info = process.info
        training = (info["cmdline"] or [])[1:4] == ["-m", "activation_lab", "train"]
        if training and info["cwd"] == str(folder.resolve()):
            found.append(process)
    return found


def wait_until(condition, seconds: float) -> bool:
    """Whether a condition came true in time."""
    deadline = time.monotonic() + seconds
    while not condition() and time.monotonic() < deadline:
        time.sleep(0.02)
    return bool(condition())


def interrupt(folder: Path, number: signal.Signals, target: str, moment: float) -> bool:
    """Start a run and send it a signal so many seconds later; whether that kept it from its end."""
    with running(folder) as process:
        if target == "a training job":  # moments count from the first
            wait_until(lambda: working_in(folder) or process.poll() is not None, 120)
        wait_until(lambda: process.poll() is not None, moment)
        if process.poll() is not None:
            return False
        if target == "a training job":
            for job in working_in(folder)[:1]:
                job.send_signal(number)
        elif target == "snakemake":
            process.send_signal(number)
        else:
            os.killpg(process.pid, number)
        return process.wait(300) != 0


def seconds_lost(folder: Path) -> dict[str, tuple[float, float]]:
    """Of each job that has begun: the seconds of its epochs that no checkpoint holds, and the most.

    At most the time between checkpoints and an epoch more, by the job's own clock: so it holds on a
    busy machine, too.
    """
    lost = {}
    for log in folder.glob("results/runs/**/train.log"):
        said = log.read_text(errors="replace")
        trained = [float(text) for text in re.findall(r"epoch \d+ of at most \d+, (.*?) s", said)]
        if trained and not log.with_name("job.json").exists():
            kept = saved(log.with_name("checkpoint.pt"))
            begun = min(kept, trained[0]) if "Resumed" in said else 0.0
            epochs = [after - before for before, after in pairwise([begun, *trained])]
            lost[str(log.parent)] = trained[-1] - kept, CHECKPOINT_SECONDS + max(epochs)
    return lost


def saved(checkpoint: Path) -> float:
    """The seconds of training that a checkpoint holds."""
    if not checkpoint.exists():
        return 0.0
    state = torch.load(checkpoint, weights_only=True)
    current = [state["current"]["progress"]] if state["current"] else []
    return sum(progress["seconds"] for progress in [*state["finished"], *current])


def all_tables(folder: Path) -> dict[str, bytes]:
    """Every parquet file of a run: those of its jobs, and all that were made from them."""
    paths = sorted(folder.glob("results/**/*.parquet"))
    return {str(path.relative_to(folder)): path.read_bytes() for path in paths}


def records(folder: Path) -> list[dict]:
    return [json.loads(path.read_text()) for path in folder.glob("results/runs/**/job.json")]


def finish(folder: Path) -> None:
    with running(folder) as process:
        assert process.wait(300) == 0, (folder / "said.log").read_text()
    assert wait_until(lambda: not working_in(folder), 120)  # those that outlived a snakemake


@pytest.fixture(scope="module")
def undisturbed(tmp_path_factory, raw):
    """The bytes of a run that nothing interrupts, and how long there is something to interrupt."""
    folder = project(tmp_path_factory.mktemp("undisturbed") / "project", raw)
    started = time.monotonic()
    finish(folder)
    seconds = dict.fromkeys(TARGETS, time.monotonic() - started)
    seconds[TARGETS[0]] = max(record["seconds"]["total"] for record in records(folder))
    return all_tables(folder), seconds


def describe(
    number: signal.Signals, target: str, moment: float, lost: dict[str, tuple[float, float]]
) -> str:
    jobs = ", ".join(
        f"{job} lost {seconds:.1f} s of training, at most {most:.1f}"
        for job, (seconds, most) in lost.items()
    )
    return f"  {number.name} to {target} after {moment:.1f} s{': ' if jobs else ''}{jobs}"


@pytest.mark.timeout(300 + 90 * COUNT)
def test_interrupted_anywhere_it_goes_on_to_the_same_bytes(undisturbed, tmp_path, raw):
    expected, seconds = undisturbed
    rng = random.Random(SEED)
    every = [(number, target) for number in SIGNALS for target in TARGETS]
    waiting = [kind for _ in range(0, COUNT, len(every)) for kind in rng.sample(every, len(every))]
    done, rounds, resumed = 0, 0, 0
    print(f"\nACTIVATION_LAB_SEED={SEED}")
    while done < COUNT:
        folder = project(tmp_path / f"round {rounds}", raw)
        rounds += 1
        while done < COUNT:
            number, target = waiting[done]
            moment = rng.uniform(0, seconds[target])
            if not interrupt(folder, number, target, moment):
                break
            done += 1
            lost = {} if working_in(folder) else seconds_lost(folder)
            print(describe(number, target, moment, lost))
            assert all(seconds <= most + PRINTED for seconds, most in lost.values())
        finish(folder)
        assert all_tables(folder) == expected
        resumed += sum(record["resumed"] for record in records(folder))
    print(
        f"{done} interruptions of {rounds} runs; {resumed} times a job went on from a checkpoint."
    )


@pytest.mark.long
def test_jobs_that_outlive_snakemake_need_not_train_again(undisturbed, tmp_path, raw):
    """The next snakemake did not see them end, deletes what they made, and starts them again."""
    folder = project(tmp_path / "project", raw)
    with running(folder) as process:
        assert wait_until(lambda: list(folder.glob("results/runs/**/checkpoint.pt")), 120)
        process.kill()
        process.wait()
    assert wait_until(lambda: not working_in(folder), 120)
    assert records(folder)
    finish(folder)
    assert all_tables(folder) == undisturbed[0]
    assert max(record["resumed"] for record in records(folder)) == 1
