"""Claims of what a dead unit is, and of which activations have none."""

from __future__ import annotations

import pandas as pd

from activation_lab.analysis.claims.base import (
    BY_DEFINITION,
    EXACT,
    LECTURE,
    PYTORCH,
    REFUTED,
    SUPPORTED,
    TUTORIAL,
    CannotTell,
    Tables,
    Verdict,
    claim,
)
from activation_lab.analysis.claims.selection import (
    below,
    need,
    ratio_over_networks,
    rows,
    untrained,
)
from activation_lab.analysis.printed_numbers import MANY_LAYERS, PROTOCOL
from activation_lab.wording import listed, percent, plural

# In the source's words: the pre-activation, the activation, and the gradient.
DEFINITIONS = {
    "have a negative pre-activation on all images": lambda units: units["pre_max"] < 0,
    "are exactly 0 on all images": lambda units: units["nonzero_fraction"] == 0,
    "have no slope on any image": lambda units: units["gradient_fraction"] == 0,
}
DEFINITION_WORDS = (
    "no gradient for any training input ... has to be negative for all input images ... exactly 0 for "
    "all data points"
)
DEFINITION_TEST = (
    "Units of the tutorial's untrained networks on all training images: largest pre-activation below "
    "0; activation 0 on all; absolute slope at most 1e-6 on all"
)
PREVENT_WORDS = "This has been shown to prevent dead neurons"
MONOTONIC = ("leakyrelu", "elu")
USELESS = 0.05  # a share of units; less counts as hardly any


def _units(tables: Tables) -> pd.DataFrame:
    """Return the units of the tutorial's untrained networks, with a column for each definition."""
    start = {name: PROTOCOL[name] for name in ("network", "initialisation", "training_images")}
    found = untrained(tables, "neurons", **start)
    return found.assign(**{name: test(found) for name, test in DEFINITIONS.items()})


@claim(
    source=TUTORIAL,
    quote=DEFINITION_WORDS,
    statement="Of ReLU, the source's three definitions of a dead unit are one.",
    test=f"{DEFINITION_TEST}: one unit on which the definitions differ refutes; the estimate is the "
    "share of units on which they agree",
    chance=EXACT,
)
def dead_definition(tables: Tables) -> Verdict:
    """Compare the definitions unit by unit."""
    units = _units(tables)
    units = units[units["activation"] == "relu"]
    need(len(units) > 0, "units of the tutorial's untrained ReLU networks")
    told = units[list(DEFINITIONS)]
    agree = told.nunique(axis="columns") == 1
    evidence = (
        f"The three definitions agree on {agree.sum():,} of {len(units):,} units, "
        f"{told.all(axis='columns').sum()} of them dead."
    )
    return Verdict(BY_DEFINITION if agree.all() else REFUTED, evidence, len(units), agree.mean())


@claim(
    source=TUTORIAL,
    quote=DEFINITION_WORDS,
    statement="The three definitions of a dead unit are one with the other activations, too.",
    test=f"{DEFINITION_TEST}, with any other activation: one unit on which the definitions differ "
    "refutes; the estimate is the share of units on which they agree",
    chance=EXACT,
)
def dead_definition_others(tables: Tables) -> Verdict:
    """Count what each definition finds with other activations."""
    units = _units(tables)
    units = units[units["activation"] != "relu"]
    need(len(units) > 0, "units of the tutorial's untrained networks without ReLU")
    told = units[list(DEFINITIONS)]
    agree = told.nunique(axis="columns") == 1
    found = listed([f"{told[name].sum():,} {name}" for name in DEFINITIONS])
    evidence = (
        f"Of {len(units):,} units of networks with {listed(list(dict.fromkeys(units['activation'])))}, "
        f"{found}."
    )
    return Verdict(BY_DEFINITION if agree.all() else REFUTED, evidence, len(units), agree.mean())


@claim(
    source=LECTURE,
    quote="inactive for some input (produce 0)",
    statement="A ReLU unit that is 0 on some image is dead.",
    test="Units of the tutorial's untrained ReLU networks that are 0 on some training image: one that "
    "is not 0 on all of them refutes; the estimate is the share that is 0 on all",
    chance=EXACT,
)
def dead_definition_some(tables: Tables) -> Verdict:
    """Take "some input" at its word."""
    units = _units(tables)
    relu = units[units["activation"] == "relu"]
    some = relu[relu["nonzero_fraction"] < 1]
    need(len(some) > 0, "units of the tutorial's untrained ReLU networks")
    dead = some["nonzero_fraction"] == 0
    evidence = (
        f"{len(some):,} of {len(relu):,} units are 0 on some training image, and {dead.sum()} of "
        "these are 0 on all."
    )
    return Verdict(SUPPORTED if dead.all() else REFUTED, evidence, len(some), dead.mean())


def _dead_counts(tables: Tables, *activations: str) -> pd.DataFrame:
    """Return rows of `dead_neurons`, untrained and trained, of all networks that did not diverge."""
    found = rows(tables, "dead_neurons", activation=activations, normalisation="none")
    finite = (found["phase"] == "untrained") | (found["status"] != "diverged")
    # Studies share networks, and each counts once.
    network = ["settings_id", "activation", "network", "initialisation", "seed"]
    return found[finite].drop_duplicates([*network, "phase", "layer"])


def _none_is_dead(tables: Tables, *activations: str) -> Verdict:
    found = _dead_counts(tables, *activations)
    missing = [name for name in activations if name not in set(found["activation"])]
    need(not missing, f"networks with {listed(missing)}")
    dead, units = int(found["dead"].sum()), int(found["units"].sum())
    relu = _dead_counts(tables, "relu")
    compared = ""
    if len(relu):
        compared = f", and with ReLU {relu['dead'].sum():,} of {relu['units'].sum():,}"
    evidence = (
        f"With {listed(activations)} {dead:,} of {units:,} units, counted untrained and trained, are "
        f"exactly 0 on all training images{compared}."
    )
    return Verdict(REFUTED if dead else BY_DEFINITION, evidence, units, dead / units)


@claim(
    source=TUTORIAL,
    quote=PREVENT_WORDS,
    statement="No Swish unit is exactly 0 on all training images.",
    test="Units of all Swish networks without normalisation, untrained and with the kept weights: one "
    "that is 0 on all images refutes, none holds by definition; the estimate is their share, n counts "
    "units",
    chance=EXACT,
)
def swish_no_dead(tables: Tables) -> Verdict:
    """Count units by the source's own measure."""
    return _none_is_dead(tables, "swish")


@claim(
    source=PYTORCH,
    quote="besides the original ReLU, do not have the issue of dead neurons",
    statement="No unit with leaky ReLU, ELU or Swish is exactly 0 on all training images.",
    test="Units of all networks with these activations and without normalisation, untrained and with "
    "the kept weights: one that is 0 on all images refutes, none holds by definition; the estimate is "
    "their share, n counts units",
    chance=EXACT,
)
def swish_no_dead_variants(tables: Tables) -> Verdict:
    """Count units of ReLU's variants."""
    return _none_is_dead(tables, *MONOTONIC, "swish")


@claim(
    source=TUTORIAL,
    quote=PREVENT_WORDS,
    statement="It is Swish's change of sign in the gradient that prevents dead units: monotonic "
    "activations have some.",
    test=f"Units that are exactly 0 on all training images, with {listed(MONOTONIC)}, which are "
    "monotonic: some support, none refute; the estimate is their share, n counts units",
    chance=EXACT,
)
def swish_no_dead_cause(tables: Tables) -> Verdict:
    """Look at activations whose gradient does not change its sign."""
    verdict = _none_is_dead(tables, *MONOTONIC)
    opposite = REFUTED if verdict.verdict == BY_DEFINITION else SUPPORTED
    return Verdict(opposite, verdict.evidence, verdict.n, verdict.estimate)


@claim(
    source=TUTORIAL,
    quote="This has been shown to prevent dead neurons ... especially for deep networks",
    statement="In a very deep Swish network under the default initialisation hardly any unit is dead "
    "in the sense that it gives the same value for all images.",
    test=f"The deepest untrained network of {MANY_LAYERS} equal hidden layers or more: share of units "
    "that vary over the images by less than one part in 10^6: a 95% interval over networks below "
    f"{USELESS:.0%} supports, above refutes",
    study="depth-untrained",
)
def swish_no_dead_deep(tables: Tables) -> Verdict:
    """Look for units that are not 0 but tell nothing."""
    found = untrained(
        tables, "dead_neurons", activation=("swish", "relu"), initialisation="default"
    )
    deep = found[(found["depth"] >= MANY_LAYERS) & found["width"].notna()]
    own = deep[deep["activation"] == "swish"].sort_values(["depth", "width"], kind="stable")
    need(len(own) > 0, f"untrained Swish networks of {MANY_LAYERS} equal hidden layers or more")
    network = own["network"].iloc[-1]
    ratio, relu = (
        _constant(deep[(deep["network"] == network) & (deep["activation"] == name)])
        for name in ("swish", "relu")
    )
    if ratio["low"] is None:
        raise CannotTell(f"there is one network, and {percent(ratio['mean'], 1)} are constant", n=1)
    ends = " to ".join(percent(ratio[end], 1) for end in ("low", "high"))
    others = f", and {percent(relu['mean'], 1)} of ReLU's" if relu["n"] else ""
    evidence = (
        f"In {plural(ratio['n'], 'untrained network')} of {own['depth'].iloc[-1]} layers "
        f"{percent(ratio['mean'], 1)} of Swish's units give the same value for all images (95% interval "
        f"{ends}){others}."
    )
    return Verdict.of(below(ratio, USELESS), ratio, evidence)


def _constant(found: pd.DataFrame) -> dict:
    """Return the share of units that are constant, over networks."""
    sums = found.groupby("seed")[["constant", "units"]].sum().astype(float)
    if sums.empty:
        return {"n": 0}
    return ratio_over_networks(sums, "constant", "units")
