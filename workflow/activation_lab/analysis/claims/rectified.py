"""Claims of ReLU's values: how many are 0, how many have a gradient, how large they are."""

from __future__ import annotations

import numpy as np
import pandas as pd

from activation_lab.analysis.claims.base import (
    ANSWERED,
    EXACT,
    LECTURE,
    REFUTED,
    SUPPORTED,
    TUTORIAL,
    CannotTell,
    Tables,
    Verdict,
    claim,
)
from activation_lab.analysis.claims.distributions import (
    POST,
    at_start,
    by_layer,
    each_layer,
    over_layers,
    share_within,
    trained,
)
from activation_lab.analysis.claims.functions import TOLERANCE, values_of
from activation_lab.analysis.claims.groups import also, differing
from activation_lab.analysis.claims.selection import (
    above,
    interval,
    learnt,
    need,
    number,
    of_runs,
    points,
    stated,
)
from activation_lab.analysis.claims.slopes import STRONG
from activation_lab.analysis.claims.together import all_above
from activation_lab.protocol import BINS
from activation_lab.wording import listed, percent, plural

STRONG_PEAK = 2  # times as many values as the fullest other bin holds; the source gives no number
MANY, MOST = 0.25, 0.5  # shares of zeros: two readings of sparse; the source gives no number
RATE = "learning_rate"


@claim(
    source=TUTORIAL,
    quote="The ReLU has a strong peak at 0",
    statement="After training, the values after ReLU have a strong peak at 0 in every hidden layer.",
    test=f"Share of values that are exactly 0, minus {STRONG_PEAK} times the share in the fullest "
    f"of the histogram's {BINS} bins, zeros aside: every layer's 95% interval above 0 supports, "
    "one below refutes (corrected for four looks)",
)
def relu_peak_zero(tables: Tables) -> Verdict:
    """Compare the zeros with the fullest bin of other values."""
    rows, left_out = trained(tables, "relu")
    rows = rows[rows["kind"] == POST]
    rows = rows.assign(fullest=[_fullest_besides_zero(row) for row in rows.to_dict("records")])
    zeros, fullest = each_layer(rows, "zero_fraction"), each_layer(rows, "fullest")
    joint = all_above(zeros - STRONG_PEAK * fullest, 0, "trained ReLU networks")
    evidence = (
        f"From the first to the last hidden layer {by_layer(zeros)} of the values are exactly 0, "
        f"and {by_layer(fullest)} lie in the fullest bin besides; in layer {joint.name}, which "
        f"decides, the zeros exceed {STRONG_PEAK} such bins by "
        f"{stated(joint.row, points)}{joint.doubt}{left_out}."
    )
    return Verdict.of(joint.verdict, joint.row, evidence)


def _fullest_besides_zero(row: dict) -> float:
    """Return the greatest share of values in a bin of a histogram, exact zeros not counted."""
    if row["counts"] is None:
        return np.nan
    counts = np.array(row["counts"], dtype=float)
    total = counts.sum()
    inside = np.searchsorted(row["bin_edges"], 0, side="right") - 1
    if 0 <= inside < len(counts):
        counts[inside] -= row["zero_fraction"] * total
    return float(counts.max() / total)


SPARSE_TEST = (
    "Share of values after φ that are exactly 0: every layer's 95% interval above {:.0%} supports, "
    "one below refutes (corrected for four looks)"
)


def _sparse(rows: pd.DataFrame, left_out: str, when: str, bound: float) -> Verdict:
    zeros = each_layer(rows, "zero_fraction")
    joint = all_above(zeros, bound, f"{when} ReLU networks")
    share = stated(joint.row, lambda value: percent(value, 1))
    evidence = (
        f"In {when} networks {by_layer(zeros)} of ReLU's values are exactly 0, from the first to "
        f"the last hidden layer; layer {joint.name}, which decides, has {share}{joint.doubt}{left_out}."
    )
    return Verdict.of(joint.verdict, joint.row, evidence)


@claim(
    source=LECTURE,
    quote="Sparse activation",
    statement="In trained networks, at least a quarter of the values after ReLU are 0 in every "
    "hidden layer.",
    test=SPARSE_TEST.format(MANY),
)
def relu_sparse(tables: Tables) -> Verdict:
    """Read "sparse" as: with many zeros."""
    return _sparse(*trained(tables, "relu"), "trained", MANY)


@claim(
    source=LECTURE,
    quote="Sparse activation",
    statement="In trained networks, most values after ReLU are 0 in every hidden layer.",
    test=SPARSE_TEST.format(MOST),
)
def relu_sparse_most(tables: Tables) -> Verdict:
    """Read "sparse" as of a matrix: with more zeros than other values."""
    return _sparse(*trained(tables, "relu"), "trained", MOST)


@claim(
    source=LECTURE,
    quote="Sparse activation",
    statement="In untrained networks, most values after ReLU are 0 in every hidden layer.",
    test=SPARSE_TEST.format(MOST),
)
def relu_sparse_untrained(tables: Tables) -> Verdict:
    """Count zeros before training."""
    return _sparse(at_start(tables, "relu"), "", "untrained", MOST)


@claim(
    source=TUTORIAL,
    quote="how many neurons are set to zero in ReLU?",
    statement="Which share of the values after ReLU is 0 in a trained network?",
    test="Share of values that are exactly 0, mean over the hidden layers, with its 95% interval "
    "over seeds",
    chance=EXACT,  # an estimate with an interval: there is no verdict to be wrong
)
def relu_how_many(tables: Tables) -> Verdict:
    """Give the share, and that of each layer."""
    rows, left_out = trained(tables, "relu")
    mean = interval(over_layers(rows, "zero_fraction")["relu"], "trained ReLU networks")
    share = stated(mean, lambda value: percent(value, 1))
    evidence = (
        f"In the mean of the hidden layers {share} of the values are exactly 0: from the first to "
        f"the last {by_layer(each_layer(rows, 'zero_fraction'))}{left_out}."
    )
    return Verdict.of(ANSWERED, mean, evidence)


@claim(
    source=LECTURE,
    quote="All benefits of ReLU",
    statement="ELU has both benefits of ReLU that can be looked up here: a slope of 1 for positive "
    "inputs, and sparse activation.",
    test="The slope on the grid, and in trained networks the share of values that are exactly 0, "
    "mean over the hidden layers, ELU's minus half of ReLU's of the same seed: another slope, or a "
    "95% interval below 0, refutes; above 0 supports. Cost and speed of training are not judged here",
)
def elu_benefits(tables: Tables) -> Verdict:
    """Look at the slope, then for zeros."""
    grid = values_of(tables, "elu")
    off = float((grid.loc[grid["x"] > TOLERANCE, "derivative"] - 1).abs().max())
    rows, left_out = trained(tables, "elu", "relu")
    zeros = over_layers(rows, "zero_fraction")
    more = interval(zeros["elu"] - zeros["relu"] / 2, "networks with ELU and ReLU of the same seed")
    elu, relu = (percent(zeros[name].mean(), 1) for name in ("elu", "relu"))
    slope = f"1 for positive inputs (off by at most {number(off)})"
    evidence = (
        f"ELU's slope is{' ' if off <= TOLERANCE else ' not '}{slope}; {elu} of its values are "
        f"exactly 0 after training and {relu} of ReLU's, so that ELU's zeros less half of ReLU's "
        f"are {stated(more, points)}{left_out}."
    )
    return Verdict.of(REFUTED if off > TOLERANCE else above(more, 0), more, evidence)


PASSES_TEST = (
    f"Share of pre-activations at which φ′ is at least {STRONG:g} (our reading of strong), mean "
    "over the hidden layers, ReLU's minus tanh's of the same seed: a 95% interval above 0 "
    "supports, below refutes. Sigmoid's slope is at most 0.25 everywhere"
)
# Where tanh's slope, 1 - tanh², is at least that.
TANH_PASSES = (1 - STRONG) ** 0.5


def _passes(rows: pd.DataFrame, left_out: str, when: str) -> Verdict:
    rows = rows[rows["kind"] == POST]
    share = [
        1 - row["zero_fraction"]
        if row["activation"] == "relu"
        else share_within(row, -TANH_PASSES, TANH_PASSES)
        for row in rows.to_dict("records")
    ]
    shares = over_layers(rows.assign(share=share), "share")
    more = interval(
        shares["relu"] - shares["tanh"], f"{when} networks with ReLU and tanh of the same seed"
    )
    relu, tanh = (percent(shares[name].mean(), 1) for name in ("relu", "tanh"))
    evidence = (
        f"In {when} networks the slope is at least {STRONG:g} at {relu} of ReLU's pre-activations "
        f"and at {tanh} of tanh's, a difference of {stated(more, points)}{left_out}."
    )
    return Verdict.of(above(more, 0), more, evidence)


STRONG_WORDS = "a strong, stable gradient for a large range of values"


@claim(
    source=TUTORIAL,
    quote=STRONG_WORDS,
    statement="In trained networks, ReLU has a strong gradient at more pre-activations than tanh.",
    test=PASSES_TEST,
)
def relu_strong_gradient_trained(tables: Tables) -> Verdict:
    """Compare ReLU and tanh where they are used."""
    return _passes(*trained(tables, "relu", "tanh"), "trained")


@claim(
    source=TUTORIAL,
    quote=STRONG_WORDS,
    statement="In untrained networks, ReLU has a strong gradient at more pre-activations than tanh.",
    test=PASSES_TEST,
)
def relu_strong_gradient_untrained(tables: Tables) -> Verdict:
    """Compare ReLU and tanh where training starts."""
    return _passes(at_start(tables, "relu", "tanh"), "", "untrained")


@claim(
    source=LECTURE,
    quote="Can potentially blow up as it is unbounded",
    statement="The values of a ReLU network can grow until training diverges.",
    test="ReLU networks that differ only in the learning rate and the seed: one that diverges "
    "supports, none cannot refute what can happen; the estimate is the share that diverges. "
    "Whether bounded functions diverge less is not judged",
    study="dying-relu",
    chance=EXACT,  # one network that diverges is enough
)
def relu_unbounded(tables: Tables) -> Verdict:
    """Look for a network that diverged, and how large the values of the others are."""
    runs = differing(tables, RATE, activation="relu")
    need(runs[RATE].nunique() > 1, "ReLU networks trained at several learning rates")
    diverged = runs[runs["status"] == "diverged"]
    low, high = runs[RATE].min(), runs[RATE].max()
    rates = f"at learning rates from {low:g} to {high:g}"
    if diverged.empty:
        raise CannotTell(f"none of {plural(len(runs), 'ReLU network')} {rates} diverged", len(runs))
    at = listed([f"{rate:g}" for rate in sorted(diverged[RATE].unique())])
    evidence = (
        f"{len(diverged)} of {plural(len(runs), 'ReLU network')} {rates} diverged, at {at}"
        f"{also(_largest(tables, learnt(runs)))}."
    )
    return Verdict(SUPPORTED, evidence, len(runs), len(diverged) / len(runs))


def _largest(tables: Tables, runs: pd.DataFrame) -> str:
    """Say how large values after ReLU are at the lowest and the highest rate at which runs learnt."""
    rows = of_runs(tables["activations"], runs)
    rows = rows[(rows["phase"] == "best") & (rows["kind"] == POST)]
    if rows.empty:
        return ""
    largest = rows.groupby([RATE, "seed"])["max"].max().groupby(RATE).mean()
    ends = dict.fromkeys((largest.index.min(), largest.index.max()))
    told = [f"{number(largest[rate])} at {rate:g}" for rate in ends]
    return f"in those that learnt, the greatest value after ReLU is in the mean {listed(told)}"
