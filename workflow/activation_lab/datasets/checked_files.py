"""The files of a dataset: checked against known checksums, and put in place whole or not at all."""

from __future__ import annotations

import gzip
import shutil
import zlib
from collections.abc import Iterable, Mapping
from pathlib import Path

from activation_lab.errors import UserError
from activation_lab.files import checksum, whole


class DataError(UserError):
    """A dataset is not found, or is not what it should be; the message says what to do."""


def check(path: Path, expected: str, title: str) -> None:
    """Check that a file, compressed or not, has the sha256 that it should have uncompressed.

    `title` is the dataset's. Raises `DataError`, which names the file and says what to do.
    """
    try:
        found = checksum(path)
    except (OSError, EOFError, ValueError, zlib.error) as error:
        found = f"unreadable ({error})"
    if found != expected:
        raise DataError(
            f"{path} is not {title}'s {path.name.removesuffix('.gz')}: it is truncated or altered "
            f"(sha256 {found}, not {expected}). Delete it and run again."
        )


def find(folders: Iterable[Path], checksums: Mapping[str, str], title: str) -> list[Path]:
    """Return the checked files from the first folder that has them all, each plain or as .gz.

    `checksums` are by name. Raises `DataError` with what is wrong with each folder.
    """
    failures = []
    for folder in folders:
        try:
            return [_find(folder, name, checksums[name], title) for name in checksums]
        except DataError as error:
            failures.append(str(error))
    raise DataError("; ".join(failures))


def _find(folder: Path, name: str, expected: str, title: str) -> Path:
    candidates = [folder / name, folder / f"{name}.gz"]
    path = next((path for path in candidates if path.is_file()), None)
    if path is None:
        raise DataError(f"{folder} has neither {name} nor {name}.gz")
    check(path, expected, title)
    return path


def place(found: Iterable[Path], destination: Path) -> None:
    """Copy files into a folder, uncompressed, each whole or not at all."""
    for path in found:
        opener = gzip.open if path.suffix == ".gz" else open
        copy = whole(destination / path.name.removesuffix(".gz"))
        with copy as temporary, opener(path, "rb") as source, temporary.open("wb") as target:
            shutil.copyfileobj(source, target)
