"""Claims of speed, on networks of which it is known when they arrive."""

import math

import pandas as pd
import pytest
from judging import judged, rarely_wrong, scenarios, twice

from activation_lab.analysis.claims.base import INCONCLUSIVE, NOT_RUN, REFUTED, SUPPORTED
from activation_lab.analysis.claims.power.planted import SEEDS, cell, each_seed, runs, tables
from activation_lab.analysis.claims.speed import LEAKY
from activation_lab.protocol import Activation

TUNED = {"relu-faster": "relu", "six-times-faster": LEAKY}
NEVER = math.inf
VARIED = ["activation", "learning_rate"]
REPETITIONS = 40


def trained(arrivals, epochs=100, stop="never", diverged=(), seeds=SEEDS, **settings):
    """Networks that reach 86% in these epochs, one for each seed: {(activation, rate): [...]}.

    `diverged` has (activation, rate, seed); such a run ends in epoch 1.
    """
    cells, ended, metrics = [], [], []
    for (name, rate), when in arrivals.items():
        own = cell(
            f"{name}-{rate}-{stop}",
            activation=name,
            learning_rate=rate,
            stop=stop,
            epochs=epochs,
            varied=VARIED,
            **settings,
        )
        cells.append(own)
        failed = {seed for activation, at, seed in diverged if (activation, at) == (name, rate)}
        ended += runs(
            own,
            lambda seed, failed=failed: (
                {"status": "diverged", "epochs": 1} if seed in failed else {"epochs": epochs}
            ),
            seeds,
        )
        there = {seed: n for seed, n in zip(seeds, when, strict=False) if n <= epochs}
        metrics += each_seed(
            own,
            lambda seed, there=there: [
                {"epoch": there[seed] - 1, "val_accuracy": 0.84},
                {"epoch": there[seed], "val_accuracy": 0.86},
                {"epoch": there[seed] + 1, "val_accuracy": 0.87},
            ],
            there,
        )
    return tables(cells, runs=ended, metrics=metrics)


def rates(fast, tanh, sigmoid, name="relu", **more):
    """Networks at two learning rates, which arrive in so many epochs at 0.1 and 9 later at 0.03."""
    at_best = {name: fast, "tanh": tanh, "sigmoid": sigmoid}
    return trained(
        {
            (activation, rate): [n + later for n in when]
            for activation, when in at_best.items()
            for rate, later in ((0.03, 9), (0.1, 0))
        },
        **more,
    )


FIVE, TEN = [5, 4, 5, 6, 5], [10, 11, 9, 12, 10]
FORTY = [40, 44, 38, 41, 45]


@pytest.mark.parametrize(
    ("name", "verdict", "made"),
    [
        ("relu-faster", SUPPORTED, rates(FIVE, TEN, FORTY)),
        ("relu-faster", SUPPORTED, rates(FIVE, TEN, [NEVER] * 5)),
        ("relu-faster", REFUTED, rates(TEN, FIVE, FORTY)),
        ("relu-faster", REFUTED, rates([NEVER] * 5, [50, 49, 51, 50, 52], FORTY)),
        ("relu-faster", INCONCLUSIVE, rates(FIVE, FIVE[::-1], FORTY)),
        ("relu-faster", INCONCLUSIVE, rates([NEVER] * 5, [NEVER] * 5, [NEVER] * 5)),
        ("relu-faster", INCONCLUSIVE, rates(FIVE, TEN, FORTY, seeds=SEEDS[:1])),
        ("relu-faster", NOT_RUN, rates(FIVE, TEN, FORTY, stop="patience")),
        ("relu-faster", NOT_RUN, tables()),
        ("six-times-faster", SUPPORTED, rates(FIVE, FORTY, FORTY, LEAKY)),
        ("six-times-faster", REFUTED, rates(FIVE, TEN, FORTY, LEAKY)),
        ("six-times-faster", REFUTED, rates(FIVE, TEN, [NEVER] * 5, LEAKY)),
        ("six-times-faster", INCONCLUSIVE, rates(FIVE, [6 * n for n in FIVE[::-1]], FORTY, LEAKY)),
        ("six-times-faster", NOT_RUN, rates(FIVE, TEN, FORTY)),
        ("relu-faster-untuned", NOT_RUN, rates(FIVE, TEN, FORTY)),
    ],
)
def test_a_planted_truth_is_found(name, verdict, made):
    assert judged(name, made).verdict == verdict


def untuned(relu, tanh, sigmoid, **more):
    arrivals = {("relu", 0.01): relu, ("tanh", 0.01): tanh, ("sigmoid", 0.01): sigmoid}
    return trained(arrivals, stop="patience", **more)


@pytest.mark.parametrize(
    ("verdict", "made"),
    [
        (SUPPORTED, untuned(FIVE, TEN, [NEVER] * 5)),
        (REFUTED, untuned(TEN, FIVE, [NEVER] * 5)),
        (INCONCLUSIVE, untuned(FIVE, FIVE[::-1], FORTY)),
        (INCONCLUSIVE, untuned(FIVE, TEN, FORTY, seeds=SEEDS[:1])),
    ],
)
def test_one_learning_rate_needs_no_tuning(verdict, made):
    assert judged("relu-faster-untuned", made).verdict == verdict


def test_what_was_not_run_is_named():
    got = judged("relu-faster-untuned", trained({("relu", 0.01): FIVE, ("tanh", 0.01): TEN}))
    assert got.verdict == NOT_RUN
    assert "no networks of the tutorial's with sigmoid" in got.evidence
    tuned = judged("six-times-faster", rates(FIVE, TEN, FORTY)).evidence
    assert f"no networks with {LEAKY}, sigmoid and tanh" in tuned
    assert "`tuned-rates` of `workflow/configs/rates.yaml`" in tuned


def test_the_ratio_is_the_geometric_mean_over_seeds():
    got = judged("relu-faster", rates([5, 5, 5, 5, 5], [10, 20, 10, 20, 10], FORTY))
    assert got.estimate == pytest.approx(2 * 2 ** (2 / 5))
    assert got.n == 5
    assert got.evidence.startswith(
        "At a learning rate of 0.1, relu takes 5 epochs to 85% in the mean;"
    )
    assert "tanh takes 2.64 (95% interval 1.65 to 4.23, n = 5) times as many" in got.evidence


def test_each_activation_has_its_own_rate_chosen_on_the_other_seeds():
    # By seed 42 alone 0.03 is relu's best rate: it may not choose that for itself.
    arrivals = {
        ("relu", 0.03): [1, 10, 10, 10, 10],
        ("relu", 0.1): [12, 9, 9, 9, 9],
        ("tanh", 0.03): TEN,
        ("tanh", 0.1): FORTY,
        ("sigmoid", 0.03): FORTY,
        ("sigmoid", 0.1): [NEVER] * 5,
    }
    said = judged("relu-faster", trained(arrivals)).evidence
    rates_ = "0.03 or 0.1 with relu, 0.03 with sigmoid and 0.03 with tanh"
    assert said.startswith(f"At learning rates of {rates_}, relu takes 10.4 epochs")


def test_a_rate_at_which_most_runs_fail_is_not_the_best():
    arrivals = {
        ("relu", 0.03): [10] * 5,
        ("relu", 0.1): [2, NEVER, NEVER, NEVER, NEVER],
        ("tanh", 0.03): [20] * 5,
        ("tanh", 0.1): [30] * 5,
        ("sigmoid", 0.03): FORTY,
        ("sigmoid", 0.1): FORTY,
    }
    assert "relu takes 10 epochs" in judged("relu-faster", trained(arrivals)).evidence


def test_runs_that_do_not_arrive_bound_the_ratio():
    slow = judged("relu-faster", rates([5] * 5, [10] * 5, [NEVER, NEVER, 40, 40, 40], epochs=80))
    bound = "sigmoid takes at least 10.6 times as many, with a 95% interval from 6.59 on"
    assert f"{bound} (2 of 5 runs do not get there)" in slow.evidence
    fast = judged("relu-faster", rates([NEVER, 5, 5, 5, 5], [10] * 5, FORTY, epochs=80))
    assert fast.verdict == INCONCLUSIVE
    assert fast.low is None
    assert "1 of 5 runs do not get there with relu; sigmoid takes at most" in fast.evidence
    both = judged("relu-faster", rates([NEVER, 5, 5, 5, 5], [NEVER, 9, 9, 9, 9], FORTY, epochs=80))
    assert "tanh cannot be compared (1 of 5 runs do not get there)" in both.evidence


def test_a_diverged_run_never_arrives_and_is_said():
    made = rates([5] * 5, TEN, FORTY, epochs=60, diverged=[("tanh", 0.1, 42), ("tanh", 0.03, 42)])
    got = judged("relu-faster", made)
    assert "tanh takes at least" in got.evidence
    assert "(1 of 5 runs do not get there, 1 of them diverged)" in got.evidence
    # It counts with the last epoch that it might have had, 60, not with the one in which it diverged.
    assert got.estimate == pytest.approx((60 * 11 * 9 * 12 * 10) ** (1 / 5) / 5)


def test_a_seed_that_lacks_a_rate_does_not_count():
    made = rates(FIVE, TEN, FORTY)
    for table in ("runs", "metrics"):
        frame = made[table]
        missing = (frame["cell"] == "tanh-0.03-never") & (frame["seed"] == 42)
        made[table] = frame[~missing]
    assert judged("relu-faster", made).n == 4
    for table in ("runs", "metrics"):
        frame = made[table]
        made[table] = frame[(frame["cell"] != "tanh-0.03-never") | (frame["seed"] == 46)]
    got = judged("relu-faster", made)
    assert got.verdict == INCONCLUSIVE
    assert "1 seed ran at every learning rate, and it takes two" in got.evidence


@pytest.mark.parametrize(("name", "fast"), TUNED.items())
def test_other_studies_and_protocols_do_not_matter(name, fast):
    made = rates(FIVE, TEN, FORTY, fast)
    assert judged(name, twice(made)) == judged(name, made)
    other = rates(FIVE, TEN, FORTY, fast, momentum=0.0)
    assert judged(name, other).verdict == NOT_RUN


def test_the_label_of_leaky_relu_is_that_of_the_tables():
    assert str(Activation.model_validate({"name": "leakyrelu", "negative_slope": 0.01})) == LEAKY


def test_of_a_run_that_went_on_the_longer_copy_counts():
    short = untuned(FIVE, TEN, [NEVER] * 5, epochs=12)
    longer = trained({("sigmoid", 0.01): FORTY}, epochs=50)
    both = {
        name: pd.concat([short[name], longer[name]], ignore_index=True)
        for name in ("cells", "runs", "metrics")
    }
    assert "sigmoid takes 8.37" in judged("relu-faster-untuned", both).evidence


@pytest.mark.parametrize(
    "scenario",
    scenarios(*TUNED, "relu-faster-untuned"),
    ids=lambda one: f"{one.claim}: {one.words}",
)
def test_it_is_rarely_wrong(scenario):
    rarely_wrong(scenario, REPETITIONS, 0.95)
