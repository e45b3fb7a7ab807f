"""Claims of gradients in deep networks before training: where they vanish, where they explode."""

from __future__ import annotations

import numpy as np
import pandas as pd

from activation_lab.analysis import layers
from activation_lab.analysis.claims.base import (
    INCONCLUSIVE,
    REFUTED,
    SUPPORTED,
    TUTORIAL,
    CannotTell,
    Tables,
    Verdict,
    claim,
)
from activation_lab.analysis.claims.selection import (
    above,
    interval,
    need,
    number,
    once,
    stated,
    untrained,
)
from activation_lab.analysis.claims.together import all_below
from activation_lab.analysis.printed_numbers import MANY_LAYERS, SIGMOID_STEEPEST
from activation_lab.initialisations import INITIALISATIONS
from activation_lab.wording import percent, plural

VANISHED = 0.01  # what is left of the last hidden layer's gradient in the first, at most
# Considerably below 1: 0.9 a layer would leave 0.6% after 50 layers.
CONSIDERABLY = 0.9
AROUND_1 = 0.01  # a factor so near to 1 keeps half of the gradient over 64 layers
SETTLED = 1e-6  # a length q* above it; signals that die out or grow change weight gradients, too
MOST = 690.0  # ln of the largest ratio told: e to it is nearly all that float64 has
KIND = ["activation", "network", "initialisation"]

WORDS = (
    "more than 50 layers ... If the gradient through the activation function is (in expectation) "
    "considerably smaller than 1, our gradients will vanish ... larger than 1 ... might explode"
)
NETWORKS = f"untrained networks of {MANY_LAYERS} equal hidden layers or more"
LEFT = (
    "What is left of the gradient is the standard deviation of the first layer's weight gradient over "
    "the last hidden layer's, geometric mean over seeds, in networks whose signals settle at a length"
)
FEW = "Kinds are chosen, not drawn: n is their number, the interval one over seeds"


def _left(tables: Tables) -> tuple[pd.DataFrame, pd.DataFrame]:
    """Return ln of what is left of the gradient, and what theory says of each kind of network.

    The first has a row for each seed and a column for each kind, by number; the second by this number
    the columns of KIND, depth, slope (E[φ′], geometric mean over the layers) and root (√χ₁). Only of
    seeds that most kinds have, and kinds that have these seeds.
    """
    found = untrained(tables, "gradients")
    deep = found[(found["depth"] >= MANY_LAYERS) & found["width"].notna()]
    # The first batch decides, whatever the number of training images.
    ends = once(deep[deep["layer"].isin([1]) | layers.last_hidden(deep)], KIND)
    ends = ends.merge(_theory(tables), on=KIND)
    need(len(ends) > 0, NETWORKS)
    kinds = ends.drop_duplicates(KIND).reset_index(drop=True)
    kinds = kinds[[*KIND, "depth", "slope", "root"]]
    ends = ends.merge(kinds[KIND].reset_index(names="kind"), on=KIND)
    left = ends_of_gradient(ends, "kind")
    left = left[left.notna().mean(axis=1) >= 0.5].dropna(axis="columns")
    # ReLU's critical network is He's.
    return left.loc[:, ~left.T.duplicated()], kinds


def ends_of_gradient(ends: pd.DataFrame, column: str) -> pd.DataFrame:
    """Return ln of the first layer's gradient over the last hidden layer's: a row for each seed.

    `ends` has these two layers; the frame has a column for each value of `column`. A gradient too small
    for float64 has vanished, one that is not finite has exploded.
    """
    logs = np.log(ends["std"].astype(float).clip(lower=np.finfo(float).tiny))
    wide = ends.assign(log=logs, first=ends["layer"] == 1).pivot(
        index=["seed", column], columns="first", values="log"
    )
    return (wide[True] - wide[False]).fillna(MOST).unstack(column)


def _theory(tables: Tables) -> pd.DataFrame:
    """Return slope and root of each kind of network whose signals settle at a length."""
    settled = tables["theory"].dropna(subset=["q_star", "chi_1"])
    settled = settled[settled["q_star"] > SETTLED]
    size = settled["mean_slope"].abs().clip(lower=np.finfo(float).tiny)
    logs = settled.assign(slope=np.log(size), root=np.log(settled["chi_1"]) / 2)
    return np.exp(logs.groupby(KIND, sort=False)[["slope", "root"]].mean()).reset_index()


def _only(left: pd.DataFrame, kinds: pd.DataFrame, chosen: pd.Series, what: str) -> pd.DataFrame:
    """Return the columns of the chosen kinds of network; they are needed."""
    need(bool(chosen.any()), f"{NETWORKS} {what}")
    columns = [kind for kind in left if chosen[kind]]
    if left.empty or not columns:
        raise CannotTell(f"the {NETWORKS} {what} have no seed in common")
    return left[columns]


def as_share(row: dict) -> dict:
    """Return an interval of natural logarithms as one of the geometric mean."""
    ends = {
        name: float(np.exp(np.clip(row[name], -MOST, MOST))) for name in ("mean", "low", "high")
    }
    return {**row, **ends}


def _named(kind: pd.Series) -> str:
    return f"{kind['activation']} under {kind['initialisation']}"


def _verdict(verdict: str, row: dict, cells: int, evidence: str) -> Verdict:
    return Verdict(verdict, evidence, cells, row["mean"], row["low"], row["high"])


@claim(
    source=TUTORIAL,
    quote=WORDS,
    statement=f"In a network of more than {MANY_LAYERS} layers whose activation function has an "
    "expected slope E[φ′] considerably below 1, gradients vanish.",
    test=f"Kinds of networks with E[φ′] below {CONSIDERABLY} (geometric mean over the layers): below "
    f"{VANISHED:.0%} left in every one, with its 95% interval, supports. More left, in the geometric "
    "mean of those where √χ₁ is about 1 or above (there the readings part), with its interval, refutes: "
    f"then more is left in one at least. {LEFT}. {FEW}",
    study="depth-untrained",
)
def fifty_layers(tables: Tables) -> Verdict:
    """Take "the gradient through the activation function" at its word: E[φ′]."""
    left, kinds = _left(tables)
    small = kinds["slope"] < CONSIDERABLY
    part = small & (kinds["root"] > 1 - AROUND_1)
    parting = _only(left, kinds, part, f"with E[φ′] below {CONSIDERABLY} and √χ₁ about 1 or above")
    mean = interval(parting.mean(axis=1), NETWORKS)
    every = all_below(_only(left, kinds, small, ""), np.log(VANISHED), NETWORKS)
    verdict = SUPPORTED if every.verdict == SUPPORTED else INCONCLUSIVE
    if mean["low"] > np.log(VANISHED):
        verdict = REFUTED
    least = kinds.loc[kinds.loc[list(parting), "slope"].idxmin()]
    kept = np.exp(parting[least.name].mean())
    evidence = (
        f"With {_named(least)} E[φ′] is {number(least['slope'])}, and {number(kept)} of the gradient is "
        f"left after {least['depth']} layers; in the {plural(len(parting.columns), 'kind')} of networks "
        f"with E[φ′] below {CONSIDERABLY} and √χ₁ about 1 or above the geometric mean is "
        f"{stated(as_share(mean))}, where {CONSIDERABLY} a layer would leave less than {VANISHED}."
    )
    return _verdict(verdict, as_share(mean), len(parting.columns), evidence)


@claim(
    source=TUTORIAL,
    quote=WORDS,
    statement=f"In a network of more than {MANY_LAYERS} layers of which each, activation function and "
    "weights together, takes a gradient back by a factor √χ₁ considerably below 1, gradients vanish.",
    test=f"Kinds of networks in which mean-field theory's √χ₁ is below {CONSIDERABLY}: below "
    f"{VANISHED:.0%} left in every one, with its 95% interval, supports; more in one refutes "
    "(corrected for their number). The estimate is what is left in the kind that decides. "
    f"{LEFT}. {FEW}",
    study="depth-untrained",
)
def fifty_layers_chi(tables: Tables) -> Verdict:
    """Read charitably: the factor of a layer with its weights."""
    left, kinds = _left(tables)
    small = _only(left, kinds, kinds["root"] < CONSIDERABLY, f"with √χ₁ below {CONSIDERABLY}")
    joint = all_below(small, np.log(VANISHED), NETWORKS)
    decides, share = kinds.loc[joint.name], as_share(joint.row)
    evidence = (
        f"Of {plural(len(small.columns), 'kind')} of networks with √χ₁ below {CONSIDERABLY} "
        f"{_named(decides)} decides: √χ₁ is {number(decides['root'])}, and after {decides['depth']} "
        f"layers {stated(share)} of the gradient is left{joint.doubt}."
    )
    return _verdict(joint.verdict, share, len(small.columns), evidence)


@claim(
    source=TUTORIAL,
    quote=WORDS,
    statement=f"In a network of more than {MANY_LAYERS} layers of which each, activation function and "
    "weights together, takes a gradient back by a factor √χ₁ above 1, gradients may explode.",
    test=f"Kinds of networks in which mean-field theory's √χ₁ is above 1 by over {AROUND_1:.0%}: more "
    "than all left, in their geometric mean, with its 95% interval, supports, since the gradient then "
    f"grows in one at least; less than all in every one refutes. {LEFT}. {FEW}",
    study="depth",
    config="workflow/configs/depth.yaml",
)
def fifty_layers_explode(tables: Tables) -> Verdict:
    """Judge the other half, where there are such networks: what might happen does happen in some."""
    left, kinds = _left(tables)
    large = _only(left, kinds, kinds["root"] > 1 + AROUND_1, "with √χ₁ above 1")
    mean = interval(large.mean(axis=1), NETWORKS)
    shrinks = all_below(large, 0, NETWORKS).verdict == SUPPORTED
    verdict = SUPPORTED if mean["low"] > 0 else REFUTED if shrinks else INCONCLUSIVE
    roots = kinds.loc[list(large), "root"]
    evidence = (
        f"With √χ₁ above 1 ({plural(len(roots), 'kind')} of networks, at most {number(roots.max())}) "
        "the first layer's gradient is in the geometric mean "
        f"{stated(as_share(mean))} times the last hidden layer's."
    )
    return _verdict(verdict, as_share(mean), len(roots), evidence)


NEARLY_ALL = 0.9  # of what the greatest slope lets through


@claim(
    source=TUTORIAL,
    quote="This is due to its small maximum gradient of 1/4",
    statement="Sigmoid's greatest slope explains how small the gradients of early layers are: "
    f"untrained, each layer passes back {NEARLY_ALL:.0%} or more of what this slope lets through at "
    f"most, σ_w · {SIGMOID_STEEPEST:g}.",
    test="The deepest network of 8 equal hidden layers or more, under the default initialisation: "
    "standard deviation of a weight's gradient in layer 2 over that in the last hidden layer, geometric "
    f"mean a layer, over σ_w · {SIGMOID_STEEPEST:g}: a 95% interval above {NEARLY_ALL:.0%} supports, "
    "below refutes",
    study="depth-untrained",
)
def sigmoid_cause(tables: Tables) -> Verdict:
    """Hold the factor of a layer against the greatest that the slope allows.

    Layer 1 is left out: its inputs are the images, whose size is another than that of activations.
    """
    found = untrained(tables, "gradients", activation="sigmoid", initialisation="default")
    deep = found[(found["depth"] >= 8) & found["width"].notna()]
    need(len(deep) > 0, "untrained sigmoid networks of 8 equal hidden layers or more")
    deepest = once(deep[deep["depth"] == deep["depth"].max()], KIND)
    layers_between = int(deepest["depth"].iloc[0]) - 2
    logs = np.log(deepest["std"].astype(float)).groupby([deepest["layer"], deepest["seed"]]).first()
    factors = np.exp((logs[2] - logs[layers_between + 2]) / layers_between)
    widths = int(deepest["width"].iloc[0])
    greatest = SIGMOID_STEEPEST * INITIALISATIONS["default"].weight_var(widths, widths) ** 0.5
    row = interval(factors / greatest, "untrained sigmoid networks")
    low, high = percent(row["low"], 1), percent(row["high"], 1)
    evidence = (
        f"A layer changes the gradient by a factor of {number(float(factors.mean()))}, which is "
        f"{percent(row['mean'], 1)} (95% interval {low} to {high}, n = {row['n']}) of "
        f"{number(greatest)}, the most that the slope lets through."
    )
    return Verdict.of(above(row, NEARLY_ALL), row, evidence)
