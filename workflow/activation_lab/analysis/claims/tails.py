"""Claims of the shape of the values before φ: whose tails are long, whose are close to normal."""

from __future__ import annotations

import pandas as pd

from activation_lab.analysis.claims.base import TUTORIAL, CannotTell, Tables, Verdict, claim
from activation_lab.analysis.claims.distributions import (
    PRE,
    apart,
    each_layer,
    from_normal,
    over_layers,
    skewness,
    trained,
)
from activation_lab.analysis.claims.selection import below, interval, number, stated
from activation_lab.analysis.claims.together import Joint, all_above, all_below
from activation_lab.wording import listed

TAIL_WORDS = "Gaussian-like distribution ... but a longer tail towards the positive values"
TAIL_TEST = (
    "Skewness of ReLU's pre-activations: {layers}'s 95% interval above 0 supports, one below "
    "refutes (corrected for the number of looks)"
)
MOST = 0.5  # a cause accounts for at least half of its effect
VERY = (
    0.5  # very similar: at most half as far away as what is not similar; the source gives no number
)
DISTANCE = (
    "Kolmogorov's distance (the greatest difference between the shares of values below a "
    "threshold), mean over the hidden layers"
)


def _before(tables: Tables, *activations: str) -> tuple[pd.DataFrame, str]:
    """Return the rows of the values before φ in trained networks, and a clause on runs that failed."""
    rows, left_out = trained(tables, *activations)
    return rows[rows["kind"] == PRE], left_out


def _skewed(tables: Tables, *activations: str) -> tuple[pd.DataFrame, str]:
    rows, left_out = _before(tables, *activations)
    return rows.assign(skewness=[skewness(row) for row in rows.to_dict("records")]), left_out


def _tail(skewed: pd.DataFrame, left_out: str, first: int) -> Verdict:
    """Judge whether ReLU's skewness is above 0 from a layer on."""
    by_layer = each_layer(skewed, "skewness", PRE)
    joint = all_above(by_layer.loc[:, first:], 0, "trained ReLU networks")
    evidence = (
        f"From the first to the last hidden layer the skewness of ReLU's pre-activations is "
        f"{listed([number(value) for value in by_layer.mean()])}; layer {joint.name}, which "
        f"decides, has {stated(joint.row)}{joint.doubt}{left_out}."
    )
    return Verdict.of(joint.verdict, joint.row, evidence)


@claim(
    source=TUTORIAL,
    quote=TAIL_WORDS,
    statement="In trained ReLU networks, the values after every linear layer but the output's have "
    "a longer tail towards positive values.",
    test=TAIL_TEST.format(layers="every hidden layer"),
)
def relu_long_tail(tables: Tables) -> Verdict:
    """Look at every hidden layer."""
    return _tail(*_skewed(tables, "relu"), first=1)


@claim(
    source=TUTORIAL,
    quote=TAIL_WORDS,
    statement="In trained ReLU networks, the values after a linear layer whose inputs come from "
    "ReLU have a longer tail towards positive values.",
    test=TAIL_TEST.format(layers="every hidden layer but the first"),
)
def relu_long_tail_later(tables: Tables) -> Verdict:
    """Leave out the layer whose inputs are pixels."""
    return _tail(*_skewed(tables, "relu"), first=2)


@claim(
    source=TUTORIAL,
    quote=f"effect of having no gradients for negative values ... {TAIL_WORDS}",
    statement="The longer tail comes from ReLU's having no gradient for negative values: Leaky "
    "ReLU, which has one there, has at most half of the tail.",
    test="Skewness of pre-activations, mean over the hidden layers but the first, Leaky ReLU's "
    f"over ReLU's of the same seed: a 95% interval below {MOST:g} supports, above it refutes. It "
    "cannot be told where ReLU's mean skewness is not above 0",
)
def relu_long_tail_cause(tables: Tables) -> Verdict:
    """Ask of a network that differs in the gradient for negative values."""
    skewed, left_out = _skewed(tables, "relu", "leakyrelu")
    means = over_layers(skewed[skewed["layer"] > 1], "skewness", PRE).dropna()
    relu = interval(means["relu"], "trained networks with ReLU and Leaky ReLU of the same seed")
    if relu["low"] <= 0:
        raise CannotTell(f"the mean skewness with ReLU is {stated(relu)}{left_out}", n=relu["n"])
    share = interval(means["leakyrelu"] / means["relu"], "trained networks")
    evidence = (
        "In the mean of the hidden layers but the first the skewness is "
        f"{number(means['relu'].mean())} with ReLU and {number(means['leakyrelu'].mean())} with "
        f"Leaky ReLU, which has {stated(share)} times as much{left_out}."
    )
    return Verdict.of(below(share, MOST), share, evidence)


def _from_relu(tables: Tables, *activations: str) -> tuple[pd.DataFrame, str]:
    """Return the distance of each activation's values from ReLU's: a row a seed."""
    rows, left_out = _before(tables, "relu", *activations)
    records = rows.to_dict("records")
    relu = {(row["seed"], row["layer"]): row for row in records if row["activation"] == "relu"}
    distances = [
        apart(row, relu[place]) if (place := (row["seed"], row["layer"])) in relu else None
        for row in records
    ]
    return over_layers(rows.assign(distance=distances), "distance", PRE), left_out


@claim(
    source=TUTORIAL,
    quote="The LeakyReLU shows a very similar behavior",
    statement="In trained networks, the shape of the values before Leaky ReLU is very similar to "
    "that of the values before ReLU: at most half as far from it as with tanh, ELU and Swish.",
    test=f"{DISTANCE}, between values shifted and scaled to mean 0 and variance 1, Leaky ReLU's "
    "from ReLU's minus half of another activation's from ReLU's of the same seed: every 95% "
    "interval below 0 supports, one above refutes (corrected for three looks)",
)
def leaky_like_relu(tables: Tables) -> Verdict:
    """Compare the distances from ReLU."""
    others = ["tanh", "elu", "swish"]
    distances, left_out = _from_relu(tables, "leakyrelu", *others)
    closer = -(VERY * distances[others]).sub(distances["leakyrelu"], axis="index")
    joint = all_below(closer, 0, "trained networks with all five activations")
    each = listed(
        [f"{number(distances[name].mean())} with {name}" for name in ["leakyrelu", *others]]
    )
    evidence = (
        f"The distance from ReLU is {each}; the difference that decides, with half of "
        f"{joint.name}'s, is {stated(joint.row)}{joint.doubt}{left_out}."
    )
    return Verdict.of(joint.verdict, joint.row, evidence)


def _from_normal(tables: Tables, *activations: str) -> tuple[pd.DataFrame, str]:
    """Return the distance of each activation's values from a normal distribution: a row a seed."""
    rows, left_out = _before(tables, *activations)
    distances = [from_normal(row) for row in rows.to_dict("records")]
    return over_layers(rows.assign(distance=distances), "distance", PRE), left_out


def _nearer(joint: Joint, distances: pd.DataFrame, left_out: str) -> Verdict:
    each = listed([f"{number(distances[name].mean())} with {name}" for name in distances])
    evidence = (
        f"The distance from a normal distribution is {each}; {joint.name}, which decides, is "
        f"{stated(joint.row)}{joint.doubt}{left_out}."
    )
    return Verdict.of(joint.verdict, joint.row, evidence)


@claim(
    source=TUTORIAL,
    quote="a more Gaussian-like distribution",
    statement="In trained networks, the values before ELU are closer to a normal distribution than "
    "those before ReLU and before Leaky ReLU.",
    test=f"{DISTANCE}, from a normal distribution of the same mean and variance, ELU's minus "
    "another's of the same seed: both 95% intervals below 0 support, one above refutes (corrected "
    "for two looks)",
)
def elu_gaussian(tables: Tables) -> Verdict:
    """Compare the distances from a normal distribution."""
    others = ["relu", "leakyrelu"]
    distances, left_out = _from_normal(tables, "elu", *others)
    nearer = {f"elu minus {name}": distances["elu"] - distances[name] for name in others}
    joint = all_below(pd.DataFrame(nearer), 0, "trained networks with all three activations")
    return _nearer(joint, distances, left_out)


@claim(
    source=TUTORIAL,
    quote="seems to lie in between",
    statement="In trained networks, the values before Swish are closer to a normal distribution "
    "than those before ReLU, and less close than those before ELU.",
    test=f"{DISTANCE}, from a normal distribution of the same mean and variance, Swish's minus "
    "ReLU's and ELU's minus Swish's of the same seed: both 95% intervals below 0 support, one "
    "above refutes (corrected for two looks)",
)
def swish_between(tables: Tables) -> Verdict:
    """Compare Swish with both."""
    distances, left_out = _from_normal(tables, "swish", "relu", "elu")
    pairs = [("swish", "relu"), ("elu", "swish")]
    order = {f"{near} minus {far}": distances[near] - distances[far] for near, far in pairs}
    joint = all_below(pd.DataFrame(order), 0, "trained networks with all three activations")
    return _nearer(joint, distances, left_out)
