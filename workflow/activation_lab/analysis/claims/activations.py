"""Claims of what values look like after training: how large Swish's are, where tanh saturates."""

from __future__ import annotations

import itertools

import numpy as np
import pandas as pd
from scipy import stats

from activation_lab.analysis import layers
from activation_lab.analysis.claims.base import (
    PYTORCH,
    TUTORIAL,
    CannotTell,
    Tables,
    Verdict,
    claim,
)
from activation_lab.analysis.claims.distributions import POST, trained
from activation_lab.analysis.claims.selection import (
    by_seed,
    number,
    points,
    stated,
)
from activation_lab.analysis.claims.together import all_above
from activation_lab.analysis.printed_numbers import SWISH_LARGEST, TEST_ACCURACY
from activation_lab.analysis.statistics import CONFIDENCE
from activation_lab.wording import listed, percent

OTHERS = tuple(
    name for name in TEST_ACCURACY["PyTorch edition"] if name not in ("sigmoid", "swish")
)
SWISH_WORDS = "Swish uses significantly higher values than other activation functions (up to 20)"


def _larger(largest: pd.DataFrame, where: str, left_out: str) -> Verdict:
    """Compare Swish's greatest values with each other activation's: `largest` has column `max`."""
    wide = by_seed(largest, "activation", "max")
    if wide.empty:
        raise CannotTell("there is no seed of which the runs with all activations learnt")
    excess = -wide[list(OTHERS)].sub(wide["swish"], axis=0)
    joint = all_above(excess, 0, "trained networks of the tutorial with all activations")
    low, high = _one_more(largest.loc[largest["activation"] == "swish", "max"])
    printed = [f"{value} in the {edition}" for edition, value in SWISH_LARGEST.items()]
    evidence = (
        f"Swish's greatest value {where} exceeds that with {joint.name}, the comparison that decides, "
        f"by {stated(joint.row)}{joint.doubt}; one more run with Swish would in 95% of cases reach "
        f"between {number(low)} and {number(high)}, and the sources print {listed(printed)}"
        f"{left_out}."
    )
    return Verdict.of(joint.verdict, joint.row, evidence)


def _one_more(values: pd.Series) -> tuple[float, float]:
    """Return the 95% prediction interval of one more value (Student's t); two values or more."""
    numbers = values.dropna().to_numpy(dtype=float)
    n = len(numbers)
    scale = numbers.std(ddof=1) * np.sqrt(1 + 1 / n)
    if scale == 0:
        return numbers[0], numbers[0]
    low, high = stats.t.interval(CONFIDENCE, n - 1, loc=numbers.mean(), scale=scale)
    return float(low), float(high)


LARGER_TEST = (
    "Swish's minus another activation's of the same seed: every 95% interval above 0 supports, one "
    "below refutes (corrected for four looks). Sigmoid, most runs of which fail, is not compared"
)


@claim(
    source=PYTORCH,
    quote=SWISH_WORDS,
    statement="After training, the values after Swish in the last hidden layer reach higher than after "
    "tanh, ReLU, leaky ReLU and ELU.",
    test=f"Greatest value after φ in the last hidden layer, {LARGER_TEST}",
)
def swish_large(tables: Tables) -> Verdict:
    """Compare the greatest values after the last hidden layer."""
    rows, left_out = trained(tables, "swish", *OTHERS)
    last = rows[(rows["kind"] == POST) & layers.last_hidden(rows)]
    return _larger(last, "after the last hidden layer", left_out)


@claim(
    source=PYTORCH,
    quote=SWISH_WORDS,
    statement="After training, the values of Swish networks, before and after φ in any hidden layer, "
    "reach higher than those of tanh, ReLU, leaky ReLU and ELU networks.",
    test=f"Greatest value before or after φ in any hidden layer, {LARGER_TEST}",
)
def swish_large_anywhere(tables: Tables) -> Verdict:
    """Compare the greatest values in all hidden layers, as the source plots them."""
    rows, left_out = trained(tables, "swish", *OTHERS)
    largest = rows.groupby(["activation", "seed"], sort=False)["max"].max().reset_index()
    return _larger(largest, "in any hidden layer, before or after φ,", left_out)


@claim(
    source=TUTORIAL,
    quote="for the input layer ... close to -1 and 1 ... the two consecutive layers are closer to zero "
    "... last layer are again more biased to the extreme points",
    statement="After training, more values of tanh are close to -1 and 1 in the first and in the last "
    "hidden layer than in the two between.",
    test="Share of values with abs(tanh) of at least 0.97 (our reading of close), each outer layer's "
    "minus each inner layer's of the same network: every 95% interval above 0 supports, one below "
    "refutes (corrected for four looks)",
)
def tanh_saturates(tables: Tables) -> Verdict:
    """Compare the first and last hidden layer with those between."""
    rows, left_out = trained(tables, "tanh")
    shares = by_seed(rows[rows["kind"] == POST], "layer", "saturated_fraction")
    first, *between, last = sorted(shares)
    differences = {
        f"layer {outer} minus layer {inner}": shares[outer] - shares[inner]
        for outer, inner in itertools.product((first, last), between)
    }
    joint = all_above(pd.DataFrame(differences), 0, "trained tanh networks")
    each = listed([percent(share, 1) for share in shares.mean()])
    evidence = (
        f"From the first to the last hidden layer {each} of the values are saturated; {joint.name}, "
        f"the outer and the inner layer that decide, is {stated(joint.row, points)}{joint.doubt}"
        f"{left_out}."
    )
    return Verdict.of(joint.verdict, joint.row, evidence)
