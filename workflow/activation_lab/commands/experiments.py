"""Put the experiments of a config together."""

from pathlib import Path

from activation_lab.analysis import experiments


def run(paths: list[Path], out: Path) -> None:
    """Write the table `experiments`, in the order of the paths."""
    rows = [row for path in paths for row in experiments.read(path).to_pylist()]
    experiments.write(rows, out)
