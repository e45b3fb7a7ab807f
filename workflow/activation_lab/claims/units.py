"""Claims of dead units: how many, when they die, and whether they come back."""

from __future__ import annotations

import pandas as pd

from activation_lab.claims.registry import (
    INCONCLUSIVE,
    LECTURE,
    REFUTED,
    SUPPORTED,
    TUTORIAL,
    Tables,
    Verdict,
    claim,
)
from activation_lab.claims.selection import (
    above,
    below,
    by_seed,
    counts,
    interval,
    learnt,
    need,
    of_runs,
    points,
    rows,
    stated,
    tutorial,
    untrained,
    varying,
)
from activation_lab.published import DEAD_TRAINED, DEAD_UNTRAINED, NETWORK, PROTOCOL
from activation_lab.statistics import success_rate
from activation_lab.words import listed, percent

TEN_LAYERS = next(network for network in DEAD_UNTRAINED if network != NETWORK)
SEED = 42
NEVER = 0.05  # none seen, and a 95% interval up to here, is taken for never


def _as_published(tables: Tables, network: str) -> Verdict:
    """Compare the dead units of the untrained network of seed 42 with those published."""
    start = {"initialisation": "default", "training_images": PROTOCOL["training_images"]}
    found = untrained(tables, "dead_neurons", activation="relu", network=network, **start)
    found = found[found["seed"] == SEED].sort_values("layer")
    need(len(found) > 0, f"untrained ReLU networks {network} of seed {SEED}")
    ours, printed = found["dead"].tolist(), DEAD_UNTRAINED[network]
    off = max(abs(own - other) for own, other in zip(ours, printed, strict=True))
    evidence = f"Seed {SEED} has {counts(ours)} dead units, published are {counts(printed)}."
    return Verdict(REFUTED if off else SUPPORTED, evidence, n=1, estimate=off)


EXACT = f"Exact, seed {SEED}; the estimate is the greatest difference of a layer's count"


@claim(
    "dead-untrained",
    source=TUTORIAL,
    statement=f"The untrained ReLU network has {counts(DEAD_UNTRAINED[NETWORK])} dead units.",
    test=EXACT,
)
def dead_untrained(tables: Tables) -> Verdict:
    """Count them in the tutorial's network."""
    return _as_published(tables, NETWORK)


@claim(
    "dead-ten-layer",
    source=TUTORIAL,
    statement="The untrained ReLU network of ten hidden layers has "
    f"{counts(DEAD_UNTRAINED[TEN_LAYERS])} dead units.",
    test=EXACT,
    study="ten-layer",
)
def dead_ten_layer(tables: Tables) -> Verdict:
    """Count them in the network of ten layers."""
    return _as_published(tables, TEN_LAYERS)


@claim(
    "dead-shrinks",
    source=TUTORIAL,
    statement="Training lowers the number of dead units in later layers: to "
    + listed([f"{counts(dead)} in the {edition}" for edition, dead in DEAD_TRAINED.items()])
    + ".",
    test="Dead units beyond the first layer, kept weights less untrained, paired by seed: a 95% "
    "interval below 0 supports, above refutes",
)
def dead_shrinks(tables: Tables) -> Verdict:
    """Compare each network before and after training."""
    found = of_runs(tutorial(tables, "dead_neurons", activation="relu"), learnt(tables["runs"]))
    need(len(found) > 0, "trained ReLU networks of the tutorial's")
    later = found[found["layer"] > 1].groupby(["seed", "stage"])["dead"].sum().reset_index()
    dead = by_seed(later, "stage", "dead")
    change = interval(dead["best"] - dead["untrained"], "the tutorial's trained ReLU network")
    means = found.groupby(["stage", "layer"])["dead"].mean()
    evidence = (
        f"The mean number of dead units in each hidden layer goes from {counts(means['untrained'])} to "
        f"{counts(means['best'])}; beyond the first layer the change is {stated(change)} units."
    )
    return Verdict.of(below(change, 0), change, evidence)


@claim(
    "data-helps",
    source=LECTURE,
    statement="With more data fewer units are dead.",
    test="Untrained, the tutorial's ReLU network: share of units of the last hidden layer that are "
    "dead on the most images less that on the fewest, paired by seed; a 95% interval below 0 "
    "supports, above refutes",
    study="more-data",
)
def data_helps(tables: Tables) -> Verdict:
    """Look at the same networks with more and more images."""
    start = {"network": NETWORK, "initialisation": "default"}
    found = untrained(tables, "dead_neurons", activation="relu", **start)
    found = found[found["layer"] == found["depth"]].assign(share=found["dead"] / found["units"])
    need(found["training_images"].nunique() > 1, "ReLU networks looked at with different images")
    shares = by_seed(found, "training_images", "share")
    few, many = shares.columns.min(), shares.columns.max()
    change = interval(shares[many] - shares[few], "ReLU networks at every number of images")
    means = [f"{percent(share, 1)} on {images:,}" for images, share in shares.mean().items()]
    evidence = (
        f"Of the last hidden layer {listed(means)} images are dead, a change of "
        f"{stated(change, points)}, though of necessity, since a unit that is dead on all images is "
        "dead on some of them."
    )
    return Verdict.of(below(change, 0), change, evidence)


@claim(
    "dead-at-inference",
    source=LECTURE,
    statement="A unit that is dead on the training set is dead at inference.",
    test="Trained ReLU networks that learnt: units that are 0 on all training images and not 0 on a "
    "test image refute; the estimate is their share of the dead units, with its Wilson interval; "
    f"none, and an interval below {NEVER:.0%}, supports",
)
def dead_at_inference(tables: Tables) -> Verdict:
    """Look at the test images with the units that are dead on all training images."""
    full = {"activation": "relu", "training_images": PROTOCOL["training_images"]}
    found = of_runs(rows(tables, "neurons", **full), learnt(tables["runs"]))
    dead = found[(found["stage"] == "best") & (found["nonzero_fraction"] == 0)]
    tested = dead["nonzero_fraction_test"].dropna().astype(float)
    need(len(tested) > 0, "dead units, looked at on the test set, of trained ReLU networks")
    alive = tested[tested > 0]
    rate = success_rate(len(alive), len(tested))
    most = f", on up to {percent(alive.max())} of the test images" if len(alive) else ""
    evidence = (
        f"{len(alive)} of {rate['n']} units that are dead on all training images are alive on the "
        f"test set{most} (a share of {percent(rate['mean'], 1)}, 95% Wilson interval "
        f"{percent(rate['low'], 1)} to {percent(rate['high'], 1)})."
    )
    return Verdict.of(never(rate), rate, evidence)


def never(rate: dict) -> str:
    """Return the verdict on "it never happens" from how often it did."""
    if rate["mean"] > 0:
        return REFUTED
    return SUPPORTED if rate["high"] < NEVER else INCONCLUSIVE


@claim(
    "lr-kills",
    source=LECTURE,
    statement="Units die of too high a learning rate; lowering it helps.",
    test="Share of a ReLU network's hidden units that are alive untrained and dead on all training "
    "images with the kept weights: at the highest learning rate less at the lowest, paired by seed; "
    "a 95% interval above 0 supports, below refutes; runs that diverged are left out",
    study="dying-relu",
)
def lr_kills(tables: Tables) -> Verdict:
    """Compare how many units died at the highest and at the lowest learning rate."""
    died, diverged = _died(tables)
    need(died["learning_rate"].nunique() > 1, "ReLU networks trained at several learning rates")
    means = died.groupby("learning_rate")["died"].mean()
    wide = died.pivot(index="seed", columns="learning_rate", values="died")
    lowest, highest = means.index.min(), means.index.max()
    change = interval((wide[highest] - wide[lowest]).dropna(), "the least and the greatest rate")
    shares = listed([f"{percent(share, 1)} at {rate:g}" for rate, share in means.items()])
    fewest = means.idxmin()
    more = "" if fewest == lowest else f", though the fewest died at {fewest:g}, not at the lowest"
    left = f"; runs left out since they diverged: {diverged}" if diverged else ""
    evidence = (
        f"Of the units {shares} died{more}; from the lowest to the highest rate that is a change of "
        f"{stated(change, points)}{left}."
    )
    return Verdict.of(above(change, 0), change, evidence)


def _died(tables: Tables) -> tuple[pd.DataFrame, int]:
    """Return the share of units that died in each run, and how many runs diverged.

    Of the study with the most learning rates.
    """
    chosen = pd.concat(
        [varying(tables, "learning_rate"), varying(tables, "activation", "learning_rate")]
    )
    chosen = chosen[(chosen["activation"] == "relu") & (chosen["epochs"] > 0)]
    need(len(chosen) > 0, "ReLU networks trained at several learning rates")
    study = chosen.groupby("study", sort=False)["learning_rate"].nunique().idxmax()
    own = {"study": study, "activation": "relu"}
    runs, neurons = rows(tables, "runs", **own), rows(tables, "neurons", **own)
    finite = runs[runs["status"] != "diverged"]
    dead = dead_by_stage(of_runs(neurons, finite), ["learning_rate", "seed", "layer", "unit"])
    died = (dead["best"] & ~dead["untrained"]).groupby(["learning_rate", "seed"]).mean()
    return died.rename("died").reset_index(), len(runs) - len(finite)


def dead_by_stage(neurons: pd.DataFrame, unit: list[str]) -> pd.DataFrame:
    """Return a row for each unit: whether it is dead on all training images, untrained and at best."""
    dead = neurons.assign(dead=neurons["nonzero_fraction"] == 0)
    wide = dead.pivot(index=unit, columns="stage", values="dead")
    return wide.reindex(columns=["untrained", "best"]).dropna().astype(bool)
