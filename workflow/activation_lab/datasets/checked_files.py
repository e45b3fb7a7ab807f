"""The files of a dataset: checked against known checksums, and put in place whole or not at all.

Checksums are by the names under which files are stored. If such a name ends in .gz, the file is stored
as it was published, and the checksum is that of the packed file. Otherwise a packed copy is taken too.
"""

from __future__ import annotations

import gzip
import shutil
import zlib
from collections.abc import Iterable, Mapping
from pathlib import Path

from activation_lab.errors import UserError
from activation_lab.files import checksum, whole

ALGORITHMS = {32: "md5", 64: "sha256"}  # the digits of a digest tell which it is


class DataError(UserError):
    """A dataset is not found, or is not what it should be; the message says what to do."""


def check(path: Path, name: str, expected: str, title: str) -> None:
    """Check that a file has the digest that the one stored as `name` should have.

    `title` is the dataset's. Raises `DataError`, which names the file and says what to do.
    """
    algorithm = ALGORITHMS[len(expected)]
    try:
        found = checksum(path, algorithm, unpack=_packed(path, name))
    except (OSError, EOFError, ValueError, zlib.error) as error:
        found = f"unreadable ({error})"
    if found != expected:
        raise DataError(
            f"{path} is not {title}'s {name}: it is truncated, altered or another dataset's "
            f"({algorithm} {found}, not {expected}). Delete it and run again."
        )


def find(folders: Iterable[Path], checksums: Mapping[str, str], title: str) -> dict[str, Path]:
    """Return the checked files from the first folder that has them all, by name.

    Raises `DataError` with what is wrong with each folder.
    """
    failures = []
    for folder in folders:
        try:
            return {name: _find(folder, name, checksums[name], title) for name in checksums}
        except DataError as error:
            failures.append(str(error))
    raise DataError("; ".join(failures))


def _find(folder: Path, name: str, expected: str, title: str) -> Path:
    candidates = [folder / name] if name.endswith(".gz") else [folder / name, folder / f"{name}.gz"]
    path = next((path for path in candidates if path.is_file()), None)
    if path is None:
        either = " nor ".join(candidate.name for candidate in candidates)
        raise DataError(f"{folder} has {'neither' if len(candidates) > 1 else 'no'} {either}")
    check(path, name, expected, title)
    return path


def place(found: Mapping[str, Path], destination: Path) -> None:
    """Copy files into a folder under their names, each whole or not at all."""
    for name, path in found.items():
        opener = gzip.open if _packed(path, name) else open
        copy = whole(destination / name)
        with copy as temporary, opener(path, "rb") as source, temporary.open("wb") as target:
            shutil.copyfileobj(source, target)


def _packed(path: Path, name: str) -> bool:
    """Tell whether a file is a packed copy of the one that is stored as `name`."""
    return path.name == f"{name}.gz"


def wanted(checksums: Mapping[str, str]) -> str:
    """Say which files a user's folder should have."""
    plain = not any(name.endswith(".gz") for name in checksums)
    return f"{', '.join(checksums)}{' (or their .gz)' * plain}"
