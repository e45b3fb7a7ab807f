"""Draw the figures of a study."""

import argparse
import shutil
import tempfile
from pathlib import Path

from activation_lab.analysis import cells
from activation_lab.report.figures import FIGURES, style


def arguments() -> argparse.ArgumentParser:
    """Return the stage's command line."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--study", required=True)
    parser.add_argument("--tables", type=Path, required=True)
    parser.add_argument("--out", type=Path, required=True)
    return parser


def run(given: argparse.Namespace) -> None:
    """Write every figure that the study has something for into the folder `--out`."""
    shown = cells.of_study(given.study, given.tables)
    given.out.parent.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(dir=given.out.parent) as scratch:
        whole = Path(scratch) / given.study
        whole.mkdir()
        for name, draw in FIGURES.items():
            figure = draw(shown)
            if figure is not None:
                style.save(figure, whole / f"{name}.svg")
        shutil.rmtree(given.out, ignore_errors=True)
        whole.rename(given.out)
