"""Claims and advice on which activation to choose, by the test accuracy of the tutorial's network.

A run that diverged or stayed at chance level counts as guessing.
"""

from __future__ import annotations

import pandas as pd
from scipy import stats

from activation_lab.analysis.claims.accuracy import MARGIN
from activation_lab.analysis.claims.base import (
    INCONCLUSIVE,
    LECTURE,
    NOTEBOOK,
    PYTORCH,
    REFUTED,
    SUPPORTED,
    TUTORIAL,
    Tables,
    Verdict,
    claim,
)
from activation_lab.analysis.claims.groups import (
    CHANCE_LEVEL,
    accuracy_or_chance,
    also,
    failures,
)
from activation_lab.analysis.claims.selection import learnt, need, points, stated, tutorial
from activation_lab.analysis.claims.together import Joint, all_above, all_below
from activation_lab.analysis.printed_numbers import TEST_ACCURACY
from activation_lab.analysis.statistics import CONFIDENCE, exact_share
from activation_lab.wording import listed, percent

SIX = tuple(TEST_ACCURACY["PyTorch edition"])
VARIANTS = ("relu", "leakyrelu", "elu", "swish")
TRIED = ("leakyrelu", "elu", "gelu")
COUNTED = f"A run that diverged or stayed at chance level counts as {CHANCE_LEVEL:.0%}"
PAIRED = f"of the same seed. {COUNTED}"
EACH = "every 95% interval above 0 supports, one below refutes (corrected for their number)"
DECIDES = "The estimate is the difference that decides"
BY_A_POINT = f"{100 * MARGIN:g} point"


def _accuracies(
    tables: Tables, activations: tuple[str, ...], unstopped: tuple[str, ...] = ()
) -> tuple[pd.DataFrame, str]:
    """Return test accuracies, seed × activation, and words for the runs that failed.

    Those in `unstopped` are trained without early stopping.
    """
    stopped = tuple(name for name in activations if name not in unstopped)
    parts = [tutorial(tables, "runs", activation=stopped)]
    if unstopped:
        parts.append(tutorial(tables, "runs", activation=unstopped, stop="never"))
    runs = pd.concat(parts)
    runs = runs[runs["epochs"] > 0]
    missing = [name for name in activations if name not in set(runs["activation"])]
    without = " without early stopping" if missing and set(missing) <= set(unstopped) else ""
    need(not missing, f"networks of the tutorial's with {listed(missing)}{without}")
    wide = runs.assign(accuracy=accuracy_or_chance(runs)).pivot(
        index="seed", columns="activation", values="accuracy"
    )
    failed = [
        f"with {name} {failures(own)}"
        for name, own in runs.groupby("activation", sort=False)
        if failures(own)
    ]
    return wide.dropna(), also(*failed)


def _less(wide: pd.DataFrame, name: str) -> pd.DataFrame:
    """Return every other column minus this one."""
    return wide.drop(columns=name).sub(wide[name], axis=0)


def _said(joint: Joint, one: str, other: str, wide: pd.DataFrame, failed: str) -> str:
    """Say which comparison decides, both means, and which runs failed."""
    ours, theirs = (percent(wide[name].mean()) for name in (one, other))
    return (
        f"The mean test accuracy is {ours} with {one} and {theirs} with {other}, the comparison that "
        f"decides: a difference of {stated(joint.row, points)}{joint.doubt}{failed}."
    )


def _above_one(tables: Tables, others: tuple[str, ...], one: str, *unstopped: str) -> Verdict:
    """Judge whether all others have a higher accuracy than one activation."""
    wide, failed = _accuracies(tables, (one, *others), unstopped)
    joint = all_above(_less(wide, one), 0, f"networks of the tutorial's with {one} and others")
    return Verdict.of(joint.verdict, joint.row, _said(joint, joint.name, one, wide, failed))


@claim(
    source=PYTORCH,
    quote="All ReLU-based activation functions have shown to perform well",
    statement=f"With each of {listed(VARIANTS)} the tutorial's network is better than with sigmoid.",
    test=f"Test accuracy minus sigmoid's {PAIRED}: {EACH}. {DECIDES}",
)
def relu_variants_well(tables: Tables) -> Verdict:
    """Compare each with sigmoid, which the source says fails."""
    return _above_one(tables, VARIANTS, "sigmoid")


@claim(
    source=NOTEBOOK,
    quote="all the ReLU variants tend to perform better",
    statement=f"With each of {listed(VARIANTS)} the tutorial's network is better than with tanh.",
    test=f"Test accuracy minus tanh's {PAIRED}: {EACH}. {DECIDES}",
)
def relu_variants_better(tables: Tables) -> Verdict:
    """Compare each with tanh, the other one that is none of ReLU's variants."""
    return _above_one(tables, VARIANTS, "tanh")


@claim(
    source=LECTURE,
    quote="Avoid sigmoid",
    statement="Trained as the tutorial does, its network is worse with sigmoid than with any of the "
    "five other activations.",
    test=f"Test accuracy minus sigmoid's {PAIRED}: {EACH}. {DECIDES}",
)
def avoid_sigmoid(tables: Tables) -> Verdict:
    """Compare under the protocol, in which sigmoid is mostly stopped before it learns."""
    return _above_one(tables, tuple(name for name in SIX if name != "sigmoid"), "sigmoid")


@claim(
    source=LECTURE,
    quote="Avoid sigmoid",
    statement="Even without early stopping, which ends most of its runs before they learn, the "
    "tutorial's network is worse with sigmoid than with any of the five other activations.",
    test="Test accuracy, of sigmoid without early stopping, of the others with it; the others' minus "
    f"sigmoid's {PAIRED}: {EACH}. {DECIDES}",
    study="sigmoid-patience",
)
def avoid_sigmoid_unstopped(tables: Tables) -> Verdict:
    """Give sigmoid all epochs."""
    others = tuple(name for name in SIX if name != "sigmoid")
    return _above_one(tables, others, "sigmoid", "sigmoid")


@claim(
    source=PYTORCH,
    quote="recommended to start with a ReLU-based network",
    statement=f"Who starts with ReLU loses less than {BY_A_POINT} against each of the five others.",
    test=f"Another activation's test accuracy minus ReLU's {PAIRED}: every 95% interval below "
    f"{BY_A_POINT} supports, one above refutes (corrected for five looks). {DECIDES}",
)
def start_relu(tables: Tables) -> Verdict:
    """Look for an activation that is better than ReLU by more than a point."""
    wide, failed = _accuracies(tables, SIX)
    joint = all_below(_less(wide, "relu"), MARGIN, "networks of the tutorial's with all six")
    return Verdict.of(joint.verdict, joint.row, _said(joint, joint.name, "relu", wide, failed))


@claim(
    source=LECTURE,
    quote="Try out Leaky ReLU / ELU / GELU",
    statement=f"With one of {listed(TRIED)} the tutorial's network is better than with ReLU by more "
    f"than {BY_A_POINT}.",
    test=f"Test accuracy minus ReLU's {PAIRED}: one 95% interval above {BY_A_POINT} supports "
    f"(corrected for three looks), every one below refutes. {DECIDES}",
    study="catalogue",
    config="workflow/configs/catalogue.yaml",
)
def try_others(tables: Tables) -> Verdict:
    """Look for a gain that is worth a try."""
    wide, failed = _accuracies(tables, ("relu", *TRIED))
    none = all_below(_less(wide, "relu"), MARGIN, "networks of the tutorial's with all four")
    verdict = {SUPPORTED: REFUTED, REFUTED: SUPPORTED}.get(none.verdict, INCONCLUSIVE)
    return Verdict.of(verdict, none.row, _said(none, none.name, "relu", wide, failed))


@claim(
    source=TUTORIAL,
    quote="assume for now that the Kaiming initialization works for all activation functions "
    "reasonably well",
    statement="From torch's default initialisation, which the source means, most runs of the "
    "tutorial's network learn with each of the six activations.",
    test="Share of runs that learn, of each activation: every exact 95% interval above half supports; "
    "one below half, corrected for six looks, refutes, which takes at least 8 runs. The estimate is "
    "the least share",
)
def kaiming_for_all(tables: Tables) -> Verdict:
    """Count the runs that learn."""
    runs = tutorial(tables, "runs", activation=SIX)
    missing = [name for name in SIX if name not in set(runs["activation"])]
    need(not missing, f"networks of the tutorial's with {listed(missing)}")
    shares = {
        name: exact_share(len(learnt(own)), len(own))
        for name, own in runs.groupby("activation", sort=False)
    }
    least = min(shares, key=lambda name: shares[name]["low"])
    row = shares[least]
    learns = round(row["mean"] * row["n"])
    few = stats.binomtest(learns, row["n"], alternative="two-sided").proportion_ci(
        1 - (1 - CONFIDENCE) / len(SIX), method="exact"
    )
    verdict = INCONCLUSIVE
    if row["low"] > 1 / 2:
        verdict = SUPPORTED
    elif few.high < 1 / 2:
        verdict = REFUTED
    others = sum(len(learnt(own)) for name, own in runs.groupby("activation") if name != least)
    evidence = (
        f"{learns} of {row['n']} runs learn with {least} (95% interval {percent(row['low'], 0)} to "
        f"{percent(row['high'], 0)}), and {others} of {len(runs) - row['n']} with the other five."
    )
    return Verdict.of(verdict, row, evidence)


@claim(
    source=LECTURE,
    quote="Neural Networks require non-linear activation functions",
    statement="Without a non-linear activation function, the tutorial's network is worse than with any "
    "with which it learns.",
    test="Another activation's test accuracy minus the identity's, runs that learnt, paired by seed: "
    f"{EACH}. {DECIDES}",
    study="catalogue",
    config="workflow/configs/catalogue.yaml",
)
def nonlinearity_needed(tables: Tables) -> Verdict:
    """Compare the identity with every other activation that learns."""
    runs = tutorial(tables, "runs")
    need("identity" in set(runs["activation"]), "networks of the tutorial's with the identity")
    wide = learnt(runs).pivot(index="seed", columns="activation", values="test_accuracy")
    wide = wide.astype(float)
    need("identity" in wide, "networks of the tutorial's with the identity that learnt")
    gains = _less(wide, "identity").dropna(axis="columns", thresh=2)
    need(len(gains.columns) > 0, "networks of the tutorial's with others that learnt twice")
    joint = all_above(gains, 0, "networks of the tutorial's with the identity and others")
    means = gains.mean()
    lower = sorted(means[means <= 0].index)
    more = f"the means of {listed(lower)} are not above the identity's" if lower else ""
    evidence = (
        f"With the identity the mean test accuracy is {percent(wide['identity'].mean())}, and of "
        f"{len(means)} others {(means > 0).sum()} have a higher one; {joint.name} minus the identity, "
        f"which decides, is {stated(joint.row, points)}{joint.doubt}{also(more)}."
    )
    return Verdict.of(joint.verdict, joint.row, evidence)
