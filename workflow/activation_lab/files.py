"""Writing files so that nothing half-written is ever read."""

from __future__ import annotations

import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path


@contextmanager
def whole(path: Path) -> Iterator[Path]:
    """Give a temporary path to write to, which becomes `path` when all is written.

    If writing fails, nothing is left of it and `path` stays as it was.
    """
    path.parent.mkdir(parents=True, exist_ok=True)
    # Its own for each process: a job that outlived a killed Snakemake may write the same file.
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
