"""Tables in which claims of `claims/units.py` are true, false and on the border.

Dead units beyond the first layer, over the seeds of the published run: 15.2 ± 5.5 untrained, 5.2 ± 1.6
trained, and 5.5 is the standard deviation of the change.
"""

from __future__ import annotations

import numpy as np

from activation_lab.analysis.claims.base import Tables
from activation_lab.analysis.claims.power.base import BORDERLINE, FALSE, TRUE, scenario
from activation_lab.analysis.claims.power.planted import SEEDS, cell, each_seed, runs, tables

UNTRAINED, TRAINED = (15.2, 5.5), (5.2, 1.6)  # mean and standard deviation over seeds


def _shrinking(before: np.ndarray, after: np.ndarray) -> Tables:
    """Return the tutorial's ReLU networks with these dead units in layer 2 of each seed."""
    base = cell("relu")
    dead = {seed: (before[row], after[row]) for row, seed in enumerate(SEEDS)}

    def phases(seed: int) -> list[dict]:
        phase_of = zip(("untrained", "best"), dead[seed], strict=True)
        return [
            {"phase": phase, "layer": 2, "units": 256, "dead": int(number), "status": "ok"}
            for phase, number in phase_of
        ]

    return tables([base], dead_neurons=each_seed(base, phases), runs=runs(base, lambda _: {}))


def _counts(generator: np.random.Generator, mean: float, sd: float) -> np.ndarray:
    return generator.normal(mean, sd, len(SEEDS)).round().clip(0)


@scenario("dead-shrinks", TRUE, "from 15.2 to 5.2 units, as in the published run")
def _fewer(generator: np.random.Generator) -> Tables:
    return _shrinking(_counts(generator, *UNTRAINED), _counts(generator, *TRAINED))


@scenario("dead-shrinks", FALSE, "from 5.2 to 15.2 units")
def _more(generator: np.random.Generator) -> Tables:
    return _shrinking(_counts(generator, *TRAINED), _counts(generator, *UNTRAINED))


@scenario(
    "dead-shrinks", BORDERLINE, "15.2 units before training and 15.2 after, drawn independently"
)
def _as_many(generator: np.random.Generator) -> Tables:
    return _shrinking(_counts(generator, *UNTRAINED), _counts(generator, *UNTRAINED))
