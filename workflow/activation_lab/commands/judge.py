"""Judge a trial: the table of its verdicts."""

from pathlib import Path

from activation_lab import tables
from activation_lab.analysis import cells
from activation_lab.analysis.trial.judge import judged
from activation_lab.config.read import read
from activation_lab.schemas.trial import TRIAL


def run(config: dict, folder: Path) -> None:
    """Write the table `trial`."""
    trial = read(config).trial
    assert trial  # the rule is there for a trial alone
    found = judged(trial, cells.load("runs", folder), tables.load("cells", folder))
    made = tables.from_pandas(TRIAL["trial"], found)
    tables.write(TRIAL["trial"], made, folder / "trial.parquet")
