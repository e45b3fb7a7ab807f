"""Claims of weight gradients before training: how large they are in each layer, and how many are 0."""

from __future__ import annotations

import numpy as np
import pandas as pd

from activation_lab.analysis.claims.base import TUTORIAL, Tables, Verdict, claim
from activation_lab.analysis.claims.distributions import share_within
from activation_lab.analysis.claims.selection import (
    by_seed,
    interval,
    need,
    number,
    once,
    points,
    powers,
    stated,
    untrained,
)
from activation_lab.analysis.claims.together import Joint, all_above, all_below, all_within
from activation_lab.analysis.printed_numbers import (
    GRADIENT_BINS,
    NETWORK,
    SIGMOID_GRADIENT,
    TEST_ACCURACY,
)
from activation_lab.wording import listed, percent

OTHERS = tuple(name for name in TEST_ACCURACY["PyTorch edition"] if name != "sigmoid")
SIMILAR = 10  # norms that differ by less than an order of magnitude; the source gives no bound
SPIKE = 1 / GRADIENT_BINS  # what a bin of the source's histogram holds if values are spread evenly
NEAR = 0.1  # standard deviations

SIGMOID_WORDS = (
    "the gradients for the output layer are very large with up to 0.1, the input layer has the lowest "
    "gradient norm across all activation functions with only 1e-5"
)
SIMILAR_WORDS = "similar gradient norms across all layers"
SPIKE_WORDS = "the ReLU activation has a spike around 0"


def tutorial_gradients(tables: Tables, *activations: str) -> pd.DataFrame:
    """Return the weight gradients of the tutorial's untrained networks, each network once."""
    start = {"network": NETWORK, "initialisation": "default"}
    # The first batch decides, whatever the number of training images.
    found = once(untrained(tables, "gradients", activation=activations, **start), start)
    missing = [name for name in activations if name not in set(found["activation"])]
    need(not missing, f"untrained networks of the tutorial with {listed(missing)}")
    return found


def of_layer(layer: int, output: int) -> str:
    """Return what a person calls a layer; `output` is the number of the output layer."""
    return {1: "the input layer", output: "the output layer"}.get(layer, f"layer {layer}")


@claim(
    source=TUTORIAL,
    quote=SIGMOID_WORDS,
    statement="The largest single weight gradients of an untrained sigmoid network, as far as the plots "
    "reach, are of the order of {:g} in the input layer and {:g} in the output layer.".format(
        *SIGMOID_GRADIENT
    ),
    test="Largest absolute gradient of the input and of the output layer, geometric mean over seeds: "
    "both 95% intervals within a factor of 10 of the printed power of ten support; one wholly outside "
    "refutes (corrected for two looks). The estimate is the input layer's",
)
def sigmoid_gradient(tables: Tables) -> Verdict:
    """Compare orders of magnitude in the input and the output layer."""
    largest = by_seed(tutorial_gradients(tables, "sigmoid"), "layer", "abs_max")
    what = "untrained sigmoid networks"
    logs = np.log10(largest[[min(largest), max(largest)]])
    joint = all_within(logs - np.log10(SIGMOID_GRADIENT), 1, what)
    first, output = (powers(interval(logs[layer], what)) for layer in logs)
    printed = " and ".join(f"{value:g}" for value in SIGMOID_GRADIENT)
    evidence = (
        f"The largest gradient is {stated(first)} in the input layer and {stated(output)} in the "
        f"output layer; the source prints {printed}{joint.doubt}."
    )
    return Verdict.of(joint.verdict, first, evidence)


@claim(
    source=TUTORIAL,
    quote=SIGMOID_WORDS,
    statement="The norm of an untrained sigmoid network's gradient is of the order of "
    f"{SIGMOID_GRADIENT[0]:g} in the input layer.",
    test="Frobenius norm of the input layer's weight gradient, geometric mean over seeds: a 95% "
    "interval within a factor of 10 of the printed power of ten supports, wholly outside refutes",
)
def sigmoid_gradient_norm(tables: Tables) -> Verdict:
    """Take "norm" at its word."""
    rows = tutorial_gradients(tables, "sigmoid")
    first = rows[rows["layer"] == 1].set_index("seed")
    what, printed = "untrained sigmoid networks", SIGMOID_GRADIENT[0]
    logs = np.log10(first[["norm"]].astype(float))
    joint = all_within(logs - np.log10(printed), 1, what)
    norm = powers(interval(logs["norm"], what))
    evidence = (
        f"The norm of the input layer's gradient is {stated(norm)}; the source prints {printed:g}, and "
        f"the largest single gradient of the layer is {number(first['abs_max'].mean())}."
    )
    return Verdict.of(joint.verdict, norm, evidence)


@claim(
    source=TUTORIAL,
    quote=SIGMOID_WORDS,
    statement="Untrained, the gradient norm of the input layer is lower with sigmoid than with any of "
    "the five other activations.",
    test="Frobenius norm of the input layer's weight gradient, sigmoid's over another activation's of "
    "the same seed, geometric mean: every 95% interval below 1 supports, one above refutes (corrected "
    "for five looks). The estimate is the ratio that decides",
)
def sigmoid_gradient_least(tables: Tables) -> Verdict:
    """Compare sigmoid with each of the others, paired by seed."""
    rows = tutorial_gradients(tables, "sigmoid", *OTHERS)
    logs = np.log10(by_seed(rows[rows["layer"] == 1], "activation", "norm"))
    ratios = -logs[list(OTHERS)].sub(logs["sigmoid"], axis=0)
    joint = all_below(ratios, 0, "untrained networks with all six activations")
    ratio = powers(joint.row)
    evidence = (
        f"The norm of the input layer's gradient is with sigmoid {stated(ratio)} times that with "
        f"{joint.name}, the comparison that decides{joint.doubt}."
    )
    return Verdict.of(joint.verdict, ratio, evidence)


def _similar(spread: pd.DataFrame) -> tuple[Joint, dict, str]:
    """Judge logarithms of greatest over least norm: below `SIMILAR` in every column?

    Returns the verdict, the ratio that decides, and "a to b": the range of all columns.
    """
    joint = all_below(spread, np.log10(SIMILAR), "untrained networks with all activations")
    means = 10 ** spread.mean()
    return joint, powers(joint.row), f"{number(means.min())} to {number(means.max())}"


def _between_layers(tables: Tables, column: str) -> pd.DataFrame:
    """Return log10 of the greatest layer's value over the least's: a row a seed, a column each φ."""
    rows = tutorial_gradients(tables, *OTHERS)
    groups = rows.groupby(["activation", "seed"], sort=False)[column]
    ratios = np.log10(groups.max() / groups.min()).rename("ratio").reset_index()
    return by_seed(ratios, "activation", "ratio")


SIMILAR_TEST = (
    f"geometric mean over seeds: every 95% interval below {SIMILAR} supports, one above refutes "
    f"(corrected for five looks); that norms are similar within a factor of {SIMILAR} is our reading. "
    "The estimate is the factor that decides"
)


@claim(
    source=TUTORIAL,
    quote=SIMILAR_WORDS,
    statement="Untrained, with every activation but sigmoid, the gradients of all layers have similar "
    "norms.",
    test="Greatest over least Frobenius norm of a layer's weight gradient, for each of the five "
    f"activations, {SIMILAR_TEST}",
)
def gradients_similar_layers(tables: Tables) -> Verdict:
    """Compare the norms of the layers of one network."""
    joint, ratio, all_of_them = _similar(_between_layers(tables, "norm"))
    evidence = (
        f"Between the layers of one network the norms differ by factors of {all_of_them}, depending on "
        f"the activation; {joint.name} decides with {stated(ratio)}{joint.doubt}."
    )
    return Verdict.of(joint.verdict, ratio, evidence)


@claim(
    source=TUTORIAL,
    quote=SIMILAR_WORDS,
    statement="Untrained, with every activation but sigmoid, the gradients of single weights, which the "
    "plots show, are of similar size in all layers.",
    test="Greatest over least standard deviation of a layer's weight gradient, for each of the five "
    f"activations, {SIMILAR_TEST}",
)
def gradients_similar_weights(tables: Tables) -> Verdict:
    """Compare the gradients of single weights, which do not grow with the size of a layer."""
    joint, ratio, all_of_them = _similar(_between_layers(tables, "std"))
    evidence = (
        f"Between the layers of one network the standard deviation of a weight's gradient differs by "
        f"factors of {all_of_them}, depending on the activation; {joint.name} decides with "
        f"{stated(ratio)}{joint.doubt}."
    )
    return Verdict.of(joint.verdict, ratio, evidence)


@claim(
    source=TUTORIAL,
    quote=SIMILAR_WORDS,
    statement="Untrained, the gradient norms of one layer are similar with all activations but sigmoid.",
    test="Greatest over least Frobenius norm of a layer's weight gradient among the five activations, "
    f"paired by seed, for each of the five layers, {SIMILAR_TEST}",
)
def gradients_similar_activations(tables: Tables) -> Verdict:
    """Compare the norms of one layer with different activations."""
    rows = tutorial_gradients(tables, *OTHERS)
    by_layer = {
        layer: np.log10(norms.max(axis=1) / norms.min(axis=1))
        for layer, group in rows.groupby("layer")
        for norms in [by_seed(group, "activation", "norm")]
    }
    joint, ratio, all_of_them = _similar(pd.DataFrame(by_layer))
    means = rows[rows["layer"] == joint.name].groupby("activation")["norm"].mean()
    evidence = (
        f"Between the activations the norms of one layer differ by factors of {all_of_them}, depending "
        f"on the layer; {of_layer(joint.name, max(by_layer))} decides with {stated(ratio)}, "
        f"{means.idxmax()} against {means.idxmin()}{joint.doubt}."
    )
    return Verdict.of(joint.verdict, ratio, evidence)


def _relu_less_others(rows: pd.DataFrame, column: str) -> pd.DataFrame:
    """Return ReLU's mean over the layers minus each other activation's: a row a seed."""
    means = rows.groupby(["activation", "seed"], sort=False)[column].mean().reset_index()
    shares = by_seed(means, "activation", column)
    others = shares.drop(columns="relu")
    return -others.sub(shares["relu"], axis=0)


@claim(
    source=TUTORIAL,
    quote=SPIKE_WORDS,
    statement="Many of ReLU's weight gradients are exactly 0, untrained.",
    test="Share of exact zeros, mean over the layers, ReLU's minus another activation's of the same "
    f"seed: every 95% interval above {SPIKE:.1%} (what one of the plot's {GRADIENT_BINS} bins would "
    "hold if values were spread evenly) supports, one below refutes (corrected for four looks)",
)
def relu_spike(tables: Tables) -> Verdict:
    """Count exact zeros, which a continuous distribution does not have."""
    rows = tutorial_gradients(tables, *OTHERS)
    joint = all_above(
        _relu_less_others(rows, "zero_fraction"), SPIKE, "untrained networks with all activations"
    )
    layers = rows[rows["activation"] == "relu"].groupby("layer")["zero_fraction"].mean()
    most = layers.idxmax()
    evidence = (
        f"With ReLU {percent(layers.iloc[0], 1)} of the gradients are exactly 0 in the input layer, and "
        f"most, {percent(layers[most], 1)}, in {of_layer(most, max(layers.index))}; in the mean of the "
        f"layers that is {stated(joint.row, points)} more than with {joint.name}, which "
        f"decides{joint.doubt}."
    )
    return Verdict.of(joint.verdict, joint.row, evidence)


@claim(
    source=TUTORIAL,
    quote=SPIKE_WORDS,
    statement="Untrained, more of ReLU's weight gradients lie around 0, for their standard deviation, "
    "than of any other activation's but sigmoid's.",
    test=f"Share of gradients within {NEAR:g} standard deviations of 0 (from the histogram), mean over "
    "the layers, ReLU's minus another activation's of the same seed: every 95% interval above 0 "
    "supports, one below refutes (corrected for four looks)",
)
def relu_spike_density(tables: Tables) -> Verdict:
    """Compare how densely gradients lie around 0, be they exactly 0 or not."""
    rows = tutorial_gradients(tables, *OTHERS)
    rows = rows.assign(near=[_share_near_zero(row) for row in rows.to_dict("records")])
    joint = all_above(_relu_less_others(rows, "near"), 0, "untrained networks with all activations")
    shares = rows.groupby("activation")["near"].mean()
    evidence = (
        f"In the mean of the layers {percent(shares['relu'], 1)} of ReLU's gradients lie within "
        f"{NEAR:g} standard deviations of 0, and {percent(shares[joint.name], 1)} with {joint.name}, "
        f"the comparison that decides: a difference of {stated(joint.row, points)}{joint.doubt}."
    )
    return Verdict.of(joint.verdict, joint.row, evidence)


def _share_near_zero(row: dict) -> float:
    """Return the share of a histogram's values near 0, those of a bin taken to be spread evenly."""
    if row["counts"] is None or not row["std"] > 0:
        return np.nan
    return share_within(row, -NEAR * row["std"], NEAR * row["std"])
