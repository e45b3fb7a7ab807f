"""Where a job trains: the choice of a device, and the leases by which jobs share GPUs."""

from __future__ import annotations

import contextlib
import logging
import os
import tempfile
import time
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import IO

import torch

from activation_lab.errors import UserError
from activation_lab.pipeline.lock import take

log = logging.getLogger(__name__)

# One folder for each user of the machine, so that jobs of other checkouts and results folders count too.
LEASES = Path(tempfile.gettempdir()) / f"activation-lab-{os.getuid()}"
POLL_SECONDS = 0.2


def choose(setting: str) -> str:
    """Return `cpu`, `cuda` or `mps`; `auto` gives `cuda` if there is an NVIDIA GPU, otherwise `cpu`.

    Raises `UserError` if there is no such device here.
    """
    if setting == "auto":
        return "cuda" if torch.cuda.is_available() else "cpu"
    here = {"cpu": True, "cuda": torch.cuda.is_available(), "mps": torch.mps.is_available()}
    if not here[setting]:
        raise UserError(
            f"device: {setting}, but torch finds no such GPU here. Use device: auto or cpu."
        )
    return setting


@contextlib.contextmanager
def device(setting: str, jobs_per_device: int) -> Iterator[str]:
    """Yield the device to train on, as torch names it; an NVIDIA GPU is leased until the end.

    Raises `UserError` if there is no such device here.
    """
    chosen = choose(setting)
    if chosen != "cuda":
        yield chosen
        return
    # Without it cuBLAS may take another kernel each time (NVIDIA, "Results reproducibility").
    os.environ.setdefault("CUBLAS_WORKSPACE_CONFIG", ":4096:8")
    with lease(identities(), jobs_per_device) as number:
        torch.cuda.set_device(number)
        yield f"cuda:{number}"


def identities() -> list[str]:
    """Return the identity of each GPU that CUDA_VISIBLE_DEVICES leaves, in torch's order.

    A GPU's number does not identify it: under a cluster's control groups, every job sees its first GPU
    as 0.
    """
    count = torch.cuda.device_count()
    return [str(torch.cuda.get_device_properties(number).uuid) for number in range(count)]


@contextlib.contextmanager
def lease(devices: Sequence[str], jobs_per_device: int, folder: Path = LEASES) -> Iterator[int]:
    """Wait until a device has fewer than `jobs_per_device` jobs; yield its position in the list.

    Devices with the fewest jobs are taken first. The lease ends with the context, or with the process.
    """
    slots = [
        (position, folder / f"{name}.{slot}.lock")
        for slot in range(jobs_per_device)
        for position, name in enumerate(devices)
    ]
    position, file = _first_free(slots)
    with file:
        yield position


def _first_free(slots: Sequence[tuple[int, Path]]) -> tuple[int, IO[str]]:
    told = False
    while True:
        for position, path in slots:
            file = take(path)
            if file:
                return position, file
        if not told:
            log.info("Waiting for a GPU: %d jobs are at work on those here", len(slots))
            told = True
        time.sleep(POLL_SECONDS)
