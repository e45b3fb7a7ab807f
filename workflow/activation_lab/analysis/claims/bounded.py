"""Claims of where the values of bounded functions lie: sigmoid's and tanh's."""

from __future__ import annotations

import itertools
from collections.abc import Iterable, Mapping

import numpy as np
import pandas as pd

from activation_lab.analysis import layers
from activation_lab.analysis.claims.base import (
    ANSWERED,
    EXACT,
    JAX,
    PYTORCH,
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
    kept,
    over_layers,
    share_within,
    trained,
)
from activation_lab.analysis.claims.selection import (
    above,
    interval,
    need,
    points,
    stated,
    tutorial,
)
from activation_lab.analysis.claims.together import all_above
from activation_lab.protocol import BINS, SATURATION
from activation_lab.wording import listed, percent, plural

AROUND = 0.25  # of ½: the middle half of sigmoid's range
GATHERED = 0.95  # this share of the values counts as all of them
WINDOW = 1 / BINS  # of sigmoid's range: the width of the plot's bins where values reach both bounds
BETWEEN = (0.1, 0.9)  # here a peak at a bound has ended
HIGH_PEAK = 2  # times as many values as the fullest window between; the source gives no number
MUCH = 2  # times as many values; the source gives no number
WINDOWS = 5  # of tanh's range
MIDDLE = 0.5  # half of the way from 0 to tanh's bounds
# 1 - 0.97²: sigmoid's slope where it is 0.015 from a bound.
FLAT = f"at which φ′ is at most {SATURATION:.1%} of its greatest"


def _windows(low: float, high: float, width: float) -> dict[str, tuple[float, float]]:
    """Return the windows of a width from one bound to the other, by their names.

    >>> _windows(-1, 1, 1)
    {'-1 to 0': (-1.0, 0.0), '0 to 1': (0.0, 1.0)}
    """
    edges = np.linspace(low, high, round((high - low) / width) + 1).round(6).tolist()
    return {f"{start:g} to {end:g}": (start, end) for start, end in itertools.pairwise(edges)}


def _named(numbers: Iterable[int]) -> str:
    """Name layers.

    >>> _named([2]), _named([1, 3])
    ('layer 2', 'layers 1 and 3')
    """
    names = [str(number) for number in numbers]
    return f"layer{'s' if len(names) > 1 else ''} {listed(names)}"


def _with_shares(rows: pd.DataFrame, windows: Mapping[str, tuple[float, float]]) -> pd.DataFrame:
    """Return the rows after φ with the share of values in each window: columns of the windows' names."""
    rows = rows[rows["kind"] == POST]
    records = rows.to_dict("records")
    shares = {
        name: [share_within(row, low, high) for row in records]
        for name, (low, high) in windows.items()
    }
    return rows.assign(**shares)


@claim(
    source=PYTORCH,
    quote="all gathered around 0.5 (the activation at input 0)",
    statement="In sigmoid networks that stay at chance level, almost all values are close to 0.5 "
    "in every hidden layer.",
    test="Sigmoid networks trained as the tutorial does that never left chance level: share of "
    f"values within {AROUND:g} of 0.5 (our reading of close), every layer's 95% interval above "
    f"{GATHERED:.0%} supports, one below refutes (corrected for four looks)",
)
def sigmoid_half(tables: Tables) -> Verdict:
    """Look at the networks that failed, as the source's did."""
    runs = tutorial(tables, "runs", activation="sigmoid")
    runs = runs[runs["epochs"] > 0]
    need(len(runs) > 0, "trained networks of the tutorial with sigmoid")
    stuck = runs[runs["status"] == "plateau"]
    if stuck.empty:
        raise CannotTell(f"none of {plural(len(runs), 'run')} stayed at chance level", n=len(runs))
    low, high = 0.5 - AROUND, 0.5 + AROUND
    rows = _with_shares(kept(tables, stuck), {"near": (low, high)})
    shares = each_layer(rows, "near")
    joint = all_above(shares, GATHERED, "sigmoid networks at chance level")
    spread = listed([f"{value:.3f}" for value in each_layer(rows, "std").mean()])
    share = stated(joint.row, lambda value: percent(value, 1))
    evidence = (
        f"In the {len(stuck)} of {plural(len(runs), 'network')} that stayed at chance level, "
        f"{by_layer(shares)} of the values are between {low:g} and {high:g}, from the first to the "
        f"last hidden layer, and their standard deviation is {spread}; layer {joint.name}, which "
        f"decides, has {share}{joint.doubt}."
    )
    return Verdict.of(joint.verdict, joint.row, evidence)


UNSTOPPED = (
    "Sigmoid networks that learnt without early stopping (with it, most stay at chance level): "
)


@claim(
    source=JAX,
    quote="a very high peak for the values 0 and 1 in the last layer",
    statement="In trained sigmoid networks, the values of the last hidden layer have high peaks at "
    "0 and at 1.",
    test=f"{UNSTOPPED}share of values within {WINDOW:g} of a bound, minus {HIGH_PEAK} times the "
    "share in the fullest window of that width from {:g} to {:g}: both 95% intervals above 0 "
    "support, one below refutes (corrected for two looks)".format(*BETWEEN),
    study="sigmoid-patience",
)
def sigmoid_peaks(tables: Tables) -> Verdict:
    """Compare both ends of the range with what lies between."""
    rows, left_out = trained(tables, "sigmoid", stop="never")
    between = _windows(*BETWEEN, WINDOW)
    last = _with_shares(
        rows[layers.last_hidden(rows)], {**between, "0": (0, WINDOW), "1": (1 - WINDOW, 1)}
    )
    last = last.set_index("seed")
    peaks, fullest = last[["0", "1"]].astype(float), last[list(between)].max(axis="columns")
    excess = peaks.sub(HIGH_PEAK * fullest, axis="index")
    joint = all_above(excess, 0, "sigmoid networks that learnt")
    zero, one = (percent(share, 1) for share in peaks.mean())
    evidence = (
        f"Of the last hidden layer's values {zero} lie within {WINDOW:g} of 0, {one} within {WINDOW:g} "
        f"of 1, and {percent(fullest.mean(), 1)} in the fullest window of that width between; the peak "
        f"at {joint.name}, which decides, exceeds {HIGH_PEAK} such windows by "
        f"{stated(joint.row, points)}{joint.doubt}{left_out}."
    )
    return Verdict.of(joint.verdict, joint.row, evidence)


CONVERGED_WORDS = "closest to the output ... much stronger converged than, e.g., the second layer"
CONVERGED_TEST = f"{UNSTOPPED}share of values {FLAT}, the last hidden layer's minus {MUCH} times "


def _converged(tables: Tables, second: bool) -> Verdict:
    """Compare the last hidden layer with the second, or with each other."""
    rows, left_out = trained(tables, "sigmoid", stop="never")
    shares = each_layer(rows, "saturated_fraction")
    *others, last = sorted(shares)
    compared = [2] if second else others
    more = pd.DataFrame({layer: shares[last] - MUCH * shares[layer] for layer in compared})
    joint = all_above(more, 0, "sigmoid networks that learnt")
    which = "" if second else ", which decides,"
    evidence = (
        f"From the first to the last hidden layer {by_layer(shares)} of sigmoid's values are close "
        f"to a bound; the last layer's share minus {MUCH} times that of layer {joint.name}{which} "
        f"is {stated(joint.row, points)}{joint.doubt}{left_out}."
    )
    return Verdict.of(joint.verdict, joint.row, evidence)


@claim(
    source=JAX,
    quote=CONVERGED_WORDS,
    statement="In trained sigmoid networks, many more values are close to a bound in the last "
    "hidden layer than in the second.",
    test=f"{CONVERGED_TEST}the second's of the same network: a 95% interval above 0 supports, "
    "below refutes",
    study="sigmoid-patience",
)
def sigmoid_last_converged(tables: Tables) -> Verdict:
    """Take the layer that the source names."""
    return _converged(tables, second=True)


@claim(
    source=JAX,
    quote=CONVERGED_WORDS,
    statement="In trained sigmoid networks, many more values are close to a bound in the last "
    "hidden layer than in any other.",
    test=f"{CONVERGED_TEST}another hidden layer's of the same network: every 95% interval above 0 "
    "supports, one below refutes (corrected for three looks)",
    study="sigmoid-patience",
)
def sigmoid_last_converged_most(tables: Tables) -> Verdict:
    """Take the second layer as an example, as the source does."""
    return _converged(tables, second=False)


@claim(
    source=TUTORIAL,
    quote="Where do we find most values in Tanh?",
    statement="Where do most values after tanh lie in a trained network?",
    test=f"Share of values within {MIDDLE:g} of 0, mean over the hidden layers, with its 95% "
    "interval over seeds; and of five windows of equal width the fullest in each layer",
    chance=EXACT,  # an estimate with an interval: there is no verdict to be wrong
)
def tanh_where(tables: Tables) -> Verdict:
    """Give the share in the middle, and the fullest window of each layer."""
    rows, left_out = trained(tables, "tanh")
    windows = _windows(-1, 1, 2 / WINDOWS)
    rows = _with_shares(rows, {**windows, "middle": (-MIDDLE, MIDDLE)})
    mean = interval(over_layers(rows, "middle")["tanh"], "trained tanh networks")
    fullest = rows.groupby("layer")[list(windows)].mean().idxmax(axis="columns")
    each = [
        f"{name} in {_named(group.index)}" for name, group in fullest.groupby(fullest, sort=False)
    ]
    evidence = (
        f"In the mean of the hidden layers {stated(mean, lambda value: percent(value, 1))} of the "
        f"values lie within {MIDDLE:g} of 0, from the first to the last "
        f"{by_layer(each_layer(rows, 'middle'))}; of {WINDOWS} windows of equal width the "
        f"fullest is {listed(each)}{left_out}."
    )
    return Verdict.of(ANSWERED, mean, evidence)


@claim(
    source=TUTORIAL,
    quote="the gradients push the activations to those extremes",
    statement="Training raises the share of tanh's values in the last hidden layer that are close "
    "to -1 and 1.",
    test="Share of values with abs(tanh) of at least 0.97 (our reading of close) in the last "
    "hidden layer, after training minus before, of the same seed: a 95% interval above 0 supports, "
    "below refutes. Whether it is the gradients that do it, and what the input layer looks for, is "
    "not judged",
)
def tanh_cause(tables: Tables) -> Verdict:
    """Compare the last hidden layer before and after training."""
    after, left_out = trained(tables, "tanh")
    shares = {
        when: each_layer(rows[layers.last_hidden(rows)], "saturated_fraction").iloc[:, 0]
        for when, rows in (("before", at_start(tables, "tanh")), ("after", after))
    }
    rise = interval(shares["after"] - shares["before"], "tanh networks before and after training")
    before, then = (percent(share.mean(), 1) for share in shares.values())
    evidence = (
        f"In the last hidden layer {before} of tanh's values are saturated before training and "
        f"{then} after it, a rise of {stated(rise, points)}{left_out}."
    )
    return Verdict.of(above(rise, 0), rise, evidence)
