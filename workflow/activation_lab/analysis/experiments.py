"""The table `experiments`: how it is written, put together and read."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pyarrow as pa
import pyarrow.parquet as pq

from activation_lab.files import whole
from activation_lab.schemas.experiments import EXPERIMENTS
from activation_lab.tables import TableError, frame

if TYPE_CHECKING:
    import pandas as pd

NAME = "experiments"


def write(rows: Sequence[dict[str, Any]], path: Path) -> None:
    """Write rows as the table; the file appears under its name when it is whole."""
    with whole(path) as temporary:
        table = pa.Table.from_pylist(list(rows), EXPERIMENTS.schema)
        pq.write_table(table, temporary, compression="zstd")


def read(path: Path) -> pa.Table:
    """Read the table. Raises `TableError` if the file is broken or has other columns."""
    try:
        table = pq.ParquetFile(pa.OSFile(str(path))).read(use_threads=False)
    except (OSError, pa.ArrowInvalid) as error:
        raise TableError(f"{path} cannot be read: {error}. Delete it and run again.") from error
    if not table.schema.equals(EXPERIMENTS.schema):
        raise TableError(f"{path} has other columns than {NAME}. Delete it and run again.")
    return table


def load(folder: Path) -> pd.DataFrame:
    """Return the table of a folder as a frame; without rows if the config has no experiments."""
    path = folder / f"{NAME}.parquet"
    return frame(read(path) if path.is_file() else EXPERIMENTS.schema.empty_table())
