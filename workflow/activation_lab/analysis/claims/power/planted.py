"""Tables in which the truth is known: what tests and simulations put before a claim."""

from __future__ import annotations

import functools
from collections.abc import Callable, Iterable, Sequence
from typing import Any

import pandas as pd
import pyarrow as pa

from activation_lab.analysis.cells import schema
from activation_lab.analysis.printed_numbers import NETWORK, PROTOCOL
from activation_lab.schemas import TABLES
from activation_lab.tables import frame

SEEDS = (42, 43, 44, 45, 46)  # of the default config

Row = dict[str, Any]


def cell(name: str, **settings: Any) -> Row:
    """Return a cell of the tutorial's protocol, but for these settings."""
    network = settings.get("network", NETWORK)
    usual = {
        "study": "planted",
        "cell": name,
        "activation": "relu",
        "varied": ["activation"],
        "depth": len(network.split("-")),
        "width": None,
    }
    return {**usual, **PROTOCOL, **settings}


def each_seed(
    base: Row, make: Callable[[int], Row | list[Row]], seeds: Iterable[int] = SEEDS
) -> list[Row]:
    """Return rows of a cell: `make` gives the columns of a seed's row, or of its several rows."""
    made = ((seed, make(seed)) for seed in seeds)
    return [
        {**base, "seed": seed, **columns}
        for seed, several in made
        for columns in (several if isinstance(several, list) else [several])
    ]


def runs(base: Row, make: Callable[[int], Row], seeds: Iterable[int] = SEEDS) -> list[Row]:
    """Return rows of the table `runs`: as of runs that learnt, but for what `make` gives of a seed."""
    usual = {"status": "ok", "epochs": 9, "best_epoch": 9, "plateau_exit_epoch": 1}
    return each_seed(base, lambda seed: {**usual, **make(seed)}, seeds)


def tables(cells: Sequence[Row] = (), **rows: Sequence[Row]) -> dict[str, pd.DataFrame]:
    """Return all tables, those named with these rows, typed as `tables.load` gives them."""
    given = {**rows, "cells": cells}
    return {
        name: frame(pa.Table.from_pylist(list(given[name]), schema(name)))
        if given.get(name)
        else _empty(name)
        for name in TABLES
    }


@functools.cache
def _empty(name: str) -> pd.DataFrame:
    return frame(schema(name).empty_table())


def values(
    cells: Sequence[Row],
    columns: Callable[[str, int, str], Row],
    kind: str = "post",
    status: str = "ok",
    **more: Sequence[Row],
) -> dict[str, pd.DataFrame]:
    """Return tables of networks of four hidden layers, before training and after it.

    `columns` gives what is measured, from the activation, the layer and the phase; it is called anew
    for each seed.
    """
    rows, trained = [], []
    for base in cells:

        def layers(_: int, name: str = base["activation"]) -> list[Row]:
            return [
                {"phase": phase, "layer": layer, "kind": kind, **columns(name, layer, phase)}
                for phase in ("untrained", "best")
                for layer in range(1, 5)
            ]

        rows += each_seed(base, layers)
        trained += runs(base, lambda _: {"status": status})
    return tables(cells, activations=rows, runs=trained, **more)
