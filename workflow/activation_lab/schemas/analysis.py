"""The tables that follow from those of runs."""

from __future__ import annotations

from activation_lab.measures.base import CELL, KEYS, PHASE, REAL, TEXT, WHOLE, Table
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
