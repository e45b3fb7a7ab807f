"""What goes wrong on real machines, made to go wrong for real: each ends in one clear message."""

import contextlib
import os
import subprocess
import sys

import pytest

from activation_lab.plan import Job
from conftest import ROOT, environment, small_settings

pytestmark = pytest.mark.skipif(
    os.geteuid() != 0 or sys.platform != "linux",
    reason="needs root on Linux to mount a file system",
)


@contextlib.contextmanager
def mounted(folder, options):
    """A file system of its own in a folder."""
    folder.mkdir()
    mount = ["mount", "-t", "tmpfs", "-o", options, "tmpfs", str(folder)]
    done = subprocess.run(mount, capture_output=True, text=True, check=False)
    if done.returncode:
        pytest.skip(f"no file system can be mounted here: {done.stderr.strip()}")
    try:
        yield folder
    finally:
        subprocess.run(["umount", str(folder)], check=True)


def train(raw, out):
    job = Job(study="s", cell="tanh", seeds=(1, 2), settings=small_settings(epochs=1))
    command = [sys.executable, "-m", "activation_lab", "train", "--device", "cpu"]
    command += ["--job", job.model_dump_json(), "--data", str(raw), "--out", str(out)]
    return subprocess.run(
        command,
        env={**environment(), "PYTHONPATH": str(ROOT / "workflow")},
        capture_output=True,
        text=True,
        check=False,
        timeout=120,
    )


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


def test_a_folder_that_cannot_be_written_is_named(tmp_path, raw):
    with mounted(tmp_path / "fixed", "ro") as folder:
        done = train(raw, folder / "job")
        assert done.returncode == 1
        assert f"Read-only file system: '{folder / 'job'}'" in done.stderr
        assert "Traceback" not in done.stderr


def test_too_little_memory_is_named(tmp_path, raw):
    """Address space is what can be limited; torch alone maps several gigabytes of it."""
    job = Job(
        study="s",
        cell="tanh",
        seeds=tuple(range(64)),
        settings=small_settings(epochs=1, network=[8192, 8192]),
    )
    script = f"""
import resource, sys
import activation_lab.stages.train
from activation_lab.__main__ import main
now = int(open("/proc/self/statm").read().split()[0]) * resource.getpagesize()
resource.setrlimit(resource.RLIMIT_AS, (now + 2**30,) * 2)
main(["train", "--device", "cpu", "--job", {job.model_dump_json()!r}, "--data", {str(raw)!r},
      "--out", {str(tmp_path / "job")!r}])
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
    assert last.startswith("Error: Too little memory to train 64 networks together")
    assert "seeds_per_job" in last
    assert "Traceback" not in done.stderr
