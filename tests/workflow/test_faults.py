"""What goes wrong on real machines, made to go wrong for real: each ends in one clear message."""

import contextlib
import os
import random
import shutil
import signal
import subprocess
import sys
import time
from pathlib import Path

import psutil
import pytest
import yaml
from snakemake.utils import update_config

from activation_lab import tables
from activation_lab.config import cells as grid
from activation_lab.config import read as config
from activation_lab.config.jobs import Job
from activation_lab.datasets.fashion_mnist import FASHION_MNIST
from activation_lab.pipeline import status
from conftest import (
    ROOT,
    all_tables,
    copy_project,
    edit,
    environment,
    job_of,
    planned,
    small_settings,
    snakemake,
    start_snakemake,
)

linux = pytest.mark.skipif(sys.platform != "linux", reason="needs Linux")
root = pytest.mark.skipif(
    os.geteuid() != 0 or sys.platform != "linux",
    reason="needs root on Linux to mount a file system",
)


def mount(*arguments):
    done = subprocess.run(["mount", *arguments], capture_output=True, text=True, check=False)
    if done.returncode:
        pytest.skip(f"no file system can be mounted here: {done.stderr.strip()}")


@contextlib.contextmanager
def mounted(folder, options):
    """A file system of its own in a folder."""
    folder.mkdir()
    mount("-t", "tmpfs", "-o", options, "tmpfs", str(folder))
    try:
        yield folder
    finally:
        subprocess.run(["umount", str(folder)], check=True)


@contextlib.contextmanager
def read_only(folder):
    """A folder to which not even root can write."""
    mount("--bind", str(folder), str(folder))
    try:
        mount("-o", "remount,bind,ro", str(folder))
        yield
    finally:
        subprocess.run(["umount", str(folder)], check=True)


def refused(folder, *arguments):
    """Run snakemake, which must fail, and return what it said, without a traceback."""
    done = snakemake(folder, *arguments, check=False)
    said = done.stdout + done.stderr
    assert done.returncode != 0
    assert "Traceback" not in said
    return said


# SIGINT and SIGTERM come just after a job has removed its checkpoint.
AT_THE_LAST_MOMENT = """
import os, signal, sys

def watch(event, arguments):
    if event == "os.remove" and str(arguments[0]).endswith("checkpoint.pt"):
        print("signals sent", file=sys.stderr)
        for number in (signal.SIGINT, signal.SIGTERM):
            os.kill(os.getpid(), number)

sys.addaudithook(watch)
"""


def train(raw, out, **variables):
    job = Job(seeds=(1, 2), settings=small_settings(epochs=1))
    command = [sys.executable, "-m", "activation_lab", "train", "--device", "cpu"]
    command += ["--job", job.model_dump_json(), "--data", str(raw)]
    command += ["--runs", str(out), "--out", str(out)]
    return subprocess.run(
        command,
        env={**environment(), "PYTHONPATH": str(ROOT / "workflow"), **variables},
        capture_output=True,
        text=True,
        check=False,
        timeout=120,
    )


def test_a_signal_to_a_job_that_has_finished_does_not_make_it_fail(tmp_path, raw):
    """Its checkpoint is gone: Snakemake would delete its tables, and all would be trained again."""
    (tmp_path / "sitecustomize.py").write_text(AT_THE_LAST_MOMENT)
    done = train(raw, tmp_path / "job", PYTHONPATH=f"{ROOT / 'workflow'}:{tmp_path}")
    assert "signals sent" in done.stderr
    assert done.returncode == 0, done.stderr
    assert (tmp_path / "job/job.json").is_file()


@root
def test_a_full_disk_is_named_and_with_room_the_job_completes(tmp_path, raw):
    with mounted(tmp_path / "small", "size=48k") as folder:
        done = train(raw, folder / "job")
        assert done.returncode == 1
        assert "The disk is full: make room and run again" in done.stderr
        assert "Traceback" not in done.stderr
        left = [path.name for path in folder.rglob("*") if path.is_file()]
        assert "job.json" not in left
        assert not [name for name in left if name.startswith(".")]  # nothing half-written
        subprocess.run(["mount", "-o", "remount,size=4m", str(folder)], check=True)
        assert train(raw, folder / "job").returncode == 0
        assert (folder / "job/job.json").is_file()


@root
def test_a_folder_that_cannot_be_written_is_named(tmp_path, raw):
    with mounted(tmp_path / "fixed", "ro") as folder:
        done = train(raw, folder / "job")
        assert done.returncode == 1
        assert f"Read-only file system: '{folder / 'job'}'" in done.stderr
        assert "Traceback" not in done.stderr


@linux
def test_too_little_memory_is_named(tmp_path, raw):
    """Address space is what can be limited; torch alone maps several gigabytes of it."""
    job = Job(
        seeds=(42,),
        settings=small_settings(epochs=1, network=[8192, 8192]),
    )
    script = f"""
import resource, sys
import activation_lab.commands.train
from activation_lab.cli import main
now = int(open("/proc/self/statm").read().split()[0]) * resource.getpagesize()
resource.setrlimit(resource.RLIMIT_AS, (now + 2**30,) * 2)
main(["train", "--device", "cpu", "--job", {job.model_dump_json()!r}, "--data", {str(raw)!r},
      "--runs", {str(tmp_path)!r}, "--out", {str(tmp_path / "job")!r}])
"""
    done = subprocess.run(
        [sys.executable, "-c", script],
        env={**environment(), "PYTHONPATH": str(ROOT / "workflow")},
        capture_output=True,
        text=True,
        check=False,
        timeout=120,
    )
    assert done.returncode == 1
    last = done.stderr.splitlines()[-1]
    assert last.startswith("Error: Too little memory for this job")
    assert "seeds_per_job" in last
    assert "Traceback" not in done.stderr


@linux
def test_too_little_memory_for_any_stage_is_named(tmp_path):
    """Memory for a file of which no byte lies on the disk."""
    with (tmp_path / "large.yaml").open("wb") as file:
        file.truncate(2**40)
    command = [sys.executable, "-m", "activation_lab", "check", str(tmp_path / "large.yaml")]
    done = subprocess.run(
        ["bash", "-c", 'ulimit -v 1000000; exec "$@"', "bash", *command],
        env={**environment(), "PYTHONPATH": str(ROOT / "workflow")},
        capture_output=True,
        text=True,
        check=False,
        timeout=120,
    )
    expected = "Error: The job failed. Memory ran out: give the job more and run again.\n"
    assert (done.returncode, done.stderr) == (1, expected)


def config_settings(folder):
    """The settings of the ReLU job of the tutorial's study in a project's tiny config."""
    raw = yaml.safe_load((folder / "config.yaml").read_text())
    update_config(raw, yaml.safe_load((folder / "tiny.yaml").read_text()))
    cells = grid.cells(config.read(raw))
    return next(c.settings for c in cells if (c.study, c.name) == ("tutorial", "relu"))


@linux
def test_a_job_out_of_memory_is_tried_again_with_more(tmp_path, raw):
    """The limit is what the profile for clusters gives each attempt, less 1.6 GB."""
    pytest.importorskip("snakemake_executor_plugin_slurm")
    folder = copy_project(tmp_path / "project", raw)
    limit = "ulimit -d $(( ({resources.mem_mb} - 1600) * 1000 )); "
    command = "python -m activation_lab train"
    edit(folder / "workflow/rules/train.smk", command, f"{limit}{command}")
    tiny = yaml.safe_load((folder / "tiny.yaml").read_text())
    tiny["studies"]["tutorial"] = {"seeds": [42], "vary": {"activation": ["relu"]}}
    (folder / "tiny.yaml").write_text(yaml.safe_dump(tiny))
    settings = config_settings(folder)
    record = f"results/runs/{Job(settings=settings, seeds=(42,)).id}/job.json"
    done = snakemake(folder, "--workflow-profile", "slurm", "--executor", "local", "--", record)
    assert (folder / record).exists()
    assert "Trying to restart job" in done.stderr
    assert "mem_mb=2000" in done.stderr
    assert "mem_mb=4000" in done.stderr


@pytest.mark.long
@root
def test_a_disk_that_fills_up_is_named_and_with_room_the_run_completes(made, tmp_path, raw):
    with mounted(tmp_path / "small", "size=64m") as disk:
        folder = copy_project(disk / "project", raw)
        (folder / "results/tables").mkdir()
        other = disk / "of somebody else"
        left = shutil.disk_usage(disk).free - 1_200_000
        other.write_bytes(bytes(left))
        said = refused(folder)
        assert "The disk is full: make room and run again" in said
        assert not (folder / "results/report.md").exists()
        other.unlink()
        snakemake(folder)
        assert all_tables(folder) == all_tables(made)


@root
def test_results_that_cannot_be_written_are_named_before_any_job(tmp_path, raw):
    folder = copy_project(tmp_path / "project", raw)
    with read_only(folder / "results"):
        said = refused(folder, "--", "functions")
    assert f"Nothing can be written to {folder / 'results'}: Read-only file system." in said
    assert "rule functions" not in said
    snakemake(folder, "--", "functions")
    assert (folder / "results/tables/functions.parquet").exists()


def without_network(folder, *arguments):
    """Run snakemake in a network of its own that has no way out, where apt knows one mirror."""
    (folder / "sources.list").write_text("deb http://mirror.invalid/debian stable main\n")
    (folder / "apt.conf").write_text(
        f'Dir::Etc::SourceList "{folder}/sources.list"; Dir::Etc::SourceParts "/dev/null";\n'
    )
    command = ["unshare", "--net", "snakemake", "--cores", "1", "--configfile", "tiny.yaml"]
    return subprocess.run(
        [*command, *arguments],
        cwd=folder,
        env={**environment(), "HOME": str(folder), "APT_CONFIG": str(folder / "apt.conf")},
        capture_output=True,
        text=True,
        check=False,
        timeout=300,
    )


@root
def test_without_a_network_every_source_is_named_and_a_folder_of_ones_own_will_do(tmp_path, raw):
    if Path("/usr/share/datasets/fashion-mnist").exists():
        pytest.skip("Debian's package is installed: no network is needed")
    folder = copy_project(tmp_path / "project", raw)
    (folder / "results/data/FashionMNIST/raw").unlink()
    done = without_network(folder, "--", "data")
    said = done.stdout + done.stderr
    assert done.returncode != 0
    assert "Traceback" not in said
    assert "FashionMNIST was not found at any source:" in said
    for source in FASHION_MNIST.sources:
        assert f"  {source.name}: " in said
    assert "name it under data.folder in the config." in said
    own = ("--config", f'data={{"folder": "{raw}"}}')
    done = without_network(folder, *own, "--", "data")
    assert done.returncode == 0, done.stderr
    FASHION_MNIST.check(folder / "results/data/FashionMNIST/raw")


@pytest.mark.long
def test_an_altered_data_file_is_named_and_once_deleted_the_run_completes(project, raw):
    own = project / "results/data/FashionMNIST/raw"
    own.unlink()
    shutil.copytree(raw, own)
    labels = own / "t10k-labels-idx1-ubyte"
    labels.write_bytes(labels.read_bytes()[:-1])
    edit(project / "tiny.yaml", "seeds: [42, 43]", "seeds: [42, 43, 44]")
    said = refused(project)
    assert "t10k-labels-idx1-ubyte is not FashionMNIST's t10k-labels-idx1-ubyte" in said
    assert "Delete it and run again." in said
    labels.unlink()
    snakemake(project, "--config", f'data={{"folder": "{raw}"}}')
    assert set(tables.load("runs", project / "results/tables")["seed"]) == {42, 43, 44}


@pytest.mark.parametrize("name", ["metrics.parquet", "job.json"])
def test_a_broken_file_of_a_job_is_named_and_that_job_alone_runs_again(project, name):
    before = all_tables(project)
    records = sorted(log.parent / "job.json" for log in project.glob("results/runs/**/train.log"))
    times = [path.stat().st_mtime_ns for path in records]
    broken = job_of(project, "relu") / name
    broken.write_bytes(broken.read_bytes()[:-100])
    said = refused(project)
    assert f"{broken.relative_to(project)} cannot be read" in said
    assert "Delete it and run again." in said
    broken.unlink()
    snakemake(project)
    again = [path.stat().st_mtime_ns != then for path, then in zip(records, times, strict=True)]
    assert [path.parent for path, new in zip(records, again, strict=True) if new] == [broken.parent]
    assert all_tables(project) == before
    assert planned(project) == {}


def test_a_broken_table_is_named_and_put_together_again(project):
    before = all_tables(project)
    broken = project / "results/tables/runs.parquet"
    broken.write_bytes(broken.read_bytes()[:-100])
    assert "results/tables/runs.parquet cannot be read" in refused(project)
    broken.unlink()
    assert "train" not in planned(project)
    snakemake(project)
    assert all_tables(project) == before


DAY = 24 * 3600
RANDOM = random.Random(1)
CLOCKS = {
    "a year ahead": lambda: time.time() + 365 * DAY,
    "at its beginning": lambda: 1.0,
    "anywhere": lambda: time.time() + RANDOM.uniform(-DAY, DAY),
}


@pytest.mark.parametrize("clock", CLOCKS)
def test_jobs_made_while_the_clock_was_wrong_stay_as_they_are(project, clock):
    before = all_tables(project)
    made = [path for path in sorted(project.glob("results/runs/**/*")) if path.is_file()]
    for path in made:
        then = CLOCKS[clock]()
        os.utime(path, (then, then))
    times = [path.stat().st_mtime_ns for path in made]
    assert "train" not in planned(project)
    snakemake(project)
    assert [path.stat().st_mtime_ns for path in made] == times
    assert all_tables(project) == before
    assert planned(project) == {}


def trains(log, since):
    """Whether a job has logged its second epoch since then; snakemake deletes the last run's log."""
    try:
        return log.stat().st_mtime > since and "epoch 2 " in log.read_text()
    except FileNotFoundError:
        return False


def test_a_job_that_is_killed_is_named_at_the_end(project):
    """As the kernel kills one for its memory: it can write nothing more."""
    edit(project / "tiny.yaml", "epochs: 2", "epochs: 40")
    started = time.time()
    with start_snakemake(project, "--cores", "1", stdout=subprocess.PIPE, text=True) as run:
        while not trains(job_of(project, "relu") / "train.log", started):
            assert time.time() < started + 120
            time.sleep(0.02)
        processes = psutil.Process(run.pid).children(recursive=True)
        training = [one for one in processes if {"train", "-m"} <= set(one.cmdline())]
        assert len(training) == 1
        training[0].kill()
        said, _ = run.communicate()
    assert run.returncode == 1
    name = job_of(project, "relu").relative_to(project / "results/runs")
    assert f"{name}: {status.KILLED}" in said
    assert said.count(status.KILLED) == 1
    snakemake(project)


def test_a_second_snakemake_is_refused_and_a_killed_one_leaves_no_lock(project):
    edit(project / "tiny.yaml", "epochs: 2", "epochs: 40")
    started = time.time()
    first = start_snakemake(project)
    try:
        while (job_of(project, "relu") / "train.log").stat().st_mtime <= started:
            assert time.time() < started + 120
            time.sleep(0.1)
        said = refused(project)
        assert f"Another snakemake is at work in {project}. Wait for it, or end it first." in said
        assert first.poll() is None
    finally:
        os.killpg(first.pid, signal.SIGKILL)
        first.wait()
    # As a Snakemake without our profile would leave it.
    (project / ".snakemake/locks").mkdir(exist_ok=True)
    (project / ".snakemake/locks/0.output.lock").write_text("results/report.md\n")
    snakemake(project)
    assert tables.load("runs", project / "results/tables")["epochs"].max() == 40
