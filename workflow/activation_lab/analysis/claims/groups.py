"""Which trained networks a claim of dead units compares, and what became of their runs."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import pandas as pd

from activation_lab.analysis.claims.base import ABOUT, Tables
from activation_lab.analysis.claims.selection import cells, once, ratio_over_networks
from activation_lab.analysis.printed_numbers import PROTOCOL
from activation_lab.wording import listed, percent, plural

# What a cell has besides its settings.
NAMES = ("study", "cell", "label", "settings_id", "untrained_id", "seeds", "varied")
ENDING = ("epochs", "stop", "patience")  # when a run ends: before, it is the same run
CHANCE_LEVEL = ABOUT.data.chance  # the accuracy of guessing


def of_cells(tables: Tables, name: str, chosen: pd.DataFrame) -> pd.DataFrame:
    """Return the rows of a table that belong to these cells, with all columns of `cells`."""
    frame = tables[name]
    more = [column for column in chosen if column not in frame]
    return frame.merge(chosen[["study", "cell", *more]], on=["study", "cell"])


def differing(tables: Tables, setting: str, **settings: Any) -> pd.DataFrame:
    """Return trained runs that differ in nothing but `setting` and the seed, each once.

    Whatever their studies are. Of several such groups it is the one with the most values of the setting,
    then the one most like the tutorial's protocol, then the one that may train longest.
    """
    found = cells(tables, **settings)
    found = found[found["epochs"] > 0]
    alike = [name for name in found if name not in (*NAMES, setting)]
    groups = [group for _, group in found.groupby(alike, dropna=False, sort=False)]

    def order(group: pd.DataFrame) -> tuple[int, int, int]:
        first = group.iloc[0]
        as_published = sum(first[name] == value for name, value in PROTOCOL.items())
        return group[setting].nunique(), as_published, int(first["epochs"])

    chosen = max(groups, key=order, default=found)
    return once(of_cells(tables, "runs", chosen), [setting])


def relu_runs(tables: Tables, *free: str, **settings: Any) -> pd.DataFrame:
    """Return the runs of ReLU networks trained as the tutorial does, each once.

    But for the settings in `free`, which may have any value, and those in `settings`. Runs that differ
    only in when they end are one run: the longest stands for all.
    """
    fixed = {name: value for name, value in PROTOCOL.items() if name not in (*free, *ENDING)}
    chosen = cells(tables, activation="relu", **{**fixed, **settings})
    runs = of_cells(tables, "runs", chosen[chosen["epochs"] > 0])
    longest = runs.sort_values("epochs", ascending=False, kind="stable")
    training = [name for name in PROTOCOL if name not in ENDING]
    return longest.drop_duplicates([*training, "seed"]).sort_index()


def failures(runs: pd.DataFrame) -> str:
    """Say how many of the runs diverged or stayed at chance level; empty if none did.

    >>> failures(pd.DataFrame({"status": ["ok", "diverged", "plateau"]}))
    '1 of 3 runs diverged and 1 stayed at chance level'
    """
    found = runs["status"].value_counts()
    diverged, stuck = int(found.get("diverged", 0)), int(found.get("plateau", 0))
    whole = f" of {plural(len(runs), 'run')}"
    parts = [f"{diverged}{whole} diverged"] if diverged else []
    if stuck:
        parts.append(f"{stuck}{'' if diverged else whole} stayed at chance level")
    return listed(parts)


def accuracy_or_chance(runs: pd.DataFrame) -> pd.Series:
    """Return test accuracies, in which a run that diverged or never learnt counts as guessing."""
    return runs["test_accuracy"].astype(float).where(runs["status"] == "ok", CHANCE_LEVEL)


def also(*clauses: str) -> str:
    """Return the clauses that say something, each after a semicolon, to end a sentence with."""
    return "".join(f"; {clause}" for clause in clauses if clause)


def over_seeds(counted: pd.DataFrame, part: str, whole: str) -> dict[str, Any]:
    """Return Σ part / Σ whole of units with its 95% interval over seeds; `whole` has some.

    Networks of one seed start from the same weights, and units of one network are alike: seeds are
    what is drawn.
    """
    return ratio_over_networks(counted.groupby("seed")[[part, whole]].sum(), part, whole)


def share(row: Mapping[str, Any]) -> str:
    """Return a share of units as a sentence has it: with its interval, if it has one."""
    mean = percent(row["mean"], 1)
    if row["low"] is None:
        return f"{mean}, of one seed"
    low, high = percent(row["low"], 1), percent(row["high"], 1)
    return f"{mean}, 95% interval {low} to {high} over {row['n']} seeds"
