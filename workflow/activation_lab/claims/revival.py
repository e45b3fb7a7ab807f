"""Claims that dead units stay dead, judged only on units known to be dead on all training images.

Such a unit's own weights get no gradient. It can come back only if its inputs change, which those of
layer 1 do not, or by what momentum carries on; weight decay and normalisation are left out, since
they move a unit without a gradient.
"""

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
from activation_lab.claims.selection import need, of_runs, rows
from activation_lab.claims.units import NEVER, dead_by_stage, never
from activation_lab.statistics import success_rate
from activation_lab.words import percent

WATCHED_IMAGES = 2_048  # on which the table `transitions` watches units
PLAIN = {"activation": "relu", "normalisation": "none", "weight_decay": 0.0}
WHERE = {"study": "revival", "config": "workflow/configs/revival.yaml"}
COUNTED = (
    "Trained ReLU networks: units that are 0 on all training images, untrained and again with the "
    f"kept weights, or after each epoch where all training images (at most {WATCHED_IMAGES:,}) are "
    "watched"
)


@claim(
    "input-never-revives",
    source=TUTORIAL,
    statement="Dead units of the input layer never come back, those of later layers can.",
    test=f"{COUNTED}; one revival in layer 1 refutes, none supports if the 95% Wilson interval of its "
    "share, the estimate, lies below that of the later layers",
    **WHERE,
)
def input_never_revives(tables: Tables) -> Verdict:
    """Compare revivals in layer 1, whose inputs are fixed, with those in later layers."""
    times = _exact(tables)
    first, later = times[times["layer"] == 1], times[times["layer"] > 1]
    said = f"{_said(later)} in later layers{_watched(tables)}"
    if first["dead"].sum() == 0:
        evidence = (
            "No unit of layer 1 is known to have been dead on all training images before it was looked "
            f"at again, which leaves it open; {said}; "
            f"the study `{WHERE['study']}` of `{WHERE['config']}` is made for this."
        )
        return Verdict(INCONCLUSIVE, evidence, n=0)
    rate, other = _rate(first), _rate(later) if later["dead"].sum() else None
    verdict = INCONCLUSIVE
    if rate["mean"] > 0 or (other and never(other) == SUPPORTED):
        verdict = REFUTED
    elif other and rate["high"] < other["low"]:
        verdict = SUPPORTED
    momentum = first.loc[first["revived"] > 0, "momentum"]
    how = ", all of them under momentum" if len(momentum) and (momentum > 0).all() else ""
    share = (
        f"95% Wilson interval of the share {percent(rate['low'], 1)} to {percent(rate['high'], 1)}"
    )
    evidence = f"{_said(first)} in layer 1{how} ({share}), {said}."
    return Verdict.of(verdict, rate, evidence)


@claim(
    "never-changes",
    source=LECTURE,
    statement="A unit that is inactive on all inputs never changes its state.",
    test=f"{COUNTED}; one that comes back refutes, none supports if the 95% Wilson interval of the "
    f"share, the estimate, lies below {NEVER:.0%}",
    **WHERE,
)
def never_changes(tables: Tables) -> Verdict:
    """Count revivals in all layers."""
    times = _exact(tables)
    need(times["dead"].sum() > 0, "units dead on all training images in networks that were trained")
    rate = _rate(times)
    dying = times[times["dead"] > 0]
    runs = len(dying[["study", "cell", "seed"]].drop_duplicates())
    layers = [f"{_said(own)} in layer {layer}" for layer, own in dying.groupby("layer")]
    evidence = (
        f"Over {runs} runs, {', '.join(layers)}; that is {percent(rate['mean'], 1)} in all (95% "
        f"Wilson interval {percent(rate['low'], 1)} to {percent(rate['high'], 1)})."
    )
    return Verdict.of(never(rate), rate, evidence)


def _rate(times: pd.DataFrame) -> dict:
    return success_rate(int(times["revived"].sum()), int(times["dead"].sum()))


def _said(times: pd.DataFrame) -> str:
    return f"{times['revived'].sum()} of {times['dead'].sum()} dead units came back"


def _watched(tables: Tables) -> str:
    """Say what the watched images show where they are a part: dead on them is not dead on all."""
    times = _transitions(tables, whole=False)
    first = times[times["layer"] == 1]
    if first["dead"].sum() == 0:
        return ""
    return (
        f" (on the {WATCHED_IMAGES:,} watched images alone, which cannot tell, {_said(first)} in "
        "layer 1)"
    )


def _exact(tables: Tables) -> pd.DataFrame:
    """Return how often units of each run and layer were dead on all training images and came back."""
    return pd.concat([_stages(tables), _transitions(tables, whole=True)], ignore_index=True)


def _runs(tables: Tables, whole: bool) -> pd.DataFrame:
    """Return the trained ReLU runs that stayed finite; `whole`: all of their images are watched."""
    runs = rows(tables, "runs", **PLAIN)
    watched = runs["training_images"] <= WATCHED_IMAGES
    finite = (runs["best_epoch"] > 0) & (runs["status"] != "diverged")
    return runs[finite & (watched if whole else ~watched)]


def _stages(tables: Tables) -> pd.DataFrame:
    """Count between the two stages at which all training images are looked at."""
    neurons = of_runs(rows(tables, "neurons", **PLAIN), _runs(tables, whole=False))
    run = ["study", "cell", "momentum", "seed", "layer"]
    both = dead_by_stage(neurons, [*run, "unit"])
    times = pd.DataFrame({"dead": both["untrained"], "revived": both["untrained"] & ~both["best"]})
    return times.groupby(run).sum().astype(int).reset_index()


def _transitions(tables: Tables, whole: bool) -> pd.DataFrame:
    """Count on the watched images: the units dead at the start and those that died later."""
    runs = _runs(tables, whole)
    found = of_runs(rows(tables, "transitions", **PLAIN), runs).sort_values("epoch")
    groups = found.groupby(["study", "cell", "momentum", "seed", "layer"])
    start = groups.first()
    dead = start["dead"] - start["died"] + start["revived"] + groups["died"].sum()
    times = pd.DataFrame({"dead": dead, "revived": groups["revived"].sum()})
    return times.astype(int).reset_index()
