"""Numbers that others published of networks like ours: FashionMNIST's own paper, Stanford's notes."""

from __future__ import annotations

import pandas as pd
from scipy import stats

from activation_lab.analysis.claims.accuracy import BEYOND_DOUBT, EQUIVALENCE, MARGIN
from activation_lab.analysis.claims.base import (
    INCONCLUSIVE,
    REFUTED,
    SUPPORTED,
    CannotTell,
    Tables,
    Verdict,
    claim,
)
from activation_lab.analysis.claims.dying import RATE
from activation_lab.analysis.claims.groups import (
    CHANCE_LEVEL,
    accuracy_or_chance,
    also,
    differing,
    failures,
)
from activation_lab.analysis.claims.selection import need, of_runs, points, stated, tutorial
from activation_lab.analysis.claims.together import all_above, all_below
from activation_lab.analysis.printed_numbers import (
    DEAD_AT_HIGH_RATES,
    MLP_CLASSIFIER,
    MLP_CLASSIFIER_PROTOCOL,
)
from activation_lab.analysis.statistics import CONFIDENCE
from activation_lab.wording import listed, percent, plural

PAPER = "The paper of FashionMNIST"
STANFORD = "Stanford's notes of CS231n"
PRINTED = {
    (network, name): value
    for network, values in MLP_CLASSIFIER.items()
    for name, value in values.items()
}
EIGHT = " ... ".join(f"{value:.3f}" for value in PRINTED.values())
STUDY, CONFIG = "mlp-classifier", "workflow/configs/published.yaml"
COUNTED = f"A run that diverged or stayed at chance level counts as {CHANCE_LEVEL:.0%}"


def _accuracies(tables: Tables) -> tuple[pd.DataFrame, str]:
    """Return test accuracies, seed × (network, activation), and words for the runs that failed."""
    networks, names = tuple(MLP_CLASSIFIER), ("relu", "tanh")
    protocol = {"network": networks, **MLP_CLASSIFIER_PROTOCOL}
    runs = tutorial(tables, "runs", activation=names, **protocol)
    there = set(runs[["network", "activation"]].itertuples(index=False, name=None))
    need(there == set(PRINTED), "networks of all eight kinds whose accuracies the paper prints")
    wide = runs.assign(accuracy=accuracy_or_chance(runs)).pivot(
        index="seed", columns=["network", "activation"], values="accuracy"
    )
    whole = wide[list(PRINTED)].dropna()
    if len(whole) < 2:
        seeds = plural(len(whole), "seed")
        raise CannotTell(f"all eight kinds were trained with {seeds}, and it takes two", len(whole))
    return whole, failures(runs)


@claim(
    source=PAPER,
    quote=EIGHT,
    statement="Networks of one and two small hidden layers, trained nearly as in the paper, reach each "
    f"of the eight test accuracies that its table 3 prints of ReLU and tanh, within {100 * MARGIN:g} "
    "point.",
    test="Each printed accuracy minus our mean, with the interval of one more run (Student's t), since "
    "the paper averages a few runs and does not print their spread. All eight 90% intervals inside "
    f"±{100 * MARGIN:g} point support; one 99% interval (corrected for eight) wholly outside refutes. "
    f"{COUNTED}. The estimate is the greatest difference",
    study=STUDY,
    config=CONFIG,
)
def mlp_classifier(tables: Tables) -> Verdict:
    """Hold each printed accuracy against what one more run of ours would give."""
    whole, failed = _accuracies(tables)
    n = len(whole)
    spread = whole.std() * (1 + 1 / n) ** 0.5
    apart = pd.Series(PRINTED) - whole.mean()

    def reach(confidence: float) -> pd.Series:
        return spread * float(stats.t.ppf((1 + confidence) / 2, n - 1))

    verdict = INCONCLUSIVE
    if (apart.abs() + reach(EQUIVALENCE) < MARGIN).all():
        verdict = SUPPORTED
    elif (apart.abs() - reach(1 - (1 - BEYOND_DOUBT) / len(apart)) > MARGIN).any():
        verdict = REFUTED
    inside = int((apart.abs() < reach(CONFIDENCE)).sum())
    furthest = max(PRINTED, key=lambda kind: abs(apart[kind]))
    difference, half = float(apart[furthest]), float(reach(CONFIDENCE)[furthest])
    network, name = furthest
    evidence = (
        f"{inside} of {len(apart)} printed accuracies lie in the 95% interval of one more run of ours; "
        f"the furthest, {PRINTED[furthest]:.3f} with {name} and hidden layers {network}, differs from "
        f"our mean by {points(difference)} (±{100 * half:.2f}, n = {n}), and the eight in the mean by "
        f"{points(float(apart.mean()))}{also(failed)}."
    )
    return Verdict(verdict, evidence, n, difference, difference - half, difference + half)


@claim(
    source=PAPER,
    quote=EIGHT,
    statement="With each of the paper's four sizes of hidden layers, ReLU is above tanh in mean test "
    "accuracy, as in its table 3.",
    test="ReLU's test accuracy minus tanh's of the same seed, at each size: four 95% intervals above 0 "
    f"support, one below 0 (corrected for four) refutes. {COUNTED}. The estimate is the difference that "
    "decides",
    study=STUDY,
    config=CONFIG,
)
def mlp_classifier_order(tables: Tables) -> Verdict:
    """Compare ReLU with tanh at every size."""
    whole, failed = _accuracies(tables)
    accuracy = {
        name: whole.xs(name, axis="columns", level="activation") for name in ("relu", "tanh")
    }
    gains = (accuracy["relu"] - accuracy["tanh"])[list(MLP_CLASSIFIER)]
    joint = all_above(gains, 0, "networks of the paper's sizes")
    each = [
        f"{points(gains[network].mean())} with {network} (printed: "
        f"{points(value['relu'] - value['tanh'])})"
        for network, value in MLP_CLASSIFIER.items()
    ]
    evidence = (
        f"ReLU minus tanh is {listed(each)}; the difference that decides, with {joint.name}, is "
        f"{stated(joint.row, points)}{joint.doubt}{also(failed)}."
    )
    return Verdict.of(joint.verdict, joint.row, evidence)


@claim(
    source=STANFORD,
    quote="as much as 40% of your network can be “dead” (i.e. neurons that never activate across the "
    "entire training dataset) if the learning rate is set too high",
    statement=f"At some learning rate, {DEAD_AT_HIGH_RATES:.0%} or more of a ReLU network's hidden "
    "units are dead after training.",
    test="Share of hidden units that are 0 on all training images with the kept weights, mean over the "
    "runs that did not diverge, at each learning rate with two such runs: one 95% interval above "
    f"{DEAD_AT_HIGH_RATES:.0%} (corrected for the number of rates) supports, all below refute. The "
    "estimate is the mean that decides",
    study="dying-relu",
)
def dead_at_high_rates(tables: Tables) -> Verdict:
    """Look for a learning rate at which so many units are dead."""
    runs = differing(tables, RATE, activation="relu")
    need(runs[RATE].nunique() > 1, "ReLU networks trained at several learning rates")
    ended = runs[runs["status"] != "diverged"]
    found = of_runs(tables["dead_neurons"], ended)
    found = found[found["phase"] == "best"].groupby([RATE, "seed"])[["dead", "units"]].sum()
    shares = (found["dead"] / found["units"]).astype(float).unstack(RATE)
    most = shares.max().max()
    shares = shares.dropna(axis="columns", thresh=2)
    if shares.columns.empty:
        raise CannotTell(f"at no rate two runs are left{also(failures(runs))}", n=len(shares))
    none = all_below(shares, DEAD_AT_HIGH_RATES, "ReLU networks at several rates")
    verdict = {SUPPORTED: REFUTED, REFUTED: SUPPORTED}.get(none.verdict, INCONCLUSIVE)
    evidence = (
        f"At a learning rate of {none.name:g}, which decides, {stated(none.row, percent)} of the units "
        f"are dead{none.doubt}, and at most {percent(most, 1)} in any one network{also(failures(runs))}."
    )
    return Verdict.of(verdict, none.row, evidence)
