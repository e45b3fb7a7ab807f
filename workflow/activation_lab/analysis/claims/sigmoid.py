"""Claims of sigmoid: whether it fails, and whether it is early stopping that makes it fail."""

from __future__ import annotations

import pandas as pd
from scipy import stats

from activation_lab.analysis.claims.base import (
    INCONCLUSIVE,
    JAX,
    PYTORCH,
    REFUTED,
    SUPPORTED,
    Tables,
    Verdict,
    claim,
)
from activation_lab.analysis.claims.groups import also, failures
from activation_lab.analysis.claims.selection import above, learnt, need, tutorial
from activation_lab.analysis.statistics import CONFIDENCE, exact_share
from activation_lab.wording import percent, plural

# What fewer runs than this share do counts as not happening: no number of runs can prove a never.
RARE = 0.1
NONE_LEARNS = (
    "none that learns {decides} once there are so many runs that the exact 95% upper bound of the share "
    f"is below {RARE:.0%} (29 runs)"
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
    test="Share of runs that never leave chance level: above half with its exact 95% interval supports, "
    "below half refutes, which takes at least 6 runs; the same runs, continued without early stopping, "
    "say what it does",
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
