"""The schemas of all tables: the contract between the pipeline's stages, and with its readers.

Each stage has a file of its own, so that a change of its tables runs only this stage again, and what
follows from it. The tables of measures are in `measures/`, beside the functions that fill them.
"""

from __future__ import annotations

from activation_lab.measures.base import Table
from activation_lab.schemas.analysis import ANALYSIS
from activation_lab.schemas.cells import CELLS
from activation_lab.schemas.claims import CLAIMS
from activation_lab.schemas.experiments import EXPERIMENTS
from activation_lab.schemas.functions import FUNCTIONS
from activation_lab.schemas.runs import JOB_TABLES
from activation_lab.schemas.theory import THEORY
from activation_lab.schemas.trial import TRIAL
from activation_lab.schemas.tuning import TUNING

TABLES: dict[str, Table] = {
    **CELLS,
    **JOB_TABLES,
    **TUNING,
    **THEORY,
    **FUNCTIONS,
    **ANALYSIS,
    **TRIAL,
    **EXPERIMENTS,
    **CLAIMS,
}
# Not every config has these. By name: tables used here would be code of every stage.
OPTIONAL_TABLES = ("trial", "experiments")


def dictionary() -> str:
    """Return the data dictionary: every table and its columns, in markdown."""
    parts = [
        "# Data dictionary\n\nMade from the schemas in `workflow/activation_lab/schemas/` and "
        "`measures/` by `make schema`. Tables are parquet files under `results/tables/`. "
        "Accuracies are fractions. Losses are in nats. Null means that there is no value."
    ]
    for name, table in TABLES.items():
        lines = [f"## {name}\n\nOne row per {table.rows}.\n\n| column | type | meaning |"]
        lines += ["| --- | --- | --- |"]
        lines += [
            f"| `{column}` | {kind} | {meaning.replace('|', '∣')} |"
            for column, (kind, meaning) in table.columns.items()
        ]
        parts.append("\n".join(lines))
    return "\n\n".join(parts) + "\n"
