"""Judge what others claim on the tables of all studies."""

from pathlib import Path

from activation_lab import tables
from activation_lab.analysis import cells, experiments
from activation_lab.analysis.claims import claims
from activation_lab.schemas import TABLES, TRIAL_TABLES


def run(folder: Path) -> None:
    """Write the table `claims`."""
    others = [name for name in TABLES if name not in ("claims", *TRIAL_TABLES)]
    frames = {name: cells.load(name, folder) for name in others}
    frames[experiments.NAME] = experiments.load(folder)
    judged = tables.from_pandas("claims", claims(frames))
    tables.write("claims", judged, folder / "claims.parquet")
