"""The pipeline on a real SLURM of one node: interrupted as a cluster interrupts, the same bytes."""

import subprocess
import time

import pytest
import yaml
from slurm_cluster import (
    TARGETS,
    all_tables,
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

from conftest import snakemake


@pytest.fixture(scope="module")
def slurm(tmp_path_factory):
    with running(tmp_path_factory.mktemp("slurm")) as slurm:
        yield slurm


CONFIG = """
seeds_per_job: 1
settings: {network: [16, 8], batch_size: 128, epochs: 150, stop: never, training_images: 1024}
only: [tutorial]
studies:
  tutorial:
    seeds: [42]
    vary: {activation: [relu, "mine:half"]}
"""


@pytest.fixture(scope="module")
def expected(slurm, tmp_path_factory, raw):
    """The tables of a run without SLURM."""
    folder = project(tmp_path_factory.mktemp("local"), raw, CONFIG)
    snakemake(folder, "--", *TARGETS)
    return all_tables(folder)


def test_slurm_gives_the_same_bytes(expected, tmp_path, raw):
    folder = project(tmp_path / "calm", raw, CONFIG)
    with start(folder, *TARGETS) as process:
        said = end(process, folder)
    assert said.count("has been submitted with SLURM jobid") == 6
    assert resumed(folder, "relu", "half") == {"relu": 0, "half": 0}
    assert all_tables(folder) == expected


def test_a_job_ends_well_while_a_longer_one_still_trains(slurm, tmp_path, raw):
    """Whether a job made its files is looked up for itself, not for the job submitted before it."""
    folder = project(tmp_path / "uneven", raw, CONFIG)
    config = yaml.safe_load(CONFIG)
    config["studies"]["tutorial"]["vary"] = {"activation": ["relu"], "epochs": [1_000, 1, 2]}
    (folder / "tiny.yaml").write_text(yaml.safe_dump(config))
    with start(folder, *TARGETS, "--latency-wait", "2") as process:
        said = end(process, folder)
    assert "Trying to restart job" not in said


def test_a_requeued_and_a_cancelled_job_go_on_to_the_same_bytes(expected, tmp_path, raw):
    """Both get SIGTERM. SLURM itself starts the one again, Snakemake the other."""
    folder = project(tmp_path / "interrupted", raw, CONFIG)
    commands = {"relu": ("scontrol", "requeue"), "half": ("scancel",)}
    ids = {}

    def interrupted():
        for cell in commands.keys() - ids.keys():
            if in_training(folder, cell):
                ids[cell] = slurm_id(folder, cell)
                subprocess.run([*commands[cell], ids[cell]], check=True)
        return len(ids) == 2

    with start(folder, *TARGETS) as process:
        wait_for(interrupted, "two jobs in training")
        said = end(process, folder)
    assert said.count("Trying to restart job") == 1
    assert "Restarts=1" in ask("scontrol", "show", "job", ids["relu"])
    assert resumed(folder, "relu", "half") == {"relu": 1, "half": 1}
    assert all_tables(folder) == expected


def test_a_restart_of_the_controller_changes_nothing(slurm, expected, tmp_path, raw):
    folder = project(tmp_path / "restart", raw, CONFIG)
    with start(folder, *TARGETS) as process:
        wait_for(lambda: in_training(folder, "relu"), "a job in training")
        slurm.stop("slurmctld")
        time.sleep(5)
        slurm.start("slurmctld")
        end(process, folder)
    assert resumed(folder, "relu", "half") == {"relu": 0, "half": 0}
    assert all_tables(folder) == expected


def test_jobs_ask_for_a_gpu_where_the_config_does(slurm, tmp_path, raw):
    folder = project(tmp_path / "gpu", raw, CONFIG)
    with start(folder, *TARGETS, "--config", "device=cuda"):
        shown = wait_for(
            lambda: [
                line
                for line in ask("scontrol", "show", "job", "--oneliner").splitlines()
                if f"WorkDir={folder} " in line and "rule_train" in line
            ],
            "a training job",
        )
    ask("scancel", "--user=root")
    assert all("TresPerJob=gres:gpu:1" in line for line in shown)
    wait_for(lambda: not ask("squeue", "--noheader"), "the queue to empty")
