"""The tables for others: all of them in a notebook, or as CSV."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import TYPE_CHECKING

import pyarrow as pa
from pyarrow import csv

from activation_lab import tables
from activation_lab.analysis import cells
from activation_lab.errors import UserError
from activation_lab.files import whole
from activation_lab.schemas import TABLES
from activation_lab.typed import nearest

if TYPE_CHECKING:
    import pandas as pd


class Results(Mapping[str, "pd.DataFrame"]):
    """The tables of a finished run by name; each is read when it is asked for, once."""

    def __init__(self, folder: Path):
        self.folder = tables_of(folder)
        self._read: dict[str, pd.DataFrame] = {}

    def __getitem__(self, name: str) -> pd.DataFrame:
        if name not in TABLES:
            raise KeyError(name)
        if name not in self._read:
            self._read[name] = tables.load(name, self.folder)
        return self._read[name]

    def study(self, name: str) -> dict[str, pd.DataFrame]:
        """Return the rows of a study in every table that is shown study by study, and is there.

        Raises `UserError` where there is no such study.
        """
        known = list(dict.fromkeys(self["cells"]["study"]))
        if name not in known:
            raise UserError(f"There is no study {name} in {self.folder}; {nearest(name, known)}.")
        return cells.of_study(name, self.folder, self)

    def __iter__(self) -> Iterator[str]:
        return iter(present(self.folder))

    def __len__(self) -> int:
        return len(present(self.folder))

    def __repr__(self) -> str:
        return f"<tables in {self.folder}: {', '.join(self)}>"


def tables_of(results: Path) -> Path:
    """Return the folder of the tables. Raises `UserError` where there are none."""
    folder = results / "tables"
    if not present(folder):
        raise UserError(
            f"There are no tables in {folder}. Name the results folder of a finished run; "
            "`make report` makes one."
        )
    return folder


def present(folder: Path) -> list[str]:
    """Return the names of the tables in a folder, in the order of the schemas."""
    return [name for name in TABLES if (folder / f"{name}.parquet").is_file()]


def write_csv(name: str, folder: Path, out: Path) -> None:
    """Write the table `name` as CSV: lists as JSON, a missing value as nothing."""
    table = tables.read(name, folder / f"{name}.parquet")
    for at, field in enumerate(table.schema):
        if pa.types.is_list(field.type):
            values = [_json(value) for value in table[field.name].to_pylist()]
            table = table.set_column(at, field.name, pa.array(values, pa.string()))
    with whole(out / f"{name}.csv") as temporary:
        csv.write_csv(table, temporary)


def _json(values: list | None) -> str | None:
    """Return a list as JSON, which has no NaN."""
    if values is None:
        return None
    return json.dumps([None if value != value else value for value in values])
