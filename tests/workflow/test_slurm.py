"""The pipeline on a real SLURM of one node: interrupted as a cluster interrupts, the same bytes."""

import contextlib
import fcntl
import json
import os
import shutil
import socket
import subprocess
import sys
import time
from pathlib import Path

import pytest
import yaml

from conftest import copy_project, environment, job_of, jobs_of, snakemake

PROGRAMS = ("munged", "slurmctld", "slurmd", "sbatch")
FOLDER = Path("/etc/slurm")  # a job step's srun looks nowhere else
MARK = "# Written by Activation Lab's tests, and removed after them."


class Slurm:
    """Munge and the two daemons of SLURM, all under one folder, with this machine as their node.

    It is taken for a node of 2 cores, 16 GB and a GPU, whatever it has.
    """

    def __init__(self, folder: Path):
        self.folder = folder
        self.daemons: dict[str, subprocess.Popen] = {}
        (folder / "spool").mkdir()
        (folder / "state").mkdir()
        key = folder / "munge.key"
        key.write_bytes(os.urandom(128))
        key.chmod(0o600)
        controller, node = free_ports(2)
        settings = f"""{MARK}
ClusterName=tests
SlurmctldHost=localhost(127.0.0.1)
SlurmctldPort={controller}
SlurmdPort={node}
SlurmUser=root
SlurmdUser=root
AuthType=auth/munge
AuthInfo=socket={folder}/munge.socket,cred_expire=5
StateSaveLocation={folder}/state
SlurmdSpoolDir={folder}/spool
SlurmctldPidFile={folder}/slurmctld.pid
SlurmdPidFile={folder}/slurmd.pid
ProctrackType=proctrack/pgid
TaskPlugin=task/none
MpiDefault=none
SelectType=select/cons_tres
SelectTypeParameters=CR_Core
JobAcctGatherType=jobacct_gather/none
AccountingStorageType=accounting_storage/none
ReturnToService=2
SlurmdParameters=config_overrides
GresTypes=gpu
NodeName=localhost NodeAddr=127.0.0.1 CPUs=2 RealMemory=16000 Gres=gpu:1
PartitionName=debug Nodes=localhost Default=YES MaxTime=INFINITE State=UP
"""
        (FOLDER / "gres.conf").write_text(f"{MARK}\nNodeName=localhost Name=gpu File=/dev/null\n")
        (FOLDER / "slurm.conf").write_text(settings)

    def start(self, name: str) -> None:
        options = {
            "munged": [
                *("--foreground", "--force", f"--key-file={self.folder}/munge.key"),
                *(f"--socket={self.folder}/munge.socket", f"--seed-file={self.folder}/munge.seed"),
                *(f"--pid-file={self.folder}/munge.pid", f"--log-file={self.folder}/munge.log"),
            ],
            "slurmctld": ["-D"],
            "slurmd": ["-D", "-N", "localhost"],
        }
        with (self.folder / f"{name}.out").open("a") as log:
            self.daemons[name] = subprocess.Popen(
                [f"/usr/sbin/{name}", *options[name]], stdout=log, stderr=log, cwd=self.folder
            )

    def stop(self, name: str) -> None:
        self.daemons[name].terminate()
        self.daemons[name].wait(60)


def free_ports(count: int) -> list[int]:
    with contextlib.ExitStack() as stack:
        sockets = [stack.enter_context(socket.socket()) for _ in range(count)]
        for each in sockets:
            each.bind(("127.0.0.1", 0))
        return [each.getsockname()[1] for each in sockets]


def ask(*command: str) -> str:
    """Return what one of SLURM's commands says; nothing if it fails."""
    done = subprocess.run(command, capture_output=True, text=True, check=False, timeout=60)
    return done.stdout if done.returncode == 0 else ""


def wait_for(condition, what: str, seconds: float = 180):
    """Return what the condition gives once it gives something."""
    deadline = time.monotonic() + seconds
    while not (found := condition()):
        assert time.monotonic() < deadline, f"waited in vain for {what}"
        time.sleep(0.2)
    return found


@pytest.fixture(scope="module")
def slurm(tmp_path_factory):
    if os.geteuid() or not Path("/etc/debian_version").exists():
        pytest.skip("starts SLURM's daemons: needs root on Debian")
    missing = [name for name in PROGRAMS if not shutil.which(name, path="/usr/bin:/usr/sbin")]
    if missing:
        pytest.skip(f"no {missing[0]}: apt-get install --no-install-recommends slurm-wlm munge")
    with Path("/run/activation-lab-slurm.lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)  # one SLURM at a time on a machine
        files = [FOLDER / name for name in ("slurm.conf", "gres.conf")]
        if any(path.exists() and not path.read_text().startswith(MARK) for path in files):
            pytest.skip(f"{FOLDER} holds the settings of a SLURM that is not the tests' own")
        running = Slurm(tmp_path_factory.mktemp("slurm"))
        try:
            for name in ("munged", "slurmctld", "slurmd"):
                running.start(name)
            wait_for(lambda: "idle" in ask("sinfo", "--noheader"), "the node", 60)
            yield running
        finally:
            ask("scancel", "--user=root")
            with contextlib.suppress(AssertionError):
                wait_for(lambda: not ask("squeue", "--noheader"), "the queue to empty", 60)
            for name in reversed(running.daemons):
                running.stop(name)
            for path in files:
                path.unlink(missing_ok=True)


CONFIG = """
seeds_per_job: 1
settings: {network: [16, 8], batch_size: 128, epochs: 150, stop: never, training_images: 1024}
only: [tutorial]
studies:
  tutorial:
    seeds: [42]
    vary: {activation: [relu, "mine:half"]}
"""
# The tables of what SLURM runs; what is made where snakemake runs, other tests look at.
TARGETS = ("analyse",)
ON_SLURM = (
    *("--workflow-profile", "slurm"),
    *("--slurm-init-seconds-before-status-checks", "2", "--max-status-checks-per-second", "10"),
)


def project(folder: Path, raw: Path) -> Path:
    copy_project(folder, raw)
    (folder / "tiny.yaml").write_text(CONFIG)
    (folder / "mine.py").write_text("def half(x):\n    return x.relu() / 2\n")
    return folder


@contextlib.contextmanager
def start(folder: Path, *arguments: str, config: str = "tiny.yaml"):
    """Start snakemake on SLURM; kill it if the test fails meanwhile."""
    command = ["snakemake", *arguments, *ON_SLURM, "--configfile", config]
    with (folder / "out.log").open("w") as log:
        process = subprocess.Popen(command, cwd=folder, env=environment(), stdout=log, stderr=log)
        try:
            yield process
        finally:
            process.kill()
            process.wait()


def end(process: subprocess.Popen, folder: Path) -> str:
    """Wait for snakemake to end well, and return what it said."""
    code = process.wait(600)
    said = (folder / "out.log").read_text()
    logs = [path.read_text() for path in folder.glob(".snakemake/slurm_logs/**/*.log")]
    assert code == 0, "\n".join([said, *logs])
    return said


def all_tables(folder: Path) -> dict[str, bytes]:
    tables = [*folder.glob("results/tables/*.parquet"), *folder.glob("results/*/tables/*.parquet")]
    return {path.name: path.read_bytes() for path in tables}


def in_training(folder: Path, cell: str) -> bool:
    return any("epoch 1 " in (job / "train.log").read_text() for job in jobs_of(folder, cell))


def slurm_id(folder: Path, cell: str) -> str:
    """The id that SLURM gave the first job that trains a cell: its log has that name."""
    logs = folder.glob(f".snakemake/slurm_logs/rule_train/*_{cell}_*/*.log")
    return min((log.stem for log in logs), key=int)


def resumed(folder: Path) -> dict[str, int]:
    """How often the job of each cell went on from a checkpoint."""
    jobs = {cell: job_of(folder, cell) for cell in ("relu", "half")}
    return {
        cell: json.loads((job / "job.json").read_text())["resumed"] for cell, job in jobs.items()
    }


@pytest.fixture(scope="module")
def expected(slurm, tmp_path_factory, raw):
    """The tables of a run without SLURM."""
    folder = project(tmp_path_factory.mktemp("local"), raw)
    snakemake(folder, "--", *TARGETS)
    return all_tables(folder)


def test_slurm_gives_the_same_bytes(expected, tmp_path, raw):
    folder = project(tmp_path / "calm", raw)
    with start(folder, *TARGETS) as process:
        said = end(process, folder)
    assert said.count("has been submitted with SLURM jobid") == 6
    assert resumed(folder) == {"relu": 0, "half": 0}
    assert all_tables(folder) == expected


def test_a_job_ends_well_while_a_longer_one_still_trains(slurm, tmp_path, raw):
    """Whether a job made its files is looked up for itself, not for the job submitted before it."""
    folder = project(tmp_path / "uneven", raw)
    config = yaml.safe_load(CONFIG)
    config["studies"]["tutorial"]["vary"] = {"activation": ["relu"], "epochs": [1_000, 1, 2]}
    (folder / "tiny.yaml").write_text(yaml.safe_dump(config))
    with start(folder, *TARGETS, "--latency-wait", "2") as process:
        said = end(process, folder)
    assert "Trying to restart job" not in said


@pytest.mark.long
def test_the_quick_config_gives_the_same_report(slurm, tmp_path, raw):
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


@pytest.mark.long
def test_a_trial_gives_the_same_verdicts(slurm, tmp_path, raw):
    here, there = (on_trial(tmp_path / name, raw) for name in ("here", "there"))
    command = ["snakemake", "--cores", "2", "--configfile", TRIAL]
    subprocess.run(command, cwd=here, env=environment(), check=True, capture_output=True)
    with start(there, config=TRIAL) as process:
        end(process, there)
    local, cluster = ((folder / TRIAL).parent for folder in (here, there))
    for name in ("trial.csv", "tables/tuning.parquet", "tables/metrics.parquet"):
        assert (cluster / name).read_bytes() == (local / name).read_bytes()
    assert (cluster / "card.pdf").is_file()


def test_a_requeued_and_a_cancelled_job_go_on_to_the_same_bytes(expected, tmp_path, raw):
    """Both get SIGTERM. SLURM itself starts the one again, Snakemake the other."""
    folder = project(tmp_path / "interrupted", raw)
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
    assert resumed(folder) == {"relu": 1, "half": 1}
    assert all_tables(folder) == expected


def test_a_restart_of_the_controller_changes_nothing(slurm, expected, tmp_path, raw):
    folder = project(tmp_path / "restart", raw)
    with start(folder, *TARGETS) as process:
        wait_for(lambda: in_training(folder, "relu"), "a job in training")
        slurm.stop("slurmctld")
        time.sleep(5)
        slurm.start("slurmctld")
        end(process, folder)
    assert resumed(folder) == {"relu": 0, "half": 0}
    assert all_tables(folder) == expected


def test_jobs_ask_for_a_gpu_where_the_config_does(slurm, tmp_path, raw):
    folder = project(tmp_path / "gpu", raw)
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
