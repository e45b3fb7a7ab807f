"""Draw the figures of a study."""

import shutil
import tempfile
from pathlib import Path

from activation_lab.analysis import cells
from activation_lab.report.figures import drawn, style


def run(study: str, folder: Path, out: Path) -> None:
    """Write every figure that the study has something for into a folder."""
    shown = cells.of_study(study, folder)
    out.parent.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(dir=out.parent) as scratch:
        whole = Path(scratch) / study
        whole.mkdir()
        for name, figure in drawn(shown):
            style.save(figure, whole / f"{name}.svg")
        shutil.rmtree(out, ignore_errors=True)
        whole.rename(out)
