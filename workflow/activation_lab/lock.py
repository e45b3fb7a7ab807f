"""One run at a time in a folder, by a lock that the kernel lifts when its holder ends, however it ends.

Snakemake's own lock is a file, which a killed run leaves behind and the next one stops at.
"""

from __future__ import annotations

import atexit
import errno
import fcntl
import sys
from pathlib import Path
from typing import IO

from activation_lab import UserError

LOCK = Path(".snakemake/activation-lab.lock")  # in the folder where snakemake is started


def hold(path: Path) -> IO[str]:
    """Take the lock, until this process ends or the file that is returned is closed.

    Raises `UserError` if another process has it.
    """
    path.parent.mkdir(parents=True, exist_ok=True)
    file = path.open("a")
    try:
        fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        file.close()
        raise UserError(
            f"Another snakemake is at work in {path.resolve().parents[1]}. Wait for it, or end it first."
        ) from None
    except OSError as error:
        if error.errno not in (errno.ENOSYS, errno.ENOTSUP):
            raise
        # Some clusters mount their shared file system without locks.
        print("This file system has no locks: start one snakemake at a time.", file=sys.stderr)
    atexit.register(file.close)  # keeps the file open until then
    return file
