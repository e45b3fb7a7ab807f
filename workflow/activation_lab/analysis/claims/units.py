"""Claims of dead units: how many there are, before and after training, and what more data do."""

from __future__ import annotations

import pandas as pd

from activation_lab.analysis.claims.base import (
    ANSWERED,
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
from activation_lab.analysis.claims.groups import (
    also,
    differing,
    failures,
    relu_runs,
)
from activation_lab.analysis.claims.selection import (
    below,
    counts,
    interval,
    learnt,
    need,
    number,
    of_runs,
    stated,
    tutorial,
    untrained,
)
from activation_lab.analysis.printed_numbers import DEAD_TRAINED, DEAD_UNTRAINED, NETWORK, PROTOCOL
from activation_lab.protocol import FIRST_IMAGES, WATCHED_IMAGES
from activation_lab.wording import listed, percent, plural

TEN_LAYERS = next(network for network in DEAD_UNTRAINED if network != NETWORK)
SEED = 42
IMAGES = "training_images"
COUNTED = (
    f"The untrained network of seed {SEED}, exactly; the estimate is the greatest difference of a "
    "layer's count"
)


def _as_published(tables: Tables, network: str) -> Verdict:
    """Compare the dead units of the untrained network of seed 42 with those published."""
    start = {"initialisation": "default", "training_images": PROTOCOL["training_images"]}
    found = untrained(tables, "dead_neurons", activation="relu", network=network, **start)
    found = found[found["seed"] == SEED].sort_values("layer")
    need(len(found) > 0, f"untrained ReLU networks {network} of seed {SEED}")
    ours, printed = found["dead"].tolist(), DEAD_UNTRAINED[network]
    off = max(abs(one - other) for one, other in zip(ours, printed, strict=True))
    evidence = f"Seed {SEED} has exactly the printed numbers of dead units, {counts(ours)}."
    if off:
        evidence = f"Seed {SEED} has {counts(ours)} dead units, published are {counts(printed)}."
    return Verdict(REFUTED if off else SUPPORTED, evidence, n=1, estimate=off)


@claim(
    source=PYTORCH,
    quote=f"[{counts(DEAD_UNTRAINED[NETWORK])}]",
    statement="The untrained ReLU network has these numbers of dead units in its hidden layers.",
    test=COUNTED,
    chance=EXACT,
)
def dead_untrained(tables: Tables) -> Verdict:
    """Count them in the tutorial's network."""
    return _as_published(tables, NETWORK)


@claim(
    source=PYTORCH,
    quote=f"[{counts(DEAD_UNTRAINED[TEN_LAYERS])}]",
    statement="The untrained ReLU network of ten hidden layers has these numbers of dead units in them.",
    test=COUNTED,
    study="ten-layer",
    chance=EXACT,
)
def dead_ten_layer(tables: Tables) -> Verdict:
    """Count them in the network of ten layers."""
    return _as_published(tables, TEN_LAYERS)


@claim(
    source=TUTORIAL,
    quote="The number of dead neurons indeed decreased in the later layers",
    statement="Training the tutorial's ReLU network lowers the number of dead units beyond the first "
    "layer.",
    test="Dead units beyond the first layer, kept weights minus untrained, runs that learnt, paired by "
    "seed: a 95% interval (Student's t) below 0 supports, above refutes",
)
def dead_shrinks(tables: Tables) -> Verdict:
    """Compare each network before and after training."""
    runs = tutorial(tables, "runs", activation="relu")
    need(len(runs) > 0, "trained ReLU networks of the tutorial's")
    dead = _later(tables["dead_neurons"], learnt(runs))
    if dead.empty:
        raise CannotTell(failures(runs), n=len(runs))
    change = interval(dead["best"] - dead["untrained"], "the tutorial's trained ReLU network")
    before, after = counts([dead["untrained"].mean()]), counts([dead["best"].mean()])
    evidence = (
        f"Beyond the first layer the mean number of dead units goes from {before} to {after}, a "
        f"change of {stated(change)}{also(_printed(dead['best']), _other_rates(tables), failures(runs))}"
        "."
    )
    return Verdict.of(below(change, 0), change, evidence)


def _later(dead_neurons: pd.DataFrame, runs: pd.DataFrame) -> pd.DataFrame:
    """Return the dead units beyond the first layer, a row for each run and a column for each phase."""
    rows = of_runs(dead_neurons, runs)
    later = rows[rows["layer"] > 1].groupby(["study", "cell", "seed", "phase"])["dead"].sum()
    return later.astype(float).unstack("phase").dropna()


def _printed(trained: pd.Series) -> str:
    """Say whether the numbers that the editions print are what one more seed of ours could have."""
    row = interval(trained, "the tutorial's trained ReLU network")
    reach = (row["high"] - row["mean"]) * (row["n"] + 1) ** 0.5  # s √(1 + 1/n) instead of s √(1/n)
    low, high = max(row["mean"] - reach, 0.0), row["mean"] + reach
    printed = [sum(dead[1:]) for dead in DEAD_TRAINED.values()]
    outside = [dead for dead in printed if not low <= dead <= high]
    shown = listed([str(dead) for dead in printed])
    lie = f"the printed {shown} lie {'outside' if outside else 'inside'}"
    if len(outside) == 1:
        lie = f"of the printed {shown}, {outside[0]} lies outside"
    return f"{lie} what one more seed would end with, {number(low)} to {number(high)} (95%)"


def _other_rates(tables: Tables) -> str:
    """Say whether the number rose where the same network was trained at other learning rates."""
    runs = relu_runs(tables, "learning_rate")
    runs = learnt(runs[runs["learning_rate"] != PROTOCOL["learning_rate"]])
    if runs.empty:
        return ""
    dead = _later(tables["dead_neurons"], runs).reset_index()
    rate = runs[["study", "cell", "learning_rate"]].drop_duplicates()
    dead = dead.merge(rate, on=["study", "cell"])
    means = dead.groupby("learning_rate")[["untrained", "best"]].mean()
    rose = means[means["best"] > means["untrained"]]
    how = f"of {plural(len(means), 'other learning rate')} (at most {runs['epochs'].max()} epochs)"
    if rose.empty:
        return f"it rose at none {how}"
    most = (rose["best"] - rose["untrained"]).idxmax()
    before, after = counts([rose["untrained"][most]]), counts([rose["best"][most]])
    return f"it rose at {len(rose)} {how}, the most at {most:g}, from {before} to {after}"


@claim(
    source=LECTURE,
    quote="Can adding more data help?",
    statement="How many fewer ReLU units are dead if the network is trained on more images?",
    test="Units that are dead on one set of images, the same for all, in ReLU networks that differ in "
    "nothing but the number of training images; runs that learnt on the most minus on the fewest, "
    "paired by seed (Student's t): after equally many epochs, which is the estimate, and after "
    "equally many steps",
    study="more-data",
    chance=EXACT,  # an estimate with an interval: there is no verdict to be wrong
)
def data_helps(tables: Tables) -> Verdict:
    """Compare the networks trained on the most and on the fewest images."""
    runs = differing(tables, IMAGES, activation="relu")
    need(runs[IMAGES].nunique() > 1, "ReLU networks trained on different numbers of images")
    few, many = runs[IMAGES].min(), runs[IMAGES].max()
    runs = runs[runs[IMAGES].isin([few, many])]
    dead = _dead_by_epoch(tables["transitions"], runs)
    epochs = min(dead[images].dropna(axis="columns").columns.max() for images in (few, many))
    batch = runs["batch_size"].iloc[0]
    steps = epochs * (few // batch)
    epoch = max(round(steps / (many // batch)), 1)
    start, end = dead[few][epochs], dead[many][epochs]
    change = interval(end - start, "both numbers of images")
    as_many_steps = interval(dead[many][epoch] - start, "both numbers of images")
    evidence = (
        f"On the {WATCHED_IMAGES:,} images that are watched, after {plural(epochs, 'epoch')} the mean "
        f"number of dead units is {counts([start.mean()])} with {few:,} training images and "
        f"{counts([end.mean()])} with {many:,}, a change of {stated(change)}; after as many steps, "
        f"{steps} and {epoch * (many // batch)}, it is {stated(as_many_steps)}{also(failures(runs))}."
    )
    return Verdict.of(ANSWERED, change, evidence)


def _dead_by_epoch(transitions: pd.DataFrame, runs: pd.DataFrame) -> pd.DataFrame:
    """Return dead units of all layers: seeds × (training images, epoch), seeds that always learnt.

    Raises `CannotTell` where these are fewer than two.
    """
    ok = learnt(runs)
    times = ok["seed"].value_counts()
    seeds = times.index[times == runs[IMAGES].nunique()]
    if len(seeds) < 2:
        reason = "fewer than two seeds learnt with both numbers of training images"
        raise CannotTell(f"{reason}{also(failures(runs))}", n=len(seeds))
    chosen = ok.loc[ok["seed"].isin(seeds), ["study", "cell", "seed", IMAGES]]
    rows = transitions.merge(chosen, on=["study", "cell", "seed"])
    dead = rows.groupby(["seed", IMAGES, "epoch"])["dead"].sum()
    return dead.astype(float).unstack([IMAGES, "epoch"]).sort_index(axis="columns")


@claim(
    source=LECTURE,
    quote="Can adding more data help?",
    statement="Looked at with more images, a network has fewer dead units: one that is dead on all "
    "images is dead on any part of them.",
    test=f"Arithmetic; shown with units that are dead on the first {FIRST_IMAGES:,} and on all "
    "training images, in untrained ReLU networks of the tutorial's",
    chance=EXACT,
)
def data_helps_looking(tables: Tables) -> Verdict:
    """Look at the same networks with few and with all images."""
    start = {name: PROTOCOL[name] for name in ("network", "initialisation", IMAGES)}
    found = untrained(tables, "dead_neurons", activation="relu", **start)
    need(len(found) > 0, "untrained ReLU networks of the tutorial's")
    sums = found[["dead_first", "dead", "units"]].sum().astype(float)
    few, many = sums["dead_first"] / sums["units"], sums["dead"] / sums["units"]
    networks = found["seed"].nunique()
    evidence = (
        f"Of the units of {plural(networks, 'untrained network')} {percent(few, 1)} are dead on the "
        f"first {FIRST_IMAGES:,} training images and {percent(many, 1)} on all {PROTOCOL[IMAGES]:,}."
    )
    return Verdict(BY_DEFINITION, evidence, networks, many - few)
