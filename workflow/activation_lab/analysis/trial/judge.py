"""The table `trial`: for each task and rival, whether the candidate is better."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import pandas as pd

from activation_lab.analysis.improvement import probability_of_improvement
from activation_lab.analysis.trial.inference import UNDECIDED, Looks, judge, seeds_needed
from activation_lab.config.trial import Trial
from activation_lab.datasets import named


def judged(trial: Trial, runs: pd.DataFrame, cells: pd.DataFrame) -> pd.DataFrame:
    """Return the table `trial`, from the table `runs` with studies and cells, and the table `cells`.

    A task is a study. A run that failed (it diverged, or stayed at chance level) counts as chance:
    that is what its user gets.
    """
    looks = Looks(trial.looks, trial.planned, len(trial.margins) * len(trial.rivals))
    trained = runs[runs["epochs"] > 0]
    rows = []
    for study, margin in trial.margins.items():
        own = trained[trained["study"] == study]
        rates = cells[cells["study"] == study].set_index("activation")
        for rival in trial.rivals:
            pair = [str(trial.candidate), str(rival)]
            mine, theirs = (own[own["activation"] == name] for name in pair)
            row = _compared(mine, theirs, margin, looks)
            chosen = {
                f"{who}_rate": rates.loc[name, "learning_rate"]
                for who, name in zip(("candidate", "rival"), pair, strict=True)
            }
            place = rates.loc[pair[0], ["dataset", "network", "family"]].to_dict()
            names = {"study": study, **place, "candidate": pair[0], "rival": pair[1]}
            rows.append({**names, "margin": margin, **row, **chosen})
    return pd.DataFrame(rows)


def counted(runs: pd.DataFrame) -> pd.Series:
    """Return the test accuracy of runs by seed; chance level for those that failed."""
    chance = named(runs["dataset"].iloc[0]).chance
    failed = runs["status"] != "ok"
    return runs["test_accuracy"].mask(failed, chance).set_axis(runs["seed"]).sort_index()


def _compared(
    candidate: pd.DataFrame, rival: pd.DataFrame, margin: float, looks: Looks
) -> Mapping[str, Any]:
    """Compare the runs of the candidate with those of a rival on one task."""
    mine, theirs = counted(candidate), counted(rival)
    found = judge((mine - theirs).to_numpy(), margin, looks.level)
    needed = seeds_needed(found.mean, found.std, margin, looks)
    both = (candidate, rival)
    ok_mine, ok_theirs = (set(runs.loc[runs["status"] == "ok", "seed"]) for runs in both)
    trained = sorted(ok_mine & ok_theirs)
    return {
        "n": len(mine),
        "look": len(looks.seeds),
        "level": looks.level,
        "candidate_trained": len(ok_mine),
        "rival_trained": len(ok_theirs),
        "candidate_accuracy": mine.mean(),
        "rival_accuracy": theirs.mean(),
        "difference": found.mean,
        "std": found.std,
        "low": found.low,
        "high": found.high,
        "verdict": found.verdict,
        "seeds_needed": needed if found.verdict == UNDECIDED else None,
        "difference_if_trained": (mine - theirs)[trained].mean() if trained else None,
        "probability_of_improvement": probability_of_improvement(
            mine.to_numpy(), theirs.to_numpy()
        ),
    }
