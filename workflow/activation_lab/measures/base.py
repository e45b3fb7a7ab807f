"""What is measured of any array of values: of weight gradients, and of values before and after φ.

To add a measure, name it in `MEASURES`: the probes take it, and the tables `gradients` and
`activations` have its column.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np


@dataclass(frozen=True)
class Measure:
    """What a number says of an array, and the number, from finite float64 values."""

    meaning: str
    of: Callable[[np.ndarray], float]


MEASURES: dict[str, Measure] = {
    "mean": Measure("Mean of the values", lambda values: values.mean()),
    "std": Measure("Standard deviation", lambda values: values.std()),
    "zero_fraction": Measure("Share of exact zeros", lambda values: (values == 0).mean()),
}
