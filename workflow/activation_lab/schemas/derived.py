"""The schemas of the tables that follow from the tables of runs."""

from __future__ import annotations

from activation_lab.measures.base import CELL, KEYS, PHASE, REAL, SETTINGS, TEXT, WHOLE, Table
from activation_lab.protocol import EPSILON, FIRST_IMAGES

ANALYSIS = {
    "dead_neurons": Table(
        "run, phase and hidden layer",
        KEYS
        | PHASE
        | {
            "status": (
                TEXT,
                "The run's status. The trained units of a diverged run should not be counted",
            ),
            "units": (WHOLE, "Units of the layer"),
            "dead": (WHOLE, "Units whose activation is exactly 0 on all images"),
            "always_on": (WHOLE, "Units whose least pre-activation is above 0"),
            "no_gradient": (WHOLE, f"Units with |φ′| ≤ {EPSILON:g} on all images"),
            "constant": (WHOLE, "Units whose activation varies by less than one part in 10^6"),
            "dormant_0": (WHOLE, "Units with mean |h| at 0 of their layer's (Sokar et al. 2023)"),
            "dormant_025": (WHOLE, "Units with mean |h| at most 0.025 of their layer's"),
            "dormant_1": (WHOLE, "Units with mean |h| at most 0.1 of their layer's"),
            "dead_first": (
                WHOLE,
                f"Units whose activation is exactly 0 on the first {FIRST_IMAGES:,} training images",
            ),
            "predicted_dead": (
                REAL,
                "What mean-field theory predicts for dead_first, untrained; null: not predicted, as "
                "beyond 10 hidden layers",
            ),
        },
    ),
    "summary": Table(
        "cell and metric",
        CELL
        | {
            "metric": (TEXT, "A column of runs, or success_rate: the share of runs that are ok"),
            "n": (WHOLE, "Number of runs: those that are ok; for success_rate all"),
            "mean": (REAL, "Mean; null if n is 0"),
            "std": (REAL, "Sample standard deviation; null if n is below 2"),
            "low": (REAL, "Lower end of the 95% interval of the mean"),
            "high": (REAL, "Upper end of the 95% interval of the mean"),
            "method": (TEXT, "student-t (n < 20), bca (n ≥ 20), wilson (success_rate) or none"),
        },
    ),
    "targets": Table(
        "cell and target: epochs until a run's validation accuracy reaches it",
        CELL
        | {
            "target": (REAL, "The validation accuracy to reach"),
            "n": (WHOLE, "Number of runs"),
            "reached": (WHOLE, "Runs that reached it"),
            "median": (
                REAL,
                "Median over all runs; one that never reached it is later than any other. Null: half "
                "of the runs or more did not",
            ),
            "low": (
                REAL,
                "Lower end of the median's 95% interval by order statistics; null below 6 runs",
            ),
            "high": (REAL, "Upper end of it; null below 6 runs, or if it is not bounded"),
        },
    ),
    "contrasts": Table(
        "study, metric and pair of cells that differ in one varied setting (neighbours, if it is a "
        "number); paired by seed",
        {
            "study": CELL["study"],
            "setting": (TEXT, "The setting in which the two cells differ"),
            "first": (TEXT, "A cell"),
            "second": (TEXT, "Another cell"),
            "metric": (TEXT, "A column of runs"),
            "n": (WHOLE, "Number of seeds of which both runs are ok"),
            "difference": (REAL, "Mean of first minus second over these seeds; null if n is 0"),
            "std": (REAL, "Sample standard deviation of the differences; null if n is below 2"),
            "low": (REAL, "Lower end of the difference's 95% interval (Student's t, paired)"),
            "high": (REAL, "Upper end of the difference's 95% interval"),
            "probability_of_improvement": (
                REAL,
                "Chance that a run of first has the greater value, ties half (Agarwal et al. 2021)",
            ),
            "p": (REAL, "p of no difference, two-sided paired t test; null if n is below 2"),
            "p_holm": (REAL, "p corrected for all pairs of the study and metric (Holm 1979)"),
        },
    ),
}
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
CLAIMS = {
    "claims": Table(
        "claim",
        {
            "claim": (TEXT, "The claim's id"),
            "source": (TEXT, "Who says it"),
            "quote": (TEXT, "The source's own words"),
            "statement": (TEXT, "What these words are taken to say; for a question, what is asked"),
            "test": (TEXT, "How it is judged"),
            "dataset": (TEXT, "The dataset that it is about"),
            "family": (TEXT, "The network family that it is about"),
            "chance": (
                REAL,
                "Greatest probability that chance alone makes the verdict wrong; 0: nothing in it is "
                "left to chance",
            ),
            "estimate": (REAL, "The number that decides; null: none, or not run"),
            "low": (REAL, "Lower end of its 95% interval; null: none"),
            "high": (REAL, "Upper end of its 95% interval"),
            "n": (WHOLE, "Number of runs, or of what `test` counts"),
            "verdict": (
                TEXT,
                "supported, refuted, inconclusive (it was run, and cannot tell); by definition; "
                "answered (a question has an estimate, no verdict); not run",
            ),
            "evidence": (TEXT, "One sentence with the numbers"),
        },
    ),
}
