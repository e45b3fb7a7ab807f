"""Put the experiments of a config together."""

from pathlib import Path

from activation_lab import tables
from activation_lab.schemas.experiments import EXPERIMENTS


def run(paths: list[Path], out: Path) -> None:
    """Write the table `experiments`, in the order of the paths."""
    for name in EXPERIMENTS:
        tables.gather(name, paths, out)
