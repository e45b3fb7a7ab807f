"""The size and power of every verdict, by simulation: made by `make power`.

For each claim that chance can decide wrongly, its module here draws tables in which the claim is true,
false, and on the border, and counts how often each verdict comes.
"""

from activation_lab.analysis.claims.power import (
    accuracy,
    activations,
    bounded,
    capacity,
    centred,
    choice,
    choosing,
    deep_relu,
    deeper,
    definitions,
    depth,
    dying,
    editions,
    experimental,
    experimental_sigmoid,
    experimental_training,
    experimental_units,
    few_dead,
    few_seeds,
    gradients,
    published,
    rectified,
    sigmoid,
    speed,
    tails,
    units,
    vanishing,
)
from activation_lab.analysis.claims.power.base import SCENARIOS, Rates, rates, table

# Importing them registers their scenarios.
SUBJECTS = (
    accuracy,
    sigmoid,
    speed,
    gradients,
    activations,
    bounded,
    centred,
    rectified,
    tails,
    depth,
    deep_relu,
    units,
    dying,
    vanishing,
    deeper,
    editions,
    choice,
    choosing,
    few_dead,
    definitions,
    capacity,
    experimental,
    experimental_training,
    experimental_units,
    experimental_sigmoid,
    published,
    few_seeds,
)

__all__ = ["SCENARIOS", "SUBJECTS", "Rates", "rates", "table"]
