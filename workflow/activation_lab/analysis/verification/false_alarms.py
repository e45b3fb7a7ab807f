"""How often runs that differ by their seeds alone are called different: seeds of real runs, split."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import pandas as pd

from activation_lab.analysis import cells
from activation_lab.analysis import results as exports
from activation_lab.analysis.verification.comparison import side_by_side
from activation_lab.analysis.verification.consistency import (
    TABLE_LEVEL,
    corrected_p,
    counts,
    differing_outcomes,
)
from activation_lab.analysis.verification.moments import RUNS, moments, values
from activation_lab.errors import UserError

FEWEST = 4  # seeds of a study: two for either side


@dataclass(frozen=True)
class Measured:
    """The table `runs` of all folders, and what `moments.values` gives of each table."""

    runs: pd.DataFrame
    tables: dict[str, pd.DataFrame]


def read(results: list[Path]) -> Measured:
    """Read finished runs of the same cells. Raises `UserError` where two hold the same seed."""
    folders = [exports.tables_of(one) for one in results]
    runs = [cells.load("runs", folder) for folder in folders]
    together = pd.concat(runs, ignore_index=True)
    twice = together[together.duplicated(["study", "cell", "seed"])]
    if len(twice):
        raise UserError(
            f"Seed {twice['seed'].iloc[0]} of {twice['study'].iloc[0]} is in two of the folders. Name "
            "runs with different seeds."
        )
    found = {}
    for name in RUNS:
        pairs = zip(folders, runs, strict=True)
        parts = [values(name, cells.load(name, folder), own) for folder, own in pairs]
        found[name] = pd.concat(parts, axis=1)
    return Measured(together, found)


def splits(runs: pd.DataFrame, repetitions: int, generator: np.random.Generator) -> Iterator[dict]:
    """Yield for each repetition, by study, two disjoint halves of its seeds.

    Seeds are put in one random order for all studies, so that networks that studies share stay together.
    """
    seeds = runs.groupby("study")["seed"].unique()
    everything = np.unique(runs["seed"].to_numpy(dtype=int))
    for _ in range(repetitions):
        order = generator.permutation(everything)
        halves = {}
        for study, own in seeds.items():
            drawn = [seed for seed in order if seed in own]
            halves[study] = (drawn[: len(drawn) // 2], drawn[len(drawn) // 2 :])
        yield halves


def alarms(measured: Measured, halves: dict) -> dict[str, bool]:
    """Tell of each table, and of `outcomes`, whether the two halves are called different."""
    first, second = ({study: sides[half] for study, sides in halves.items()} for half in (0, 1))
    sides = [counts(_of_runs(measured.runs, own)) for own in (first, second)]
    found = {"outcomes": len(differing_outcomes(*sides)) > 0}
    for name, frame in measured.tables.items():
        both = side_by_side(
            name, *(moments(name, _of_values(frame, own)) for own in (first, second))
        )
        found[name] = bool((corrected_p(both) < TABLE_LEVEL).any())
    return found


def _of_runs(runs: pd.DataFrame, seeds: dict) -> pd.DataFrame:
    kept = [runs[(runs["study"] == study) & runs["seed"].isin(own)] for study, own in seeds.items()]
    return pd.concat(kept)


def _of_values(frame: pd.DataFrame, seeds: dict) -> pd.DataFrame:
    """Return the frame without the seeds that a study's half lacks."""
    kept = {study: frame.columns.isin(own) for study, own in seeds.items()}
    rows = [kept[study] for study in frame.index.get_level_values("study")]
    return frame.where(np.array(rows, dtype=bool).reshape(frame.shape))
