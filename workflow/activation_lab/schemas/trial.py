"""The table of a trial, which only a config with a trial has."""

from __future__ import annotations

from activation_lab.measures.base import CELL, REAL, SETTINGS, TEXT, WHOLE, Table

TRIAL = {
    "trial": Table(
        "task and rival of a trial; only a config with a trial has it",
        {
            "study": CELL["study"],
            **{name: SETTINGS[name] for name in ("dataset", "network")},
            "family": (TEXT, "The network's family"),
            "candidate": (TEXT, "The activation on trial"),
            "rival": (TEXT, "The activation that it is compared with"),
            "margin": (REAL, "Accuracies closer than this count as equivalent"),
            "n": (WHOLE, "Seeds, each a run of both"),
            "look": (WHOLE, "Which look at the trial this is, from 1"),
            "level": (REAL, "The error that this interval may have, of the trial's 0.05"),
            "candidate_trained": (WHOLE, "Runs of the candidate that are ok"),
            "rival_trained": (WHOLE, "Runs of the rival that are ok"),
            "candidate_accuracy": (
                REAL,
                "Its mean test accuracy; a run that is not ok counts as chance level",
            ),
            "rival_accuracy": (REAL, "The rival's, counted in the same way"),
            "difference": (REAL, "Mean of candidate minus rival, paired by seed"),
            "std": (REAL, "Sample standard deviation of the differences"),
            "low": (REAL, "Lower end of the simultaneous interval"),
            "high": (REAL, "Upper end of it"),
            "verdict": (
                TEXT,
                "better (the interval is above 0), worse (below 0), equivalent (within the margin), "
                "undecided",
            ),
            "seeds_needed": (
                WHOLE,
                "Seeds with which the next look would decide, with a probability of 80%; null: it is "
                "decided, or more than 1,000",
            ),
            "difference_if_trained": (
                REAL,
                "Mean difference over the seeds of which both runs are ok; null: none",
            ),
            "probability_of_improvement": (
                REAL,
                "Chance that a run of the candidate has the greater accuracy, ties half",
            ),
            "candidate_rate": (REAL, "The candidate's learning rate"),
            "rival_rate": (REAL, "The rival's learning rate"),
        },
    ),
}
