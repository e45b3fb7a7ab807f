"""Claims that dead units stay dead, judged only on units known to be dead on all training images.

The weights of such a unit get no gradient. In layer 1, whose inputs never change, plain gradient
descent therefore cannot bring it back. Weight decay shrinks its weights and its bias alike, which leaves
the sign of its pre-activations as it is. Momentum carries on what moved the weights before: it can.
Units are counted, not deaths: a unit that dies and comes back again and again is one.

That a unit never comes back is refuted by one that does. No number of units that stayed dead shows it.
"""

from __future__ import annotations

import pandas as pd

from activation_lab.analysis.claims.base import (
    EXACT,
    INCONCLUSIVE,
    LECTURE,
    REFUTED,
    SUPPORTED,
    TUTORIAL,
    CannotTell,
    Tables,
    Verdict,
    claim,
)
from activation_lab.analysis.claims.dying import dead_by_phase
from activation_lab.analysis.claims.groups import (
    also,
    failures,
    over_seeds,
    relu_runs,
    share,
)
from activation_lab.analysis.claims.inference import at_the_end, came_back, networks
from activation_lab.analysis.claims.selection import need, of_runs
from activation_lab.analysis.printed_numbers import PROTOCOL
from activation_lab.protocol import WATCHED_IMAGES
from activation_lab.wording import listed

STUDY, CONFIG = "revival", "workflow/configs/revival.yaml"
MADE_FOR_IT = f"the study `{STUDY}` of `{CONFIG}` is made for this"
INPUT_LAYER = "training the network cannot turn those neurons back active"
COUNTED = (
    "at any learning rate and with any number of training images, units that are 0 on all of them: "
    f"after some epoch or before training where these are the at most {WATCHED_IMAGES:,} that are "
    "watched, else untrained, and looked at again with the kept weights; runs that diverged are left "
    "out. One unit that comes back refutes"
)
LEFT_OPEN = (
    "none leaves it open, since no number of units shows that none ever does; the interval and n are "
    "of seeds"
)
ARITHMETIC = "none supports, since arithmetic says the same; n counts seeds"


@claim(
    source=TUTORIAL,
    quote=INPUT_LAYER,
    statement="Trained as the tutorial does, with momentum, a dead unit of the input layer never "
    "comes back.",
    test=f"Layer 1 of ReLU networks trained as the tutorial's, {COUNTED}, {LEFT_OPEN}",
    study=STUDY,
    config=CONFIG,
    chance=EXACT,
)
def input_never_revives(tables: Tables) -> Verdict:
    """Look for a unit of layer 1 that came back under momentum."""
    runs = _runs(tables, momentum=PROTOCOL["momentum"])
    need(len(runs) > 0, "ReLU networks trained as the tutorial does")
    counted, plain = _counted(tables, runs), _counted(tables, _runs(tables, momentum=0.0))
    first, without = _of_layer_1(counted, runs), plain[plain["layer"] == 1]
    rate = over_seeds(first, "ever_revived", "ever_dead")
    compared = "" if without.empty else f"trained without momentum, {came_back(without)} did"
    evidence = f"{_said(first)} ({share(rate)}){also(compared, _later(counted), failures(runs))}."
    return Verdict.of(REFUTED if rate["mean"] > 0 else INCONCLUSIVE, rate, evidence)


@claim(
    source=TUTORIAL,
    quote=INPUT_LAYER,
    statement="Trained by plain gradient descent, a dead unit of the input layer never comes back: it "
    "gets no gradient, and nothing else moves it.",
    test=f"Layer 1 of ReLU networks trained as the tutorial's but without momentum, {COUNTED}, "
    f"{ARITHMETIC}",
    study=STUDY,
    config=CONFIG,
    chance=EXACT,
)
def input_never_revives_plain(tables: Tables) -> Verdict:
    """Look for a unit of layer 1 that came back without momentum and weight decay."""
    runs = _runs(tables, momentum=0.0)
    need(len(runs) > 0, "ReLU networks trained by plain gradient descent")
    return _by_arithmetic(tables, runs, "")


@claim(
    source=TUTORIAL,
    quote=INPUT_LAYER,
    statement="With weight decay and without momentum, a dead unit of the input layer never comes "
    "back: weights and bias shrink alike, and what it computes keeps its sign.",
    test="Layer 1 of ReLU networks trained as the tutorial's but with weight decay and without "
    f"momentum, {COUNTED}, {ARITHMETIC}",
    study=STUDY,
    config=CONFIG,
    chance=EXACT,
)
def input_never_revives_decay(tables: Tables) -> Verdict:
    """Look for a unit of layer 1 that came back under weight decay alone."""
    runs = _decayed(tables, 0.0)
    need(len(runs) > 0, "ReLU networks trained with weight decay and without momentum")
    both = _counted(tables, _decayed(tables, PROTOCOL["momentum"]))
    both = both[both["layer"] == 1]
    with_momentum = "" if both.empty else f"with momentum besides, {came_back(both)} did"
    return _by_arithmetic(tables, runs, with_momentum)


@claim(
    source=LECTURE,
    quote="If the neuron is inactive for all inputs in the training set, it will never change state",
    statement="A unit of any layer that is dead on all training images never comes back.",
    test=f"ReLU networks trained as the tutorial's, with and without momentum, {COUNTED}, {LEFT_OPEN}",
    study=STUDY,
    config=CONFIG,
    chance=EXACT,
)
def never_changes(tables: Tables) -> Verdict:
    """Look for a unit of any layer that came back."""
    runs = _runs(tables, momentum=(0.0, PROTOCOL["momentum"]))
    need(len(runs) > 0, "ReLU networks trained as the tutorial does")
    counted = _counted(tables, runs)
    if counted.empty:
        reason = "no unit was dead on all training images before it was looked at again"
        raise CannotTell(f"{reason}; {MADE_FOR_IT}{also(failures(runs))}")
    rate = over_seeds(counted, "ever_revived", "ever_dead")
    places = {
        "of layer 1": counted[counted["layer"] == 1],
        "of later layers": counted[counted["layer"] > 1],
    }
    told = [f"{came_back(group)} {where}" for where, group in places.items() if len(group)]
    evidence = (
        f"Of the units that were dead on all training images, {listed(told)} came back, in all "
        f"{share(rate)}, in {networks(counted)}{also(failures(runs))}."
    )
    return Verdict.of(REFUTED if rate["mean"] > 0 else INCONCLUSIVE, rate, evidence)


def _by_arithmetic(tables: Tables, runs: pd.DataFrame, compared: str) -> Verdict:
    """Return the verdict where arithmetic says that no unit of layer 1 can come back."""
    counted = _counted(tables, runs)
    first = _of_layer_1(counted, runs)
    rate = over_seeds(first, "ever_revived", "ever_dead")
    evidence = f"{_said(first)}{also(compared, _later(counted), failures(runs))}."
    return Verdict(REFUTED if rate["mean"] > 0 else SUPPORTED, evidence, rate["n"], rate["mean"])


def _runs(tables: Tables, **settings: float | tuple[float, ...]) -> pd.DataFrame:
    return relu_runs(tables, "learning_rate", "training_images", **settings)


def _decayed(tables: Tables, momentum: float) -> pd.DataFrame:
    free = ("learning_rate", "training_images", "weight_decay")
    runs = relu_runs(tables, *free, momentum=momentum)
    return runs[runs["weight_decay"] > 0]


def _of_layer_1(counted: pd.DataFrame, runs: pd.DataFrame) -> pd.DataFrame:
    """Return the rows of layer 1. Raises `CannotTell` if there are none."""
    first = counted[counted["layer"] == 1]
    if first.empty:
        reason = "no unit of layer 1 was dead on all training images before it was looked at again"
        raise CannotTell(f"{reason}{also(_later(counted), failures(runs))}; {MADE_FOR_IT}")
    return first


def _said(first: pd.DataFrame) -> str:
    return (
        f"{came_back(first)} units of layer 1 that were dead on all training images came back, in "
        f"{networks(first)}"
    )


def _later(counted: pd.DataFrame) -> str:
    later = counted[counted["layer"] > 1]
    return "" if later.empty else f"in later layers {came_back(later)} did"


def _counted(tables: Tables, runs: pd.DataFrame) -> pd.DataFrame:
    """Return a row for each run and layer with dead units: how many, and how many of them came back.

    Columns `ever_dead` and `ever_revived`, as in `transitions`; units are dead on all training images.
    """
    finite = runs[runs["status"] != "diverged"]
    whole = finite["training_images"] <= WATCHED_IMAGES
    watched = at_the_end(of_runs(tables["transitions"], finite[whole]))
    columns = ["study", "cell", "seed", "layer", "ever_dead", "ever_revived"]
    counted = pd.concat([watched[columns], _by_phase(tables, finite[~whole])], ignore_index=True)
    return counted[counted["ever_dead"] > 0]


def _by_phase(tables: Tables, runs: pd.DataFrame) -> pd.DataFrame:
    """Count between the two phases at which all training images are looked at."""
    place = ["study", "cell", "seed", "layer"]
    both = dead_by_phase(of_runs(tables["neurons"], runs), [*place, "unit"])
    dead = both["untrained"]
    counted = pd.DataFrame({"ever_dead": dead, "ever_revived": dead & ~both["best"]})
    return counted.groupby(level=place).sum().astype("Int64").reset_index()
