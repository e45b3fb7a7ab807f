"""Claims that a few units are dead before training, and that they do no harm."""

from __future__ import annotations

import pandas as pd

from activation_lab.analysis.claims.accuracy import MARGIN
from activation_lab.analysis.claims.base import (
    TUTORIAL,
    CannotTell,
    Tables,
    Verdict,
    claim,
)
from activation_lab.analysis.claims.groups import (
    CHANCE_LEVEL,
    accuracy_or_chance,
    also,
    failures,
    share,
)
from activation_lab.analysis.claims.selection import (
    above,
    below,
    by_seed,
    counts,
    interval,
    need,
    points,
    ratio_over_networks,
    stated,
    tutorial,
    untrained,
)
from activation_lab.analysis.printed_numbers import PROTOCOL
from activation_lab.analysis.statistics import exact_share
from activation_lab.wording import listed, percent

UNLIKELY = 0.05  # what happens to a smaller share of networks is unlikely
MINOR = 0.05  # of the units
FEW_WORDS = "only a minor amount of neurons are dead, but ... increase with the depth of the layer"
WITHOUT_DEAD = "leakyrelu"


def _untrained(tables: Tables) -> pd.DataFrame:
    """Return the dead units by layer of the tutorial's untrained ReLU networks, each once."""
    start = {name: PROTOCOL[name] for name in ("network", "initialisation", "training_images")}
    found = untrained(tables, "dead_neurons", activation="relu", **start)
    need(len(found) > 0, "untrained ReLU networks of the tutorial's")
    return found


@claim(
    source=TUTORIAL,
    quote="it is not unlikely for this to happen",
    statement="An untrained ReLU network often has a dead unit: more than one network in "
    f"{1 / UNLIKELY:g} does.",
    test="Share of the tutorial's untrained ReLU networks with a unit that is 0 on all training "
    f"images: an exact 95% interval above {UNLIKELY:.0%} supports, below refutes",
)
def dead_likely(tables: Tables) -> Verdict:
    """Count the networks with a dead unit."""
    sums = _untrained(tables).groupby("seed")[["dead", "units"]].sum()
    row = exact_share(int((sums["dead"] > 0).sum()), len(sums))
    low, high = percent(row["low"], 0), percent(row["high"], 0)
    evidence = (
        f"{(sums['dead'] > 0).sum()} of {len(sums)} untrained networks have a dead unit (95% interval "
        f"of the share {low} to {high}), on average {counts([sums['dead'].mean()])} of "
        f"{sums['units'].iloc[0]} units."
    )
    return Verdict.of(above(row, UNLIKELY), row, evidence)


@claim(
    source=TUTORIAL,
    quote=FEW_WORDS,
    statement=f"Of the units of the untrained ReLU network fewer than {MINOR:.0%} are dead.",
    test="Share of hidden units of the tutorial's untrained network that are 0 on all training images: "
    f"a 95% interval over networks below {MINOR:.0%} supports, above refutes; the bound is our reading",
)
def dead_few(tables: Tables) -> Verdict:
    """Take the share of all hidden units."""
    found = _untrained(tables)
    sums = found.groupby("seed")[["dead", "units"]].sum().astype(float)
    ratio = ratio_over_networks(sums, "dead", "units")
    if ratio["low"] is None:
        raise CannotTell("there is one seed, and one has no interval", n=1)
    by_layer = counts(found.groupby("layer")["dead"].mean().astype(float))
    evidence = (
        f"The share of dead hidden units is {share(ratio)}, and the layers have {by_layer} of them on "
        "average."
    )
    return Verdict.of(below(ratio, MINOR), ratio, evidence)


@claim(
    source=TUTORIAL,
    quote=FEW_WORDS,
    statement="In the source's own untrained network of four hidden layers, more units are dead in the "
    "two deeper layers.",
    test="Mean share of dead units in the deeper half of the layers minus that in the other half, of "
    "the same network: a 95% interval above 0 supports, below 0 refutes",
)
def dead_few_increase(tables: Tables) -> Verdict:
    """Compare the halves of the source's network."""
    found = _untrained(tables)
    deeper = found["layer"] > found["depth"] / 2
    by_half = found.assign(
        share=(found["dead"] / found["units"]).astype(float),
        half=deeper.map({True: "deeper", False: "other"}),
    )
    means = by_half.groupby(["seed", "half"])["share"].mean().reset_index()
    halves = by_seed(means, "half", "share")
    growth = interval(halves["deeper"] - halves["other"], "untrained networks")
    shares = [percent(value, 1) for value in by_half.groupby("layer")["share"].mean()]
    evidence = (
        f"From the first to the last hidden layer {listed(shares)} of the units are dead; the deeper "
        f"half minus the other is {stated(growth, points)}."
    )
    return Verdict.of(above(growth, 0), growth, evidence)


@claim(
    source=TUTORIAL,
    quote="not a problem for the small number of dead neurons we have",
    statement="The tutorial's ReLU network, with its few dead units, is less than "
    f"{100 * MARGIN:g} point worse than one with leaky ReLU, which has none and is alike otherwise.",
    test="Test accuracy with ReLU minus with leaky ReLU of the same seed; a run that diverged or "
    f"stayed at chance level counts as {CHANCE_LEVEL:.0%}: a 95% interval above −{100 * MARGIN:g} "
    "point supports, below refutes. Whether other networks with more dead units do worse, few seeds "
    "cannot tell",
)
def few_dead_harmless(tables: Tables) -> Verdict:
    """Compare with the same network whose units cannot die."""
    runs = tutorial(tables, "runs", activation=("relu", WITHOUT_DEAD))
    both = runs["activation"].nunique() == 2
    need(both, f"networks of the tutorial's with relu and {WITHOUT_DEAD}")
    wide = by_seed(runs.assign(accuracy=accuracy_or_chance(runs)), "activation", "accuracy")
    difference = interval(wide["relu"] - wide[WITHOUT_DEAD], "both activations")
    dead = tutorial(tables, "dead_neurons", activation="relu")
    start = dead[dead["phase"] == "untrained"].groupby("seed")["dead"].sum()
    before = (
        f"with {counts([start.min()])} to {counts([start.max()])} dead units at the start "
        if len(start)
        else ""
    )
    evidence = (
        f"ReLU networks {before}reach {percent(wide['relu'].mean())} test accuracy and leaky ReLU "
        f"networks {percent(wide[WITHOUT_DEAD].mean())}, a difference of {stated(difference, points)}"
        f"{also(failures(runs))}."
    )
    return Verdict.of(above(difference, -MARGIN), difference, evidence)
