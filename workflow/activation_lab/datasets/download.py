"""Where datasets come from: folders of this machine, torchvision's downloads, Debian's archive.

A source gives folders that may hold a dataset's files. It does not check them: the dataset does.
"""

from __future__ import annotations

import importlib
import shutil
import socket
import subprocess
import sys
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import Any

from activation_lab.datasets.checked_files import DataError

UNREACHABLE_AFTER = 8  # seconds after which a source that does not answer is given up
DEBIAN_FOLDER = Path("usr/share/datasets")  # where Debian's packages of datasets have their files


@dataclass(frozen=True)
class Source:
    """A place that may have a dataset.

    `find` takes an empty folder to work in, and returns folders that may hold the files. It raises
    `DataError` if there are none.
    """

    name: str
    find: Callable[[Path], Sequence[Path]]


def here(*folders: Path) -> Source:
    """Return the source of known folders on this machine."""
    return Source("this machine", partial(_present, folders))


def usual(folder: str) -> list[Path]:
    """Return the places where a dataset's folder usually is, after torchvision's examples."""
    return [Path("data", folder), Path.home() / "data" / folder]


def _present(folders: Sequence[Path], _scratch: Path) -> list[Path]:
    present = [folder for folder in folders if folder.is_dir()]
    if not present:
        raise DataError(f"none of {', '.join(map(str, folders))} is there")
    return present


def torchvision(name: str) -> Source:
    """Return the source that downloads with the class `name` of `torchvision.datasets`."""
    return Source("torchvision's download", partial(_downloaded, name))


def torchvision_class(name: str) -> Any:
    """Return the class of a dataset in torchvision, which takes a second to import."""
    return getattr(importlib.import_module("torchvision.datasets"), name)


def _downloaded(name: str, scratch: Path) -> list[Path]:
    dataset = torchvision_class(name)
    _ask(_address(dataset))
    before = socket.getdefaulttimeout()
    socket.setdefaulttimeout(UNREACHABLE_AFTER)  # torchvision itself sets none, and would hang
    try:
        dataset(scratch, download=True)
    except Exception as error:  # torchvision raises whatever urllib, the archive or the disk does
        raise DataError(f"torchvision's download failed: {error}") from error
    finally:
        socket.setdefaulttimeout(before)
    return [scratch]


def _address(dataset: Any) -> str:
    """Return the address of the last file that torchvision downloads; that of MNIST's kind is small."""
    if hasattr(dataset, "mirrors"):
        return f"{dataset.mirrors[0]}{dataset.resources[-1][0]}"
    return dataset.url


def _ask(address: str) -> None:
    """Raise `DataError` if an address does not answer.

    A separate process asks, because it can be stopped.
    """
    code = "import sys, urllib.request as u; u.urlopen(sys.argv[1], timeout=5)"
    try:
        command = [sys.executable, "-c", code, address]
        done = subprocess.run(
            command, capture_output=True, text=True, timeout=UNREACHABLE_AFTER, check=False
        )
    except subprocess.TimeoutExpired:
        raise DataError(f"{address}: no answer within {UNREACHABLE_AFTER} seconds") from None
    if done.returncode:
        raise DataError(f"{address}: {done.stderr.strip().splitlines()[-1]}")


def debian(package: str) -> Source:
    """Return the source of one of Debian's packages of datasets, such as `dataset-fashion-mnist`."""
    return Source("Debian's archive", partial(_unpacked, package))


def debian_folder(package: str) -> Path:
    """Return the folder that one of Debian's packages of datasets installs, without the leading /."""
    return DEBIAN_FOLDER / package.removeprefix("dataset-")


def _unpacked(package: str, scratch: Path) -> list[Path]:
    """Download and unpack a package; needs apt's own sources, and no root."""
    if not (shutil.which("apt-get") and shutil.which("dpkg-deb")):
        raise DataError("this machine has no apt-get and dpkg-deb")
    for part in ("lists/partial", "cache/archives/partial"):
        (scratch / part).mkdir(parents=True)
    options = {
        "Dir::State::Lists": scratch / "lists",
        "Dir::Cache": scratch / "cache",
        "Debug::NoLocking": 1,
        "Acquire::Retries": 0,
        "Acquire::http::Timeout": UNREACHABLE_AFTER,
    }
    apt = ["apt-get", "-q"]
    for name, value in options.items():
        apt += ["-o", f"{name}={value}"]
    _run([*apt, "update"], scratch)
    _run([*apt, "download", package], scratch)
    for file in scratch.glob("*.deb"):
        _run(["dpkg-deb", "-x", file.name, "unpacked"], scratch)
    return [scratch / "unpacked" / debian_folder(package)]


def _run(command: list[str], folder: Path) -> None:
    try:
        done = subprocess.run(
            command, cwd=folder, capture_output=True, text=True, timeout=120, check=False
        )
    except subprocess.TimeoutExpired:
        raise DataError(f"{command[0]} {command[-1]} did not end within 120 seconds") from None
    if done.returncode:
        raise DataError(f"{command[0]} failed: {done.stderr.strip()[-500:]}")
