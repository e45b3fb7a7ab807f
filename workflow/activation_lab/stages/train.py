"""Train and measure the networks of one job."""

import argparse
import contextlib
import hashlib
import importlib.abc
import json
import os
import platform
import sys
import time
from collections.abc import Iterator
from pathlib import Path

import pyarrow
import torch

from activation_lab import tables
from activation_lab.config.plan import Job
from activation_lab.datasets import fashion_mnist as data
from activation_lab.errors import UserError
from activation_lab.files import write_text
from activation_lab.pipeline import digests as sources
from activation_lab.training import devices, job
from activation_lab.training.checkpoint import CHECKPOINT_SECONDS, Checkpoint


def arguments() -> argparse.ArgumentParser:
    """Return the stage's command line."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--job", type=Job.model_validate_json, required=True, help="as JSON")
    parser.add_argument("--data", type=Path, required=True)
    parser.add_argument("--device", choices=("auto", "cpu", "cuda", "mps"), required=True)
    parser.add_argument(
        "--jobs-per-device", type=int, default=os.getenv("ACTIVATION_LAB_JOBS_PER_DEVICE", "1")
    )
    parser.add_argument("--out", type=Path, required=True, help="the job's folder")
    parser.add_argument("--checkpoint-seconds", type=float, default=CHECKPOINT_SECONDS)
    return parser


def run(given: argparse.Namespace) -> None:
    """Write the job's tables and its job.json into the folder `--out`."""
    started = time.monotonic()
    torch.set_num_threads(1)  # the number of threads changes the last bits of sums
    # As use_deterministic_algorithms(True), which spends 1.7 s on an import of torch's compiler.
    torch.set_deterministic_debug_mode("error")
    # A pass over every new tensor. (torch has the name, and its types do not.)
    torch.utils.deterministic.fill_uninitialized_memory = False  # pyright: ignore[reportAttributeAccessIssue]
    # A CPU is tens of times slower at denormal numbers, which sigmoid's deep gradients are full of.
    torch.set_flush_denormal(True)
    code = sources.digest("train")
    parts = data.load(given.data, given.job.settings.training_images)
    with devices.device(given.device, given.jobs_per_device) as device, _memory_named(given.job):
        _check_precision(given.job, device)
        model = torch.cuda.get_device_name(device) if device.startswith("cuda") else device
        checkpoint = Checkpoint(
            given.out / "checkpoint.pt", _identity(given.job, model, code), given.checkpoint_seconds
        )
        there = {name: part.to(device) for name, part in parts.items()}
        result = job.run(given.job, there, device, checkpoint)
    _spare_pandas()
    for name, rows in result.tables.items():
        tables.write(name, rows, given.out / f"{name}.parquet")
    seconds = {**result.seconds, "total": time.monotonic() - started}
    record = _record(given.job, model, code) | {"seconds": seconds, "resumed": result.resumed}
    write_text(json.dumps(record, indent=1) + "\n", given.out / "job.json")
    if _awaited():
        checkpoint.remove()


def _awaited() -> bool:
    """Whether the Snakemake that started this job still runs; if not, the next one starts it again."""
    try:
        os.kill(int(os.getenv("ACTIVATION_LAB_SNAKEMAKE", os.getpid())), 0)  # only asks
    except OSError:  # its number is free, or somebody else's
        return False
    return True


@contextlib.contextmanager
def _memory_named(planned: Job) -> Iterator[None]:
    """Raise `UserError` where memory runs out; on a CPU torch has no exception of its own for that."""
    try:
        yield
    except (MemoryError, RuntimeError) as error:
        own = isinstance(error, (MemoryError, torch.OutOfMemoryError))
        if not own and "allocate memory" not in str(error):
            raise
        raise UserError(
            f"Too little memory to train {len(planned.seeds)} networks together ({error}). Give the "
            "job more, or let it train fewer seeds at a time: seeds_per_job in the config."
        ) from error


class _NoPandas(importlib.abc.MetaPathFinder):
    """Says that there is no pandas."""

    def find_spec(self, fullname: str, *_others: object) -> None:
        """Raise `ModuleNotFoundError` for pandas; leave all else to other finders."""
        if fullname == "pandas":
            raise ModuleNotFoundError(name=fullname)


def _spare_pandas() -> None:
    """Keep pyarrow from importing pandas, half a second, to ask whether a list is a Series."""
    finder = _NoPandas()
    sys.meta_path.insert(0, finder)
    try:
        pyarrow.array([])  # it asks once
    finally:
        sys.meta_path.remove(finder)


def _check_precision(planned: Job, device: str) -> None:
    if planned.settings.precision == "tf32" and not device.startswith("cuda"):
        raise UserError(
            f"precision: tf32 is a format of NVIDIA GPUs, and this job was given the {device}. "
            "Use float32 or bfloat16."
        )


def _identity(planned: Job, device: str, code: str) -> str:
    """Return the digest of all that decides the job's bits: a checkpoint of another is foreign."""
    parts = [planned.model_dump_json(), code, torch.__version__, device]
    return hashlib.sha256("\n".join(parts).encode()).hexdigest()


def _record(planned: Job, device: str, code: str) -> dict:
    """Return what the report needs to know about how the job was run."""
    return {
        "job": planned.model_dump(mode="json"),
        "device": device,
        "processor": processor(),
        "threads": torch.get_num_threads(),
        "code": code,
        "versions": {
            "python": platform.python_version(),
            "torch": torch.__version__,
            "pyarrow": pyarrow.__version__,
            "system": f"{platform.system()} {platform.machine()}",
        },
    }


def processor() -> str:
    """Return the name of this machine's processor."""
    cpuinfo = Path("/proc/cpuinfo")
    lines = cpuinfo.read_text().splitlines() if cpuinfo.exists() else []
    models = (line.split(":", 1)[1].strip() for line in lines if line.startswith("model name"))
    return next(models, platform.processor() or platform.machine())
