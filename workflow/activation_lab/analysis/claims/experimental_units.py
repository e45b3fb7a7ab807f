"""Claims of dead units that are judged on experiments: on networks that no setting can describe."""

from __future__ import annotations

import numpy as np
import pandas as pd

from activation_lab.analysis.claims.base import (
    ANSWERED,
    EXACT,
    LECTURE,
    NOTEBOOK,
    PYTORCH,
    TUTORIAL,
    CannotTell,
    Tables,
    Verdict,
    claim,
)
from activation_lab.analysis.claims.groups import CHANCE_LEVEL, also, over_seeds, share
from activation_lab.analysis.claims.selection import (
    above,
    below,
    by_seed,
    experiment,
    interval,
    lost,
    points,
    powers,
    stated,
)
from activation_lab.protocol import PLATEAU
from activation_lab.wording import percent, plural

KILLED = (
    "The tutorial's ReLU networks, two epochs, with units that send 0 from the start: test accuracy "
    "lost with {first} of the 512 units of layer 1"
)
KILLED_ENDS = (
    ", minus that lost with 112 of the 128 of layer 4, paired by seed: a 95% interval above 0 "
)
WORST = "especially problematic in the input layer"
POINT = 0.01


@claim(
    source=TUTORIAL,
    quote=WORST,
    statement="Dead units of the first layer cost more accuracy than as many of the last hidden layer.",
    test=f"{KILLED.format(first=112)}{KILLED_ENDS}supports, below refutes",
    experiment="killed-units",
)
def input_dead_worst(tables: Tables) -> Verdict:
    """Compare as many dead units in both layers."""
    return _worst(tables, "112 of layer 1")


@claim(
    source=TUTORIAL,
    quote=WORST,
    statement="Dead units of the first layer cost more accuracy than the same share of the last hidden "
    "layer's.",
    test=f"{KILLED.format(first=448)}{KILLED_ENDS}supports, below refutes",
    experiment="killed-units",
)
def input_dead_worst_share(tables: Tables) -> Verdict:
    """Compare the same share of dead units in both layers."""
    return _worst(tables, "448 of layer 1")


def _worst(tables: Tables, arm: str) -> Verdict:
    gone = _lost(tables)
    row = interval(gone[arm] - gone["112 of layer 4"], "networks with dead units")
    evidence = (
        f"With {arm} dead, networks lose {lost(gone[arm].mean())}, and with 112 of layer 4 "
        f"{lost(gone['112 of layer 4'].mean())}, a difference of {stated(row, points)}."
    )
    return Verdict.of(above(row, 0), row, evidence)


@claim(
    source=NOTEBOOK,
    quote="The only problem is when we have dead neurons in the input layer",
    statement="Even if 7 in 8 units of the last hidden layer are dead, a network loses less than a "
    "point of accuracy.",
    test="The tutorial's ReLU networks, two epochs, with 112 of the 128 units of layer 4 that send 0 "
    "from the start: test accuracy lost, paired by seed: a 95% interval below 1 point supports, above "
    "refutes",
    experiment="killed-units",
)
def input_dead_only(tables: Tables) -> Verdict:
    """Look at the loss with dead units in the last hidden layer."""
    row = interval(_lost(tables)["112 of layer 4"], "networks with dead units")
    evidence = f"With 112 of layer 4 dead, networks lose {stated(row, lost)}."
    return Verdict.of(below(row, POINT), row, evidence)


def _lost(tables: Tables) -> pd.DataFrame:
    """Return the accuracy lost: a row for each seed, a column for each arm."""
    wide = by_seed(experiment(tables, "killed-units"), "arm", "value")
    return -wide.sub(wide["none"], axis=0)


LOWERED = (
    "The tutorial's ReLU networks, two epochs at a learning rate of 0.2 and three at 0.01, beside three "
    "more at 0.2: "
)
LOWERING = "Can lowering the learning rate help?"


@claim(
    source=LECTURE,
    quote=LOWERING,
    statement="Which share of the units that died at a high learning rate comes back once it is "
    "lowered?",
    test=f"{LOWERED}units that were 0 on all training images and then are not; the interval and n are "
    "of seeds",
    experiment="lowered-rate",
    chance=EXACT,  # an estimate with an interval: there is no verdict to be wrong
)
def lowering_rate_revival(tables: Tables) -> Verdict:
    """Count the dead units that come back."""
    before = experiment(tables, "lowered-rate", arm="before", quantity="dead")
    dead = before.groupby("seed")["value"].sum()
    if dead.sum() == 0:
        raise CannotTell("no unit was dead before the rate was lowered", n=len(dead))
    back = {
        arm: experiment(tables, "lowered-rate", arm=arm, quantity="revived")
        .groupby("seed")["value"]
        .sum()
        for arm in ("kept", "lowered")
    }
    counted = pd.DataFrame({"dead": dead, **back}).reset_index()
    row = over_seeds(counted, "lowered", "dead")
    kept = over_seeds(counted, "kept", "dead")
    evidence = (
        f"Of {int(dead.sum()):,} dead units, {int(back['lowered'].sum()):,} came back after the rate "
        f"was lowered ({share(row)}), and {int(back['kept'].sum()):,} where it was kept ({share(kept)})."
    )
    return Verdict.of(ANSWERED, row, evidence)


@claim(
    source=LECTURE,
    quote=LOWERING,
    statement="How much more accurate are networks whose high learning rate is lowered?",
    test=f"{LOWERED}difference of test accuracies, paired by seed",
    experiment="lowered-rate",
    chance=EXACT,  # an estimate with an interval: there is no verdict to be wrong
)
def lowering_rate_accuracy(tables: Tables) -> Verdict:
    """Compare networks whose rate was lowered and kept."""
    wide = by_seed(experiment(tables, "lowered-rate", quantity="accuracy"), "arm", "value")
    row = interval(wide["lowered"] - wide["kept"], "networks whose rate was lowered")
    told = {arm: percent(wide[arm].mean()) for arm in ("before", "kept", "lowered")}
    fallen = int((wide["before"] < CHANCE_LEVEL + PLATEAU * (1 - CHANCE_LEVEL)).sum())
    doubt = f"before, {fallen} of {plural(len(wide), 'network')} had fallen to chance level"
    evidence = (
        f"The mean test accuracy is {told['before']} before, {told['lowered']} where the rate was "
        f"lowered, and {told['kept']} where it was kept, a difference of {stated(row, points)}"
        f"{also(doubt if fallen else '')}."
    )
    return Verdict.of(ANSWERED, row, evidence)


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
