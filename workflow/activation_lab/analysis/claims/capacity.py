"""Claims of what dead units cost: capacity, a bottleneck, accuracy."""

from __future__ import annotations

import numpy as np
import pandas as pd
from scipy import stats

from activation_lab.analysis.claims.base import (
    EXACT,
    LECTURE,
    PYTORCH,
    REFUTED,
    SUPPORTED,
    CannotTell,
    Tables,
    Verdict,
    claim,
)
from activation_lab.analysis.claims.groups import (
    CHANCE_LEVEL,
    accuracy_or_chance,
    also,
    differing,
    failures,
)
from activation_lab.analysis.claims.selection import (
    below,
    by_seed,
    interval,
    need,
    number,
    of_runs,
    powers,
    stated,
    untrained,
)
from activation_lab.analysis.printed_numbers import DEAD_UNTRAINED, NETWORK, PROTOCOL
from activation_lab.wording import listed, percent, plural

RATE = "learning_rate"
FEWEST = 3  # runs that a rank correlation is told from
TEN_LAYERS = next(network for network in DEAD_UNTRAINED if network != NETWORK)
LAST_BUT_ONE = 9  # hidden layer of the ten
PRINTED_SHARE = 0.56
CONSIDERABLE = 0.5  # a bottleneck lets through at most this share of the rank; our reading
FEW_DEAD = "zero_bias"
SEED = 42
CORRELATION = (
    "Spearman's rank correlation over the learning rates, of each seed, mean over seeds (Student's t); "
    "runs that diverged have no units to count and are left out"
)
SIGN = "a 95% interval below 0 supports, above refutes"
BOTTLENECK = (
    "more than 56% of the neurons in the pre-last layer are dead which creates a considerable "
    "bottleneck"
)


@claim(
    source=LECTURE,
    quote="large numbers of neurons ... stuck in dead states, effectively decreasing the model "
    "capacity",
    statement="The more units of a layer are dead after training, the fewer dimensions its activations "
    "span.",
    test="ReLU networks that differ in nothing but the learning rate: share of dead units of a hidden "
    f"layer against the effective rank of its activations. {CORRELATION}, mean over the layers in "
    f"which both vary: {SIGN}. The rate may change both; that dead units are the cause is not shown",
    study="dying-relu",
)
def dead_capacity(tables: Tables) -> Verdict:
    """Correlate dead units with the effective rank, layer by layer."""
    runs = _finite(tables)
    layer = [RATE, "seed", "layer"]
    dead = _dead_shares(tables, runs, layer)
    values = of_runs(tables["activations"], runs)
    values = values[(values["phase"] == "best") & (values["kind"] == "post")]
    rank = values.set_index(layer)["effective_rank"].astype(float)
    both = pd.DataFrame({"dead": dead, "rank": rank}).dropna()
    row = _correlations(both, ["seed", "layer"], runs)
    ends = both.loc[[both["dead"].idxmin(), both["dead"].idxmax()]]
    said = [
        f"{number(one['rank'])} where {percent(one['dead'], 1)} of the units are dead"
        for one in ends.to_dict("records")
    ]
    evidence = (
        f"Dead units and effective rank have a rank correlation of {stated(row)} within a layer; the "
        f"rank is {listed(said)}{also(_failed(tables))}."
    )
    return Verdict.of(below(row, 0), row, evidence)


@claim(
    source=LECTURE,
    quote="Check for dead neurons",
    statement="The check tells something: the more units of a network are dead after training, the "
    "lower its test accuracy.",
    test="ReLU networks that differ in nothing but the learning rate: share of hidden units that are "
    f"dead against test accuracy, where a run that stayed at chance level counts as "
    f"{CHANCE_LEVEL:.0%}. {CORRELATION}: {SIGN}. The rate may change both",
    study="dying-relu",
)
def check_dead(tables: Tables) -> Verdict:
    """Correlate dead units with accuracy over learning rates."""
    runs = _finite(tables)
    run = [RATE, "seed"]
    dead = _dead_shares(tables, runs, run)
    accuracy = accuracy_or_chance(runs).set_axis(pd.MultiIndex.from_frame(runs[run]))
    both = pd.DataFrame({"dead": dead, "accuracy": accuracy}).dropna()
    row = _correlations(both, ["seed"], runs)
    means = both.groupby(RATE).mean()
    said = [
        f"{percent(one.dead, 1)} dead and {percent(one.accuracy, 1)} accuracy at {one.Index:g}"
        for one in means.itertuples()
    ]
    evidence = (
        f"Dead units and test accuracy have a rank correlation of {stated(row)} over the learning "
        f"rates: {listed(said)}{also(_failed(tables))}."
    )
    return Verdict.of(below(row, 0), row, evidence)


def _finite(tables: Tables) -> pd.DataFrame:
    """Return ReLU runs at several learning rates, without those that diverged."""
    runs = differing(tables, RATE, activation="relu")
    enough = runs[RATE].nunique() >= FEWEST
    need(enough, f"ReLU networks trained at {FEWEST} learning rates or more")
    return runs[runs["status"] != "diverged"]


def _failed(tables: Tables) -> str:
    return failures(differing(tables, RATE, activation="relu"))


def _dead_shares(tables: Tables, runs: pd.DataFrame, by: list[str]) -> pd.Series:
    """Return the share of dead units with the kept weights."""
    found = of_runs(tables["dead_neurons"], runs)
    sums = found[found["phase"] == "best"].groupby(by)[["dead", "units"]].sum().astype(float)
    return sums["dead"] / sums["units"]


def _correlations(both: pd.DataFrame, group: list[str], runs: pd.DataFrame) -> dict:
    """Return the mean over seeds of the rank correlation of two columns in each group.

    Raises `CannotTell` where fewer than two seeds have enough runs in which both columns vary.
    """
    first, second = both
    found = []
    for key, own in both.groupby(level=group):
        if len(own) >= FEWEST and own[first].nunique() > 1 and own[second].nunique() > 1:
            correlation = stats.spearmanr(own[first], own[second]).statistic
            found.append({"seed": key[0], "correlation": float(correlation)})
    if len({one["seed"] for one in found}) < 2:
        reason = f"fewer than two seeds have {FEWEST} runs in which dead units and {second} vary"
        raise CannotTell(reason, n=runs["seed"].nunique())
    means = pd.DataFrame(found).groupby("seed")["correlation"].mean()
    row = interval(means, "ReLU networks")
    return {**row, "low": max(row["low"], -1.0), "high": min(row["high"], 1.0)}


def _ten_layers(tables: Tables, name: str, *initialisations: str) -> pd.DataFrame:
    """Return the rows of the last hidden layer but one of the untrained ten-layer ReLU network."""
    start = {"network": TEN_LAYERS, "training_images": PROTOCOL["training_images"]}
    found = untrained(tables, name, activation="relu", initialisation=initialisations, **start)
    return found[found["layer"] == LAST_BUT_ONE]


@claim(
    source=PYTORCH,
    quote=BOTTLENECK,
    statement=f"In the untrained ten-layer network of seed {SEED}, more than {PRINTED_SHARE:.0%} of "
    "the units of the last hidden layer but one are dead.",
    test="Counted exactly; the estimate is the share",
    study="ten-layer",
    chance=EXACT,
)
def dead_bottleneck(tables: Tables) -> Verdict:
    """Count them, and say what other seeds have."""
    found = _ten_layers(tables, "dead_neurons", PROTOCOL["initialisation"])
    own = found[found["seed"] == SEED]
    need(len(own) > 0, f"untrained ReLU networks {TEN_LAYERS} of seed {SEED}")
    dead, units = int(own["dead"].iloc[0]), int(own["units"].iloc[0])
    others = found[found["seed"] != SEED]
    shares = (others["dead"] / others["units"]).astype(float)
    compared = ""
    if len(others):
        seeds = plural(len(others), "other seed")
        mean, least, most = (percent(v, 1) for v in (shares.mean(), shares.min(), shares.max()))
        compared = f"of {seeds} {least} to {most} are, {mean} in the mean"
    share = percent(dead / units)
    evidence = f"With seed {SEED}, {dead} of {units} units are dead, {share}{also(compared)}."
    verdict = SUPPORTED if dead / units > PRINTED_SHARE else REFUTED
    return Verdict(verdict, evidence, 1, dead / units)


@claim(
    source=PYTORCH,
    quote=BOTTLENECK,
    statement="Where that many units are dead, the activations of this layer span less than half as "
    "many dimensions as where few are, with zero biases.",
    test="Effective rank of the activations of the last hidden layer but one of the untrained "
    "ten-layer network, default initialisation over the same weights with biases 0, geometric mean "
    f"over seeds: a 95% interval below {CONSIDERABLE:g} supports, above refutes. The biases change "
    "more than the dead units, so that these need not be the cause",
    study="ten-layer",
)
def dead_bottleneck_rank(tables: Tables) -> Verdict:
    """Compare the network that has the dead units with one that has few."""
    both = ("default", FEW_DEAD)
    found = _ten_layers(tables, "activations", *both)
    found = found[found["kind"] == "post"]
    complete = found["initialisation"].nunique() == 2
    need(
        complete,
        "untrained ten-layer ReLU networks under the default initialisation and zero biases",
    )
    ranks = by_seed(found, "initialisation", "effective_rank")
    logs = np.log10(ranks)
    ratio = powers(interval(logs["default"] - logs[FEW_DEAD], "both initialisations"))
    dead = _ten_layers(tables, "dead_neurons", *both)
    sums = dead.groupby("initialisation")[["dead", "units"]].sum().astype(float)
    shares = sums["dead"] / sums["units"]
    said = [
        f"{number(ranks[name].mean())} {how}"
        + (f" ({percent(shares[name], 0)} dead)" if name in shares else "")
        for name, how in zip(both, ("under the default", "with zero biases"), strict=True)
    ]
    evidence = f"The effective rank is {listed(said)}, a ratio of {stated(ratio)}."
    return Verdict.of(below(ratio, CONSIDERABLE), ratio, evidence)
