"""The schema of the table `experiments`, which only a config with experiments has.

It is not among the tables that training jobs write: they do not depend on this module.
"""

from __future__ import annotations

from activation_lab import schemas
from activation_lab.measures.base import REAL, TEXT, WHOLE, Table

EXPERIMENTS = Table(
    "experiment, arm, seed, layer and quantity; only a config with experiments has it",
    {
        "experiment": (TEXT, "The experiment's name in the config"),
        "activation": (TEXT, "The activation"),
        "arm": (TEXT, "What was done to the network, or with it"),
        "seed": (WHOLE, "The seed of the initial weights and of the batches"),
        "layer": (WHOLE, "Layer, from 1; null: the whole network"),
        "quantity": (TEXT, "What was measured: a number of units or weights, a share, an accuracy"),
        "value": (REAL, "The number"),
    },
)


def dictionary() -> str:
    """Return the data dictionary of all tables, and this one, in markdown."""
    lines = [
        f"\n## experiments\n\nOne row per {EXPERIMENTS.rows}.\n",
        "| column | type | meaning |",
    ]
    lines += ["| --- | --- | --- |"]
    lines += [
        f"| `{name}` | {kind} | {meaning} |"
        for name, (kind, meaning) in EXPERIMENTS.columns.items()
    ]
    return schemas.dictionary() + "\n".join(lines) + "\n"
