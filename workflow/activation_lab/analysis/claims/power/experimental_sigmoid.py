"""Tables in which claims of `claims/experimental_sigmoid.py` are true, false and on the border."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import numpy as np

from activation_lab.analysis.claims.base import Tables
from activation_lab.analysis.claims.power.base import BORDERLINE, FALSE, TRUE, scenario
from activation_lab.analysis.claims.power.experimental import experiment
from activation_lab.analysis.claims.power.planted import SEEDS, Row

CROSSED = range(42, 46)


def crossed(generator: np.random.Generator, weights: float, batches: float) -> Tables:
    """Return steps whose variance has these shares of initial weights and of batches."""
    effects = [generator.normal(0, share**0.5, len(CROSSED)) for share in (weights, batches)]
    rest = generator.normal(0, max(1 - weights - batches, 0) ** 0.5, (len(CROSSED), len(CROSSED)))
    logarithms = effects[0][:, None] + effects[1][None] + rest
    rows = [
        {"seed": seed, "arm": f"batches {order}", "quantity": "steps", "value": value}
        for seed, values in zip(CROSSED, 500 * np.exp(0.2 * logarithms), strict=True)
        for order, value in zip(CROSSED, values, strict=True)
    ]
    return experiment("crossed-seeds", rows)


for name, own in (("sigmoid-luck-weights", True), ("sigmoid-luck-batches", False)):
    for truth, words, one, other in (
        (TRUE, "19 twentieths of the variance", 0.95, 0.0),
        (FALSE, "none of the variance, the other has 19 twentieths", 0.0, 0.95),
        (BORDERLINE, "half of the variance, the other has the rest", 0.5, 0.45),
        (BORDERLINE, "half of the variance, the other has none", 0.5, 0.0),
    ):

        @scenario(name, truth, words)
        def _crossed(
            generator: np.random.Generator, one: float = one, other: float = other, own: bool = own
        ) -> Tables:
            return crossed(generator, *((one, other) if own else (other, one)))


def frozen(
    accuracy: Mapping[str, np.ndarray], changes: Mapping[str, np.ndarray], activation: str
) -> list[Row]:
    """Return rows of the experiment: accuracies [seeds] and changes [seeds, layers], by arm."""
    rows = [
        {"arm": arm, "seed": seed, "quantity": "accuracy", "value": value}
        for arm, values in accuracy.items()
        for seed, value in zip(SEEDS, values, strict=True)
    ]
    rows += [
        {"arm": arm, "seed": seed, "layer": layer, "quantity": "change", "value": value}
        for arm, values in changes.items()
        for seed, own in zip(SEEDS, values, strict=True)
        for layer, value in enumerate(own, start=1)
    ]
    return [{"activation": activation, **row} for row in rows]


def _moved(generator: np.random.Generator, powers: Sequence[float]) -> np.ndarray:
    """Return relative changes of layers around these powers of 10 [seeds, layers]."""
    return 10 ** (np.array(powers) + generator.normal(0, 0.05, (len(SEEDS), len(powers))))


def _frozen(generator: np.random.Generator, lost: float, powers: Sequence[float]) -> Tables:
    """Return tables in which freezing loses so much, and layers change by these powers of 10."""
    full = generator.normal(0.8, 0.005, (2, len(SEEDS)))
    less = full - np.array([[lost], [0.02]]) + generator.normal(0, 0.004, full.shape)
    changes = {"all layers trained": _moved(generator, powers)}
    changes |= {f"50 steps at {rate}": _moved(generator, powers) for rate in ("0.01", "0.1", "1")}
    rows = []
    for i, name in enumerate(("sigmoid", "relu")):
        accuracies = {"all layers trained": full[i], "layer 1 frozen": less[i]}
        rows += frozen(accuracies, changes, name)
    return experiment("frozen-layer", rows)


RISING, FALLING, EQUAL = (-2, -1.5, -1, -0.5, 0), (0, -0.5, -1, -1.5, -2), (-1,) * 5
for name, truth, words, lost, powers in (
    ("early-layers-random", TRUE, "nothing is lost", 0.0, EQUAL),
    ("early-layers-random", FALSE, "2 points are lost", 0.02, EQUAL),
    ("early-layers-random", BORDERLINE, "1 point is lost", 0.01, EQUAL),
    ("early-layers-random-change", TRUE, "later layers change more", 0.0, RISING),
    ("early-layers-random-change", FALSE, "later layers change less", 0.0, FALLING),
    ("early-layers-random-change", BORDERLINE, "all change as much", 0.0, EQUAL),
    ("sigmoid-last-converged-change", TRUE, "later layers change more", 0.0, RISING),
    ("sigmoid-last-converged-change", FALSE, "later layers change less", 0.0, FALLING),
    ("sigmoid-last-converged-change", BORDERLINE, "all change as much", 0.0, EQUAL),
    ("sigmoid-one-rate-updates", TRUE, "layers differ a hundredfold", 0.0, RISING),
    ("sigmoid-one-rate-updates", FALSE, "all change as much", 0.0, EQUAL),
    ("sigmoid-one-rate-updates", BORDERLINE, "two differ tenfold", 0.0, (-1, 0)),
):

    @scenario(name, truth, words)
    def _planted(
        generator: np.random.Generator, lost: float = lost, powers: Sequence[float] = powers
    ) -> Tables:
        return _frozen(generator, lost, powers)
