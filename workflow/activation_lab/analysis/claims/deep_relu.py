"""Claims of ReLU in deep networks: more dead units, and whether Swish does better there."""

from __future__ import annotations

from typing import Any

import numpy as np
import pandas as pd

from activation_lab.analysis.claims.base import (
    PYTORCH,
    TUTORIAL,
    CannotTell,
    Tables,
    Verdict,
    claim,
)
from activation_lab.analysis.claims.groups import CHANCE_LEVEL, failures
from activation_lab.analysis.claims.selection import (
    above,
    by_seed,
    cells,
    interval,
    learnt,
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
    return _swish_against_relu(tables, "default")


@claim(
    source=PYTORCH,
    quote=DEEP_WORDS,
    statement="Very deep networks reach a higher accuracy with Swish than with ReLU, each under its own "
    "critical initialisation, which deep networks need.",
    test=SWISH_TEST,
    study="depth",
)
def swish_for_deep_critical(tables: Tables) -> Verdict:
    """Compare trained networks where both can be trained."""
    return _swish_against_relu(tables, "critical")


def _swish_against_relu(tables: Tables, initialisation: str) -> Verdict:
    runs = _trained_deep(tables, initialisation)
    need(
        len(runs) > 0,
        f"networks of {VERY_DEEP} hidden layers or more, trained alike with Swish and with ReLU under "
        f"the {initialisation} initialisation",
    )
    outcomes = [_outcome(runs[runs["activation"] == name], name) for name in ("swish", "relu")]
    if learnt(runs).empty:
        raise CannotTell(f"neither learns; {joined(outcomes)}", n=runs["seed"].nunique())
    accuracy = runs["test_accuracy"].astype(float).where(runs["status"] == "ok", CHANCE_LEVEL)
    wide = runs.assign(accuracy=accuracy).pivot(
        index=["network", "seed"], columns="activation", values="accuracy"
    )
    by_network = (wide["swish"] - wide["relu"]).dropna()
    difference = interval(by_network.groupby("seed").mean(), "both activations at one depth")
    evidence = (
        f"{_depths(runs)}, {joined(outcomes)}; Swish's test accuracy minus ReLU's, a failed run counted "
        f"as {CHANCE_LEVEL:.0%}, is {stated(difference, points)}."
    )
    return Verdict.of(above(difference, 0), difference, evidence)


def _outcome(runs: pd.DataFrame, name: str) -> str:
    failed = failures(runs)
    count = f"{len(learnt(runs))} of {len(runs)} runs learn with {name}"
    return f"{count} ({failed})" if failed else count


def _depths(runs: pd.DataFrame) -> str:
    depths = sorted(set(runs["depth"]))
    if len(depths) <= 2:
        return f"At {listed([str(depth) for depth in depths])} hidden layers"
    return f"At {len(depths)} depths from {depths[0]} to {depths[-1]} hidden layers"


def _trained_deep(tables: Tables, initialisation: str) -> pd.DataFrame:
    """Return the runs of deep networks that were trained alike with Swish and with ReLU, each once.

    Of several training protocols it is the one nearest to the tutorial's, by the number of settings
    that differ, then the one with the most runs.
    """
    chosen = cells(tables, activation=("swish", "relu"), initialisation=initialisation)
    deep = (chosen["depth"] >= VERY_DEEP) & (chosen["normalisation"] == "none")
    training = [name for name in PROTOCOL if name not in ("network", "initialisation")]
    best, found = (-1, 0), tables["runs"].iloc[:0]
    for _, group in chosen[deep & (chosen["epochs"] > 0)].groupby(training, sort=False):
        paired = _paired(tables["runs"], group)
        as_published = sum(group[name].iloc[0] == PROTOCOL[name] for name in training)
        if len(paired) and (as_published, len(paired)) > best:
            best, found = (as_published, len(paired)), paired
    return found


def _paired(runs: pd.DataFrame, chosen: pd.DataFrame) -> pd.DataFrame:
    """Return the runs of these cells, each once, whose network and seed has both activations."""
    both = runs.merge(chosen[["study", "cell"]], on=["study", "cell"])
    both = both.drop_duplicates(["activation", "network", "seed"])
    return both[both.groupby(["network", "seed"])["activation"].transform("nunique") == 2]
