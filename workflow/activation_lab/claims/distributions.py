"""Claims of distributions: weight gradients before training, activations after it."""

from __future__ import annotations

import numpy as np
import pandas as pd

from activation_lab.claims.registry import (
    INCONCLUSIVE,
    REFUTED,
    SUPPORTED,
    TUTORIAL,
    Tables,
    Verdict,
    claim,
)
from activation_lab.claims.selection import (
    above,
    by_seed,
    interval,
    need,
    number,
    once,
    points,
    powers,
    stated,
    trained,
    untrained,
)
from activation_lab.published import NETWORK, SIGMOID_GRADIENT, SWISH_LARGEST, TEST_ACCURACY
from activation_lab.words import listed, percent

OTHERS = tuple(name for name in TEST_ACCURACY["PyTorch edition"] if name != "sigmoid")
SIMILAR = 10
ORDER = 0.5  # of magnitude: numbers printed as powers of ten are right to within half of one
SPIKE = 1 / 50  # of the tutorial's 50 bins, one has this share where values are spread evenly


def _gradients(tables: Tables, *activations: str) -> pd.DataFrame:
    """Return the weight gradients of the tutorial's untrained networks."""
    start = {"network": NETWORK, "initialisation": "default"}
    found = once(untrained(tables, "gradients", activation=activations, **start), start)
    missing = set(activations) - set(found["activation"])
    need(not missing, f"untrained networks of the tutorial's with {listed(sorted(missing))}")
    return found


@claim(
    "sigmoid-gradient",
    source=TUTORIAL,
    statement="Sigmoid's weight gradients, untrained, are {:g} in the input layer and up to {:g} in "
    "the output layer.".format(*SIGMOID_GRADIENT),
    test="Largest absolute gradient of the layer: the 95% interval of its geometric mean within half "
    "an order of magnitude of both numbers supports, outside of it for one refutes; the estimate is "
    "the input layer's",
)
def sigmoid_gradient(tables: Tables) -> Verdict:
    """Compare orders of magnitude in the first and the output layer."""
    rows = _gradients(tables, "sigmoid")
    ends = {1: SIGMOID_GRADIENT[0], rows["layer"].max(): SIGMOID_GRADIENT[1]}
    largest, verdicts = {}, set()
    for layer, printed in ends.items():
        values = rows.loc[rows["layer"] == layer, "abs_max"].astype(float)
        logs = interval(np.log10(values[values > 0]), "untrained sigmoid networks")
        largest[layer] = powers(logs)
        off = np.log10(printed)
        near = logs["low"] > off - ORDER and logs["high"] < off + ORDER
        away = logs["high"] < off - ORDER or logs["low"] > off + ORDER
        verdicts.add(SUPPORTED if near else REFUTED if away else INCONCLUSIVE)
    verdict = min(verdicts, key=[REFUTED, INCONCLUSIVE, SUPPORTED].index)
    first, output = largest.values()
    std = rows.loc[rows["layer"] == 1, "std"].mean()
    evidence = (
        f"The largest gradient is {stated(first)} in the input layer and {stated(output)} in the "
        f"output layer; the input layer's standard deviation is {number(std)}."
    )
    return Verdict.of(verdict, first, evidence)


@claim(
    "gradients-similar",
    source=TUTORIAL,
    statement="All activations but sigmoid have similar gradient norms in all layers, untrained.",
    test="Greatest over least Frobenius norm of the weight gradient among all layers: below "
    f"{SIMILAR} for each activation with its 95% interval (geometric mean) supports, above for one "
    "refutes; the estimate is the greatest of the activations'",
)
def gradients_similar(tables: Tables) -> Verdict:
    """Compare the layers' norms, activation by activation."""
    rows = _gradients(tables, *OTHERS)
    groups = rows.groupby(["activation", "seed"], sort=False)
    ratios = {}
    spread = np.log10(groups["norm"].max() / groups["norm"].min())
    for name, own in spread.groupby("activation", sort=False):
        ratios[name] = powers(interval(own, f"untrained networks with {name}"))
    most = max(ratios, key=lambda name: ratios[name]["mean"])
    verdict = INCONCLUSIVE
    if all(row["high"] < SIMILAR for row in ratios.values()):
        verdict = SUPPORTED
    elif any(row["low"] > SIMILAR for row in ratios.values()):
        verdict = REFUTED
    least = min(row["mean"] for row in ratios.values())
    single = (groups["std"].max() / groups["std"].min()).groupby("activation").mean()
    evidence = (
        f"The layers' norms differ by factors of {number(least)} to {stated(ratios[most])}, the "
        f"greatest with {most}; but the standard deviation of a single weight's gradient differs "
        f"by factors of {number(single.min())} to {number(single.max())}, since layers differ in size."
    )
    return Verdict.of(verdict, ratios[most], evidence)


@claim(
    "relu-spike",
    source=TUTORIAL,
    statement="ReLU's weight gradients have a spike at 0, untrained.",
    test="Share of exact zeros, mean over the layers, less the greatest of the other activations' of "
    f"the same seed: its 95% interval above {SPIKE:.0%} (what an even spread leaves to one of 50 "
    "bins) supports, below refutes",
)
def relu_spike(tables: Tables) -> Verdict:
    """Count exact zeros, which a continuous distribution does not have."""
    rows = _gradients(tables, *OTHERS)
    mean = rows.groupby(["activation", "seed"], sort=False)["zero_fraction"].mean().reset_index()
    shares = by_seed(mean, "activation", "zero_fraction")
    others = shares.drop(columns="relu").max(axis=1)
    excess = interval(shares["relu"] - others, "untrained networks of all activations")
    layers = rows[rows["activation"] == "relu"].groupby("layer")["zero_fraction"].mean()
    evidence = (
        f"Layer by layer {listed([percent(share, 1) for share in layers])} of ReLU's gradients are "
        "exactly 0, the output layer last; in the mean that is more than with any other activation "
        f"by {stated(excess, points)}."
    )
    return Verdict.of(above(excess, SPIKE), excess, evidence)


@claim(
    "swish-large",
    source=TUTORIAL,
    statement="Swish reaches the largest values: "
    + ", ".join(f"{value} in the {edition}" for edition, value in SWISH_LARGEST.items())
    + ".",
    test="Greatest value after the last hidden layer of the trained network, Swish less the greatest "
    "of the other activations' of the same seed: its 95% interval above 0 supports, below 0 refutes",
)
def swish_large(tables: Tables) -> Verdict:
    """Compare the largest activations of the last hidden layer."""
    rows = trained(tables, OTHERS, "activations")
    rows = rows[(rows["kind"] == "post") & (rows["layer"] == rows["depth"])]
    missing = set(OTHERS) - set(rows["activation"])
    need(not missing, f"trained networks of the tutorial's with {listed(sorted(missing))}")
    largest = by_seed(rows, "activation", "max")
    difference = interval(
        largest["swish"] - largest.drop(columns="swish").max(axis=1), "all trained networks"
    )
    means = largest.mean().sort_values(ascending=False)
    evidence = (
        f"Mean greatest values are {listed([f'{n} {number(v)}' for n, v in means.items()])}; Swish's "
        f"exceeds the greatest of the others by {stated(difference)}."
    )
    return Verdict.of(above(difference, 0), difference, evidence)


@claim(
    "tanh-saturates",
    source=TUTORIAL,
    statement="After training, tanh saturates in the first and the last hidden layer, and less in "
    "those between.",
    test="Share of values with abs(tanh) of at least 0.97: the lesser of the first and the last "
    "layer's less the greatest between, paired by seed; its 95% interval above 0 supports, below 0 "
    "refutes",
)
def tanh_saturates(tables: Tables) -> Verdict:
    """Compare the first and last hidden layer with those between."""
    rows = trained(tables, "tanh", "activations")
    rows = rows[(rows["kind"] == "post") & (rows["layer"] <= rows["depth"])]
    need(len(rows) > 0, "trained networks of the tutorial's with tanh")
    shares = by_seed(rows, "layer", "saturated_fraction")
    first, *between, last = sorted(shares)
    difference = interval(
        shares[[first, last]].min(axis=1) - shares[between].max(axis=1), "trained tanh networks"
    )
    layers = listed([percent(share, 1) for share in shares.mean()])
    evidence = (
        f"From the first to the last hidden layer {layers} of the values are saturated; the lesser "
        f"of the outer layers less the greatest between is {stated(difference, points)}."
    )
    return Verdict.of(above(difference, 0), difference, evidence)
