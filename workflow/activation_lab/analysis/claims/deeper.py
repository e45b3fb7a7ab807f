"""Claims of trained networks deeper than the tutorial's: which activation, which initialisation.

A run that diverged or stayed at chance level counts as guessing.
"""

from __future__ import annotations

import itertools

import pandas as pd
from scipy import stats

from activation_lab.analysis.claims.base import (
    INCONCLUSIVE,
    JAX,
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
    CHANCE_LEVEL,
    accuracy_or_chance,
    failures,
    of_cells,
)
from activation_lab.analysis.claims.selection import (
    above,
    cells,
    interval,
    learnt,
    need,
    points,
    stated,
)
from activation_lab.analysis.claims.together import all_within
from activation_lab.analysis.printed_numbers import NETWORK, PROTOCOL
from activation_lab.analysis.statistics import CONFIDENCE, exact_share
from activation_lab.wording import joined, listed, p_value, percent

DEEPER = len(NETWORK.split("-")) + 1  # hidden layers: more than the tutorial's
INITIALISATIONS = ("default", "critical")
MATTERS = 0.05  # of accuracy; what less than this changes is no considerable influence
NAMES = {"relu": "ReLU", "swish": "Swish"}

DEEPER_WORDS = "has allowed the training of deeper networks"
DEEPER_TEST = (
    f"Networks of {DEEPER} hidden layers or more, trained alike but for their activation: ReLU's test "
    "accuracy minus tanh's of the same seed, mean over the depths, where a run that diverged or stayed "
    f"at chance level counts as {CHANCE_LEVEL:.0%}: a 95% interval above 0 supports, below 0 refutes. "
    "Sigmoid, which the source also means, is not trained there"
)
INIT_WORDS = (
    "considerable influence on which networks may be trainable with which activation functions"
)
INIT_TEST = (
    f"Networks of {DEEPER} hidden layers or more, trained alike: test accuracy under the critical "
    "minus under the default initialisation, of the same activation, depth and seed, mean over the "
    f"depths, where a run that diverged or stayed at chance level counts as {CHANCE_LEVEL:.0%}"
)


@claim(
    source=TUTORIAL,
    quote=DEEPER_WORDS,
    statement="Under the default initialisation, which the source uses, networks deeper than its own "
    "reach a higher accuracy with ReLU than with tanh.",
    test=DEEPER_TEST,
    study="depth",
)
def relu_deeper(tables: Tables) -> Verdict:
    """Compare under the initialisation of the source; sigmoid is not in the default study."""
    return first_against_second(tables, "default", ("relu", "tanh"), DEEPER)


@claim(
    source=TUTORIAL,
    quote=DEEPER_WORDS,
    statement="Networks deeper than the tutorial's reach a higher accuracy with ReLU than with tanh, "
    "each under its own critical initialisation, which deep networks need.",
    test=DEEPER_TEST,
    study="depth",
)
def relu_deeper_critical(tables: Tables) -> Verdict:
    """Compare where both can be trained."""
    return first_against_second(tables, "critical", ("relu", "tanh"), DEEPER)


@claim(
    source=JAX,
    quote=INIT_WORDS,
    statement="Which initialisation a network deeper than the tutorial's starts from changes its "
    f"accuracy by more than {100 * MATTERS:g} points.",
    test=f"{INIT_TEST}, and mean over the activations: a 95% interval wholly outside "
    f"±{100 * MATTERS:g} points supports, wholly inside refutes",
    study="depth",
)
def init_matters(tables: Tables) -> Verdict:
    """Compare two initialisations of the same networks."""
    gained, runs = _gained(tables)
    mean = interval(gained.mean(axis="columns"), "both initialisations")
    joint = all_within(gained.mean(axis="columns").to_frame("gain"), MATTERS, "networks")
    outcomes = [
        _outcome(runs[runs["initialisation"] == name], f"the {name} initialisation")
        for name in INITIALISATIONS
    ]
    evidence = (
        f"{_depths(runs)}, with {listed(list(gained))}, {joined(outcomes)}; the critical one "
        f"changes the test accuracy by {stated(mean, points)} in the mean."
    )
    return Verdict.of(_opposite(joint.verdict), mean, evidence)


@claim(
    source=JAX,
    quote=INIT_WORDS,
    statement="How much the initialisation changes the accuracy of networks deeper than the tutorial's "
    f"depends on the activation, by more than {100 * MATTERS:g} points.",
    test=f"{INIT_TEST}: one activation's change minus another's, of every pair: a 95% interval wholly "
    f"outside ±{100 * MATTERS:g} points, corrected for the number of pairs (Bonferroni), supports; all "
    "inside refute. The estimate is the difference that decides",
    study="depth",
)
def init_matters_activation(tables: Tables) -> Verdict:
    """Look for an interaction of initialisation and activation."""
    gained, runs = _gained(tables)
    pairs = list(itertools.combinations(gained, 2))
    need(len(pairs) > 0, "networks of two activations, each under both initialisations")
    differences = pd.DataFrame({pair: gained[pair[0]] - gained[pair[1]] for pair in pairs})
    joint = all_within(differences, MATTERS, "networks of both activations")
    means = listed([f"{points(gained[name].mean())} with {name}" for name in gained])
    first, second = joint.name
    evidence = (
        f"{_depths(runs)}, the critical initialisation changes the test accuracy by {means}; {first} "
        f"minus {second}, the pair that decides, is {stated(joint.row, points)}{joint.doubt}."
    )
    return Verdict.of(_opposite(joint.verdict), joint.row, evidence)


@claim(
    source=PYTORCH,
    quote="Sigmoid tends to fail deep neural networks",
    statement="Of sigmoid networks with more hidden layers fewer learn, even without early stopping.",
    test="Runs that learn, of networks of equal hidden layers that are trained alike without early "
    "stopping, in the shallowest against the deepest: Fisher's exact test, one-sided: p ≤ 2.5% for "
    "fewer in the deepest supports, for more refutes. The estimate is the share in the deepest, with "
    "its exact 95% interval",
    study="sigmoid-depth",
    config="workflow/configs/claims.yaml",
)
def sigmoid_deep(tables: Tables) -> Verdict:
    """Count the runs that learn at each depth."""
    found = cells(tables, activation="sigmoid", initialisation="default", normalisation="none")
    found = found[(found["stop"] == "never") & (found["epochs"] > 0) & found["width"].notna()]
    alike = [name for name in PROTOCOL if name not in ("network", "initialisation")]
    groups = [group for _, group in found.groupby([*alike, "width"], sort=False)]
    chosen = max(groups, key=lambda group: group["depth"].nunique(), default=found)
    need(chosen["depth"].nunique() > 1, "sigmoid networks of several depths without early stopping")
    runs = of_cells(tables, "runs", chosen).drop_duplicates(["depth", "seed"])
    ends = (
        runs.assign(learnt=runs["status"] == "ok").groupby("depth")["learnt"].agg(["sum", "count"])
    )
    (some, all_shallow), (few, all_deep) = (ends.iloc[place].tolist() for place in (0, -1))
    counts = [[some, all_shallow - some], [few, all_deep - few]]
    fewer, more = (stats.fisher_exact(counts, side).pvalue for side in ("greater", "less"))
    verdict = INCONCLUSIVE
    if min(fewer, more) <= (1 - CONFIDENCE) / 2:
        verdict = SUPPORTED if fewer < more else REFUTED
    row = exact_share(few, all_deep)
    each = [f"{learns} of {n} with {depth}" for depth, learns, n in ends.itertuples(name=None)]
    evidence = (
        f"By hidden layers, the runs that learn are {listed(each)} (Fisher's exact test of the ends, p "
        f"= {p_value(min(fewer, more))}); of the deepest {percent(row['mean'], 0)} learn (95% interval "
        f"{percent(row['low'], 0)} to {percent(row['high'], 0)})."
    ).replace("= <", "<")
    return Verdict.of(verdict, row, evidence)


def _opposite(verdict: str) -> str:
    """Return the verdict on "not all are within" from the one on "all are"."""
    return {SUPPORTED: REFUTED, REFUTED: SUPPORTED}.get(verdict, INCONCLUSIVE)


def _gained(tables: Tables) -> tuple[pd.DataFrame, pd.DataFrame]:
    """Return what the critical initialisation adds to accuracy, seed × activation; and the runs."""
    chosen = cells(tables, initialisation=INITIALISATIONS, normalisation="none")
    chosen = chosen[(chosen["depth"] >= DEEPER) & (chosen["epochs"] > 0)]
    kind = ["activation", "network"]
    runs = _nearest(tables["runs"], chosen, kind, "initialisation")
    need(len(runs) > 0, f"networks of {DEEPER} hidden layers or more under both initialisations")
    wide = runs.assign(accuracy=accuracy_or_chance(runs)).pivot(
        index=[*kind, "seed"], columns="initialisation", values="accuracy"
    )
    gain = wide["critical"] - wide["default"]
    by_seed = gain.groupby(level=["seed", "activation"], sort=False).mean().unstack("activation")
    whole = by_seed.dropna()
    if len(whole) < 2:
        reason = "fewer than two seeds have every activation under both initialisations"
        raise CannotTell(reason, n=len(whole))
    return whole, runs


def first_against_second(
    tables: Tables, initialisation: str, pair: tuple[str, str], least: int
) -> Verdict:
    """Judge whether networks of so many layers or more are better with the first activation."""
    first, second = (NAMES.get(name, name) for name in pair)
    chosen = cells(tables, activation=pair, initialisation=initialisation, normalisation="none")
    chosen = chosen[(chosen["depth"] >= least) & (chosen["epochs"] > 0)]
    runs = _nearest(tables["runs"], chosen, ["network"], "activation")
    need(
        len(runs) > 0,
        f"networks of {least} hidden layers or more, trained alike with {first} and with {second} "
        f"under the {initialisation} initialisation",
    )
    outcomes = [_outcome(runs[runs["activation"] == name], name) for name in pair]
    if learnt(runs).empty:
        raise CannotTell(f"neither learns; {joined(outcomes)}", n=runs["seed"].nunique())
    wide = runs.assign(accuracy=accuracy_or_chance(runs)).pivot(
        index=["network", "seed"], columns="activation", values="accuracy"
    )
    by_network = (wide[pair[0]] - wide[pair[1]]).dropna()
    difference = interval(by_network.groupby("seed").mean(), "both activations at one depth")
    evidence = (
        f"{_depths(runs)}, {joined(outcomes)}; {first}'s test accuracy minus {second}'s, a failed run "
        f"counted as {CHANCE_LEVEL:.0%}, is {stated(difference, points)}."
    )
    return Verdict.of(above(difference, 0), difference, evidence)


def _nearest(runs: pd.DataFrame, chosen: pd.DataFrame, kind: list[str], of: str) -> pd.DataFrame:
    """Return the runs of these cells that were trained alike with both values of `of`, each once.

    Of several training protocols it is the one nearest to the tutorial's, by the number of settings
    that differ, then the one with the most runs.
    """
    training = [name for name in PROTOCOL if name not in ("network", "initialisation")]
    best, found = (-1, 0), runs.iloc[:0]
    for _, group in chosen.groupby(training, sort=False):
        paired = _complete(runs, group, kind, of)
        as_published = sum(group[name].iloc[0] == PROTOCOL[name] for name in training)
        if len(paired) and (as_published, len(paired)) > best:
            best, found = (as_published, len(paired)), paired
    return found


def _outcome(runs: pd.DataFrame, name: str) -> str:
    failed = failures(runs)
    count = f"{len(learnt(runs))} of {len(runs)} runs learn with {name}"
    return f"{count} ({failed})" if failed else count


def _depths(runs: pd.DataFrame) -> str:
    depths = sorted(set(runs["depth"]))
    if len(depths) <= 2:
        return f"At {listed([str(depth) for depth in depths])} hidden layers"
    return f"At {len(depths)} depths from {depths[0]} to {depths[-1]} hidden layers"


def _complete(runs: pd.DataFrame, chosen: pd.DataFrame, kind: list[str], of: str) -> pd.DataFrame:
    """Return the runs of these cells, each once, whose network and seed has both values of `of`."""
    both = runs.merge(chosen[["study", "cell"]], on=["study", "cell"])
    both = both.drop_duplicates([of, *kind, "seed"])
    return both[both.groupby([*kind, "seed"])[of].transform("nunique") == 2]
