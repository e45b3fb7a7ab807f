"""What the choice of an activation depends on, and advice on rates and seeds.

A run that diverged or stayed at chance level counts as guessing. What is chosen for a seed is chosen on
the other seeds, since a choice on the run that is judged flatters.
"""

from __future__ import annotations

import itertools

import numpy as np
import pandas as pd

from activation_lab.analysis.claims.accuracy import FIVE, MARGIN, five_accuracies
from activation_lab.analysis.claims.base import (
    INCONCLUSIVE,
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
from activation_lab.analysis.claims.dying import RATE
from activation_lab.analysis.claims.groups import (
    CHANCE_LEVEL,
    accuracy_or_chance,
    also,
    differing,
    failures,
    of_cells,
)
from activation_lab.analysis.claims.selection import above, cells, interval, need, points, stated
from activation_lab.analysis.claims.together import all_within
from activation_lab.analysis.printed_numbers import PROTOCOL
from activation_lab.analysis.statistics import CONFIDENCE
from activation_lab.wording import listed, percent, plural

BY_A_POINT = f"{100 * MARGIN:g} point"
COUNTED = f"a run that diverged or stayed at chance level counts as {CHANCE_LEVEL:.0%}"
DEPENDS_WORDS = (
    "depends on many other factors (hidden sizes, number of layers, type of layers, task, dataset, "
    "optimizer, learning rate"
)
DEEPENED = (
    "ReLU's test accuracy minus tanh's, of equal hidden layers that are trained alike from each one's "
    f"critical initialisation, where {COUNTED}; in the deepest network and in the shallowest, paired by "
    "seed"
)
KIND = ["depth", "initialisation"]
HARM = 10  # times the best learning rate
BY_CHANCE = 1 - CONFIDENCE
MANY = 10  # seeds


def _grid(tables: Tables) -> pd.DataFrame:
    """Return test accuracies, seed × (depth, initialisation, activation), of networks trained alike.

    Of several such groups it is the one nearest to the tutorial's protocol, then the greatest. Only
    activations that all kinds of network have, and seeds with a run of each.
    """
    found = cells(tables, normalisation="none", initialisation=("default", "critical"))
    found = found[(found["epochs"] > 0) & found["width"].notna()]
    alike = [name for name in PROTOCOL if name not in ("network", "initialisation")]
    groups = [group for _, group in found.groupby([*alike, "width"], sort=False)]
    groups = [group for group in groups if {"relu", "tanh"} <= set(group["activation"])]
    groups = [group for group in groups if group["depth"].nunique() > 1]
    need(len(groups) > 0, "networks of several depths, trained alike with ReLU and with tanh")

    def order(group: pd.DataFrame) -> tuple[int, int]:
        return sum(group[name].iloc[0] == PROTOCOL[name] for name in alike), len(group)

    runs = of_cells(tables, "runs", max(groups, key=order))
    runs = runs.drop_duplicates([*KIND, "activation", "seed"])
    wide = runs.assign(accuracy=accuracy_or_chance(runs)).pivot(
        index="seed", columns=[*KIND, "activation"], values="accuracy"
    )
    names = wide.columns.get_level_values("activation")
    counts = names.value_counts()
    whole = wide.loc[:, names.isin(counts.index[counts == counts.max()])].dropna()
    if len(whole) < 2:
        raise CannotTell(f"{plural(len(whole), 'seed')} ran at every depth", n=len(whole))
    return whole.sort_index(axis="columns")


def _ends(tables: Tables) -> pd.DataFrame:
    """Return ReLU minus tanh, seed × (shallowest, deepest) critical network."""
    grid = _grid(tables)
    need("critical" in grid.columns.get_level_values("initialisation"), "critical networks")
    critical = grid.xs("critical", axis="columns", level="initialisation")
    both = critical.xs("relu", axis="columns", level="activation") - critical.xs(
        "tanh", axis="columns", level="activation"
    )
    return both[[both.columns.min(), both.columns.max()]]


@claim(
    source=TUTORIAL,
    quote=DEPENDS_WORDS,
    statement="How much ReLU and tanh differ in accuracy depends on the number of layers, by more than "
    f"{BY_A_POINT}.",
    test=f"{DEEPENED}: a 95% interval of the change wholly outside ±{BY_A_POINT} supports, wholly "
    "inside refutes",
    study="depth",
)
def optimal_depends(tables: Tables) -> Verdict:
    """Look for an interaction of activation and depth."""
    ends = _ends(tables)
    change = (ends.iloc[:, 1] - ends.iloc[:, 0]).to_frame("change")
    joint = all_within(change, MARGIN, "networks of both depths")
    verdict = {SUPPORTED: REFUTED, REFUTED: SUPPORTED}.get(joint.verdict, INCONCLUSIVE)
    row = interval(change["change"], "networks of both depths")
    said = [f"{points(ends[depth].mean())} with {depth} hidden layers" for depth in ends]
    evidence = f"ReLU minus tanh is {listed(said)}, a change of {stated(row, points)}."
    return Verdict.of(verdict, row, evidence)


@claim(
    source=TUTORIAL,
    quote=f"not the same for all possible networks ... {DEPENDS_WORDS}",
    statement="Of ReLU and tanh, a different one is better in deep networks than in shallow ones.",
    test=f"{DEEPENED}: 95% intervals on different sides of 0 support, on the same side refute. The "
    "estimate is the one in the deepest network",
    study="depth",
)
def optimal_depends_order(tables: Tables) -> Verdict:
    """Look for a change of the better one."""
    ends = _ends(tables)
    found = {depth: interval(ends[depth], "networks of both depths") for depth in ends}
    sides = [above(row, 0) for row in found.values()]
    verdict = INCONCLUSIVE
    if INCONCLUSIVE not in sides:
        verdict = REFUTED if sides[0] == sides[1] else SUPPORTED
    said = [f"{stated(row, points)} with {depth} hidden layers" for depth, row in found.items()]
    evidence = f"ReLU minus tanh is {listed(said)}."
    return Verdict.of(verdict, list(found.values())[-1], evidence)


@claim(
    source=PYTORCH,
    quote="select the specific activation function based on the properties of the network",
    statement="Whoever selects the activation for each network gains more than "
    f"{BY_A_POINT} over one activation for all.",
    test="Networks of several depths under two initialisations, trained alike: the test accuracy with "
    "the activation that is best in this network, minus that with the one that is best in the mean over "
    f"networks, both chosen on the other seeds, mean over networks, where {COUNTED}: a 95% interval "
    f"above {BY_A_POINT} supports, below refutes",
    study="depth",
)
def select_by_network(tables: Tables) -> Verdict:
    """Let each network have the activation that is best in it."""
    grid = _grid(tables)
    names = grid.columns.get_level_values("activation").unique()
    values = grid.to_numpy().reshape(len(grid), -1, len(names))  # [seed, kind, activation]
    gains, chosen = [], []
    for place, own in enumerate(values):
        means = np.delete(values, place, axis=0).mean(axis=0)
        best, overall = means.argmax(axis=1), int(means.mean(axis=0).argmax())
        gains.append(float((own[np.arange(len(own)), best] - own[:, overall]).mean()))
        chosen.append(names[overall])
    gain = interval(gains, "networks of several depths")
    evidence = (
        f"In {values.shape[1]} kinds of networks with {listed(list(names))}, a choice for each instead "
        f"of {listed(list(dict.fromkeys(chosen)))} for all gains {stated(gain, points)}."
    )
    return Verdict.of(above(gain, MARGIN), gain, evidence)


@claim(
    source=LECTURE,
    quote="Be careful with your learning rates",
    statement=f"At {HARM} times the best learning rate, a ReLU network loses more than {BY_A_POINT}.",
    test="Of each seed the test accuracy at the rate that has the highest validation accuracy on the "
    f"other seeds, of the rates whose {HARM}-fold was tried, minus that at {HARM} times this rate, "
    f"where {COUNTED}: a 95% interval above {BY_A_POINT} supports, below refutes",
    study="dying-relu",
)
def careful_rate(tables: Tables) -> Verdict:
    """Compare the best rate with a tenfold one."""
    runs = differing(tables, RATE, activation="relu")
    need(len(runs) > 0, "ReLU networks trained at several learning rates")
    shown = runs.assign(
        test=accuracy_or_chance(runs),
        validation=runs["best_val_accuracy"]
        .astype(float)
        .where(runs["status"] == "ok", CHANCE_LEVEL),
    ).pivot(index="seed", columns=RATE, values=["test", "validation"])
    shown = shown.dropna()
    rates = shown["test"].columns
    higher = {
        rate: other
        for rate, other in itertools.product(rates, rates)
        if np.isclose(other, HARM * rate)
    }
    need(len(higher) > 0, f"ReLU networks trained at a learning rate and at {HARM} times this rate")
    if len(shown) < 2:
        raise CannotTell(f"{plural(len(shown), 'seed')} ran at every rate", n=len(shown))
    losses, best = [], []
    for seed in shown.index:
        others = shown["validation"].drop(index=seed)[list(higher)].mean()
        best.append(others.idxmax())
        losses.append(shown["test"].loc[seed, best[-1]] - shown["test"].loc[seed, higher[best[-1]]])
    loss = interval(losses, "ReLU networks at both rates")
    named = listed([f"{rate:g}" for rate in dict.fromkeys(best)])
    evidence = (
        f"In points, the accuracy at {HARM} times the best rate ({named}) is lower by "
        f"{stated(loss, lambda share: f'{100 * share:.1f}')}{also(failures(runs))}."
    )
    return Verdict.of(above(loss, MARGIN), loss, evidence)


@claim(
    source=TUTORIAL,
    quote="train the models for multiple seeds and look at the averages",
    statement=f"One seed orders more than {BY_CHANCE:.0%} of the pairs of activations otherwise than "
    "the average of other seeds does.",
    test="Of the ten pairs of the five activations but sigmoid, the share that a seed's test accuracies "
    "order otherwise than the means of the other seeds, runs that learnt, mean over seeds: a 95% "
    f"interval above {BY_CHANCE:.0%} supports, below refutes, which takes {MANY} seeds: of fewer, none "
    "may turn a pair by chance",
)
def more_seeds(tables: Tables) -> Verdict:
    """Hold each seed against the average of the others."""
    wide, failed = five_accuracies(tables)
    whole = wide.dropna()
    pairs = list(itertools.combinations(FIVE, 2))
    shares = []
    for seed, own in whole.iterrows():
        means = whole.drop(index=seed).mean()
        turned = [(own[a] - own[b]) * (means[a] - means[b]) < 0 for a, b in pairs]
        shares.append(float(np.mean(turned)))
    row = interval(shares, "networks of the tutorial's with all five")
    low, high = (percent(max(row[end], 0), 0) for end in ("low", "high"))
    evidence = (
        f"One seed orders {percent(row['mean'], 0)} of {len(pairs)} pairs otherwise than the average of "
        f"the others (95% interval {low} to {high}, n = {row['n']}){also(failed)}."
    )
    verdict = above(row, BY_CHANCE)
    if verdict == REFUTED and row["n"] < MANY:
        verdict = INCONCLUSIVE
    return Verdict.of(verdict, row, evidence)
