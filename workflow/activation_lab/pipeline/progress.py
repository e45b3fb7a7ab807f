"""How far a job is: a small file in its folder, which `make status` and Snakemake's end read."""

from __future__ import annotations

import contextlib
import json
from collections.abc import Iterator
from dataclasses import asdict, dataclass
from pathlib import Path

from activation_lab.errors import UserError, message
from activation_lab.files import read_json, write_text

NAME = "progress.json"


@dataclass(frozen=True)
class Progress:
    """The progress of a job: `done` of at most `total` epochs, or networks if it does not train.

    `seconds` is the time that these took, `error` why the job failed.
    """

    done: int = 0
    total: int = 0
    seconds: float = 0.0
    error: str = ""


class Reporter:
    """Writes the progress of the job in a folder."""

    def __init__(self, folder: Path, total: int):
        self.path = folder / NAME
        self.last = Progress(total=total)

    def report(self, done: int, total: int, seconds: float) -> None:
        """Say how much is done, of how much, and how many seconds it took."""
        self._write(Progress(done, total, seconds))

    def _write(self, progress: Progress) -> None:
        self.last = progress
        write_text(json.dumps(asdict(progress)) + "\n", self.path)

    def fail(self, error: BaseException) -> None:
        """Say why the job failed, if anything can still be written."""
        with contextlib.suppress(OSError):
            self._write(Progress(**{**asdict(self.last), "error": message(error)}))


@contextlib.contextmanager
def reported(folder: Path, total: int) -> Iterator[Reporter]:
    """Report a job of `total` epochs or networks from its start to its end or its error."""
    reporter = Reporter(folder, total)
    reporter.report(0, total, 0.0)
    try:
        yield reporter
    except Exception as error:
        reporter.fail(error)
        raise


def read(folder: Path) -> Progress | None:
    """Return the progress of the job in a folder; None if it has not begun."""
    try:
        return Progress(**read_json(folder / NAME))
    except (FileNotFoundError, UserError, TypeError):
        return None
