"""Tasks: a dataset and a network family. What is found on one says nothing about another."""

from __future__ import annotations

from dataclasses import dataclass

import pandas as pd

from activation_lab.analysis.statistics import Tables
from activation_lab.datasets import named
from activation_lab.datasets.base import Dataset
from activation_lab.wording import family


@dataclass(frozen=True)
class Task:
    """A dataset and a network family, by their names."""

    dataset: str
    family: str

    @property
    def data(self) -> Dataset:
        """The dataset itself."""
        return named(self.dataset)

    def only(self, tables: Tables) -> Tables:
        """Return the tables with the cells of this task alone, and with the rows of these cells."""
        cells = tables["cells"]
        own = (cells["dataset"] == self.dataset) & (cells["family"] == self.family)
        if own.all():
            return tables
        kept = cells[own]
        return {name: kept if name == "cells" else _of(kept, tables[name]) for name in tables}


def _of(cells: pd.DataFrame, rows: pd.DataFrame) -> pd.DataFrame:
    """Return the rows that belong to these cells; all rows of a table that speaks of no cell."""
    if "cell" in rows:
        return rows[_among(cells, rows, ["study", "cell"])]
    if "first" in rows:  # a pair of cells
        first, second = (
            _among(cells.rename(columns={"cell": name}), rows, ["study", name])
            for name in ("first", "second")
        )
        return rows[first & second]
    if "network" in rows:  # theory, which no study owns; no two families share a network's name
        return rows[_among(cells, rows, ["dataset", "network"])]
    return rows


def _among(cells: pd.DataFrame, rows: pd.DataFrame, names: list[str]) -> pd.Series:
    """Tell which rows have these columns as some cell has them."""
    known = pd.MultiIndex.from_frame(cells[names])
    return pd.Series(pd.MultiIndex.from_frame(rows[names]).isin(known), index=rows.index)


def parts(tables: Tables) -> dict[str, Tables]:
    """Split a study's tables by task: the words that tell a task from the others, and its tables.

    A study of one task is one part, and its words are empty. In a part of several, the dataset does not
    vary any more, nor the network where there is one: they are not in the labels of its cells.
    """
    pairs = tables["cells"][["dataset", "family"]].drop_duplicates()
    found = [Task(dataset, family) for dataset, family in pairs.itertuples(index=False, name=None)]
    datasets, families = pairs["dataset"].nunique() > 1, pairs["family"].nunique() > 1
    if len(found) == 1:
        return {"": tables}
    return {
        " ".join([task.data.title] * datasets + [family(task.family)] * families): _alone(
            task.only(tables)
        )
        for task in found
    }


def _alone(tables: Tables) -> Tables:
    """Return the tables of one task, in which what all cells share does not vary any more."""
    cells = tables["cells"]
    same = [name for name in ("dataset", "network") if cells[name].nunique() == 1]
    varied = [[name for name in names if name not in same] for names in cells["varied"]]
    return {**tables, "cells": cells.assign(varied=varied)}
