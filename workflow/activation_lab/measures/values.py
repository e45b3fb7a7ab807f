"""Numbers that describe any array of values: weight gradients, and values before and after φ.

To add such a number, name it in `NUMBERS`: the tables `gradients` and `activations` get its column.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import numpy as np

from activation_lab.measures.base import COUNTS, REAL, REALS, Columns
from activation_lab.protocol import BINS, QUANTILES


@dataclass(frozen=True)
class Number:
    """A number computed from an array of finite float64 values: its meaning, and the function."""

    meaning: str
    of: Callable[[np.ndarray], float]


NUMBERS: dict[str, Number] = {
    "mean": Number("Mean of the values", lambda values: values.mean()),
    "std": Number("Standard deviation", lambda values: values.std()),
    "zero_fraction": Number("Share of exact zeros", lambda values: (values == 0).mean()),
}
NUMBER_COLUMNS: Columns = {name: (REAL, number.meaning) for name, number in NUMBERS.items()}
QUANTILE_NAMES = ", ".join(f"{q:g}" for q in QUANTILES)
QUANTILE_COLUMN: Columns = {"quantiles": (REALS, f"Quantiles at {QUANTILE_NAMES}")}
HISTOGRAM: Columns = {
    "bin_edges": (
        REALS,
        f"{BINS + 1} edges of {BINS} bins of equal width, from the least to the greatest value",
    ),
    "counts": (COUNTS, "How many values lie in each bin"),
}


def distribution(values: np.ndarray) -> dict[str, Any]:
    """Return the numbers, quantiles and a histogram of float64 values.

    All are None if a value is not finite: the network has exploded.
    """
    if not np.isfinite(values).all():
        return dict.fromkeys([*NUMBERS, "quantiles", "bin_edges", "counts"])
    values = values.ravel()
    counts, edges = np.histogram(values, bins=BINS)
    return {
        **{name: number.of(values) for name, number in NUMBERS.items()},
        "quantiles": np.quantile(values, QUANTILES).tolist(),
        "bin_edges": edges.tolist(),
        "counts": counts.tolist(),
    }
