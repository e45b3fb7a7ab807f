"""Claims that are judged on experiments, on rows whose truth is known."""

import pytest
from judging import judged, rarely_wrong, scenarios

from activation_lab.analysis.claims.base import INCONCLUSIVE, NOT_RUN, REFUTED, SUPPORTED
from activation_lab.analysis.claims.power.experimental import experiment, zeros
from activation_lab.analysis.claims.power.planted import SEEDS

FROZEN, PLAIN, MOMENTUM = (
    f"dead-weights-frozen{reading}" for reading in ("", "-plain", "-momentum")
)
CAUSE, CAUSE_BATCH = "relu-spike-cause", "relu-spike-cause-batch"
NAMES = (CAUSE, CAUSE_BATCH, "input-std-protects", "dies-in-probability")


def weights(dead=9, gradient=0, plain=0, momentum=0):
    changed = {"plain": plain, "momentum": momentum}
    return experiment(
        "dead-weights",
        [
            {"arm": arm, "seed": seed, "quantity": quantity, "value": value}
            for arm, count in changed.items()
            for seed in SEEDS
            for quantity, value in (("dead", dead), ("gradient", gradient), ("changed", count))
        ],
    )


@pytest.mark.parametrize(
    ("name", "verdict", "made"),
    [
        (FROZEN, SUPPORTED, weights(momentum=4)),
        (FROZEN, REFUTED, weights(gradient=1)),
        (FROZEN, INCONCLUSIVE, weights(dead=0)),
        (PLAIN, SUPPORTED, weights(momentum=4)),
        (PLAIN, REFUTED, weights(plain=1)),
        (MOMENTUM, SUPPORTED, weights(plain=1)),
        (MOMENTUM, REFUTED, weights(momentum=4)),
        (CAUSE, SUPPORTED, zeros([(0.9, 0)] * 5)),
        (CAUSE, REFUTED, zeros([(0.1, 0.8)] * 5)),
        (CAUSE_BATCH, SUPPORTED, zeros([(0.1, 0.8)] * 5)),
        (CAUSE_BATCH, REFUTED, zeros([(0.1, 0.2)] * 5)),
        (CAUSE_BATCH, NOT_RUN, weights()),
        (FROZEN, NOT_RUN, zeros([(0.1, 0.2)] * 5)),
    ],
)
def test_a_planted_truth_is_found(name, verdict, made):
    assert judged(name, made).verdict == verdict


def test_what_momentum_changed_is_told():
    assert judged(MOMENTUM, weights(momentum=4)).evidence == (
        "Of 45 times that a unit was 0 on the whole batch, 20 times momentum changed its weights."
    )


@pytest.mark.parametrize("scenario", scenarios(*NAMES), ids=lambda one: f"{one.claim}: {one.words}")
def test_it_is_rarely_wrong(scenario):
    rarely_wrong(scenario, 40, 0.95)
