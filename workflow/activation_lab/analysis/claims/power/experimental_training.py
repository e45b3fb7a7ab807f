"""Tables in which claims of `claims/experimental_training.py` are true, false and on the border."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from activation_lab.analysis.claims.base import Tables
from activation_lab.analysis.claims.experimental_training import FACTOR, SCALES
from activation_lab.analysis.claims.power.base import BORDERLINE, FALSE, TRUE, scenario
from activation_lab.analysis.claims.power.experimental import experiment
from activation_lab.analysis.claims.power.planted import SEEDS, Row


def depths(generator: np.random.Generator, ends: Sequence[float]) -> Tables:
    """Return networks of four variances that train down to these depths, in the depth scale."""
    rows: list[Row] = []
    for variance, end in zip(("0.8", "1", "6", "10"), ends, strict=True):
        for seed in SEEDS[:3]:
            own = np.log(end) + generator.normal(0, 0.07)
            for scale in (1.5, 3, 6, 12):
                accuracy = 0.5 + 0.5 * np.clip((own - np.log(scale)) / np.log(2), -0.8, 1)
                rows += [
                    {"arm": f"weights {variance}, {scale} scales", "seed": seed}
                    | {"quantity": quantity, "value": value}
                    for quantity, value in (
                        ("depth", scale * 10),
                        ("scale", 10),
                        ("accuracy", accuracy),
                    )
                ]
    return experiment("trainability", rows)


for truth, words, ends in (
    (TRUE, "down to 6 scales", (SCALES,) * 4),
    (FALSE, "down to 2 scales", (2.0,) * 4),
    (BORDERLINE, "down to 3 scales with one variance", (SCALES / FACTOR, *(SCALES,) * 3)),
):

    @scenario("trains-to-scale", truth, words)
    def _depths(generator: np.random.Generator, ends: Sequence[float] = ends) -> Tables:
        return depths(generator, ends)
