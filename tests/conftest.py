"""What the tests share: real FashionMNIST, a copy of the project, and how to run it."""

import os
import re
import shutil
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
import torch
from filelock import FileLock

from activation_lab.datasets.base import Part
from activation_lab.datasets.fashion_mnist import FASHION_MNIST
from activation_lab.protocol import Settings
from activation_lab.training.build import build
from activation_lab.training.stack import Stack

ROOT = Path(__file__).parents[1]
DATA = ROOT / "results/data"
SOURCES = ("Snakefile", "config.yaml", "environment.yml", "workflow", "profiles")

torch.set_num_threads(1)


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """The tests of SLURM mostly wait, and take longest: they begin first, beside the others."""
    items.sort(key=lambda item: item.path.name != "test_slurm.py")


@pytest.fixture(scope="session")
def raw() -> Path:
    """The folder of FashionMNIST's four files, fetched if they are not there."""
    folder = DATA / FASHION_MNIST.folder
    if not all((DATA / file).is_file() for file in FASHION_MNIST.files):
        FASHION_MNIST.fetch(folder)
    return folder


@pytest.fixture(scope="session")
def parts(raw) -> dict[str, Part]:
    return FASHION_MNIST.load(raw, FASHION_MNIST.training)


def small_settings(**changes) -> Settings:
    """A small network that trains in a moment."""
    settings = {
        **{"activation": "tanh", "network": [20, 12], "initialisation": "default"},
        **{"normalisation": "none", "optimizer": "sgd", "learning_rate": 0.05},
        **{"schedule": "constant", "momentum": 0.9, "weight_decay": 0.0, "batch_size": 128},
        **{"epochs": 3, "stop": "patience", "patience": 7, "training_images": 1_024},
        "precision": "float32",
    }
    return Settings.model_validate({**settings, **changes})


def stacked(settings, seeds) -> Stack:
    """The networks of these seeds, as they train together."""
    return Stack([build(settings, seed) for seed in seeds])


@pytest.fixture
def settings() -> Settings:
    return small_settings()


@pytest.fixture
def small(parts, settings) -> dict[str, Part]:
    """Little data, real: the first images of each part."""
    count = {"training": settings.training_images, "validation": 300, "test": 300}
    return {name: part.first(count[name]) for name, part in parts.items()}


def copy_project(folder: Path, raw: Path) -> Path:
    """Copy what a user has into a folder, with the data in place."""
    folder.mkdir(parents=True, exist_ok=True)
    for name in SOURCES:
        source = ROOT / name
        if source.is_dir() and not source.is_symlink():
            ignored = shutil.ignore_patterns("__pycache__", "*.egg-info")
            shutil.copytree(source, folder / name, ignore=ignored)
        else:
            shutil.copy2(source, folder / name, follow_symlinks=False)
    shutil.copy2(ROOT / "tests/tiny.yaml", folder / "tiny.yaml")
    data = folder / "results/data" / FASHION_MNIST.folder
    data.parent.mkdir(parents=True)
    data.symlink_to(raw)
    return folder


def environment() -> dict[str, str]:
    """This environment, with the programs of the Python that runs the tests first."""
    own = Path(sys.executable).parent
    return {**os.environ, "PATH": f"{own}:{os.environ['PATH']}", "OMP_NUM_THREADS": "1"}


SMALL_RUN = ("snakemake", "--cores", "2", "--configfile", "tiny.yaml")


def start_snakemake(folder: Path, *arguments: str, **options: Any) -> subprocess.Popen:
    """Start what `snakemake` runs, in a session of its own that can be killed as a whole."""
    options = {"stdout": subprocess.DEVNULL, "stderr": subprocess.DEVNULL, **options}
    return subprocess.Popen(
        [*SMALL_RUN, *arguments], cwd=folder, env=environment(), start_new_session=True, **options
    )


def snakemake(folder: Path, *arguments: str, check: bool = True) -> subprocess.CompletedProcess:
    """Run snakemake in a copy of the project, as a user would, with the small config."""
    done = subprocess.run(
        [*SMALL_RUN, *arguments],
        cwd=folder,
        env=environment(),
        capture_output=True,
        text=True,
        check=False,
        timeout=600,
    )
    assert not check or done.returncode == 0, done.stdout + done.stderr
    return done


@pytest.fixture(scope="session")
def made(tmp_path_factory, raw):
    """A finished run, to look at; `project` is one to change.

    It runs once for all processes of the tests, and each has a copy.
    """
    base = tmp_path_factory.getbasetemp()
    shared = base.parent if "PYTEST_XDIST_WORKER" in os.environ else base
    first, name = shared / "finished run", "a café of one's own"
    with FileLock(shared / "finished run.lock"):
        if not first.exists():
            begun = tmp_path_factory.mktemp("begun")
            snakemake(copy_project(begun / name, raw))
            begun.rename(first)
    folder = tmp_path_factory.mktemp("made") / name
    shutil.copytree(first / name, folder, symlinks=True)
    return folder


@pytest.fixture
def project(made, tmp_path):
    """A finished run of one's own, to change."""
    folder = tmp_path / "project"
    shutil.copytree(made, folder, symlinks=True)
    return folder


def planned(folder, *arguments):
    """Return what snakemake would run: rule → number of jobs."""
    done = snakemake(folder, "--dry-run", *arguments)
    text = done.stdout + done.stderr
    if "Nothing to be done" in text:
        return {}
    counts = dict(re.findall(r"^(\w+) +(\d+)$", text, flags=re.MULTILINE))
    return {rule: int(n) for rule, n in counts.items() if rule not in ("all", "total")}


def all_tables(folder):
    return {
        path.name: path.read_bytes() for path in sorted(folder.glob("results/tables/*.parquet"))
    }


def edit(path, old, new):
    text = path.read_text()
    assert old in text
    path.write_text(text.replace(old, new, 1))


def jobs_of(project, activation):
    """The folders of the jobs that train networks with this activation from seed 42, as they began."""
    logs = project.glob(f"results/runs/fashion-mnist/*/{activation}/*/seeds-42-42/train.log")
    return [log.parent for log in sorted(logs, key=lambda log: log.stat().st_mtime)]


def job_of(project, activation):
    """The folder of the last of them."""
    return jobs_of(project, activation)[-1]
