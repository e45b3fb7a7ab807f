"""Write the figures' captions as Snakemake's own report reads them."""

import argparse
from pathlib import Path

from activation_lab.files import write_text
from activation_lab.report import captions


def arguments() -> argparse.ArgumentParser:
    """Return the stage's command line."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--out", type=Path, required=True)
    return parser


def run(given: argparse.Namespace) -> None:
    """Write the template of all captions."""
    write_text(captions.template(), given.out)
