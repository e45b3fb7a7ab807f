"""FashionMNIST: find it, fetch it, check it, split it, hold it.

The four uncompressed IDX files lie in torchvision's layout. Each is a header and then raw bytes, so
jobs map them into memory, read-only, and share one copy.
"""

from __future__ import annotations

import gzip
import hashlib
import logging
import shutil
import socket
import subprocess
import sys
import tempfile
import zlib
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

from activation_lab.datasets.base import Dataset
from activation_lab.errors import UserError
from activation_lab.files import whole

if TYPE_CHECKING:
    import torch

log = logging.getLogger(__name__)

# sha256 of the uncompressed files: a .gz differs by who compressed it.
CHECKSUMS = {
    "train-images-idx3-ubyte": "c59f468a2f672dc815687fe0f83887768d799fd8a3f3276145d20f83aa44d888",
    "train-labels-idx1-ubyte": "bad3541b69d912435c50bb6ba87bec294ff4f6a2e1246121d8633921760443d9",
    "t10k-images-idx3-ubyte": "5b4141f0afbad91edebe8549f8fcffe087ea10ca49f1dbef5c9a5cd8815ce37b",
    "t10k-labels-idx1-ubyte": "0402a96d92fd2663957122ceb108a494c5af83dab82d92729df917d7dec38c34",
}
CLASSES = (
    *("T-shirt/top", "Trouser", "Pullover", "Dress", "Coat"),
    *("Sandal", "Shirt", "Sneaker", "Bag", "Ankle boot"),
)
PIXELS = 784
TRAINING_IMAGES = 50_000
FASHION_MNIST = Dataset(
    name="fashion-mnist",
    title="FashionMNIST",
    shape=(1, 28, 28),
    classes=CLASSES,
    training=TRAINING_IMAGES,
    validation=10_000,
    test=10_000,
    targets=(0.80, 0.85, 0.88),
    citation="Xiao, Rasul & Vollgraf 2017, Fashion-MNIST, arXiv:1708.07747",
)
DEBIAN_PACKAGE = "dataset-fashion-mnist"
KNOWN_FOLDERS = (
    Path("/usr/share/datasets/fashion-mnist"),  # Debian's package
    Path("data/FashionMNIST/raw"),  # torchvision's usual root
    Path.home() / "data/FashionMNIST/raw",
)
UNREACHABLE_AFTER = 8  # seconds until a source that does not answer is given up


class DataError(UserError):
    """FashionMNIST cannot be had or is not what it should be; the message says what to do."""


def checksum(path: Path) -> str:
    """Return the sha256 of a file's bytes, decompressed where its name ends in .gz."""
    opener = gzip.open if path.suffix == ".gz" else open
    with opener(path, "rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def verify(path: Path, name: str) -> None:
    """Check that the file at `path` holds what FashionMNIST's file `name` should.

    Raises `DataError` that names the file and what to do.
    """
    try:
        found = checksum(path)
    except (OSError, EOFError, ValueError, zlib.error) as error:
        found = f"unreadable ({error})"
    if found != CHECKSUMS[name]:
        raise DataError(
            f"{path} is not FashionMNIST's {name}: it is truncated or altered "
            f"(sha256 {found}, not {CHECKSUMS[name]}). Delete it and run again."
        )


def fetch(destination: Path, folder: Path | None = None) -> None:
    """Put the four checked files into `destination`, each whole or not at all.

    With a `folder` only that folder is looked at. Otherwise the sources are, in order: the known
    places of this machine, torchvision's download, Debian's archive. Raises `DataError` with what
    went wrong at each.
    """
    if folder is not None:
        _place(_found_in(folder), destination)
        return
    failures = []
    for source in SOURCES:
        try:
            with tempfile.TemporaryDirectory() as scratch:
                _place(source.find(Path(scratch)), destination)
            log.info("FashionMNIST from %s", source.name)
            return
        except DataError as error:
            failures.append(f"  {source.name}: {error}")
            log.warning("%s: %s", source.name, error)
    raise DataError(
        "FashionMNIST is not to be had from any source:\n"
        + "\n".join(failures)
        + f"\nPut {', '.join(CHECKSUMS)} (or their .gz) into a folder, and name it under "
        "data.folder in the config."
    )


def _found_in(folder: Path) -> dict[str, Path]:
    """Return the checked file for each name, from a folder that has it plain or as .gz."""
    found = {}
    for name in CHECKSUMS:
        candidates = [folder / name, folder / f"{name}.gz"]
        path = next((path for path in candidates if path.is_file()), None)
        if path is None:
            raise DataError(f"{folder} has neither {name} nor {name}.gz")
        verify(path, name)
        found[name] = path
    return found


def _place(found: dict[str, Path], destination: Path) -> None:
    for name, path in found.items():
        opener = gzip.open if path.suffix == ".gz" else open
        copy = whole(destination / name)
        with copy as temporary, opener(path, "rb") as source, temporary.open("wb") as target:
            shutil.copyfileobj(source, target)


def _from_known_folder(_scratch: Path) -> dict[str, Path]:
    present = [folder for folder in KNOWN_FOLDERS if folder.is_dir()]
    failures = []
    for folder in present:
        try:
            return _found_in(folder)
        except DataError as error:
            failures.append(str(error))
    raise DataError("; ".join(failures) or f"none of {', '.join(map(str, KNOWN_FOLDERS))} is there")


def _from_torchvision(scratch: Path) -> dict[str, Path]:
    from torchvision.datasets import FashionMNIST

    mirror = FashionMNIST.mirrors[0]
    _ask(mirror)
    before = socket.getdefaulttimeout()
    socket.setdefaulttimeout(UNREACHABLE_AFTER)  # torchvision itself sets none, and would hang
    try:
        FashionMNIST(scratch, download=True)
    except Exception as error:  # torchvision raises whatever urllib, the archive or the disk does
        raise DataError(f"torchvision's download failed: {error}") from error
    finally:
        socket.setdefaulttimeout(before)
    return _found_in(scratch / "FashionMNIST/raw")


def _ask(address: str) -> None:
    """Raise `DataError` if an address does not answer; asks in a process, which can be ended."""
    code = "import sys, urllib.request as u; u.urlopen(sys.argv[1], timeout=5)"
    try:
        command = [sys.executable, "-c", code, f"{address}t10k-labels-idx1-ubyte.gz"]
        done = subprocess.run(
            command, capture_output=True, text=True, timeout=UNREACHABLE_AFTER, check=False
        )
    except subprocess.TimeoutExpired:
        raise DataError(f"{address}: no answer within {UNREACHABLE_AFTER} seconds") from None
    if done.returncode:
        raise DataError(f"{address}: {done.stderr.strip().splitlines()[-1]}")


def _from_debian(scratch: Path) -> dict[str, Path]:
    """Fetch and unpack Debian's package; needs apt's own sources, and no root."""
    if not (shutil.which("apt-get") and shutil.which("dpkg-deb")):
        raise DataError("this machine has no apt-get and dpkg-deb")
    for part in ("lists/partial", "cache/archives/partial"):
        (scratch / part).mkdir(parents=True)
    apt = [
        *("apt-get", "-q", "-o", f"Dir::State::Lists={scratch}/lists"),
        *("-o", f"Dir::Cache={scratch}/cache", "-o", "Debug::NoLocking=1"),
        *("-o", "Acquire::Retries=0", "-o", f"Acquire::http::Timeout={UNREACHABLE_AFTER}"),
    ]
    _run([*apt, "update"], scratch)
    _run([*apt, "download", DEBIAN_PACKAGE], scratch)
    for package in scratch.glob("*.deb"):
        _run(["dpkg-deb", "-x", package.name, "unpacked"], scratch)
    return _found_in(scratch / "unpacked/usr/share/datasets/fashion-mnist")


def _run(command: list[str], folder: Path) -> None:
    try:
        done = subprocess.run(
            command, cwd=folder, capture_output=True, text=True, timeout=120, check=False
        )
    except subprocess.TimeoutExpired:
        raise DataError(f"{command[0]} {command[-1]} did not end within 120 seconds") from None
    if done.returncode:
        raise DataError(f"{command[0]} failed: {done.stderr.strip()[-500:]}")


@dataclass(frozen=True)
class Source:
    """A place that may have FashionMNIST; `find` returns its checked files or raises."""

    name: str
    find: Callable[[Path], dict[str, Path]]


SOURCES = (
    Source("this machine", _from_known_folder),
    Source("torchvision's download", _from_torchvision),
    Source("Debian's archive", _from_debian),
)


def images(folder: Path, part: str) -> np.ndarray:
    """Return the images of `train` or `t10k`: [N, 784], uint8, mapped and shared, not copied.

    Raises `DataError` if the file has changed since it was fetched.
    """
    return _map(folder / f"{part}-images-idx3-ubyte", header=16).reshape(-1, PIXELS)


def labels(folder: Path, part: str) -> np.ndarray:
    """Return the labels of `train` or `t10k`: [N], uint8, mapped and shared, not copied.

    Raises `DataError` if the file has changed since it was fetched.
    """
    return _map(folder / f"{part}-labels-idx1-ubyte", header=8)


def _map(path: Path, header: int) -> np.ndarray:
    verify(path, path.name)
    # Copy-on-write: torch wants writable memory, and nothing ever writes.
    return np.memmap(path, dtype=np.uint8, mode="c", offset=header)


def split() -> tuple[torch.Tensor, torch.Tensor]:
    """Return the tutorial's training and validation indices, [50000] and [10000].

    They are `random_split([50000, 10000])` after `torch.manual_seed(42)`: a permutation, cut.
    """
    import torch

    order = torch.randperm(60_000, generator=torch.Generator().manual_seed(42))
    return order[:TRAINING_IMAGES], order[TRAINING_IMAGES:]


@dataclass(frozen=True)
class Part:
    """One part of the data: images [N, 784], scaled to [-1, 1], and labels [N] int64."""

    images: torch.Tensor
    labels: torch.Tensor

    def __len__(self) -> int:
        return len(self.labels)

    def to(self, device: str) -> Part:
        """Return this part on a device; itself, if it is there."""
        return Part(self.images.to(device), self.labels.to(device))

    def batch(self, rows: torch.Tensor | slice) -> tuple[torch.Tensor, torch.Tensor]:
        """Return images [B, 784] and labels [B]; those of a slice share the part's memory."""
        if isinstance(rows, slice):
            return self.images[rows], self.labels[rows]
        return self.images.index_select(0, rows), self.labels.index_select(0, rows)


def normalise(pixels: torch.Tensor) -> torch.Tensor:
    """Scale bytes to [-1, 1], as the tutorial's ToTensor and Normalize((0.5,), (0.5,)) do."""
    return pixels.float().div_(255).sub_(0.5).mul_(2)


def load(folder: Path, training_images: int, device: str = "cpu") -> dict[str, Part]:
    """Return the parts `training`, `validation` and `test`, the tutorial's split.

    They are scaled once, as float32: 220 MB, for a tenth less time a step than bytes would take.
    """
    import torch

    def parts(name: str, *several: torch.Tensor | slice) -> list[Part]:
        pixels = torch.from_numpy(images(folder, name))  # verified as it is opened: once
        classes = torch.from_numpy(labels(folder, name)).long()
        return [Part(normalise(pixels[i]), classes[i]).to(device) for i in several]

    first, second = split()
    training, validation = parts("train", first[:training_images], second)
    (test,) = parts("t10k", slice(None))
    return {"training": training, "validation": validation, "test": test}
