"""What an experiment is: networks that no setting can describe, measured by a function of its own."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from activation_lab.protocol import Settings

if TYPE_CHECKING:
    from activation_lab.datasets.base import Part

Row = dict[str, Any]
DATASET = Settings().data  # of every experiment: the tutorial's
SEEDS = (42, 43, 44, 45, 46)


@dataclass(frozen=True)
class Experiment:
    """A question, the settings of the networks that it starts from, and the function that measures.

    `measure` takes the parts of the dataset. It returns rows of the table `experiments`, without their
    column `experiment`; it imports torch only when it is called.
    """

    question: str
    settings: tuple[Settings, ...]
    measure: Callable[[Mapping[str, Part]], list[Row]]


def row(
    quantity: str,
    value: float,
    *,
    seed: int,
    arm: str,
    layer: int | None = None,
    activation: str = "relu",
) -> Row:
    """Return a row of the table `experiments`."""
    return {
        "activation": activation,
        "arm": arm,
        "seed": seed,
        "layer": layer,
        "quantity": quantity,
        "value": float(value),
    }
