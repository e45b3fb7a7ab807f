"""Locks, so that only one run works in a folder at a time.

The kernel releases a lock when its process ends, even if it is killed. Snakemake's own lock is a file: a
killed run leaves it behind, and the next run stops at it.
"""

from __future__ import annotations

import atexit
import errno
import fcntl
import sys
from pathlib import Path
from typing import IO

from activation_lab.errors import UserError

LOCK = Path(".snakemake/activation-lab.lock")  # in the folder where snakemake is started


def take(path: Path) -> IO[str] | None:
    """Take a lock, until the file that is returned is closed; None if another process has it."""
    path.parent.mkdir(parents=True, exist_ok=True)
    file = path.open("a")
    try:
        fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        file.close()
        return None
    except OSError as error:
        if error.errno not in (errno.ENOSYS, errno.ENOTSUP):
            raise
        # Some clusters mount their shared file system without locks.
        print(
            f"This file system has no locks ({path}): start one snakemake at a time.",
            file=sys.stderr,
        )
    return file


def held(path: Path) -> bool:
    """Return whether a process holds a lock.

    On a file system without locks, assume that one does.
    """
    try:
        with path.open() as file:
            fcntl.flock(file, fcntl.LOCK_SH | fcntl.LOCK_NB)
    except FileNotFoundError:
        return False
    except OSError as error:
        if error.errno not in (errno.EWOULDBLOCK, errno.ENOSYS, errno.ENOTSUP):
            raise
        return True
    return False


def hold(path: Path) -> IO[str]:
    """Take the lock of a folder's `.snakemake`, until this process ends or the file is closed.

    Raises `UserError` if another process has it.
    """
    file = take(path)
    if file is None:
        raise UserError(
            f"Another snakemake is at work in {path.resolve().parents[1]}. Wait for it, or end it first."
        )
    atexit.register(file.close)  # keeps the file open until then
    return file


def awaited() -> bool:
    """Tell whether a job's end is seen, by Snakemake or by who started it by hand.

    If Snakemake was killed, the next one deletes the tables and starts the job again.
    """
    return not LOCK.is_file() or held(LOCK)
