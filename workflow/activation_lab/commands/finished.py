"""A finished run, read from its results folder alone: for what is made of it afterwards."""

from __future__ import annotations

from collections.abc import Sequence
from functools import cached_property
from pathlib import Path
from typing import Any

import pandas as pd

from activation_lab.analysis import cells
from activation_lab.analysis.results import tables_of
from activation_lab.commands import card, report
from activation_lab.config.read import read
from activation_lab.errors import UserError
from activation_lab.files import read_json
from activation_lab.report import trial
from activation_lab.report.card.data import Card
from activation_lab.report.sections import Report
from activation_lab.schemas import OPTIONAL_TABLES, TABLES
from activation_lab.schemas.trial import TRIAL
from activation_lab.wording import listed


class Finished:
    """The results of a finished run. Raises `UserError` where there are none, or some are missing."""

    def __init__(self, results: Path):
        self.results = results
        self.folder = tables_of(results)
        self._ensure([name for name in TABLES if name not in OPTIONAL_TABLES], "provenance.json")
        self.config: dict[str, Any] = read_json(self.folder / "provenance.json")["config"]
        self.checked = read(self.config)
        if self.checked.trial:
            self._ensure(list(TRIAL), "../examined.json")

    def _ensure(self, names: Sequence[str], record: str) -> None:
        files = [*(f"{name}.parquet" for name in names), record]
        missing = [file for file in files if not (self.folder / file).is_file()]
        if missing:
            raise UserError(
                f"The run in {self.results} is not finished: {self.folder} has no {listed(missing)}. "
                "Run it again; what is there is kept."
            )

    @cached_property
    def card(self) -> Card | None:
        """What the card of a trial shows; None if the run is no trial."""
        return card.load(self.config, self.results) if self.checked.trial else None

    @cached_property
    def report(self) -> Report:
        """What the report says."""
        section = trial.section(self.card) if self.card else None
        return report.gathered(self.checked, self.results, trial=section)

    def study(self, name: str) -> dict[str, pd.DataFrame]:
        """Return the tables of a study."""
        return cells.of_study(name, self.folder)
