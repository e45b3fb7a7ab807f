"""Questions of dead units and of functions without slope: answered with an estimate, not a verdict."""

from __future__ import annotations

import pandas as pd

from activation_lab.analysis import layers
from activation_lab.analysis.claims.base import (
    ANSWERED,
    EXACT,
    LECTURE,
    TUTORIAL,
    CannotTell,
    Tables,
    Verdict,
    claim,
)
from activation_lab.analysis.claims.capacity import TEN_LAYERS
from activation_lab.analysis.claims.dying import dead_shares
from activation_lab.analysis.claims.groups import (
    also,
    failures,
    over_seeds,
    share,
)
from activation_lab.analysis.claims.selection import (
    by_seed,
    counts,
    interval,
    learnt,
    need,
    number,
    of_runs,
    points,
    rows,
    stated,
    tutorial,
    untrained,
)
from activation_lab.analysis.printed_numbers import DEAD_TRAINED, PROTOCOL
from activation_lab.protocol import FIRST_IMAGES
from activation_lab.wording import joined, listed, percent, plural

# chance=EXACT below: an estimate with an interval has no verdict to be wrong.


@claim(
    source=TUTORIAL,
    quote="How does this look like for a trained network",
    statement="How many units of the tutorial's ReLU network are dead after training, and in which "
    "layers?",
    test="Units that are 0 on all training images with the kept weights, runs that learnt: mean number "
    "over seeds, of all hidden layers (Student's t)",
    chance=EXACT,
)
def dead_trained(tables: Tables) -> Verdict:
    """Count them by layer."""
    runs = tutorial(tables, "runs", activation="relu")
    need(len(runs) > 0, "trained ReLU networks of the tutorial's")
    if learnt(runs).empty:
        raise CannotTell(failures(runs), n=len(runs))
    found = of_runs(tables["dead_neurons"], learnt(runs))
    by_layer = found[found["phase"] == "best"].groupby(["seed", "layer"])["dead"].sum()
    by_layer = by_layer.astype(float).unstack("layer")
    row = interval(by_layer.sum(axis="columns"), "the tutorial's trained ReLU network")
    printed = joined([f"{counts(dead)} in the {name}" for name, dead in DEAD_TRAINED.items()])
    evidence = (
        f"After training {stated(row)} units are dead: in the layers, on average, "
        f"{counts(by_layer.mean())}; the tutorial prints {printed}{also(failures(runs))}."
    )
    return Verdict.of(ANSWERED, row, evidence)


@claim(
    source=LECTURE,
    quote="How can we identify this problem?",
    statement=f"Which share of the ReLU units that are 0 on {FIRST_IMAGES:,} training images is not "
    "dead on all of them?",
    test="The tutorial's ReLU networks, untrained, and trained ones that learnt: units that are 0 on "
    f"the first {FIRST_IMAGES:,} training images and not on all, of those that are 0 on the first; "
    "untrained is the estimate. The interval and n are of seeds. One batch of 256 images is not in "
    "the tables",
    chance=EXACT,
)
def identify_dead(tables: Tables) -> Verdict:
    """Count the false alarms of a look at few images."""
    start = {name: PROTOCOL[name] for name in ("network", "initialisation", "training_images")}
    before = untrained(tables, "dead_neurons", activation="relu", **start)
    need(len(before) > 0, "untrained ReLU networks of the tutorial's")
    runs = learnt(tutorial(tables, "runs", activation="relu"))
    after = of_runs(tables["dead_neurons"], runs)
    after = after[after["phase"] == "best"]
    alarms = before[before["dead_first"] > 0]
    if alarms.empty:
        raise CannotTell(f"no unit is 0 on the first {FIRST_IMAGES:,} images", n=len(before))
    row = _false_alarms(alarms)
    evidence = (
        f"Untrained, {_said(before)} ({share(row)}){also(_said(after, 'after training, '))}; being 0 on "
        "a few images does not show that a unit is dead, and one image on which it is not 0 shows that "
        "it is alive."
    )
    return Verdict.of(ANSWERED, row, evidence)


def _false_alarms(found: pd.DataFrame) -> dict:
    false = (found["dead_first"] - found["dead"]).astype(float)
    counted = found[["seed"]].assign(false=false, alarms=found["dead_first"].astype(float))
    return over_seeds(counted, "false", "alarms")


def _said(found: pd.DataFrame, when: str = "") -> str:
    """Say how many units that seem dead on the first images are not; empty without such units."""
    seem = int(found["dead_first"].sum())
    if not seem:
        return ""
    false = seem - int(found["dead"].sum())
    return (
        f"{when}{false} of {seem} units that are 0 on the first {FIRST_IMAGES:,} training images are "
        f"not 0 on all {PROTOCOL['training_images']:,}"
    )


@claim(
    source=LECTURE,
    quote="How can we solve the problem?",
    statement="How many fewer ReLU units are dead with another initialisation, another activation, or "
    "another learning rate?",
    test="Share of hidden units that are 0 on all training images. Initialisation, which is the "
    "estimate: the untrained ten-layer network under He's minus under the default, paired by seed "
    "(Student's t). Activation: trained with leaky ReLU. Learning rate: the best and the worst at "
    "which two runs learnt",
    study="ten-layer",
    chance=EXACT,
)
def solve_dead(tables: Tables) -> Verdict:
    """Put the ways side by side."""
    images = PROTOCOL["training_images"]
    found = untrained(
        tables, "dead_neurons", activation="relu", network=TEN_LAYERS, training_images=images
    )
    sums = found.groupby(["initialisation", "seed"])[["dead", "units"]].sum().reset_index()
    wide = by_seed(sums.assign(share=sums["dead"] / sums["units"]), "initialisation", "share")
    need({"default", "he"} <= set(wide), "untrained ten-layer ReLU networks, default and He's")
    change = interval(wide["he"] - wide["default"], "both initialisations")
    names = {"default": "the default", "zero_bias": "zero biases", "he": "He's initialisation"}
    shares = [
        f"{percent(wide[name].mean(), 1)} with {names[name]}" for name in names if name in wide
    ]
    evidence = (
        f"Of the untrained ten-layer network's units {listed(shares)} are dead, from the default to "
        f"He's a change of {stated(change, points)}{also(_by_activation(tables), _by_rate(tables))}."
    )
    return Verdict.of(ANSWERED, change, evidence)


def _by_activation(tables: Tables) -> str:
    """Say how many units of the tutorial's network are dead after training, by activation."""
    names = ("relu", "leakyrelu")
    runs = learnt(tutorial(tables, "runs", activation=names))
    found = of_runs(tables["dead_neurons"], runs)
    sums = found[found["phase"] == "best"].groupby("activation")[["dead", "units"]].sum()
    said = [
        f"{sums['dead'][n]} of {sums['units'][n]} units with {n}" for n in names if n in sums.index
    ]
    return f"after training, {listed(said)} are dead in the tutorial's network" if said else ""


def _by_rate(tables: Tables) -> str:
    """Say at which learning rate the fewest units are dead after training, and at which the most."""
    cells = tables["cells"]
    if (
        cells.loc[
            (cells["activation"] == "relu") & (cells["epochs"] > 0), "learning_rate"
        ].nunique()
        < 2
    ):
        return ""
    means = dead_shares(tables)[0].mean()
    if len(means) < 2:
        return ""
    ends = [f"{percent(means[r], 1)} at {r:g}" for r in (means.idxmin(), means.idxmax())]
    return f"by learning rate, from {ends[0]} to {ends[1]}"


@claim(
    source=LECTURE,
    quote="The most obvious activation function is a Heaviside function ... What is the problem with "
    "it?",
    statement="How much gradient gets back through Heaviside's function?",
    test="Share of weight gradients before the output layer that are exactly 0, in untrained networks "
    "with it, mean over layers and seeds; n counts seeds",
    study="not-trainable",
    config="workflow/configs/catalogue.yaml",
    chance=EXACT,
)
def heaviside_problem(tables: Tables) -> Verdict:
    """Count the gradients that are 0."""
    found = rows(tables, "gradients", activation="heaviside", normalisation="none")
    found = found[found["phase"] == "untrained"]
    need(len(found) > 0, "untrained networks with heaviside")
    output = layers.output(found)
    zero = float(found.loc[~output, "zero_fraction"].mean())
    norm = float(found.loc[output, "norm"].mean())
    seeds = found["seed"].nunique()
    evidence = (
        f"In {plural(seeds, 'network')} {percent(zero, 1)} of the weight gradients before the output "
        f"layer are exactly 0, while the output layer's gradient has a norm of {number(norm)}."
    )
    return Verdict(ANSWERED, evidence, seeds, zero)
