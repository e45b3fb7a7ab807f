"""Made-up tables of runs, written as the pipeline writes them: rows by settings, and the table cells."""

from pathlib import Path

import pandas as pd

from activation_lab import tables
from activation_lab.measures.base import TEXT
from activation_lab.schemas import TABLES

SEEDS = list(range(100))


def write(folder: Path, **frames: pd.DataFrame) -> None:
    """Write frames, whose rows name their study and cell, as tables under `folder/tables`.

    The table `cells` gets each cell of the frames, those it already has, and any seed under 100.
    """
    known = folder / "tables/cells.parquet"
    names = ["study", "cell"]
    found = [tables.load("cells", known.parent)[names]] if known.is_file() else []
    for name, frame in frames.items():
        if set(names) <= set(frame):
            found.append(frame[names])
            frame = frame.assign(settings_id=settings_id(frame))
        _write(folder, name, frame)
    cells = pd.concat(found).drop_duplicates(ignore_index=True) if found else pd.DataFrame()
    if len(cells):
        cells = cells.assign(settings_id=settings_id(cells), untrained_id=settings_id(cells))
        lists = {"seeds": [SEEDS] * len(cells), "varied": [["activation"]] * len(cells)}
        _write(folder, "cells", cells.assign(**lists))


def settings_id(frame: pd.DataFrame) -> pd.Series:
    return frame["study"] + "/" + frame["cell"]


def _write(folder: Path, name: str, frame: pd.DataFrame) -> None:
    made = frame.reindex(columns=list(TABLES[name].columns))
    for column, (kind, _) in TABLES[name].columns.items():
        if made[column].isna().all():  # pyarrow would take it for numbers
            made[column] = "" if kind == TEXT else None
    tables.write(
        TABLES[name], tables.from_pandas(TABLES[name], made), folder / f"tables/{name}.parquet"
    )
