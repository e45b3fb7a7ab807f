"""The table of experiments, which only a config with experiments has."""

from __future__ import annotations

from activation_lab.measures.base import REAL, TEXT, WHOLE, Table

EXPERIMENTS = {
    "experiments": Table(
        "experiment, activation, arm, seed, layer and quantity; only a config with experiments has it",
        {
            "experiment": (TEXT, "The experiment's name in the config"),
            "activation": (TEXT, "The activation"),
            "arm": (TEXT, "What was done to the network, or with it"),
            "seed": (
                WHOLE,
                "The seed of the initial weights; and of the batches, unless the arm names theirs",
            ),
            "layer": (WHOLE, "Layer, from 1; null: the whole network"),
            "quantity": (
                TEXT,
                "What was measured: a number of units or weights, a share, an accuracy",
            ),
            "value": (REAL, "The number"),
        },
    ),
}
