"""Tables and measures: torch is needed to measure, but not to read a table's schema."""

from __future__ import annotations

import functools
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import pyarrow as pa

if TYPE_CHECKING:
    from torch import nn

    from activation_lab.datasets.base import Part

TEXT, WHOLE, REAL, FLAG = pa.string(), pa.int64(), pa.float64(), pa.bool_()
REALS, COUNTS, TEXTS = pa.list_(REAL), pa.list_(WHOLE), pa.list_(TEXT)

Columns = dict[str, tuple[pa.DataType, str]]  # name → type and meaning
Row = dict[str, Any]


@dataclass(frozen=True)
class Table:
    """A table's rows in words, and its columns: name → type and meaning."""

    rows: str
    columns: Columns

    @functools.cached_property
    def schema(self) -> pa.Schema:
        """The table's schema as parquet has it."""
        return pa.schema([(name, kind) for name, (kind, _) in self.columns.items()])


SETTINGS: Columns = {
    "settings_id": (TEXT, "Short digest of all settings: the name of the runs' folder"),
    "dataset": (TEXT, "The dataset"),
    "network": (TEXT, "The network: for an mlp, the units of its hidden layers, joined by hyphens"),
    "activation": (TEXT, "The activation, with parameters that differ from the registry's"),
    "depth": (WHOLE, "Number of hidden layers, or of places where φ is applied"),
    "initialisation": (TEXT, "How the initial weights were drawn"),
    "optimizer": (TEXT, "The optimizer; for an untrained network, the protocol's"),
    "learning_rate": (REAL, "The learning rate; for an untrained network, the protocol's"),
}
KEYS: Columns = {**SETTINGS, "seed": (WHOLE, "The run's seed")}
CELL: Columns = {
    "study": (TEXT, "The study's name in the config"),
    "cell": (TEXT, "The cell's readable id: what the study varies, but the seed"),
    **SETTINGS,
}
PHASE: Columns = {
    "phase": (TEXT, "When: untrained, or best (the kept weights)"),
    "layer": (WHOLE, "Hidden layers count from 1; depth + 1 is the output layer"),
}
UNTRAINED, BEST = "untrained", "best"


@dataclass(frozen=True)
class Measure:
    """A measure of a network: its table, the function that fills it, and when it is taken.

    `of` takes one network, as a plain module, and the parts of the dataset. It returns rows with `layer`
    and the table's own columns. The columns of the run and `phase` are added later.
    """

    table: Table
    of: Callable[[nn.Module, Mapping[str, Part]], list[Row]]
    phases: tuple[str, ...] = (UNTRAINED, BEST)


def table(rows: str, columns: Columns) -> Table:
    """Return the table of a measure: a run's keys and the phase, and then its own columns."""
    return Table(rows, {**KEYS, **PHASE, **columns})
