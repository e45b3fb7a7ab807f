"""The process around the jobs: set up torch, name what the device lacks, and record each job."""

from __future__ import annotations

import contextlib
import hashlib
import json
import platform
import signal
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pyarrow
import torch

from activation_lab import processor
from activation_lab.config.jobs import Job, Tuning
from activation_lab.errors import UserError
from activation_lab.files import checksum, write_text
from activation_lab.protocol import Settings


def prepare() -> None:
    """Set torch so that the same job makes the same bytes, without losing time."""
    torch.set_num_threads(1)  # the number of threads changes the last bits of sums
    # As use_deterministic_algorithms(True), which also imports torch's compiler, and that takes 1.7 s.
    torch.set_deterministic_debug_mode("error")
    # This would write once more to every new tensor. (The attribute exists, but torch's type stubs do
    # not have it.)
    torch.utils.deterministic.fill_uninitialized_memory = False  # pyright: ignore[reportAttributeAccessIssue]
    # A CPU is tens of times slower at denormal numbers, which sigmoid's deep gradients are full of.
    torch.set_flush_denormal(True)


def ignore_signals() -> None:
    """Ignore SIGTERM and SIGINT from now on: all is written, and the process is about to end.

    A finished job that fails would lose everything: Snakemake deletes the tables of a job that failed.
    """
    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, signal.SIG_IGN)


def model_of(device: str) -> str:
    """Return the name of a device's model: two GPUs of one kind make the same bits."""
    return torch.cuda.get_device_name(device) if device.startswith("cuda") else device


@contextlib.contextmanager
def memory_named() -> Iterator[None]:
    """Raise `UserError` if memory runs out; on a CPU torch has no exception of its own for that."""
    try:
        yield
    except (MemoryError, RuntimeError) as error:
        known = isinstance(error, (MemoryError, torch.OutOfMemoryError))
        if not known and "allocate memory" not in str(error):
            raise
        raise UserError(
            f"Too little memory for this job ({error}). Give it more. On a GPU, where the seeds of "
            "a job train at once, a smaller seeds_per_job in the config also helps."
        ) from error


def check_precision(settings: Settings, device: str) -> None:
    """Raise `UserError` if the device does not have the precision that a job asks for."""
    if settings.precision == "tf32" and not device.startswith("cuda"):
        raise UserError(
            f"precision: tf32 is a format of NVIDIA GPUs, and this job was given the {device}. "
            "Use float32 or bfloat16."
        )


@dataclass(frozen=True)
class Identity:
    """Everything that decides the bits of a job's results."""

    job: Job | Tuning
    code: str
    device: str

    def record(self) -> dict[str, Any]:
        """Return it as a job's record states it, in values that JSON has."""
        return {
            "job": self.job.model_dump(mode="json"),
            "code": self.code,
            "own": self.own(),
            "device": self.device,
            "processor": processor.name(),
            "threads": torch.get_num_threads(),
            "versions": {
                "python": platform.python_version(),
                "torch": torch.__version__,
                "pyarrow": pyarrow.__version__,
                "system": f"{platform.system()} {platform.machine()}",
            },
        }

    def own(self) -> dict[str, str]:
        """Return the sha256 of each file of a user's own, by how the config names it."""
        return {name: checksum(Path(file)) for name, file in self.job.own_files.items()}

    def digest(self) -> str:
        """Return a digest of it; a checkpoint with another digest is not used."""
        own = json.dumps(self.own(), sort_keys=True)
        parts = [self.job.model_dump_json(), self.code, own, torch.__version__, self.device]
        return hashlib.sha256("\n".join(parts).encode()).hexdigest()


def write_record(record: dict[str, Any], folder: Path) -> None:
    """Write a job's record into its folder.

    Its settings go into the parent folder, which holds all blocks of seeds.
    """
    _write_json(record["job"]["settings"], folder.parent / "settings.json")
    _write_json(record, folder / "job.json")


def _write_json(value: dict[str, Any], path: Path) -> None:
    write_text(json.dumps(value, indent=1) + "\n", path)
