"""What others claim of activation functions, judged on our own tables.

A claim is a function from all tables to a verdict, with its source, statement and test beside it. To
add one, write the function in the module of its subject, under `@claim`.
"""

from __future__ import annotations

from dataclasses import asdict

import pandas as pd

from activation_lab.claims import accuracy, depth, distributions, functions, revival, units
from activation_lab.claims.registry import CLAIMS, Tables
from activation_lab.schemas import TABLES

# Importing them registers their claims.
SUBJECTS = (accuracy, depth, distributions, functions, revival, units)


def claims(tables: Tables) -> pd.DataFrame:
    """Return the table `claims` of the tables of all studies, as `tables.load` gives them."""
    rows = [
        {
            **{"claim": name, "source": claim.source, "statement": claim.statement},
            **{"test": claim.test, **asdict(claim.judge(tables))},
        }
        for name, claim in CLAIMS.items()
    ]
    return pd.DataFrame(rows, columns=list(TABLES["claims"].columns))
