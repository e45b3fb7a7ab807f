"""All that a card shows."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import pandas as pd

from activation_lab.analysis.trial.inference import Shape, shape
from activation_lab.analysis.trial.judge import counted
from activation_lab.config.trial import Trial
from activation_lab.datasets import named
from activation_lab.wording import family


@dataclass(frozen=True)
class Card:
    """A trial with its tables: rows of the trial's studies, and what `examine` has found.

    `digest` tells the code that judged, `path` the config that makes it again.
    """

    trial: Trial
    verdicts: pd.DataFrame
    tables: Mapping[str, pd.DataFrame]
    examined: Mapping[str, Any]
    digest: str
    path: str

    @property
    def candidate(self) -> str:
        """The candidate's label."""
        return str(self.trial.candidate)

    @property
    def activations(self) -> list[str]:
        """The labels of the candidate and its rivals, in this order."""
        return [self.candidate, *map(str, self.trial.rivals)]

    @property
    def tasks(self) -> list[str]:
        """The studies, in the trial's order."""
        return list(self.trial.margins)

    def of(self, name: str, task: str) -> pd.DataFrame:
        """Return the rows of a table that belong to a task."""
        return self.tables[name][self.tables[name]["study"] == task]

    def task_title(self, task: str) -> str:
        """Return what a person calls a task: its dataset and network family."""
        row = self.of("cells", task).iloc[0]
        return f"{row['dataset_title']}, {family(row['family'])}"

    def shape(self) -> Shape | None:
        """Return how far the differences are from normal, where no run failed; None if there are few."""
        trained = self.tables["runs"][self.tables["runs"]["epochs"] > 0]
        found = []
        for _, row in self.verdicts.iterrows():
            if row["candidate_trained"] == row["rival_trained"] == row["n"]:
                own = trained[trained["study"] == row["study"]]
                pair = (row["candidate"], row["rival"])
                mine, theirs = (counted(own[own["activation"] == name]) for name in pair)
                found.append((mine - theirs).to_numpy())
        return shape(found)

    def scores(self) -> pd.DataFrame:
        """Return the accuracy of every run, 0 for chance level and 1 for the task's best mean.

        A run that failed counts as chance. Columns: study, activation, score.
        """
        runs = self.tables["runs"][self.tables["runs"]["epochs"] > 0]
        found = []
        for task, rows in runs.groupby("study", sort=False):
            chance = named(rows["dataset"].iloc[0]).chance
            above = (rows["test_accuracy"] - chance).where(rows["status"] == "ok", 0.0)
            best = above.groupby(rows["activation"]).mean().max()
            score = above / best if best > 0 else above
            found.append(rows[["activation"]].assign(study=task, score=score))
        return pd.concat(found, ignore_index=True)
