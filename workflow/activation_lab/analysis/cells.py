"""Which runs belong to which study and cell: the table `cells`, laid over all others.

Tables of runs know the settings of a run, not who asked for it, since studies share runs.
"""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path

import pandas as pd
import pyarrow as pa

from activation_lab import tables
from activation_lab.measures.base import CELL, KEYS
from activation_lab.schemas import OPTIONAL_TABLES, TABLES


def load(name: str, folder: Path) -> pd.DataFrame:
    """Return the table `name` of a folder, its rows under the studies and cells that ask for them.

    Raises `TableError` where it cannot be read.
    """
    return with_cells(tables.load(name, folder), tables.load("cells", folder))


def schema(name: str) -> pa.Schema:
    """Return the schema of the table `name` as `load` gives it, with study and cell in front."""
    columns = TABLES[name].columns
    if "settings_id" not in columns or "study" in columns:
        return TABLES[name].schema
    places = [(name, CELL[name][0]) for name in ("study", "cell")]
    return pa.schema([*places, *TABLES[name].schema])


def of_study(
    study: str, folder: Path, names: Iterable[str] = tuple(TABLES)
) -> dict[str, pd.DataFrame]:
    """Return the rows of one study in every table, of `names`, that is shown study by study.

    `functions` and `theory`, which no study owns, are whole; `claims` look at all studies, and units
    are counted in `dead_neurons`.
    """
    cells = tables.load("cells", folder)
    own = cells[cells["study"] == study]
    labels = own.set_index("cell")["label"]
    found = {}
    for name in names:
        if name not in ("claims", "neurons", *OPTIONAL_TABLES):
            frame = with_cells(tables.load(name, folder), own)
            found[name] = frame[frame["study"] == study] if "study" in frame else frame
            if "cell" in found[name]:
                found[name] = found[name].assign(label=found[name]["cell"].map(labels))
    return found


def with_cells(frame: pd.DataFrame, cells: pd.DataFrame) -> pd.DataFrame:
    """Return the rows of a table with the `study` and `cell` that ask for them, in their order.

    A run that several cells ask for is there once for each, and one that none asks for not at all.
    Untrained networks are shown with the optimizer and the learning rate of their cell. A table
    without `settings_id`, or with a study of its own, is returned as it is.
    """
    if "settings_id" not in frame or "study" in frame:
        return frame
    keys = [name for name in KEYS if name in cells]
    rows = frame.drop(columns=[name for name in keys if name in frame and name != "settings_id"])
    asked = cells[["study", "cell", *keys, "untrained_id", "tuning_id"]].assign(
        _order=range(len(cells))
    )
    if "rate" in frame:  # of the tuning, whose seeds are others
        return _joined(asked.assign(settings_id=asked["tuning_id"]), rows, ["settings_id"])[
            ["study", "cell", *frame.columns]
        ]
    if "seed" in frame:
        asked = asked.assign(seed=cells["seeds"]).explode("seed").astype({"seed": "int64"})
    on = ["settings_id", "seed"] if "seed" in rows else ["settings_id"]
    untrained = _untrained(rows)
    parts = [
        _joined(asked.assign(settings_id=asked[key]), rows[of_key], on)
        for key, of_key in (("untrained_id", untrained), ("settings_id", ~untrained))
    ]
    filled = [part for part in parts if len(part)] or parts[:1]
    joined = pd.concat(filled).sort_values("_order", kind="stable", ignore_index=True)
    return joined.drop(columns=["_order", "untrained_id", "tuning_id"])


def _untrained(rows: pd.DataFrame) -> pd.Series:
    """Tell which rows are of networks before training: all of theory's, which knows no others."""
    if "phase" in rows:
        return rows["phase"] == "untrained"
    return pd.Series("seed" not in rows, index=rows.index)


def _joined(asked: pd.DataFrame, rows: pd.DataFrame, on: list[str]) -> pd.DataFrame:
    return asked.merge(rows, on=on)
