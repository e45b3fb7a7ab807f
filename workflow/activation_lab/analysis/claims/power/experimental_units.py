"""Tables in which claims of `claims/experimental_units.py` are true, false and on the border."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np

from activation_lab.analysis.claims.base import Tables
from activation_lab.analysis.claims.power.base import BORDERLINE, FALSE, TRUE, scenario
from activation_lab.analysis.claims.power.experimental import experiment
from activation_lab.analysis.claims.power.planted import SEEDS, Row

ARMS = ("none", "112 of layer 1", "448 of layer 1", "112 of layer 4")


def killed(generator: np.random.Generator, few: float, many: float, last: float) -> Tables:
    """Return accuracies of which dead units of layer 1, many there, and of layer 4 lose so much."""
    rows = [
        {"arm": arm, "seed": seed, "quantity": "accuracy", "value": 0.82 - lost + noise}
        for arm, lost in zip(ARMS, (0.0, few, many, last), strict=True)
        for seed, noise in zip(SEEDS, generator.normal(0, 0.005, len(SEEDS)), strict=True)
    ]
    return experiment("killed-units", rows)


for name, truth, words, losses in (
    ("input-dead-worst", TRUE, "the first loses 3 points more", (0.05, 0.0, 0.02)),
    ("input-dead-worst", FALSE, "the first loses 3 points less", (0.02, 0.0, 0.05)),
    ("input-dead-worst", BORDERLINE, "the first loses as much", (0.02, 0.0, 0.02)),
    ("input-dead-worst-share", TRUE, "the first loses 3 points more", (0.0, 0.05, 0.02)),
    ("input-dead-worst-share", FALSE, "the first loses 3 points less", (0.0, 0.02, 0.05)),
    ("input-dead-worst-share", BORDERLINE, "the first loses as much", (0.0, 0.02, 0.02)),
    ("input-dead-only", TRUE, "a point is gained in the last hidden one", (0.0, 0.0, -0.01)),
    ("input-dead-only", FALSE, "3 points are lost in the last hidden one", (0.0, 0.0, 0.03)),
    ("input-dead-only", BORDERLINE, "a point is lost in the last hidden one", (0.0, 0.0, 0.01)),
):

    @scenario(name, truth, words)
    def _killed(
        generator: np.random.Generator, losses: tuple[float, float, float] = losses
    ) -> Tables:
        return killed(generator, *losses)


def gradients(generator: np.random.Generator, first: float, later: float) -> Tables:
    """Return gradients that are larger without dead units by these powers of 10."""
    rows: list[Row] = []
    for quantity, power in (("gradient_first", first), ("gradient_later", later)):
        for arm, more in (("dead units", 0.0), ("none dead", power)):
            values = 10 ** (more - 3 + generator.normal(0, 0.05, len(SEEDS)))
            rows += _each(arm, quantity, values)
    return experiment(
        "first-steps", [*rows, *_each("dead units", "dead", np.full(len(SEEDS), 9.0))]
    )


def _each(arm: str, quantity: str, values: np.ndarray) -> list[Row]:
    return [
        {"arm": arm, "seed": seed, "quantity": quantity, "value": value}
        for seed, value in zip(SEEDS, values, strict=True)
    ]


for name, truth, words, harm in (
    ("dead-harms-flow", TRUE, "twice the gradient without dead units", (0.3, 0.0)),
    ("dead-harms-flow", FALSE, "half the gradient without dead units", (-0.3, 0.0)),
    ("dead-harms-flow", BORDERLINE, "the same gradient without dead units", (0.0, 0.3)),
    ("dead-harms-flow-first", TRUE, "twice at first, the same later", (0.3, 0.0)),
    ("dead-harms-flow-first", FALSE, "the same at first, twice later", (0.0, 0.3)),
    ("dead-harms-flow-first", BORDERLINE, "twice at first and later", (0.3, 0.3)),
):

    @scenario(name, truth, words)
    def _harm(generator: np.random.Generator, harm: tuple[float, float] = harm) -> Tables:
        return gradients(generator, *harm)


def lowered(accuracies: Mapping[str, float], revived: Mapping[str, int], dead: int = 90) -> Tables:
    """Return accuracies and units that came back, by arm, of as many dead units in each network."""
    rows = []
    for arm, accuracy in accuracies.items():
        for shift, seed in enumerate(SEEDS):
            counts = {"units": 256, "dead": dead - revived[arm], "revived": revived[arm]}
            rows.append(
                {"arm": arm, "seed": seed, "quantity": "accuracy", "layer": None}
                | {"value": accuracy + 0.001 * shift * (arm == "lowered")}
            )
            rows += [
                {"arm": arm, "seed": seed, "quantity": quantity, "value": value}
                for quantity, value in counts.items()
            ]
    return experiment("lowered-rate", rows)
