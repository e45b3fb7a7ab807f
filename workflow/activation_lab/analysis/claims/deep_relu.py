"""Claims of ReLU in deep networks: more dead units, and whether Swish does better there."""

from __future__ import annotations

from typing import Any

import numpy as np
import pandas as pd

from activation_lab.analysis.claims.base import (
    ANSWERED,
    EXACT,
    PYTORCH,
    TUTORIAL,
    Tables,
    Verdict,
    claim,
)
from activation_lab.analysis.claims.deeper import first_against_second
from activation_lab.analysis.claims.groups import CHANCE_LEVEL
from activation_lab.analysis.claims.selection import (
    above,
    by_seed,
    interval,
    need,
    points,
    stated,
    untrained,
)
from activation_lab.analysis.claims.together import all_above
from activation_lab.analysis.printed_numbers import DEAD_UNTRAINED, MANY_LAYERS, NETWORK, PROTOCOL
from activation_lab.wording import joined, listed, percent

TEN_LAYERS = next(network for network in DEAD_UNTRAINED if network != NETWORK)
INITIALISATIONS = ("default", "zero_bias", "he")
EARLY = 10  # the evidence names the share of dead units in this layer and in the last
VERY_DEEP = 10  # hidden layers: the source says it of its network of ten
PAIR = ("swish", "relu")
DEEP_WORDS = "it is advisible to use other nonlinearities like Swish for very deep networks"


def _dead(tables: Tables, **settings: Any) -> pd.DataFrame:
    """Return dead units of untrained ReLU networks, counted on as many images as the source did."""
    images = PROTOCOL["training_images"]
    return untrained(tables, "dead_neurons", activation="relu", training_images=images, **settings)


@claim(
    source=f"{PYTORCH}, and a notebook that retells it",
    quote="The number of dead neurons is significantly higher than before",
    statement="More ReLU units are dead in the untrained network of ten hidden layers than in the "
    "tutorial's of four.",
    test=f"Share of all hidden units that are dead on {PROTOCOL['training_images']:,} images under the "
    "default initialisation, the ten-layer network's minus the four-layer network's, paired by seed: a "
    "95% interval above 0 supports, below 0 refutes",
    study="ten-layer",
)
def dead_depth(tables: Tables) -> Verdict:
    """Compare the two networks that the source compares."""
    found = _dead(tables, network=(NETWORK, TEN_LAYERS), initialisation="default")
    both = found["network"].nunique() == 2
    need(both, "untrained ReLU networks of ten and of four hidden layers")
    counts = found.groupby(["network", "seed"])[["dead", "units"]].sum().reset_index()
    shares = by_seed(counts.assign(share=counts["dead"] / counts["units"]), "network", "share")
    difference = interval(shares[TEN_LAYERS] - shares[NETWORK], "both networks")
    ten, four = (percent(shares[network].mean(), 1) for network in (TEN_LAYERS, NETWORK))
    evidence = (
        f"Of the hidden units of the ten-layer network {ten} are dead, and of the four-layer network "
        f"{four}: a difference of {stated(difference, points)}."
    )
    return Verdict.of(above(difference, 0), difference, evidence)


@claim(
    source=TUTORIAL,
    quote="only a minor amount of neurons are dead, but ... increase with the depth of the layer",
    statement="Untrained, deeper layers of a ReLU network have more dead units, under every "
    "initialisation.",
    test=f"In a network of {MANY_LAYERS} equal hidden layers or more: mean share of dead units in the "
    "deeper half of the layers minus that in the other half, under each of the initialisations "
    f"{listed(INITIALISATIONS)}: every 95% interval above 0 supports, one below refutes (corrected for "
    "three looks)",
    study="dead-by-depth",
)
def dead_grows_with_depth(tables: Tables) -> Verdict:
    """Compare the deeper half of the layers with the other, under each initialisation."""
    found = _deepest(_dead(tables, initialisation=INITIALISATIONS))
    found = found.assign(
        share=(found["dead"] / found["units"]).astype(float),
        half=np.where(found["layer"] > found["depth"] / 2, "deeper", "other"),
    )
    halves = found.groupby(["initialisation", "seed", "half"])["share"].mean().unstack()
    growth = (halves["deeper"] - halves["other"]).rename("growth").reset_index()
    joint = all_above(by_seed(growth, "initialisation", "growth"), 0, "all three initialisations")
    last = found["layer"].max()
    means = found.groupby(["initialisation", "layer"])["share"].mean()
    shares = joined(
        [
            f"under {name.replace('_', ' ')} {percent(means[name, EARLY], 0)} and "
            f"{percent(means[name, last], 0)}"
            for name in INITIALISATIONS
        ]
    )
    evidence = (
        f"In layers {EARLY} and {last} the shares of dead units are {shares}; the deeper half of the "
        f"layers minus the other half is {stated(joint.row, points)} under "
        f"{joint.name.replace('_', ' ')}, which decides{joint.doubt}."
    )
    return Verdict.of(joint.verdict, joint.row, evidence)


@claim(
    source=TUTORIAL,
    quote="how the number of dead neurons behaves with increasing layer depth",
    statement="How many more ReLU units are dead in the last layer of a deep untrained network than in "
    "the first?",
    test=f"In a network of {MANY_LAYERS} equal hidden layers or more, under the default initialisation: "
    "share of dead units in the last hidden layer minus that in the first, paired by seed (Student's t)",
    study="dead-by-depth",
    chance=EXACT,  # an estimate with an interval: there is no verdict to be wrong
)
def dead_by_depth(tables: Tables) -> Verdict:
    """Give the shares of some layers, and the change from the first to the last."""
    found = _deepest(_dead(tables, initialisation=INITIALISATIONS))
    found = found[found["initialisation"] == "default"]
    share = (found["dead"] / found["units"]).astype(float)
    by_layer = share.groupby([found["seed"], found["layer"]]).first().unstack()
    last = int(found["depth"].max())
    change = interval(by_layer[last] - by_layer[1], "untrained ReLU networks")
    shown = [layer for layer in (1, EARLY, last // 2, last) if layer in by_layer]
    each = [f"{percent(by_layer[layer].mean(), 1)} in layer {layer}" for layer in shown]
    evidence = (
        f"Of the units {listed(each)} are dead; from the first layer to the last it is a change of "
        f"{stated(change, points)}."
    )
    return Verdict.of(ANSWERED, change, evidence)


def _deepest(found: pd.DataFrame) -> pd.DataFrame:
    """Return the deepest network of many equal layers that was made under all initialisations."""
    deep = found[(found["depth"] >= MANY_LAYERS) & found["width"].notna()]
    all_of_them = deep.groupby("network")["initialisation"].nunique() == len(INITIALISATIONS)
    deep = deep[deep["network"].isin(all_of_them[all_of_them].index)]
    need(
        len(deep) > 0,
        f"untrained ReLU networks of {MANY_LAYERS} equal hidden layers or more under the "
        f"initialisations {listed(INITIALISATIONS)}",
    )
    network = deep.sort_values(["depth", "width"], kind="stable")["network"].iloc[-1]
    return deep[deep["network"] == network]


SWISH_TEST = (
    f"Networks of {VERY_DEEP} hidden layers or more, trained alike but for their activation: Swish's "
    "test accuracy minus ReLU's of the same seed, mean over the depths, where a run that diverged or "
    f"stayed at chance level counts as {CHANCE_LEVEL:.0%}: a 95% interval above 0 supports, below 0 "
    "refutes"
)


@claim(
    source=PYTORCH,
    quote=DEEP_WORDS,
    statement="Very deep networks under the default initialisation, which the source uses, reach a "
    "higher accuracy with Swish than with ReLU.",
    test=SWISH_TEST,
    study="depth",
)
def swish_for_deep(tables: Tables) -> Verdict:
    """Compare trained networks under the initialisation of the source."""
    return first_against_second(tables, "default", PAIR, VERY_DEEP)


@claim(
    source=PYTORCH,
    quote=DEEP_WORDS,
    statement="Very deep networks reach a higher accuracy with Swish than with ReLU, each under its "
    "own critical initialisation, which deep networks need.",
    test=SWISH_TEST,
    study="depth",
)
def swish_for_deep_critical(tables: Tables) -> Verdict:
    """Compare trained networks where both can be trained."""
    return first_against_second(tables, "critical", PAIR, VERY_DEEP)
