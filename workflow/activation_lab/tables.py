"""How tables are written, read and put together."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pyarrow as pa
import pyarrow.parquet as pq

from activation_lab import UserError
from activation_lab.files import whole
from activation_lab.schemas import FLAG, REAL, TABLES, WHOLE

if TYPE_CHECKING:
    import pandas as pd  # training jobs do without it


class TableError(UserError):
    """A table that cannot be read; the message names the file and what to do."""


def with_predictions(gradients: pa.Table, predictions: pa.Table) -> pa.Table:
    """Return the table `gradients` with `predicted_std` in the rows of untrained networks."""
    keys = zip(*(predictions[name].to_pylist() for name in ("study", "cell", "layer")), strict=True)
    known = dict(zip(keys, predictions["predicted_std"].to_pylist(), strict=True))
    names = ("study", "cell", "layer", "stage")
    rows = zip(*(gradients[name].to_pylist() for name in names), strict=True)
    values = [known.get(tuple(key)) if stage == "untrained" else None for *key, stage in rows]
    at = gradients.schema.get_field_index("predicted_std")
    return gradients.set_column(at, "predicted_std", pa.array(values, REAL))


def write(name: str, rows: Sequence[Mapping[str, Any]] | pa.Table, path: Path) -> None:
    """Write rows as the table `name`; the file appears under its name when it is whole.

    Raises `pyarrow.ArrowInvalid` for a value that is not of its column's type.
    """
    schema = TABLES[name].schema
    table = rows if isinstance(rows, pa.Table) else pa.Table.from_pylist(list(rows), schema)
    table = table.replace_schema_metadata(None)
    with whole(path) as temporary:
        pq.write_table(table.cast(schema), temporary, compression="zstd")


def read(name: str, path: Path) -> pa.Table:
    """Read the table `name`. Raises `TableError` if the file is broken or has other columns."""
    try:
        table = pq.read_table(path)
    except FileNotFoundError as error:
        raise TableError(f"{path} is missing. Run again.") from error
    except (OSError, pa.ArrowInvalid) as error:
        raise TableError(f"{path} cannot be read: {error}. Delete it and run again.") from error
    if table.schema != TABLES[name].schema:
        raise TableError(f"{path} has other columns than {name}. Delete it and run again.")
    return table


def load(name: str, folder: Path) -> pd.DataFrame:
    """Return the table `name` of a folder as a frame; whole numbers that may be missing stay whole.

    Raises `TableError` as `read` does.
    """
    import pandas as pd

    nullable = {WHOLE: pd.Int64Dtype(), FLAG: pd.BooleanDtype()}
    return read(name, folder / f"{name}.parquet").to_pandas(types_mapper=nullable.get)


def of_study(study: str, folder: Path) -> dict[str, pd.DataFrame]:
    """Return the rows of one study in every table but `claims`, which look at all studies.

    `functions` and `theory`, which no study owns, are whole.
    """
    frames = {name: load(name, folder) for name in TABLES if name != "claims"}
    return {
        name: frame[frame["study"] == study] if "study" in frame else frame
        for name, frame in frames.items()
    }


def from_pandas(name: str, frame: pd.DataFrame) -> pa.Table:
    """Return a frame as the table `name`: its columns, in their order and of their types."""
    return pa.Table.from_pandas(frame, TABLES[name].schema, preserve_index=False)


def concatenate(name: str, paths: Iterable[Path]) -> pa.Table:
    """Return all rows of the files of one table, in the order of the paths."""
    return pa.concat_tables([read(name, path) for path in paths])
