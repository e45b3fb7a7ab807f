"""The table of a trial, from planted runs."""

import pandas as pd
import pytest

from activation_lab import tables
from activation_lab.analysis.trial.equal_time import at_equal_time
from activation_lab.analysis.trial.judge import counted, judged
from activation_lab.config.trial import Trial
from activation_lab.schemas import TABLES


def made(accuracies, failed=()):
    """The runs of a study by activation and seed; those in `failed` stayed at chance level."""
    rows = [
        {
            **{"study": "task", "dataset": "fashion-mnist", "activation": name, "seed": seed},
            **{"test_accuracy": accuracy, "epochs": 3},
            "status": "plateau" if (name, seed) in failed else "ok",
        }
        for name, values in accuracies.items()
        for seed, accuracy in enumerate(values, start=101)
    ]
    return pd.DataFrame(rows)


CELLS = pd.DataFrame(
    {
        **{"study": "task", "dataset": "fashion-mnist", "network": "8", "family": "mlp"},
        **{"activation": ["mish", "relu"], "learning_rate": [0.1, 0.01]},
    }
)


def trial(**changes):
    given = {
        **{"candidate": "mish", "rivals": ["relu"], "margins": {"task": 0.003}},
        **{"planned": 30, "looks": [4]},
    }
    return Trial.model_validate({**given, **changes})


def of(accuracies, failed=(), **changes):
    (row,) = judged(trial(**changes), made(accuracies, failed), CELLS).to_dict("records")
    return row


BASE = [0.880, 0.884, 0.876, 0.882]


def test_a_clear_difference_is_found_and_paired_by_seed():
    """The runs differ by more than the difference; the pairs hardly do."""
    better = [value + 0.02 + noise for value, noise in zip(BASE, [0, 1e-4, -1e-4, 0], strict=True)]
    row = of({"mish": better, "relu": BASE})
    assert (row["verdict"], row["n"]) == ("better", 4)
    assert row["difference"] == pytest.approx(0.02)
    assert row["low"] > 0.003
    assert (row["candidate_rate"], row["rival_rate"]) == (0.1, 0.01)
    other = of({"mish": BASE, "relu": better})
    assert (other["verdict"], other["difference"]) == ("worse", pytest.approx(-0.02))


def test_the_rows_of_runs_may_be_in_any_order():
    shuffled = made({"mish": [0.89, 0.88, 0.87, 0.86], "relu": [0.88, 0.87, 0.86, 0.85]}).iloc[::-1]
    (row,) = judged(trial(), shuffled, CELLS).to_dict("records")
    assert row["std"] == pytest.approx(0, abs=1e-12)
    assert row["verdict"] == "better"


def test_a_run_that_failed_counts_as_chance_whatever_its_accuracy():
    runs = made({"mish": [0.9, 0.3]}, failed={("mish", 102)})
    assert counted(runs).to_dict() == {101: 0.9, 102: 0.1}


def test_a_candidate_that_trains_in_three_of_ten_runs_is_not_better():
    failed = {("mish", seed) for seed in range(104, 111)}
    row = of({"mish": [0.99] * 10, "relu": [0.88] * 10}, failed, looks=[10])
    assert row["candidate_trained"] == 3
    assert row["verdict"] != "better"
    assert row["difference"] < 0
    assert row["difference_if_trained"] == pytest.approx(0.11)


def test_the_same_function_under_another_name_is_equivalent():
    row = of({"mish": BASE, "relu": BASE})
    assert (row["verdict"], row["low"], row["high"]) == ("equivalent", 0, 0)
    assert row["probability_of_improvement"] == 0.5


def test_an_undecided_verdict_says_how_many_seeds_it_takes_and_a_decided_one_does_not():
    undecided = of({"mish": [0.884, 0.889, 0.878, 0.891], "relu": BASE})
    assert undecided["verdict"] == "undecided"
    assert undecided["seeds_needed"] > 4
    assert of({"mish": BASE, "relu": BASE})["seeds_needed"] is None


def test_a_second_look_has_the_error_that_the_first_left():
    values = {"mish": BASE * 2, "relu": BASE * 2}
    once, again = of(values, looks=[8]), of(values, looks=[4, 8])
    assert (once["look"], again["look"]) == (1, 2)
    assert again["level"] < once["level"]


def test_the_table_has_the_columns_of_its_schema():
    found = judged(trial(), made({"mish": BASE, "relu": BASE}), CELLS)
    assert tables.from_pandas(TABLES["trial"], found).num_rows == 1


def test_at_equal_time_the_slow_activation_has_fewer_epochs():
    metrics = pd.DataFrame(
        [
            {"activation": name, "seed": 1, "epoch": epoch, "val_accuracy": 0.1 * epoch}
            for name in ("fast", "slow")
            for epoch in range(1, 5)
        ]
    )
    found = at_equal_time(metrics, {"fast": 1.0, "slow": 2.0}).set_index("activation")
    assert found["epochs"].to_dict() == {"fast": 4, "slow": 2}
    assert found["accuracy"].to_dict() == pytest.approx({"fast": 0.4, "slow": 0.2})
