"""Claims of sigmoid, on runs of which it is known who learnt."""

import pytest
from judging import judged, rarely_wrong, scenarios, twice

from activation_lab.analysis.claims import CLAIMS
from activation_lab.analysis.claims.base import (
    INCONCLUSIVE,
    NOT_RUN,
    REFUTED,
    SUPPORTED,
)
from activation_lab.analysis.claims.power.planted import cell, runs, tables

NAMES = ("sigmoid-fails", "sigmoid-fails-unstopped", "sigmoid-trains")
LEARNT = {"test_accuracy": 0.8, "plateau_exit_epoch": 15}
STUCK = {
    "status": "plateau",
    "test_accuracy": 0.1,
    "plateau_exit_epoch": None,
    "stopped_early": True,
    "epochs": 9,
}
DIVERGED = {"status": "diverged", "test_accuracy": 0.1, "plateau_exit_epoch": None}
REPETITIONS = 60


def sigmoid(patience=(), never=(), **settings):
    """Sigmoid runs that ended so, one for each seed, with and without early stopping."""
    cells, rows = [], []
    for stop, ends in (("patience", patience), ("never", never)):
        if ends:
            own = cell(stop, activation="sigmoid", stop=stop, **settings)
            seeds = [42 + n for n in range(len(ends))]
            how = dict(zip(seeds, ends, strict=True))
            cells.append(own)
            rows += runs(own, how.__getitem__, seeds)
    return tables(cells, runs=rows)


@pytest.mark.parametrize(
    ("name", "verdict", "made"),
    [
        ("sigmoid-fails", SUPPORTED, sigmoid([STUCK] * 6)),
        ("sigmoid-fails", REFUTED, sigmoid([LEARNT] * 6)),
        ("sigmoid-fails", INCONCLUSIVE, sigmoid([STUCK] * 5)),
        ("sigmoid-fails", INCONCLUSIVE, sigmoid([STUCK])),
        ("sigmoid-fails", NOT_RUN, sigmoid(never=[STUCK])),
        ("sigmoid-fails-unstopped", SUPPORTED, sigmoid(never=[STUCK] * 29)),
        ("sigmoid-fails-unstopped", REFUTED, sigmoid(never=[STUCK] * 28 + [LEARNT])),
        ("sigmoid-fails-unstopped", INCONCLUSIVE, sigmoid(never=[STUCK] * 28)),
        ("sigmoid-fails-unstopped", NOT_RUN, sigmoid([LEARNT])),
        ("sigmoid-trains", SUPPORTED, sigmoid([STUCK] * 28 + [LEARNT])),
        ("sigmoid-trains", REFUTED, sigmoid([STUCK] * 29)),
        ("sigmoid-trains", INCONCLUSIVE, sigmoid([STUCK] * 28)),
        ("sigmoid-trains", NOT_RUN, sigmoid(never=[LEARNT])),
    ],
)
def test_a_planted_truth_is_found(name, verdict, made):
    assert judged(name, made).verdict == verdict


def test_early_stopping_is_a_counterfactual():
    late = {**LEARNT, "plateau_exit_epoch": 22, "test_accuracy": 0.81}
    made = sigmoid([STUCK] * 4 + [LEARNT], [late, *[LEARNT] * 4])
    got = judged("sigmoid-fails", made)
    assert (got.verdict, got.n, got.estimate) == (INCONCLUSIVE, 5, 0.8)
    assert got.evidence == (
        "4 of 5 runs never left chance level (95% interval 28% to 99%); 1 learnt, starting in epoch 15, "
        "to a test accuracy of 80.00%; of the 4 runs that early stopping ended there, 4 learnt when "
        "training went on, starting in epochs 15 to 22, to a mean test accuracy of 80.25%."
    )


def test_what_went_on_and_failed_is_said():
    none = judged("sigmoid-fails", sigmoid([STUCK] * 5, [STUCK] * 5)).evidence
    assert (
        "of the 5 runs that early stopping ended there, none learnt when training went on." in none
    )
    some = judged("sigmoid-fails", sigmoid([STUCK] * 5, [LEARNT, DIVERGED])).evidence
    assert "2 went on and 1 learnt" in some
    assert some.endswith("and 1 diverged.")
    alone = judged("sigmoid-fails", sigmoid([STUCK])).evidence
    assert alone.endswith("the 1 run that early stopping ended there were not continued.")


def test_a_run_that_was_stuck_to_the_end_was_not_stopped_early():
    to_the_end = {**STUCK, "stopped_early": False, "epochs": 50}
    said = judged("sigmoid-fails", sigmoid([to_the_end] * 5, [LEARNT] * 5)).evidence
    assert "early stopping" not in said


def test_diverged_runs_are_counted_and_said():
    made = sigmoid([STUCK, STUCK, DIVERGED, LEARNT], [STUCK, STUCK, DIVERGED, DIVERGED])
    fails = judged("sigmoid-fails", made)
    assert (fails.estimate, fails.n) == (0.5, 4)
    assert "; 1 diverged;" in fails.evidence
    unstopped = judged("sigmoid-fails-unstopped", made)
    assert unstopped.evidence == (
        "0 of 4 runs learnt, which does not exclude that up to 52.7% would; 2 of 4 runs diverged and 2 "
        "stayed at chance level."
    )
    assert unstopped.verdict == INCONCLUSIVE
    trains = judged("sigmoid-trains", made)
    assert trains.estimate == 0.25
    assert trains.evidence.endswith("1 of 4 runs diverged and 2 stayed at chance level.")


@pytest.mark.parametrize("name", NAMES)
def test_a_run_of_two_studies_counts_once(name):
    made = sigmoid([STUCK] * 4 + [LEARNT], [LEARNT] * 5)
    assert judged(name, twice(made)) == judged(name, made)


@pytest.mark.parametrize("name", NAMES)
def test_other_protocols_do_not_count(name):
    made = sigmoid([LEARNT] * 5, [LEARNT] * 5, learning_rate=0.1)
    got = judged(name, made)
    assert got.verdict == NOT_RUN
    assert CLAIMS[name].study in got.evidence


POWER = {"5 seeds, too few to decide": 0.0, "1 run in 5 learns": 0.67}


@pytest.mark.parametrize("scenario", scenarios(*NAMES), ids=lambda one: f"{one.claim}: {one.words}")
def test_it_is_rarely_wrong(scenario):
    known = [power for words, power in POWER.items() if scenario.words.endswith(words)]
    rarely_wrong(scenario, REPETITIONS, *known or [0.95])
