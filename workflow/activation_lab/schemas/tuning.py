"""The table of a job that tries a learning rate."""

from __future__ import annotations

from activation_lab.measures.base import FLAG, REAL, SETTINGS, TEXT, WHOLE, Table

TUNING = {
    "tuning": Table(
        "run that tries a learning rate",
        {name: SETTINGS[name] for name in SETTINGS if name != "learning_rate"}
        | {
            "seed": (WHOLE, "The run's seed, which no study judges"),
            "rate": (REAL, "The learning rate that it tries"),
            "status": (TEXT, "ok, plateau or diverged, as in runs"),
            "epochs": (WHOLE, "Epochs trained"),
            "accuracy": (
                REAL,
                "Best validation accuracy; chance level if the run diverged or stayed there",
            ),
            "chosen": (FLAG, "The rate is the one with the highest mean accuracy"),
            "at_edge": (FLAG, "It is, and no rate beyond it on one side was tried"),
        },
    ),
}
