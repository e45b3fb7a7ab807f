"""The lecture's question whether a unit that is dead in training stays dead, as it can be read twice.

Units of networks trained as the tutorial trains, at any learning rate, of runs that learnt.
"""

from __future__ import annotations

import pandas as pd

from activation_lab.analysis.claims.base import (
    ANSWERED,
    EXACT,
    LECTURE,
    CannotTell,
    Tables,
    Verdict,
    claim,
)
from activation_lab.analysis.claims.groups import (
    also,
    failures,
    over_seeds,
    relu_runs,
    share,
)
from activation_lab.analysis.claims.selection import learnt, need, of_runs
from activation_lab.protocol import WATCHED_IMAGES
from activation_lab.wording import percent, plural

QUOTE = "Does a dead neuron during training always stay dead during inference?"


@claim(
    source=LECTURE,
    quote=QUOTE,
    statement="Which share of the ReLU units that are 0 on all training images is alive on a test "
    "image?",
    test="Trained ReLU networks of the tutorial's, at any learning rate, that learnt, with the kept "
    "weights: units that are 0 on all training images and not 0 on some test image, of those that are "
    "0 on all training images; the interval and n are of seeds",
    chance=EXACT,  # an estimate with an interval: there is no verdict to be wrong
)
def dead_at_inference(tables: Tables) -> Verdict:
    """Look at the test images with the units that are dead on all training images."""
    runs = _runs(tables)
    units = of_runs(tables["neurons"], learnt(runs))
    dead = units[(units["phase"] == "best") & (units["nonzero_fraction"] == 0)]
    if dead.empty:
        raise CannotTell(f"no unit is dead after training{also(failures(runs))}", n=len(runs))
    tested = dead["nonzero_fraction_test"].astype(float)
    counted = dead[["seed"]].assign(dead=1, alive=(tested > 0).astype(int))
    rate = over_seeds(counted, "alive", "dead")
    most = f"none of them on more than {percent(tested.max())} of these"
    evidence = (
        f"{counted['alive'].sum()} of {len(dead)} units that are dead on all training images are "
        f"alive on some of the test images ({share(rate)}), in {networks(dead)}"
        f"{also(most if rate['mean'] > 0 else '', failures(runs))}."
    )
    return Verdict.of(ANSWERED, rate, evidence)


@claim(
    source=LECTURE,
    quote=QUOTE,
    statement="Which share of the ReLU units that are dead at some epoch of training comes back later?",
    test="Trained ReLU networks of the tutorial's, at any learning rate, that learnt: units that came "
    f"back at least once, of those that were 0 on the first {WATCHED_IMAGES:,} training images before "
    "training or after some epoch; the interval and n are of seeds",
    chance=EXACT,  # an estimate with an interval: there is no verdict to be wrong
)
def dead_at_inference_later(tables: Tables) -> Verdict:
    """Count the units that were ever dead and those of them that ever came back."""
    runs = _runs(tables)
    ever = at_the_end(of_runs(tables["transitions"], learnt(runs)))
    ever = ever[ever["ever_dead"] > 0]
    if ever.empty:
        raise CannotTell(f"no unit was dead after any epoch{also(failures(runs))}", n=len(runs))
    rate = over_seeds(ever, "ever_revived", "ever_dead")
    first, later = ever[ever["layer"] == 1], ever[ever["layer"] > 1]
    evidence = (
        f"Of the units that were dead on the {WATCHED_IMAGES:,} watched images at some time, "
        f"{came_back(first)} in layer 1 and {came_back(later)} in later layers came back, in all "
        f"{share(rate)}, in {networks(ever)}{also(failures(runs))}."
    )
    return Verdict.of(ANSWERED, rate, evidence)


def _runs(tables: Tables) -> pd.DataFrame:
    runs = relu_runs(tables, "learning_rate")
    need(len(runs) > 0, "trained ReLU networks of the tutorial's")
    if learnt(runs).empty:
        raise CannotTell(failures(runs), n=len(runs))
    return runs


def at_the_end(transitions: pd.DataFrame) -> pd.DataFrame:
    """Return the rows of each run's last epoch, in which units of all epochs are counted once."""
    last = transitions.groupby(["study", "cell", "seed"])["epoch"].transform("max")
    return transitions[transitions["epoch"] == last]


def came_back(ever: pd.DataFrame) -> str:
    """Say how many units came back, of those that were ever dead.

    >>> came_back(pd.DataFrame({"ever_dead": [3, 4], "ever_revived": [1, 0]}))
    '1 of 7'
    """
    return f"{ever['ever_revived'].sum()} of {ever['ever_dead'].sum()}"


def networks(rows: pd.DataFrame) -> str:
    """Return of how many networks the rows are."""
    return plural(len(rows[["study", "cell", "seed"]].drop_duplicates()), "network")
