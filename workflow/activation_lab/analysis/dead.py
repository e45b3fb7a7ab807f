"""What counts as a dead unit: from the record of every unit to counts for each layer."""

from __future__ import annotations

import pandas as pd

from activation_lab.measures.base import KEYS, PHASE
from activation_lab.protocol import EPSILON

CONSTANT = 1e-6  # a standard deviation below this share of the mean size is rounding


def dead_neurons(
    neurons: pd.DataFrame, predictions: pd.DataFrame, runs: pd.DataFrame
) -> pd.DataFrame:
    """Count the units of each run, phase and layer that are dead, in every sense of the word.

    Takes the tables `neurons`, `predictions` and `runs`, returns the table `dead_neurons`. Dormancy is
    Sokar et al. 2023: a unit's mean |h| over the mean of its layer, at most τ.
    """
    keys = [*KEYS, *PHASE]
    layer_mean = neurons.groupby(keys, sort=False)["abs_mean"].transform("mean")
    # A layer of zeros is wholly dormant; 0 / 0 would lose it.
    score = (neurons["abs_mean"] / layer_mean.where(layer_mean > 0, 1.0)).rename("score")
    flags = neurons[keys].assign(
        units=1,
        dead=neurons["nonzero_fraction"] == 0,
        always_on=neurons["pre_min"] > 0,
        no_gradient=neurons["derivative_abs_max"] <= EPSILON,
        constant=neurons["variance"] <= (CONSTANT * neurons["abs_mean"]) ** 2,
        dormant_0=score <= 0,
        dormant_025=score <= 0.025,
        dormant_1=score <= 0.1,
        dead_first=neurons["nonzero_fraction_first"] == 0,
    )
    counts = flags.groupby(keys, sort=False).sum().reset_index()
    shares = predictions[["settings_id", "layer", "predicted_dead"]]
    counts = counts.merge(shares, how="left", on=["settings_id", "layer"])
    run = ["settings_id", "seed"]
    counts = counts.merge(runs[[*run, "status"]], how="left", on=run)
    predicted = (counts["predicted_dead"] * counts["units"]).where(counts["phase"] == "untrained")
    return counts.assign(predicted_dead=predicted)
