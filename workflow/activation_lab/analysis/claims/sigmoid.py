"""Claims of sigmoid: whether it fails, whether early stopping makes it fail, how slowly it starts."""

from __future__ import annotations

import numpy as np
import pandas as pd
from scipy import stats

from activation_lab.analysis.claims.base import (
    EXACT,
    INCONCLUSIVE,
    JAX,
    PYTORCH,
    REFUTED,
    SUPPORTED,
    TUTORIAL,
    Tables,
    Verdict,
    claim,
)
from activation_lab.analysis.claims.groups import also, failures
from activation_lab.analysis.claims.selection import (
    above,
    by_seed,
    interval,
    learnt,
    need,
    number,
    of_runs,
    rows,
    stated,
    tutorial,
)
from activation_lab.analysis.claims.together import all_above
from activation_lab.analysis.printed_numbers import PROTOCOL, TEST_ACCURACY
from activation_lab.analysis.statistics import CONFIDENCE, exact_share
from activation_lab.wording import listed, percent, plural

# What fewer runs than this share do counts as not happening: no number of runs can prove a never.
RARE = 0.1
OTHERS = tuple(name for name in TEST_ACCURACY["JAX edition"] if name != "sigmoid")
MANY_EPOCHS = PROTOCOL["patience"]  # at chance level: after as many, the protocol gives up
MILESTONE = 0.7  # validation accuracy that every activation reaches
SLOW_WORDS = "stays at random performance for many epochs, before it slowly starts learning"
NONE_LEARNS = (
    "none that learns {decides} once there are so many runs that the exact 95% upper bound of the "
    f"share is below {RARE:.0%} (29 runs)"
)


def _runs(tables: Tables, stop: str) -> pd.DataFrame:
    """Return the tutorial's sigmoid runs, with early stopping ("patience") or without ("never")."""
    runs = tutorial(tables, "runs", activation="sigmoid", stop=stop)
    how = "with" if stop == "patience" else "without"
    need(len(runs) > 0, f"sigmoid networks of the tutorial's {how} early stopping")
    return runs


def _how_well(runs: pd.DataFrame) -> str:
    """Say when runs began to learn, and how well they do in the mean."""
    first, last = int(runs["plateau_exit_epoch"].min()), int(runs["plateau_exit_epoch"].max())
    when = f"epoch {first}" if first == last else f"epochs {first} to {last}"
    mean = "mean test accuracy" if len(runs) > 1 else "test accuracy"
    return f"starting in {when}, to a {mean} of {percent(float(runs['test_accuracy'].mean()))}"


@claim(
    source=PYTORCH,
    quote="shows to fail and does not improve upon random performance",
    statement="Trained as the tutorial does, with early stopping, most sigmoid networks stay at chance "
    "level.",
    test="Share of runs that never leave chance level: above half with its exact 95% interval "
    "supports, below half refutes, which takes at least 6 runs; the same runs, continued without "
    "early stopping, say what it does",
)
def sigmoid_fails(tables: Tables) -> Verdict:
    """Count the stuck runs, and look what became of them without early stopping."""
    runs = _runs(tables, "patience")
    stuck, ok = runs[runs["status"] == "plateau"], learnt(runs)
    row = exact_share(len(stuck), len(runs))
    low, high = percent(row["low"], 0), percent(row["high"], 0)
    diverged = int((runs["status"] == "diverged").sum())
    evidence = (
        f"{len(stuck)} of {plural(len(runs), 'run')} never left chance level (95% interval {low} to "
        f"{high})"
    )
    evidence += also(
        f"{len(ok)} learnt, {_how_well(ok)}" if len(ok) else "",
        f"{diverged} diverged" if diverged else "",
        _continued(tables, stuck[stuck["stopped_early"].fillna(False).astype(bool)]),
    )
    return Verdict.of(above(row, 0.5), row, f"{evidence}.")


def _continued(tables: Tables, stopped: pd.DataFrame) -> str:
    """Say what runs do when they go on, which early stopping ended at chance level.

    With the same seed a run without early stopping is the same run until the stop, so that this is a
    counterfactual: no test compares the two.
    """
    if stopped.empty:
        return ""
    ended = f"the {plural(len(stopped), 'run')} that early stopping ended there"
    on = tutorial(tables, "runs", activation="sigmoid", stop="never")
    on = on[on["seed"].isin(stopped["seed"])]
    if on.empty:
        return f"{ended} were not continued"
    ok, diverged = learnt(on), int((on["status"] == "diverged").sum())
    said = f"of {ended}, "
    if len(on) < len(stopped):
        said += f"{len(on)} went on and "
    said += f"{len(ok) or 'none'} learnt when training went on"
    if len(ok):
        said += f", {_how_well(ok)}"
    return said + (f", and {diverged} diverged" if diverged else "")


@claim(
    source=PYTORCH,
    quote="shows to fail and does not improve upon random performance",
    statement="A sigmoid network does not learn at all, even without early stopping.",
    test="Runs without early stopping: one that learns refutes; "
    + NONE_LEARNS.format(decides="supports"),
    study="sigmoid-patience",
)
def sigmoid_fails_unstopped(tables: Tables) -> Verdict:
    """Look for a run that learns where nothing stops it early."""
    return _learns(_runs(tables, "never"), one=REFUTED, none=SUPPORTED)


@claim(
    source=JAX,
    quote="Surprisingly ... actually trains",
    statement="Trained as the tutorial does, with early stopping, a sigmoid network can learn.",
    test="Runs with early stopping: one that learns supports; "
    + NONE_LEARNS.format(decides="refutes")
    + "; the estimate is the share that learns",
)
def sigmoid_trains(tables: Tables) -> Verdict:
    """Look for a run that learns under the tutorial's protocol."""
    return _learns(_runs(tables, "patience"), one=SUPPORTED, none=REFUTED)


@claim(
    source=JAX,
    quote=SLOW_WORDS,
    statement=f"A sigmoid network stays at chance level for more than {MANY_EPOCHS} epochs.",
    test="Epochs at chance level, before the first whose validation accuracy is at least twice that of "
    "guessing, without early stopping; a run that never gets there counts with all its epochs: a 95% "
    f"interval of the mean (Student's t) above {MANY_EPOCHS}, the protocol's patience, supports, below "
    "refutes",
    study="sigmoid-patience",
)
def sigmoid_slow_start(tables: Tables) -> Verdict:
    """Count the epochs at chance level."""
    runs = _runs(tables, "never")
    runs = runs[runs["status"] != "diverged"]
    exits = runs["plateau_exit_epoch"].astype(float)
    waited = interval((exits - 1).fillna(runs["epochs"].astype(float)), "sigmoid networks")
    ok = learnt(runs)
    learning = f"{len(ok)} of {plural(len(runs), 'run')} learnt"
    if len(ok):
        learning += f", {_how_well(ok)}"
    evidence = f"Runs stay at chance level for {stated(waited)} epochs in the mean; {learning}."
    return Verdict.of(above(waited, MANY_EPOCHS), waited, evidence)


@claim(
    source=JAX,
    quote=SLOW_WORDS,
    statement="Once a sigmoid network has left chance level, it learns more slowly than a network with "
    "any of the other five activations does from its start.",
    test=f"Epochs from leaving chance level until the validation accuracy is {MILESTONE:.0%}, of "
    "sigmoid without early stopping minus another activation's of the same seed; a run that does not "
    "get there counts with its last epoch: every 95% interval above 0 supports, one below refutes "
    "(corrected for five looks). The estimate is the difference that decides",
    study="sigmoid-patience",
)
def sigmoid_slow_start_after(tables: Tables) -> Verdict:
    """Compare how fast networks learn once they have begun."""
    sigmoid = _epochs_to_milestone(tables, ("sigmoid",), "never")
    need(len(sigmoid) > 0, "sigmoid networks of the tutorial's without early stopping that learnt")
    others = _epochs_to_milestone(tables, OTHERS, "patience")
    missing = [name for name in OTHERS if name not in set(others["activation"])]
    need(not missing, f"networks of the tutorial's with {listed(missing)}")
    wide = by_seed(pd.concat([sigmoid, others]), "activation", "took")
    later = -wide[list(OTHERS)].sub(wide["sigmoid"], axis=0)
    joint = all_above(later, 0, "seeds that learnt with all six activations")
    evidence = (
        f"Once they have left chance level, sigmoid networks take {number(wide['sigmoid'].mean())} "
        f"more epochs to {percent(MILESTONE, 0)} validation accuracy, and networks with {joint.name}, "
        f"which decides, {number(wide[joint.name].mean())}: a difference of "
        f"{stated(joint.row)}{joint.doubt}."
    )
    return Verdict.of(joint.verdict, joint.row, evidence)


def _epochs_to_milestone(tables: Tables, activations: tuple[str, ...], stop: str) -> pd.DataFrame:
    """Return activation, seed and `took`: epochs from leaving chance level to the milestone."""
    runs = learnt(tutorial(tables, "runs", activation=activations, stop=stop))
    epochs = of_runs(tables["metrics"], runs)
    run = ["activation", "seed"]
    arrived = epochs[epochs["val_accuracy"] >= MILESTONE].groupby(run)["epoch"].min()
    arrival = arrived.reindex(pd.MultiIndex.from_frame(runs[run])).to_numpy(dtype=float)
    arrival = np.where(np.isnan(arrival), runs["epochs"].astype(float), arrival)
    return runs[run].assign(took=arrival - runs["plateau_exit_epoch"].astype(float))


@claim(
    source=TUTORIAL,
    quote="a suitable learning rate across all layers is not possible in this setup",
    statement="At no learning rate does the tutorial's sigmoid network learn.",
    test="Runs at any learning rate, with or without early stopping: one that learns refutes; none "
    "leaves it open, since no number of rates shows that none ever does",
    study="sigmoid-patience",
    chance=EXACT,
)
def sigmoid_one_rate(tables: Tables) -> Verdict:
    """Look for a learning rate at which a sigmoid network learns."""
    free = ("learning_rate", "epochs", "stop", "patience")
    fixed = {name: value for name, value in PROTOCOL.items() if name not in free}
    found = rows(tables, "runs", activation="sigmoid", **fixed)
    runs = found[found["epochs"] > 0].drop_duplicates(["learning_rate", "stop", "patience", "seed"])
    need(len(runs) > 0, "trained sigmoid networks of the tutorial's")
    ok, rates = learnt(runs), runs["learning_rate"].nunique()
    row = exact_share(len(ok), len(runs))
    tried = f"{len(ok)} of {plural(len(runs), 'run')} at {plural(rates, 'learning rate')} learnt"
    if ok.empty:
        return Verdict.of(INCONCLUSIVE, row, f"{tried}{also(failures(runs))}.")
    means = ok.groupby("learning_rate")["test_accuracy"].mean().astype(float)
    best = f"at {means.idxmax():g} to a mean test accuracy of {percent(means.max())}"
    return Verdict.of(REFUTED, row, f"{tried}, {best}{also(failures(runs))}.")


def _learns(runs: pd.DataFrame, one: str, none: str) -> Verdict:
    """Return the verdict `one` if a run learns, and `none` if it is clear that hardly any does."""
    ok, n = learnt(runs), len(runs)
    row = exact_share(len(ok), n)
    if len(ok):
        low, high = percent(row["low"], 0), percent(row["high"], 0)
        evidence = (
            f"{len(ok)} of {plural(n, 'run')} learnt (95% interval of the share {low} to {high}), "
            f"{_how_well(ok)}"
        )
        return Verdict.of(one, row, f"{evidence}{also(failures(runs))}.")
    # One end of the interval is at stake here, so that it may have all of the 5%.
    most = float(stats.binomtest(0, n).proportion_ci(2 * CONFIDENCE - 1).high)
    evidence = (
        f"0 of {plural(n, 'run')} learnt, which does not exclude that up to {percent(most, 1)} would"
        f"{also(failures(runs))}."
    )
    return Verdict.of(none if most < RARE else INCONCLUSIVE, row, evidence)
