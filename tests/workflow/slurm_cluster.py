"""A real SLURM on this machine, and the pipeline on it.

With `nodes` it is a cluster: a controller and a daemon for each node, with accounting in a database as
clusters have it. All nodes are this machine, so the processors are of one kind.
"""

import contextlib
import fcntl
import json
import os
import shutil
import signal
import socket
import subprocess
import time
from pathlib import Path

import pytest

from conftest import copy_project, environment, job_of, jobs_of

FOLDER = Path("/etc/slurm")  # a job step's srun looks nowhere else
MARK = "# Written by Activation Lab's tests, and removed after them."
MARIADB = ("--no-defaults", "--user=root")


class Slurm:
    """The daemons of SLURM and what they need, all under one folder.

    Without `nodes`, its node is this machine, taken for one of 2 cores, 16 GB and a GPU. Each of `nodes`
    has 1 core and 4 GB, whatever this machine has.
    """

    def __init__(self, folder: Path, nodes: tuple[str, ...] = ()):
        self.folder, self.nodes = folder, nodes
        self.daemons: dict[str, subprocess.Popen] = {}
        (folder / "state").mkdir()
        key = folder / "munge.key"
        key.write_bytes(os.urandom(128))
        key.chmod(0o600)
        controller, self.database, accounting, *ports = free_ports(3 + max(1, len(nodes)))
        files = {"slurm.conf": self.settings(controller)}
        if nodes:
            files["slurm.conf"] += self.several(ports, accounting)
            files["slurmdbd.conf"] = self.accounts(accounting)
        else:
            files["slurm.conf"] += one(ports[0])
            files["gres.conf"] = f"{MARK}\nNodeName=localhost Name=gpu File=/dev/null\n"
        for name, text in files.items():
            (FOLDER / name).write_text(text)
            (FOLDER / name).chmod(0o600)

    def settings(self, port: int) -> str:
        return f"""{MARK}
ClusterName=tests
SlurmctldHost=localhost(127.0.0.1)
SlurmctldPort={port}
SlurmUser=root
SlurmdUser=root
AuthType=auth/munge
AuthInfo=socket={self.folder}/munge.socket,cred_expire=5
StateSaveLocation={self.folder}/state
SlurmdSpoolDir={self.folder}/spool-%n
SlurmctldPidFile={self.folder}/slurmctld.pid
SlurmdPidFile={self.folder}/slurmd-%n.pid
ProctrackType=proctrack/pgid
TaskPlugin=task/none
MpiDefault=none
SelectType=select/cons_tres
SelectTypeParameters=CR_Core
JobAcctGatherType=jobacct_gather/none
ReturnToService=2
SlurmdParameters=config_overrides
"""

    def several(self, ports: list[int], accounting: int) -> str:
        """Nodes that are soon missed, and a partition whose jobs take the place of the others."""
        names = ",".join(self.nodes)
        lines = "\n".join(
            f"NodeName={name} NodeHostname=localhost NodeAddr=127.0.0.1 Port={port} "
            "CPUs=1 RealMemory=4000"
            for name, port in zip(self.nodes, ports, strict=True)
        )
        return f"""
AccountingStorageType=accounting_storage/slurmdbd
AccountingStorageHost=127.0.0.1
AccountingStoragePort={accounting}
AccountingStoragePass={self.folder}/munge.socket
SlurmdTimeout=10
KillWait=5
PreemptType=preempt/partition_prio
PreemptMode=REQUEUE
{lines}
PartitionName=debug Nodes={names} Default=YES MaxTime=INFINITE State=UP PriorityTier=1
PartitionName=urgent Nodes={names} MaxTime=INFINITE State=UP PriorityTier=10
"""

    def accounts(self, port: int) -> str:
        return f"""{MARK}
AuthType=auth/munge
AuthInfo=socket={self.folder}/munge.socket
DbdHost=localhost
DbdAddr=127.0.0.1
DbdPort={port}
SlurmUser=root
PidFile={self.folder}/slurmdbd.pid
StorageType=accounting_storage/mysql
StorageHost=127.0.0.1
StoragePort={self.database}
StorageUser=slurm
StoragePass=slurm
StorageLoc=slurm
"""

    def start(self, name: str) -> None:
        """Start a daemon; `slurmd` with the name of its node, such as slurmd-node1."""
        program, _, node = name.partition("-")
        options = {
            "mariadbd": [
                *(*MARIADB, f"--datadir={self.folder}/sql", f"--socket={self.folder}/sql.socket"),
                *(f"--port={self.database}", "--bind-address=127.0.0.1"),
                *(f"--pid-file={self.folder}/sql.pid", "--innodb-buffer-pool-size=64M"),
            ],
            "munged": [
                *("--foreground", "--force", f"--key-file={self.folder}/munge.key"),
                *(f"--socket={self.folder}/munge.socket", f"--seed-file={self.folder}/munge.seed"),
                *(f"--pid-file={self.folder}/munge.pid", f"--log-file={self.folder}/munge.log"),
            ],
            "slurmdbd": ["-D"],
            "slurmctld": ["-D"],
            "slurmd": ["-D", "-N", node],
        }
        with (self.folder / f"{name}.out").open("a") as log:
            self.daemons[name] = subprocess.Popen(
                [f"/usr/sbin/{program}", *options[program]], stdout=log, stderr=log, cwd=self.folder
            )

    def start_all(self) -> None:
        self.start("munged")
        if self.nodes:
            self.start_accounting()
        self.start("slurmctld")
        for name in self.nodes or ("localhost",):
            self.start(f"slurmd-{name}")
        wait_for(lambda: self.idle() == (self.nodes or ("localhost",)), "the nodes", 60)

    def start_accounting(self) -> None:
        new = [*MARIADB, f"--datadir={self.folder}/sql", "--auth-root-authentication-method=normal"]
        subprocess.run(["mariadb-install-db", *new], check=True, capture_output=True)
        self.start("mariadbd")
        allow = "GRANT ALL ON slurm.* TO slurm@'127.0.0.1' IDENTIFIED BY 'slurm'"
        ask_sql = ["mariadb", "--no-defaults", f"--socket={self.folder}/sql.socket", f"-e{allow}"]
        wait_for(lambda: answers(*ask_sql), "the database", 60)
        self.start("slurmdbd")
        wait_for(lambda: answers("sacctmgr", "-i", "add", "cluster", "tests"), "accounting", 60)

    def idle(self) -> tuple[str, ...]:
        """Return the nodes that wait for work."""
        lines = ask("sinfo", "--noheader", "--Node", "--format=%N %T").splitlines()
        return tuple(sorted({line.split()[0] for line in lines if line.endswith(" idle")}))

    def stop(self, name: str, how: int = signal.SIGTERM) -> None:
        self.daemons[name].send_signal(how)
        self.daemons[name].wait(60)


def one(port: int) -> str:
    """The settings of one node, with a GPU."""
    return f"""
AccountingStorageType=accounting_storage/none
GresTypes=gpu
NodeName=localhost NodeAddr=127.0.0.1 Port={port} CPUs=2 RealMemory=16000 Gres=gpu:1
PartitionName=debug Nodes=localhost Default=YES MaxTime=INFINITE State=UP
"""


@contextlib.contextmanager
def running(folder: Path, nodes: tuple[str, ...] = ()):
    """Run a SLURM, one at a time on a machine; skip the test where there can be none."""
    if os.geteuid() or not Path("/etc/debian_version").exists():
        pytest.skip("starts SLURM's daemons: needs root on Debian")
    needed = {"munged": "munge", **dict.fromkeys(("slurmctld", "slurmd", "sbatch"), "slurm-wlm")}
    if nodes:
        needed |= {"slurmdbd": "slurmdbd", "mariadbd": "mariadb-server"}
    missing = [name for name in needed if not shutil.which(name, path="/usr/bin:/usr/sbin")]
    if missing:
        packages = " ".join(dict.fromkeys(needed.values()))
        pytest.skip(f"no {missing[0]}: apt-get install --no-install-recommends {packages}")
    with Path("/run/activation-lab-slurm.lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        files = [FOLDER / name for name in ("slurm.conf", "gres.conf", "slurmdbd.conf")]
        if any(path.exists() and not path.read_text().startswith(MARK) for path in files):
            pytest.skip(f"{FOLDER} holds the settings of a SLURM that is not the tests' own")
        for path in files:
            path.unlink(missing_ok=True)  # of tests that were killed
        slurm = Slurm(folder, nodes)
        try:
            slurm.start_all()
            yield slurm
        finally:
            ask("scancel", "--user=root")
            with contextlib.suppress(AssertionError):
                wait_for(lambda: not ask("squeue", "--noheader"), "the queue to empty", 60)
            for name in reversed(slurm.daemons):
                slurm.stop(name)
            for path in files:
                path.unlink(missing_ok=True)


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


def answers(*command: str) -> bool:
    return not subprocess.run(command, capture_output=True, check=False, timeout=60).returncode


def wait_for(condition, what: str, seconds: float = 180):
    """Return what the condition gives once it gives something."""
    deadline = time.monotonic() + seconds
    while not (found := condition()):
        assert time.monotonic() < deadline, f"waited in vain for {what}"
        time.sleep(0.2)
    return found


# The tables of what SLURM runs; what is made where snakemake runs, other tests look at.
TARGETS = ("analyse",)
ON_SLURM = (
    *("--workflow-profile", "slurm"),
    *("--slurm-init-seconds-before-status-checks", "2", "--max-status-checks-per-second", "10"),
)


def project(folder: Path, raw: Path, config: str) -> Path:
    copy_project(folder, raw)
    (folder / "tiny.yaml").write_text(config)
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


def resumed(folder: Path, *cells: str) -> dict[str, int]:
    """How often the job of each cell went on from a checkpoint."""
    return {
        cell: json.loads((job_of(folder, cell) / "job.json").read_text())["resumed"]
        for cell in cells
    }
