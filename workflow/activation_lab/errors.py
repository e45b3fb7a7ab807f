"""Errors that the user can fix, and what to do about those of the operating system."""

from __future__ import annotations

import errno

ADVICE: dict[int | None, str] = {
    errno.ENOSPC: ". The disk is full: make room and run again; nothing that was finished is lost.",
    errno.EFBIG: ". A limit on file sizes was reached: raise it and run again.",
    errno.EDQUOT: ". Your disk quota is used up: make room and run again.",
    errno.ENOMEM: ". Memory ran out: give the job more and run again.",
}


class UserError(Exception):
    """A problem that the user can fix: the message says what is wrong, where, and what to do."""


def message(error: BaseException) -> str:
    """Return what to tell the user about an error: its own words, and advice if there is some."""
    if isinstance(error, MemoryError):  # it says nothing itself
        return f"The job failed{ADVICE[errno.ENOMEM]}"
    if isinstance(error, (UserError, OSError)):
        return f"{error}{ADVICE.get(getattr(error, 'errno', None), '')}"
    return f"{type(error).__name__}: {error}"
