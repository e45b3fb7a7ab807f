"""Write the config's JSON schema, which editors read."""

import argparse
import json
from pathlib import Path

from activation_lab.config import read as config


def arguments() -> argparse.ArgumentParser:
    """Return the stage's command line."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--out", type=Path, required=True)
    return parser


def run(given: argparse.Namespace) -> None:
    """Write the schema."""
    given.out.write_text(json.dumps(config.schema(), indent=2) + "\n", encoding="utf-8")
