"""Write files so that no half-written file is ever read, and name files that are broken."""

from __future__ import annotations

import gzip
import hashlib
import json
import os
import re
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from activation_lab.errors import UserError


@contextmanager
def whole(path: Path) -> Iterator[Path]:
    """Yield a temporary path to write to, which becomes `path` when everything is written.

    If writing fails, nothing is left of it and `path` stays as it was.
    """
    path.parent.mkdir(parents=True, exist_ok=True)
    # Each process has its own temporary file: a job that survived a killed Snakemake may be writing the
    # same file.
    temporary = path.with_name(f".{path.name}.{os.getpid()}")
    try:
        yield temporary
        temporary.replace(path)
    finally:
        temporary.unlink(missing_ok=True)


def write_text(text: str, path: Path) -> None:
    """Write a text file, whole or not at all."""
    with whole(path) as temporary:
        temporary.write_text(text, encoding="utf-8")


def ensure_room(folder: Path, size: int = 2**20) -> None:
    """Create a folder if it is missing.

    Raise `UserError` if `size` bytes cannot be written to it.
    """
    try:
        folder.mkdir(parents=True, exist_ok=True)
        with tempfile.TemporaryFile(dir=folder) as file:
            file.write(bytes(size))
            file.flush()
    except OSError as error:
        raise UserError(
            f"Nothing can be written to {folder.resolve()}: {error.strerror}. Fix that, or name "
            "another folder in the config, and run again."
        ) from error


def slug(name: str) -> str:
    """Return a name as it stands in paths: lower-case letters and digits, joined by hyphens.

    >>> slug("FashionMNIST residual")
    'fashionmnist-residual'
    """
    return re.sub(r"[^a-z0-9]+", "-", name.lower()).strip("-")


def checksum(path: Path, algorithm: str = "sha256", unpack: bool = False) -> str:
    """Return a digest of a file's bytes; with `unpack`, of what gzip has packed into it."""
    opener = gzip.open if unpack else open
    with opener(path, "rb") as file:
        return hashlib.file_digest(file, algorithm).hexdigest()


def read_json(path: Path) -> dict[str, Any]:
    """Read a JSON file. Raises `UserError` if it is broken."""
    try:
        return json.loads(path.read_text(encoding="utf-8"))
    except ValueError as error:
        raise UserError(f"{path} cannot be read: {error}. Delete it and run again.") from error
