"""How tables are written, read and put together."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pyarrow as pa
import pyarrow.parquet as pq

from activation_lab.errors import UserError
from activation_lab.files import whole
from activation_lab.measures.base import FLAG, WHOLE, Table
from activation_lab.schemas import TABLES

if TYPE_CHECKING:
    import pandas as pd  # training jobs do without it


FILES_A_PART = 64


class TableError(UserError):
    """A table that cannot be read; the message names the file and what to do."""


def write(table: Table, rows: Sequence[Mapping[str, Any]] | pa.Table, path: Path) -> None:
    """Write rows as a table; the file appears under its name when it is whole.

    Who writes a table names its schema, so that a change of the schema is a change of the writer's code.

    Raises `pyarrow.ArrowInvalid` for a value that is not of its column's type.
    """
    schema = table.schema
    made = pa.Table.from_pylist(list(rows), schema) if isinstance(rows, Sequence) else rows
    made = made.replace_schema_metadata(None)
    with whole(path) as temporary:
        # Without dictionaries and statistics a job's files are up to a third smaller, and read up to a
        # fifth faster.
        pq.write_table(
            *(made.cast(schema), temporary),
            compression="zstd",
            use_dictionary=False,
            write_statistics=False,
        )


def read(name: str, path: Path) -> pa.Table:
    """Read the table `name`. Raises `TableError` if the file is broken or has other columns."""
    try:
        table = pq.ParquetFile(pa.OSFile(str(path))).read(use_threads=False)
    except FileNotFoundError as error:
        raise TableError(f"{path} is missing. Run again.") from error
    except (OSError, pa.ArrowInvalid) as error:
        raise TableError(f"{path} cannot be read: {error}. Delete it and run again.") from error
    if not table.schema.equals(TABLES[name].schema):
        raise TableError(f"{path} has other columns than {name}. Delete it and run again.")
    return table


def load(name: str, folder: Path) -> pd.DataFrame:
    """Return the table `name` of a folder as a frame; whole numbers that may be missing stay whole.

    Raises `TableError` as `read` does.
    """
    return frame(read(name, folder / f"{name}.parquet"))


def frame(table: pa.Table) -> pd.DataFrame:
    """Return a table as a frame; whole numbers and flags that may be missing stay what they are."""
    import pandas as pd

    nullable = {WHOLE: pd.Int64Dtype(), FLAG: pd.BooleanDtype()}
    return table.to_pandas(types_mapper=nullable.get)


def from_pandas(table: Table, frame: pd.DataFrame) -> pa.Table:
    """Return a frame with the columns of a table, in their order and of their types."""
    return pa.Table.from_pandas(frame, table.schema, preserve_index=False)


def gather(name: str, paths: Sequence[Path], out: Path) -> None:
    """Put the files of one table together, in the order of the paths.

    They are read some at a time, so that memory does not grow with their number; each such
    part is a row group of the file, for `parts`. Raises `TableError` as `read` does.
    """
    schema = TABLES[name].schema
    with whole(out) as temporary, pq.ParquetWriter(temporary, schema, compression="zstd") as writer:
        for start in range(0, len(paths), FILES_A_PART):
            some = [read(name, path) for path in paths[start : start + FILES_A_PART]]
            writer.write_table(pa.concat_tables(some).cast(schema))


def parts(name: str, folder: Path) -> Iterator[pd.DataFrame]:
    """Yield the table `name` of a folder in frames of bounded size, which hold whole runs."""
    file = pq.ParquetFile(folder / f"{name}.parquet")
    for group in range(file.num_row_groups):
        yield frame(file.read_row_group(group))
