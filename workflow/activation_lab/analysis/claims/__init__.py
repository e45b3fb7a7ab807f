"""What others claim of activation functions, judged on our own tables.

A claim is a function from all tables to a verdict, with its source, the source's own words, what they
are taken to say, and the test beside it. To add one, write the function in the module of its subject,
under `@claim`, and in `power` of the same name how tables look where it is true, false or borderline.
"""

from __future__ import annotations

from dataclasses import asdict

import pandas as pd

from activation_lab.analysis.claims import (
    accuracy,
    activations,
    deep_relu,
    depth,
    dying,
    functions,
    gradients,
    inference,
    revival,
    sigmoid,
    speed,
    units,
)
from activation_lab.analysis.claims.registry import CLAIMS, Tables
from activation_lab.schemas import TABLES

# Importing them registers their claims.
SUBJECTS = (
    accuracy,
    sigmoid,
    speed,
    gradients,
    activations,
    depth,
    deep_relu,
    dying,
    functions,
    inference,
    revival,
    units,
)


def claims(tables: Tables) -> pd.DataFrame:
    """Return the table `claims` of the tables of all studies, as `tables.load` gives them."""
    rows = [
        {
            "claim": name,
            "source": claim.source,
            "quote": claim.quote,
            "statement": claim.statement,
            "test": claim.test,
            "chance": claim.chance,
            **asdict(claim.judge(tables)),
        }
        for name, claim in CLAIMS.items()
    ]
    return pd.DataFrame(rows, columns=list(TABLES["claims"].columns))
