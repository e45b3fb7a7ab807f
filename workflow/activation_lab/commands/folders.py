"""Write a folder whole or not at all."""

import shutil
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path


@contextmanager
def anew(out: Path) -> Iterator[Path]:
    """Yield an empty folder to write to, which replaces `out` when everything is written."""
    out.parent.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(dir=out.parent) as scratch:
        whole = Path(scratch) / out.name
        whole.mkdir()
        yield whole
        shutil.rmtree(out, ignore_errors=True)
        whole.rename(out)
