"""Mean-field theory beside what was measured, over all studies."""

from __future__ import annotations

from collections.abc import Mapping

import pandas as pd

from activation_lab.analysis.agreement import agreement, amount, by_chance, largest
from activation_lab.analysis.statistics import Tables
from activation_lab.report.listings.base import Lines, Listing, least_to_most, titled
from activation_lab.wording import NONE


def differences(studies: Mapping[str, Tables]) -> Listing:
    """Measured minus predicted. How far untrained networks are from mean-field theory, over all
    networks and layers. Weight gradient: the root mean square over weights and seeds, in percent of
    what is predicted. ∂h/∂x: the singular values of the last hidden layer's Jacobian, in percent. Dead
    units: those of the first 1,000 training images, for which they are predicted, in percentage points
    of a layer, where half a unit or more is dead or should be. ± is one standard error, mostly of the
    seeds. "By chance alone": the median difference that so few seeds would show if theory were exact.
    These predictions are for infinitely wide networks. "Inside" counts single networks, layer by layer:
    how many are in the interval that should hold 95% of them, for networks of their own width
    (docs/theory.md).
    """
    lines = [line for name, tables in studies.items() for line in _of_study(name, tables)]
    return titled(differences, lines)


def _of_study(study: str, tables: Tables) -> Lines:
    """Return a line for each quantity that theory predicts of a study's untrained networks."""
    return [
        {
            "study": study,
            "quantity": quantity,
            "networks × layers": str(len(rows)),
            "seeds": least_to_most(rows["n"]),
            "median difference": amount(rows["difference"].abs().median(), quantity),
            "by chance alone": amount(by_chance(rows), quantity),
            "inside": _inside(rows),
            "largest difference": largest(rows, tables["cells"]),
        }
        for quantity, rows in agreement(tables).groupby("quantity", sort=False)
    ]


def _inside(rows: pd.DataFrame) -> str:
    """Say how many single values lie in the predicted interval; a dash where none is predicted."""
    known = rows.dropna(subset="inside")
    if known.empty:
        return NONE
    inside, n = int(known["inside"].sum()), int(known["n"].sum())
    return f"{inside / n:.0%} of {n:,}"
