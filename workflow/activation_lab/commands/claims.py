"""Judge what others claim on the tables of all studies."""

from pathlib import Path

from activation_lab import tables
from activation_lab.analysis import cells
from activation_lab.analysis.claims import claims
from activation_lab.analysis.results import present
from activation_lab.schemas.claims import CLAIMS
from activation_lab.schemas.trial import TRIAL


def run(folder: Path) -> None:
    """Write the table `claims`."""
    others = [name for name in present(folder) if name not in (*CLAIMS, *TRIAL)]
    frames = {name: cells.load(name, folder) for name in others}
    judged = tables.from_pandas(CLAIMS["claims"], claims(frames))
    tables.write(CLAIMS["claims"], judged, folder / "claims.parquet")
