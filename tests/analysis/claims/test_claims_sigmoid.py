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
from activation_lab.analysis.claims.power.planted import cell, each_seed, runs, tables
from activation_lab.analysis.claims.sigmoid import OTHERS

NAMES = ("sigmoid-fails", "sigmoid-fails-unstopped", "sigmoid-trains")
SLOW = ("sigmoid-slow-start", "sigmoid-slow-start-after")
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


def left(*epochs, status="ok"):
    """Sigmoid runs without early stopping that left chance level in these epochs; None: never."""
    own = cell("never", activation="sigmoid", stop="never")
    of_seed = dict(zip(range(42, 52), epochs, strict=False))

    def run(seed):
        if of_seed[seed] is None:
            return {"status": "plateau", "plateau_exit_epoch": None, "epochs": 50}
        return {"status": status, "plateau_exit_epoch": of_seed[seed], "test_accuracy": 0.8}

    return tables([own], runs=runs(own, run, list(of_seed)))


@pytest.mark.parametrize(
    ("verdict", "estimate", "made"),
    [
        (SUPPORTED, 17, left(16, 17, 18, 19, 20)),
        (INCONCLUSIVE, pytest.approx(82 / 3), left(16, 18, None)),  # 15, 17 and all 50 epochs
        (REFUTED, 1, left(1, 2, 3)),
        (INCONCLUSIVE, 7, left(2, 8, 14)),
        (INCONCLUSIVE, None, left(18)),
        (NOT_RUN, None, left(18, 18, status="diverged")),
        (NOT_RUN, None, sigmoid([LEARNT])),
    ],
)
def test_epochs_at_chance_level_are_counted(verdict, estimate, made):
    got = judged("sigmoid-slow-start", made)
    assert (got.verdict, got.estimate) == (verdict, estimate)
    assert judged("sigmoid-slow-start", twice(made)) == got


def learning(sigmoid_epochs, others, reached=True):
    """Networks that leave chance level in epoch 3 and reach 70% so many epochs later."""
    cells, rows, epochs = [], [], []
    for name in ("sigmoid", *OTHERS):
        stop = "never" if name == "sigmoid" else "patience"
        own = cell(name, activation=name, stop=stop)
        took = sigmoid_epochs if name == "sigmoid" else others.get(name, 2)
        cells.append(own)
        rows += runs(own, lambda _: {"plateau_exit_epoch": 3, "epochs": 30})
        epochs += each_seed(
            own,
            lambda _, took=took, name=name: [
                {"epoch": epoch, "val_accuracy": 0.75 if done else 0.6}
                for epoch, done in (
                    (3 + took - 1, False),
                    (3 + took, reached or name != "sigmoid"),
                    (30, reached or name != "sigmoid"),
                )
            ],
        )
    return tables(cells, runs=rows, metrics=epochs)


@pytest.mark.parametrize(
    ("verdict", "estimate", "made"),
    [
        (SUPPORTED, 8, learning(10, {})),
        (SUPPORTED, 25, learning(10, {}, reached=False)),
        (REFUTED, -5, learning(5, {"elu": 10})),
        (INCONCLUSIVE, 0, learning(5, {"elu": 5})),
    ],
)
def test_the_time_to_learn_starts_when_chance_level_is_left(verdict, estimate, made):
    got = judged("sigmoid-slow-start-after", made)
    assert (got.verdict, got.estimate) == (verdict, estimate)
    assert judged("sigmoid-slow-start-after", twice(made)) == got


def test_one_rate_that_trains_is_enough():
    one = judged("sigmoid-one-rate", sigmoid([STUCK] * 4, [STUCK, LEARNT], learning_rate=0.1))
    assert (one.verdict, one.n) == (REFUTED, 6)
    assert one.evidence == (
        "1 of 6 runs at 1 learning rate learnt, at 0.1 to a mean test accuracy of 80.00%; 5 of 6 runs "
        "stayed at chance level."
    )
    none = judged("sigmoid-one-rate", sigmoid([STUCK] * 50))
    assert none.verdict == INCONCLUSIVE
    assert judged("sigmoid-one-rate", sigmoid([LEARNT], network="128-64")).verdict == NOT_RUN


POWER = {"5 seeds, too few to decide": 0.0, "1 run in 5 learns": 0.67}


@pytest.mark.parametrize(
    "scenario", scenarios(*NAMES, *SLOW), ids=lambda one: f"{one.claim}: {one.words}"
)
def test_it_is_rarely_wrong(scenario):
    known = [power for words, power in POWER.items() if scenario.words.endswith(words)]
    rarely_wrong(scenario, REPETITIONS, *known or [0.95])
