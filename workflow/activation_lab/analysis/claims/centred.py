"""Claims of the mean of the values after φ: with which activations it is 0, or closer to 0."""

from __future__ import annotations

import pandas as pd

from activation_lab.analysis.claims.base import LECTURE, Tables, Verdict, claim
from activation_lab.analysis.claims.distributions import POST, at_start, each_layer, trained
from activation_lab.analysis.claims.selection import number, stated
from activation_lab.analysis.claims.together import Joint, all_above, all_below
from activation_lab.wording import listed

# Standard deviations. Cohen (1988) calls a mean that is off by so much a small effect.
CENTRED = 0.2
WHEN = ("before training", "after training")
TEST = (
    "The absolute mean of the values after φ over their standard deviation, for each hidden layer, "
    "before training and after it: "
)


def _off_centre(tables: Tables, *activations: str, **settings: str) -> tuple[pd.DataFrame, str]:
    """Return the values' absolute mean in standard deviations: rows of layers, with a column `when`.

    And a clause on the runs that failed, after a semicolon; empty if none did.
    """
    before = at_start(tables, *activations)
    after, left_out = trained(tables, *activations, **settings)
    rows = pd.concat(
        [part.assign(when=when) for part, when in zip((before, after), WHEN, strict=True)]
    )
    rows = rows[rows["kind"] == POST]
    return rows.assign(off=(rows["mean"] / rows["std"]).abs()), left_out


def _columns(rows: pd.DataFrame) -> pd.DataFrame:
    """Return a row a seed, and a column for each layer before training and after it."""
    parts = [
        each_layer(group, "off").add_prefix("layer ").add_suffix(f" {when}")
        for when, group in rows.groupby("when", sort=False)
    ]
    return pd.concat(parts, axis="columns")


def _verdict(joint: Joint, rows: pd.DataFrame, left_out: str) -> Verdict:
    means = rows.groupby(["when", "layer"])["off"].mean()
    before, after = (listed([number(value) for value in means[when]]) for when in WHEN)
    evidence = (
        f"The mean is {before} standard deviations away from 0 {WHEN[0]} and {after} {WHEN[1]}, "
        f"from the first to the last hidden layer; {joint.name}, which decides, has "
        f"{stated(joint.row)}{joint.doubt}{left_out}."
    )
    return Verdict.of(joint.verdict, joint.row, evidence)


def _uncentred(tables: Tables, activation: str, **settings: str) -> Verdict:
    rows, left_out = _off_centre(tables, activation, **settings)
    joint = all_above(_columns(rows), CENTRED, f"networks with {activation}")
    return _verdict(joint, rows, left_out)


UNCENTRED_TEST = (
    f"{TEST}every 95% interval above {CENTRED:g} supports, one below refutes (corrected for the "
    "number of looks)"
)


@claim(
    source=LECTURE,
    quote="Sigmoid outputs are not zero-centered",
    statement="The values after sigmoid have a mean away from 0 in every hidden layer, before and "
    "after training.",
    test=f"{UNCENTRED_TEST}. The runs are those without early stopping; with it, most stay at "
    "chance level",
    study="sigmoid-patience",
)
def sigmoid_uncentred(tables: Tables) -> Verdict:
    """Look at networks that learnt, as almost none do with early stopping."""
    return _uncentred(tables, "sigmoid", stop="never")


@claim(
    source=LECTURE,
    quote="Output is not zero-centered",
    statement="The values after ReLU have a mean away from 0 in every hidden layer, before and "
    "after training.",
    test=UNCENTRED_TEST,
)
def relu_uncentred(tables: Tables) -> Verdict:
    """Look at every layer."""
    return _uncentred(tables, "relu")


@claim(
    source=LECTURE,
    quote="zero centered (nice)",
    statement="The values after tanh have a mean close to 0 in every hidden layer, before and "
    "after training.",
    test=f"{TEST}every 95% interval below {CENTRED:g} supports, one above refutes (corrected for "
    "the number of looks). Whether that is nice is not judged",
)
def tanh_centred(tables: Tables) -> Verdict:
    """Look at every layer."""
    rows, left_out = _off_centre(tables, "tanh")
    joint = all_below(_columns(rows), CENTRED, "networks with tanh")
    return _verdict(joint, rows, left_out)


@claim(
    source=LECTURE,
    quote="Closer to zero mean outputs",
    statement="The mean of the values after ELU is closer to 0 than after ReLU, before and after "
    "training.",
    test="The absolute mean of the values after φ over their standard deviation, mean over the "
    "hidden layers, ELU's minus ReLU's of the same seed: the 95% intervals before and after "
    "training both below 0 support, one above refutes (corrected for two looks)",
)
def elu_mean(tables: Tables) -> Verdict:
    """Compare the two, paired by seed."""
    rows, left_out = _off_centre(tables, "elu", "relu")
    means = rows.groupby(["seed", "when", "activation"])["off"].mean().unstack("activation")
    less = (means["elu"] - means["relu"]).unstack("when")
    joint = all_below(less, 0, "networks with ELU and ReLU of the same seed")
    told = means.groupby("when").mean()
    elu, relu = ([number(told.loc[when, name]) for when in WHEN] for name in ("elu", "relu"))
    evidence = (
        f"Averaged over the hidden layers, the mean is {elu[0]} standard deviations away from 0 with "
        f"ELU and {relu[0]} with ReLU {WHEN[0]}, and {elu[1]} with ELU and {relu[1]} with ReLU "
        f"{WHEN[1]}; the difference {joint.name}, which decides, is "
        f"{stated(joint.row)}{joint.doubt}{left_out}."
    )
    return Verdict.of(joint.verdict, joint.row, evidence)
