"""Claims of test accuracy, on networks whose accuracies are known."""

import numpy as np
import pytest
from judging import judged, rarely_wrong, scenarios, twice

from activation_lab.analysis.claims.accuracy import FIVE, ORDER
from activation_lab.analysis.claims.base import INCONCLUSIVE, NOT_RUN, REFUTED, SUPPORTED
from activation_lab.analysis.claims.power.accuracy import PRINTED
from activation_lab.analysis.claims.power.planted import SEEDS, cell, runs, tables
from activation_lab.analysis.printed_numbers import TEST_ACCURACY

NAMES = ("accuracies", "printed-order", "similar-performance")
# Of each activation over the seeds: its own, with a mean of 0 and a standard deviation of 1.
DRAWN = np.random.default_rng(0).normal(size=(len(FIVE), len(SEEDS)))
DRAWN = (DRAWN - DRAWN.mean(axis=1, keepdims=True)) / DRAWN.std(axis=1, ddof=1, keepdims=True)
NOISE = {name: dict(zip(SEEDS, own, strict=True)) for name, own in zip(FIVE, DRAWN, strict=True)}
MIDDLE = sum(PRINTED.values()) / len(PRINTED)
REPETITIONS = 60


def trained(means, spread=0.003, seeds=SEEDS, sigmoid=(), failed=(), **settings):
    """Trained networks with these mean accuracies; `failed` has (activation, seed, status)."""
    cells = [cell(name, activation=name, **settings) for name in means]
    status = {(name, seed): ended for name, seed, ended in failed}
    rows = []
    for own in cells:
        name = own["activation"]
        rows += runs(
            own,
            lambda seed, name=name: {
                "test_accuracy": means[name] + spread * NOISE[name][seed],
                "status": status.get((name, seed), "ok"),
            },
            seeds,
        )
    if sigmoid:
        own, ended = cell("sigmoid", activation="sigmoid"), dict(zip(SEEDS, sigmoid, strict=False))
        cells.append(own)
        rows += runs(own, lambda seed: {"status": ended[seed], "test_accuracy": 0.79}, ended)
    return tables(cells, runs=rows)


def alike(mean=MIDDLE, **more):
    return trained(dict.fromkeys(FIVE, mean), **more)


def ordered(order, apart, **more):
    return trained({name: 0.89 - apart * place for place, name in enumerate(order)}, **more)


@pytest.mark.parametrize(
    ("name", "verdict", "made"),
    [
        ("accuracies", SUPPORTED, alike()),
        ("accuracies", REFUTED, alike(MIDDLE + 0.03)),
        ("accuracies", REFUTED, alike(MIDDLE - 0.03)),
        ("accuracies", INCONCLUSIVE, alike(MIDDLE + 0.01)),
        ("accuracies", INCONCLUSIVE, alike(spread=0.03)),
        ("accuracies", INCONCLUSIVE, alike(seeds=SEEDS[:1])),
        ("accuracies", NOT_RUN, trained({"relu": 0.88})),
        ("printed-order", SUPPORTED, ordered(ORDER, 0.02)),
        ("printed-order", REFUTED, ordered(ORDER[::-1], 0.02)),
        ("printed-order", REFUTED, ordered([*ORDER[1:], ORDER[0]], 0.02)),
        ("printed-order", INCONCLUSIVE, ordered(ORDER, 0.0)),
        ("printed-order", INCONCLUSIVE, ordered(ORDER, 0.002, spread=0.01)),
        ("printed-order", INCONCLUSIVE, ordered(ORDER, 0.02, seeds=SEEDS[:1])),
        ("printed-order", NOT_RUN, trained({"relu": 0.88})),
        ("similar-performance", SUPPORTED, alike()),
        ("similar-performance", REFUTED, ordered(ORDER, 0.02)),
        ("similar-performance", REFUTED, ordered(ORDER[::-1], 0.02)),
        ("similar-performance", INCONCLUSIVE, ordered(ORDER, 0.0025)),
        ("similar-performance", INCONCLUSIVE, alike(spread=0.01)),
        ("similar-performance", INCONCLUSIVE, alike(seeds=SEEDS[:1])),
        ("similar-performance", NOT_RUN, tables()),
    ],
)
def test_a_planted_truth_is_found(name, verdict, made):
    assert judged(name, made).verdict == verdict


def test_labels_that_are_shuffled_do_not_matter_and_their_resolution_is_said():
    numbers = [sum(edition[name] for edition in TEST_ACCURACY.values()) / 200 for name in FIVE]
    right = judged("accuracies", trained(dict(zip(FIVE, numbers, strict=True))))
    shuffled = judged("accuracies", trained(dict(zip(FIVE, numbers[::-1], strict=True))))
    assert right.verdict == shuffled.verdict == SUPPORTED
    # Student's t of 20 degrees of freedom: 2.086 × 0.3 points × √(1 + 1/5).
    assert "a single printed number is only resolved to ±0.69 points" in right.evidence


def test_the_agreement_has_an_interval_of_one_more_seed():
    spread = dict(zip(SEEDS, (-0.002, 0.001, 0, 0.002, -0.001), strict=True))
    made = alike(MIDDLE, spread=0)
    runs_ = made["runs"]
    runs_["test_accuracy"] += runs_["seed"].map(spread).astype(float)
    # Student's t of 4 degrees of freedom: 2.132 at 90%, 2.776 at 95%; s √(1 + 1/5) = 0.173 points.
    got = judged("accuracies", made)
    assert "+0.11 points in the JAX edition, each ±0.37 (90% interval, n = 5 seeds)" in got.evidence
    assert got.high - got.estimate == pytest.approx(2.776 * 0.0017321, rel=1e-3)
    assert abs(got.estimate) == pytest.approx((PRINTED["JAX edition"] - MIDDLE), rel=1e-6)


def test_sigmoid_is_said_by_its_outcomes():
    both = judged("accuracies", alike(sigmoid=["plateau", "ok", "plateau", "plateau"])).evidence
    assert (
        "sigmoid learnt in 1 of 4 runs, to 79.00%, so that both of its printed outcomes occur"
        in both
    )
    stuck = judged("accuracies", alike(sigmoid=["plateau", "diverged"])).evidence
    assert stuck.endswith("sigmoid learnt in 0 of 2 runs, and 1 diverged.")
    assert "sigmoid learnt" not in judged("accuracies", alike()).evidence


FAILED = [("tanh", 42, "diverged"), ("relu", 43, "plateau"), ("relu", 42, "diverged")]


@pytest.mark.parametrize(("name", "n"), [("accuracies", 3), ("similar-performance", 3)])
def test_runs_that_failed_are_counted_and_not_averaged(name, n):
    made = alike(failed=FAILED, spread=0.001)
    failed = made["runs"]["status"] != "ok"
    made["runs"].loc[failed, "test_accuracy"] = 0.1
    got = judged(name, made)
    assert got.verdict == SUPPORTED
    assert got.n == n
    assert got.evidence.endswith("; 2 of 25 runs diverged and 1 stayed at chance level.")


@pytest.mark.parametrize("name", NAMES)
def test_an_activation_that_learns_once_or_never_decides_nothing(name):
    failed = [("tanh", seed, "diverged") for seed in SEEDS]
    for some, seeds in ((failed, "0 seeds"), (failed[1:], "1 seed")):
        got = judged(name, alike(failed=some))
        assert got.verdict == INCONCLUSIVE
        assert got.evidence.startswith("It cannot be told: ")
        assert f"learnt with {seeds}, and it takes two" in got.evidence


def test_the_pairs_that_decide_are_named():
    order = judged("printed-order", ordered(ORDER[::-1], 0.02)).evidence
    assert order.startswith("0 of 4 neighbours are in this order")
    assert (
        "10 of 10 pairs are in the opposite order, most of all leakyrelu − elu with −8.0" in order
    )
    assert "4 of 4 neighbours" in judged("printed-order", ordered(ORDER, 0.02)).evidence
    similar = judged("similar-performance", ordered(ORDER, 0.0025)).evidence
    assert "the pair that may differ most, leakyrelu − elu, differs by +1.00 points (90%" in similar
    opposite = judged("similar-performance", ordered(ORDER[::-1], 0.0025)).evidence
    assert (
        "the pair that may differ most, elu − leakyrelu, differs by +1.00 points (90%" in opposite
    )


@pytest.mark.parametrize("name", NAMES)
def test_other_studies_and_protocols_do_not_matter(name):
    made = ordered(ORDER, 0.02)
    assert judged(name, twice(made)) == judged(name, made)
    other = ordered(ORDER, 0.02, normalisation="batch")
    assert judged(name, other).verdict == NOT_RUN


POWER = {
    ("accuracies", "true"): 0.79,
    ("accuracies", "false"): 0.91,
    ("similar-performance", "true"): 0.45,
}


@pytest.mark.parametrize("scenario", scenarios(*NAMES), ids=lambda one: f"{one.claim}: {one.words}")
def test_it_is_rarely_wrong(scenario):
    rarely_wrong(scenario, REPETITIONS, POWER.get((scenario.claim, scenario.truth), 0.95))
