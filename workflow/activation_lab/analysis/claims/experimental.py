"""Claims that are judged on experiments: on networks that no setting can describe."""

from __future__ import annotations

from scipy import stats

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
from activation_lab.analysis.claims.groups import over_seeds, share
from activation_lab.analysis.claims.selection import (
    above,
    experiment,
    interval,
    points,
    stated,
    totals,
)
from activation_lab.analysis.statistics import CONFIDENCE, exact_share
from activation_lab.wording import percent

DEAD_WEIGHTS = "dead-weights"
OFF = (
    "the tutorial's ReLU networks, 40 steps of 256 images: all weights in and out, and the bias, of "
    "each hidden unit that is 0 on the step's whole batch"
)
COUNTEREXAMPLE = "one such unit is a counterexample"
SPREAD = 0.1  # of the images about their mean, beside 1
WITHIN = 0.02  # a share that is closer to the prediction is as predicted; our reading


def _unchanged(tables: Tables, arm: str, what: str, told: str) -> Verdict:
    """Look for units that were dead on a batch and for which something was counted all the same."""
    total = totals(experiment(tables, DEAD_WEIGHTS, arm=arm)).sum()
    dead, found = int(total["dead"]), int(total[what])
    if not dead:
        raise CannotTell("no unit was 0 on a whole batch")
    evidence = f"Of {dead:,} times that a unit was 0 on the whole batch, {found:,} times {told}."
    return Verdict(REFUTED if found else SUPPORTED, evidence, dead, found / dead)


@claim(
    source=LECTURE,
    quote="All the weights connected to this neuron will have zero gradient",
    statement="If a ReLU unit is 0 on the batch, the gradients of all its weights are exactly 0.",
    test=f"{OFF}, by plain SGD: gradients that are not exactly 0; {COUNTEREXAMPLE}",
    experiment=DEAD_WEIGHTS,
    chance=EXACT,
)
def dead_weights_frozen(tables: Tables) -> Verdict:
    """Look for a gradient at a dead unit."""
    return _unchanged(tables, "plain", "gradient", "a gradient of its weights was not exactly 0")


@claim(
    source=LECTURE,
    quote="will not change",
    statement="By plain SGD, the weights of a ReLU unit that is 0 on the batch do not change.",
    test=f"{OFF}, by SGD without momentum and without decay: any change; {COUNTEREXAMPLE}",
    experiment=DEAD_WEIGHTS,
    chance=EXACT,
)
def dead_weights_frozen_plain(tables: Tables) -> Verdict:
    """Look for a change by plain SGD."""
    return _unchanged(tables, "plain", "changed", "the step changed its weights")


@claim(
    source=LECTURE,
    quote="will not change",
    statement="By the tutorial's own training, the weights of a ReLU unit that is 0 on the batch do not "
    "change.",
    test=f"{OFF}, by SGD with momentum 0.9: any change; {COUNTEREXAMPLE}",
    experiment=DEAD_WEIGHTS,
    chance=EXACT,
)
def dead_weights_frozen_momentum(tables: Tables) -> Verdict:
    """Look for a change by momentum."""
    return _unchanged(tables, "momentum", "changed", "momentum changed its weights")


SPIKE = (
    "untrained ReLU networks of the tutorial's, the gradient of 256 images: weights whose gradient is "
    "exactly 0 and that lead to such a unit or come from one, of all whose gradient is exactly 0; a 95% "
    "interval over seeds above 50% supports, below refutes"
)
ZERO_PART = "caused by its zero-part on the left"


@claim(
    source=TUTORIAL,
    quote=ZERO_PART,
    statement="Most exact zeros in ReLU's gradients belong to units that are dead on all training "
    "images.",
    test=f"Units that are 0 on all training images: {SPIKE}",
    experiment="batch-or-all",
)
def relu_spike_cause(tables: Tables) -> Verdict:
    """Count the zeros at units that are dead on all images."""
    return _zeros(tables, ("zeros_by_all",), "dead on all training images")


@claim(
    source=TUTORIAL,
    quote=ZERO_PART,
    statement="Most exact zeros in ReLU's gradients belong to units that are 0 on the batch.",
    test=f"Units that are 0 on these 256 images: {SPIKE}",
    experiment="batch-or-all",
)
def relu_spike_cause_batch(tables: Tables) -> Verdict:
    """Count the zeros at units that are dead on the batch."""
    return _zeros(tables, ("zeros_by_all", "zeros_by_batch"), "0 on the batch")


def _zeros(tables: Tables, parts: tuple[str, ...], words: str) -> Verdict:
    summed = totals(experiment(tables, "batch-or-all"))
    counted = summed.assign(part=summed[list(parts)].sum(axis=1)).reset_index()
    if counted["zeros"].sum() == 0:
        raise CannotTell("no gradient is exactly 0", n=len(counted))
    row = over_seeds(counted, "part", "zeros")
    if row["low"] is None:
        raise CannotTell("there is one seed, and one has no interval", n=1)
    evidence = f"The share of exact zeros at units that are {words} is {share(row)}."
    return Verdict.of(above(row, 0.5), row, evidence)


@claim(
    source=TUTORIAL,
    quote="has usually a sufficiently high standard deviation to reduce the risk of dead neurons",
    statement="With images that differ less from their mean, more units of the first layer are dead.",
    test="Untrained ReLU networks of the tutorial's, training images moved towards their mean until "
    f"their standard deviation is a factor {SPREAD:g} of what it was: share of units of layer 1 that "
    "are dead on all, minus the share with the images as they are, paired by seed: a 95% interval above "
    "0 supports, below refutes",
    experiment="shrunk-pixels",
)
def input_std_protects(tables: Tables) -> Verdict:
    """Compare dead units of the first layer with images as they are and shrunk."""
    shares = {}
    for factor in (1.0, SPREAD):
        summed = totals(experiment(tables, "shrunk-pixels", arm=f"spread {factor:g}"))
        shares[factor] = summed["dead"] / summed["units"]
    row = interval(shares[SPREAD] - shares[1.0], "shrunk images")
    evidence = (
        f"{percent(shares[1.0].mean(), 1)} of the units of layer 1 are dead with the images as they "
        f"are, and {percent(shares[SPREAD].mean(), 1)} with {SPREAD:g} of their spread, a difference "
        f"of {stated(row, points)}."
    )
    return Verdict.of(above(row, 0), row, evidence)


@claim(
    source="Lu et al. 2019, Dying ReLU and Initialization",
    quote="a deep ReLU network will eventually die in probability as the depth goes to infinite",
    statement="The share of ReLU networks without biases that are alive for an input is Π (1 - 2^-N), "
    "the product over hidden layers of N units.",
    test=f"10,000 networks of each shape, Gaussian weights, one image. Every share's 95% interval "
    f"(exact) within {100 * WITHIN:g} points of the formula supports; one beyond, corrected for the "
    "number of shapes (Bonferroni), refutes",
    experiment="collapse",
)
def dies_in_probability(tables: Tables) -> Verdict:
    """Compare the share of networks that are alive with the formula."""
    shapes = totals(experiment(tables, "collapse"), "arm")
    confidence = 1 - (1 - CONFIDENCE) / len(shapes)
    far, beyond = {}, []
    for one in shapes.itertuples():
        alive, n, predicted = int(one.alive), int(one.networks), one.predicted_share
        row = exact_share(alive, n)
        far[one.Index] = max(predicted - row["low"], row["high"] - predicted), row, predicted
        corrected = stats.binomtest(alive, n).proportion_ci(confidence)
        if corrected.low > predicted + WITHIN or corrected.high < predicted - WITHIN:
            beyond.append(one.Index)
    farthest = max(beyond or far, key=lambda arm: far[arm][0])
    distance, row, predicted = far[farthest]
    close = SUPPORTED if distance < WITHIN else INCONCLUSIVE
    evidence = (
        f"With {farthest}, the shape that decides, {stated(row, lambda x: percent(x, 1))} of the "
        f"networks are alive; the formula says {percent(predicted, 1)}."
    )
    return Verdict.of(REFUTED if beyond else close, row, evidence)
