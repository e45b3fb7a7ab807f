"""The pipeline on a SLURM of four nodes with accounting: what befalls a cluster changes no byte."""

import os
import signal
import subprocess
import sys
from pathlib import Path

import psutil
import pytest
import yaml
from slurm_cluster import (
    TARGETS,
    all_tables,
    answers,
    ask,
    end,
    in_training,
    project,
    resumed,
    running,
    slurm_id,
    start,
    wait_for,
)

from conftest import copy_project, environment, snakemake

pytestmark = pytest.mark.long

NODES = ("node1", "node2", "node3", "node4")
CELLS = ("relu", "half", "tanh", "elu")
CONFIG = """
seeds_per_job: 1
settings: {network: [16, 8], batch_size: 128, epochs: 800, stop: never, training_images: 1024}
only: [tutorial]
studies:
  tutorial:
    seeds: [42]
    vary: {activation: [relu, "mine:half", tanh, elu]}
"""


@pytest.fixture(scope="module")
def cluster(tmp_path_factory):
    with running(tmp_path_factory.mktemp("cluster"), NODES) as slurm:
        yield slurm


@pytest.fixture(scope="module")
def expected(cluster, tmp_path_factory, raw):
    """The tables of a run without SLURM."""
    folder = project(tmp_path_factory.mktemp("local"), raw, CONFIG)
    snakemake(folder, "--", *TARGETS)
    return all_tables(folder)


def in_training_all(folder: Path) -> dict[str, str]:
    """Wait until all cells train; return the ids that SLURM gave their jobs."""
    wait_for(lambda: all(in_training(folder, cell) for cell in CELLS), "four jobs in training")
    return {cell: slurm_id(folder, cell) for cell in CELLS}


def job(number: str) -> dict[str, str]:
    """What SLURM says of a job."""
    said = ask("scontrol", "show", "job", "--oneliner", number)
    return dict(part.split("=", 1) for part in said.split() if "=" in part)


def restarts(jobs: dict[str, str]) -> dict[str, str]:
    return {cell: job(number)["Restarts"] for cell, number in jobs.items()}


def set_node(name: str, *what: str) -> None:
    subprocess.run(["scontrol", "update", f"nodename={name}", *what], check=True)


def test_the_quick_config_gives_the_same_report(cluster, tmp_path, raw):
    quick = "workflow/configs/quick.yaml"
    here, there = (copy_project(tmp_path / name, raw) for name in ("here", "there"))
    command = ["snakemake", "--cores", "2", "--configfile", quick]
    subprocess.run(command, cwd=here, env=environment(), check=True, capture_output=True)
    with start(there, config=quick) as process:
        end(process, there)
    assert len(all_tables(here)) > 10
    assert all_tables(there) == all_tables(here)
    figures = {path.relative_to(here): path.read_bytes() for path in here.rglob("figures/*/*.svg")}
    assert len(figures) > 10
    for path in there.rglob("figures/*/*.svg"):
        assert path.read_bytes() == figures[path.relative_to(there)]
    used = ask("sacct", "--noheader", "--allocations", "--starttime=now-1hour", "--format=NodeList")
    assert set(NODES) <= set(used.split())


TRIAL = "results/trials/mish/config.yaml"


def on_trial(folder: Path, raw: Path) -> Path:
    """Mish against ReLU on one task, two seeds, for a moment."""
    copy_project(folder, raw)
    command = [sys.executable, "-m", "activation_lab", "trial", "--level", "quick", "--seeds", "2"]
    command += ["--activation", "mish", "--against", "relu", "--tasks", "mnist1d-mlp"]
    subprocess.run(command, cwd=folder, env=environment(), check=True, capture_output=True)
    made = yaml.safe_load((folder / TRIAL).read_text())
    settings = made["studies"]["mnist1d-mlp"]["settings"]
    settings |= {"epochs": 8, "learning_rate": {"rates": [0.001, 0.01], "seeds": [1], "epochs": 4}}
    (folder / TRIAL).write_text(yaml.safe_dump(made))
    return folder


def test_a_trial_gives_the_same_verdicts(cluster, tmp_path, raw):
    here, there = (on_trial(tmp_path / name, raw) for name in ("here", "there"))
    command = ["snakemake", "--cores", "2", "--configfile", TRIAL]
    subprocess.run(command, cwd=here, env=environment(), check=True, capture_output=True)
    with start(there, config=TRIAL) as process:
        end(process, there)
    local, remote = ((folder / TRIAL).parent for folder in (here, there))
    for name in ("trial.csv", "tables/tuning.parquet", "tables/metrics.parquet"):
        assert (remote / name).read_bytes() == (local / name).read_bytes()
    assert (remote / "card.pdf").is_file()


def test_a_node_is_drained_and_another_dies(cluster, expected, tmp_path, raw):
    """The job on the drained node ends there; that of the dead node goes on elsewhere."""
    folder = project(tmp_path / "nodes", raw, CONFIG)
    with start(folder, *TARGETS) as process:
        jobs = in_training_all(folder)
        calm, hit = job(jobs["relu"]), job(jobs["half"])
        set_node(calm["NodeList"], "state=drain", "reason=test")
        cluster.stop(f"slurmd-{hit['NodeList']}", signal.SIGKILL)
        kill_step(hit["JobId"])
        said = end(process, folder)
    assert restarts(jobs) == {"relu": "0", "half": "1", "tanh": "0", "elu": "0"}
    assert "Trying to restart job" not in said  # SLURM did
    assert all_tables(folder) == expected
    set_node(calm["NodeList"], "state=resume")
    cluster.start(f"slurmd-{hit['NodeList']}")
    wait_for(lambda: cluster.idle() == NODES, "the nodes")


def kill_step(job_id: str) -> None:
    """Kill all processes of a job at once, as if its node had lost its power."""
    for step in psutil.process_iter(["cmdline"]):
        if f"slurmstepd: [{job_id}." in " ".join(step.info["cmdline"] or []):
            for process in [step, *step.children(recursive=True)]:
                process.kill()


def test_urgent_jobs_take_the_nodes_for_a_while(cluster, expected, tmp_path, raw):
    folder = project(tmp_path / "preempted", raw, CONFIG)
    with start(folder, *TARGETS) as process:
        jobs = in_training_all(folder)
        subprocess.run(
            ["sbatch", "--partition=urgent", "--nodes=4", "--output=/dev/null", "--wrap=sleep 3"],
            check=True, capture_output=True,
        )  # fmt: skip
        end(process, folder)
    assert restarts(jobs) == dict.fromkeys(CELLS, "1")
    assert all(count == 1 for count in resumed(folder, *CELLS).values())
    assert all_tables(folder) == expected


def test_a_time_limit_is_hit(cluster, tmp_path, raw):
    """SLURM counts whole minutes; each attempt may take a minute more."""
    config = yaml.safe_load(CONFIG)
    config["studies"]["tutorial"]["vary"] = {"activation": ["relu"], "epochs": [8_000]}
    folders = [
        project(tmp_path / name, raw, yaml.safe_dump(config)) for name in ("calm", "limited")
    ]
    snakemake(folders[0], "--", *TARGETS)
    limited = folders[1]
    with start(limited, *TARGETS, "--set-resources", "train:runtime=1 * attempt") as process:
        said = end(process, limited)
    assert "Trying to restart job" in said
    assert resumed(limited, "relu")["relu"] >= 1
    assert all_tables(limited) == all_tables(folders[0])


def test_controller_accounting_and_database_restart(cluster, expected, tmp_path, raw):
    folder = project(tmp_path / "restart", raw, CONFIG)
    daemons = ("slurmctld", "slurmdbd", "mariadbd")
    with start(folder, *TARGETS) as process:
        in_training_all(folder)
        for name in daemons:
            cluster.stop(name)
        for name in reversed(daemons):
            cluster.start(name)
        end(process, folder)
    assert resumed(folder, *CELLS) == dict.fromkeys(CELLS, 0)
    assert all_tables(folder) == expected
    wait_for(lambda: answers("sacctmgr", "show", "cluster"), "accounting")


def test_the_submitting_snakemake_is_killed_and_started_again(cluster, expected, tmp_path, raw):
    folder = project(tmp_path / "killed", raw, CONFIG)
    with start(folder, *TARGETS) as process:
        in_training_all(folder)
        os.kill(process.pid, signal.SIGKILL)
        process.wait()
    wait_for(lambda: not ask("squeue", "--noheader"), "its jobs to end")
    with start(folder, *TARGETS) as process:
        end(process, folder)
    assert all_tables(folder) == expected
