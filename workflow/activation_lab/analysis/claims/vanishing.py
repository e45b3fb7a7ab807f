"""Claims of gradients that vanish on their way back through an untrained network."""

from __future__ import annotations

import numpy as np
import pandas as pd

from activation_lab.analysis import layers
from activation_lab.analysis.claims.base import (
    BLOG,
    INCONCLUSIVE,
    LECTURE,
    NOTEBOOK,
    REFUTED,
    SUPPORTED,
    CannotTell,
    Tables,
    Verdict,
    claim,
)
from activation_lab.analysis.claims.depth import CONSIDERABLY, VANISHED, as_share, ends_of_gradient
from activation_lab.analysis.claims.gradients import OTHERS, of_layer, tutorial_gradients
from activation_lab.analysis.claims.selection import (
    above,
    below,
    by_seed,
    interval,
    need,
    number,
    powers,
    stated,
    untrained,
)
from activation_lab.analysis.claims.together import all_below, all_within
from activation_lab.analysis.printed_numbers import MANY_LAYERS
from activation_lab.wording import listed, percent, times

CHAIN_WORDS = "Error signal is getting smaller and smaller"
TANH_WORDS = "suffers from the vanishing gradient problem too"
RELU_WORDS = "Gradient not vanishing"
STEADY = 1.25  # factors of a layer within this factor of each other are called the same
LEFT = (
    f"In the deepest untrained network of {MANY_LAYERS} equal hidden layers or more: standard "
    "deviation of a weight's gradient in the first hidden layer over that in the last, geometric mean "
    "over seeds"
)
BELOW = f"{LEFT}: a 95% interval below {VANISHED:.0%} supports, above refutes"
ABOVE = f"{LEFT}: a 95% interval above {VANISHED:.0%} supports, below refutes"


@claim(
    source=LECTURE,
    quote=CHAIN_WORDS,
    statement="In an untrained sigmoid network the gradient is smaller in each layer than in the next "
    "one, on its way from the output to the input.",
    test="Standard deviation of a weight's gradient in the tutorial's network, each layer's over the "
    "next one's, geometric mean over seeds: every 95% interval below 1 supports, one above refutes "
    "(corrected for four looks). The estimate is the ratio that decides",
)
def vanishing_chain(tables: Tables) -> Verdict:
    """Compare neighbouring layers."""
    wide = by_seed(tutorial_gradients(tables, "sigmoid"), "layer", "std")
    logs = np.log10(wide)
    steps = pd.DataFrame({layer: logs[layer] - logs[layer + 1] for layer in list(logs)[:-1]})
    joint = all_below(steps, 0, "untrained sigmoid networks")
    ratio = powers(joint.row)
    sizes = listed([number(10 ** logs[layer].mean()) for layer in sorted(logs, reverse=True)])
    evidence = (
        f"From the output layer back to the input layer the standard deviation of a weight's gradient "
        f"is {sizes}; {of_layer(joint.name, max(logs))} decides, with {stated(ratio)} times that of "
        f"the next layer{joint.doubt}."
    )
    return Verdict.of(joint.verdict, ratio, evidence)


@claim(
    source=LECTURE,
    quote=CHAIN_WORDS,
    statement="In a deep sigmoid network the gradient shrinks exponentially: by the same factor a "
    f"layer in both halves of the network, below {CONSIDERABLY}.",
    test=f"The deepest untrained network of {MANY_LAYERS} equal hidden layers or more, default "
    "initialisation: mean factor a layer of the standard deviation of a weight's gradient, in the half "
    f"nearer to the input over the other half: a 95% interval within a factor of {STEADY} supports, "
    f"wholly outside refutes; and both factors have to be below {CONSIDERABLY}. The estimate is the "
    "factor over all layers",
    study="depth-untrained",
)
def vanishing_chain_exponential(tables: Tables) -> Verdict:
    """Compare the factors a layer of both halves."""
    rows = _deepest(tables, ("sigmoid",), ("default",))
    logs = np.log(by_seed(rows, "layer", "std").clip(lower=np.finfo(float).tiny))
    depth = int(rows["depth"].iloc[0])
    middle = (1 + depth) // 2
    halves = pd.DataFrame(
        {
            "nearer to the input": (logs[1] - logs[middle]) / (middle - 1),
            "nearer to the output": (logs[middle] - logs[depth]) / (depth - middle),
        }
    )
    what = "deep untrained sigmoid networks"
    first, second = halves
    steady = all_within((halves[first] - halves[second]).to_frame(), np.log(STEADY), what)
    shrinks = all_below(halves, np.log(CONSIDERABLY), what)
    order = [REFUTED, INCONCLUSIVE, SUPPORTED]
    verdict = min(steady.verdict, shrinks.verdict, key=order.index)
    whole = as_share(interval((logs[1] - logs[depth]) / (depth - 1), what))
    one, other = (number(np.exp(halves[name].mean())) for name in halves)
    evidence = (
        f"Over {depth} layers the gradient takes a factor of {stated(whole)} a layer: {one} in the "
        f"half {first}, and {other} in the half {second}."
    )
    return Verdict.of(verdict, whole, evidence)


@claim(
    source=BLOG,
    quote="a good activation function can help to face ... vanishing gradient problem",
    statement="With some activation the untrained network's input layer gets more of the output "
    "layer's gradient than with sigmoid.",
    test="Standard deviation of a weight's gradient in the input layer over that in the output layer "
    "of the tutorial's network, another activation's over sigmoid's of the same seed, geometric mean: "
    "one 95% interval above 1 (corrected for five looks) supports, every one below refutes. The "
    "estimate is the ratio that decides",
)
def good_activation_helps(tables: Tables) -> Verdict:
    """Look for an activation that keeps more of the gradient than sigmoid."""
    rows = tutorial_gradients(tables, "sigmoid", *OTHERS)
    sizes = rows.assign(log=np.log10(rows["std"].astype(float)))
    wide = sizes.pivot(index=["activation", "seed"], columns="layer", values="log")
    kept = (wide[wide.columns.min()] - wide[wide.columns.max()]).unstack("activation").dropna()
    gains = kept[list(OTHERS)].sub(kept["sigmoid"], axis=0)
    every = all_below(gains, 0, "untrained networks with all six activations")
    verdict = {REFUTED: SUPPORTED, SUPPORTED: REFUTED}.get(every.verdict, INCONCLUSIVE)
    ratio = powers(every.row)
    means = 10 ** kept.mean()
    best = means.idxmax()
    evidence = (
        f"With sigmoid the input layer's gradient is {number(means['sigmoid'])} times the output "
        f"layer's, and at most {number(means[best])} times, with {best}; {every.name} decides, with "
        f"{stated(ratio, times)} as much as sigmoid{every.doubt}."
    )
    return Verdict.of(verdict, ratio, evidence)


@claim(
    source=NOTEBOOK,
    quote=TANH_WORDS,
    statement="In a deep tanh network under the default initialisation, which the source uses, "
    "gradients vanish.",
    test=BELOW,
    study="depth-untrained",
)
def tanh_vanishes(tables: Tables) -> Verdict:
    """Look at what is left under the initialisation of the source."""
    return _left_of(tables, "tanh", ("default",), vanished=True)


@claim(
    source=NOTEBOOK,
    quote=TANH_WORDS,
    statement="In a deep tanh network gradients vanish even under its critical initialisation.",
    test=BELOW,
    study="depth-untrained",
)
def tanh_vanishes_critical(tables: Tables) -> Verdict:
    """Look at what is left where the initialisation is made for depth."""
    return _left_of(tables, "tanh", ("critical",), vanished=True)


@claim(
    source=NOTEBOOK,
    quote=TANH_WORDS,
    statement="In a deep network under the default initialisation, less of the gradient is left with "
    "tanh than with ReLU.",
    test=f"{LEFT}, tanh's over ReLU's of the same seed: a 95% interval below 1 supports, above refutes",
    study="depth-untrained",
)
def tanh_vanishes_more(tables: Tables) -> Verdict:
    """Compare tanh with ReLU, which is said not to have the problem."""
    left, depth = _left(tables, ("tanh", "relu"), ("default",))
    what = "deep untrained networks with tanh and with ReLU"
    ratio = as_share(interval(left["tanh"] - left["relu"], what))
    tanh, relu = (number(np.exp(left[name].mean())) for name in ("tanh", "relu"))
    evidence = (
        f"After {depth} layers {tanh} of the gradient is left with tanh and {relu} with ReLU, a ratio "
        f"of {stated(ratio)}."
    )
    return Verdict.of(below(ratio, 1), ratio, evidence)


@claim(
    source=LECTURE,
    quote=RELU_WORDS,
    statement="In a deep ReLU network under the default initialisation, gradients do not vanish.",
    test=ABOVE,
    study="depth-untrained",
)
def relu_no_vanish(tables: Tables) -> Verdict:
    """Look at what is left under torch's default."""
    return _left_of(tables, "relu", ("default",), vanished=False)


@claim(
    source=LECTURE,
    quote=RELU_WORDS,
    statement="In a deep ReLU network under He's initialisation, which is its critical one, gradients "
    "do not vanish.",
    test=ABOVE,
    study="depth-untrained",
)
def relu_no_vanish_critical(tables: Tables) -> Verdict:
    """Look at what is left where the initialisation is made for ReLU."""
    return _left_of(tables, "relu", ("he", "critical"), vanished=False)


def _left_of(
    tables: Tables, activation: str, initialisations: tuple[str, ...], vanished: bool
) -> Verdict:
    """Judge whether the gradient has vanished, or has not, after many layers."""
    left, depth = _left(tables, (activation,), initialisations)
    row = interval(left[activation], f"deep untrained networks with {activation}")
    verdict = (below if vanished else above)(row, np.log(VANISHED))
    share = as_share(row)
    a_layer = np.exp(row["mean"] / (depth - 1))
    evidence = (
        f"After {depth} layers {stated(share)} of the last hidden layer's gradient is left in the "
        f"first one, a factor of {number(a_layer)} a layer; below {percent(VANISHED, 0)} counts as "
        "vanished."
    )
    return Verdict.of(verdict, share, evidence)


def _left(
    tables: Tables, activations: tuple[str, ...], initialisations: tuple[str, ...]
) -> tuple[pd.DataFrame, int]:
    """Return ln of what is left of the gradient, seed × activation, and after how many layers."""
    rows = _deepest(tables, activations, initialisations)
    wide = ends_of_gradient(rows[(rows["layer"] == 1) | layers.last_hidden(rows)], "activation")
    whole = wide.dropna()
    if whole.empty:
        raise CannotTell(f"no seed was measured with {listed(activations)}")
    return whole, int(rows["depth"].iloc[0])


def _deepest(
    tables: Tables, activations: tuple[str, ...], initialisations: tuple[str, ...]
) -> pd.DataFrame:
    """Return the gradients of the deepest network of equal layers that all activations have."""
    found = untrained(tables, "gradients", activation=activations, initialisation=initialisations)
    deep = found[(found["depth"] >= MANY_LAYERS) & found["width"].notna()]
    of_all = deep.groupby("network")["activation"].transform("nunique") == len(activations)
    deep = deep[of_all].sort_values(["depth", "width"], kind="stable")
    need(
        len(deep) > 0,
        f"untrained networks of {MANY_LAYERS} equal hidden layers or more with {listed(activations)} "
        f"under the {' or '.join(initialisations)} initialisation",
    )
    deepest = deep[deep["network"] == deep["network"].iloc[-1]]
    # The first batch decides, whatever the number of training images; ReLU's critical network is He's.
    return deepest.drop_duplicates(["activation", "seed", "layer"])
