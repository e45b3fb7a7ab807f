"""Claims of dead units that are judged on experiments: on networks that no setting can describe."""

from __future__ import annotations

import numpy as np
import pandas as pd

from activation_lab.analysis.claims.base import (
    PYTORCH,
    Tables,
    Verdict,
    claim,
)
from activation_lab.analysis.claims.selection import (
    above,
    by_seed,
    experiment,
    interval,
    powers,
    stated,
)

AWAKE = (
    "The tutorial's ten-layer ReLU networks beside the same, whose dead units had their biases raised "
    "until each is on for half of 10,000 images: norm of the gradient of layer 1's weights, geometric "
    "mean of 20 steps, "
)
FLOW = "harms the gradient flow especially in the first iterations"


@claim(
    source=PYTORCH,
    quote=FLOW,
    statement="In the first steps, dead units make the first layer's gradient smaller.",
    test=f"{AWAKE}the first ones. Logarithm of the ratio without dead units to with: a 95% interval "
    "above 0 supports, below refutes; the estimate is the ratio",
    experiment="first-steps",
)
def dead_harms_flow(tables: Tables) -> Verdict:
    """Compare the first gradients with and without dead units."""
    row = interval(_harm(tables, "first"), "ten-layer networks")
    shown = powers(row)
    dead = experiment(tables, "first-steps", arm="dead units", quantity="dead")
    evidence = (
        f"Without the {dead.groupby('seed')['value'].sum().mean():.0f} dead units of a network, the "
        f"first layer's gradient is {stated(shown)} times as large."
    )
    return Verdict.of(above(row, 0), shown, evidence)


@claim(
    source=PYTORCH,
    quote=FLOW,
    statement="Dead units make the first layer's gradient smaller by a greater factor in the first "
    "steps than later.",
    test=f"{AWAKE}steps 1 to 20 and 181 to 200. Logarithm of the ratio without dead units to with, of "
    "the first minus of the later ones: a 95% interval above 0 supports, below refutes; the estimate is "
    "the ratio of the ratios",
    experiment="first-steps",
)
def dead_harms_flow_first(tables: Tables) -> Verdict:
    """Compare what dead units do in the first steps and later."""
    first, later = _harm(tables, "first"), _harm(tables, "later")
    row = interval(first - later, "ten-layer networks")
    shown = powers(row)
    evidence = (
        f"Without dead units the first layer's gradient is {10 ** first.mean():.3g} times as large in "
        f"the first steps and {10 ** later.mean():.3g} times in later ones, a ratio of {stated(shown)}."
    )
    return Verdict.of(above(row, 0), shown, evidence)


def _harm(tables: Tables, when: str) -> pd.Series:
    """Return log10 of the gradient without dead units over the one with them, of each seed."""
    wide = by_seed(experiment(tables, "first-steps", quantity=f"gradient_{when}"), "arm", "value")
    return np.log10(wide["none dead"] / wide["dead units"])
