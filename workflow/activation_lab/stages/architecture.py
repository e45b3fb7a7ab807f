"""Draw our packages and what each imports, from the code."""

import argparse
from pathlib import Path

from activation_lab.files import write_text
from activation_lab.pipeline import drawing


def arguments() -> argparse.ArgumentParser:
    """Return the stage's command line."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--out", type=Path, required=True)
    return parser


def run(given: argparse.Namespace) -> None:
    """Write the drawing as SVG.

    Raises `CircleError` if packages import each other in a circle.
    """
    write_text(drawing.architecture(), given.out)
