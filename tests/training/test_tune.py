"""Learning rates that are chosen: the best of a grid, on seeds that are not judged."""

import pytest

from activation_lab import tables
from activation_lab.config.jobs import Job, Tuning
from activation_lab.learning_rates import COUNT, DECADES, USUAL, beyond, grid
from activation_lab.schemas import TABLES
from activation_lab.training import checkpoint as checkpoints
from activation_lab.training.checkpoint import Checkpoint
from activation_lab.training.job import train
from activation_lab.training.tune import best, scores, tune
from conftest import small_settings

RATES = (0.003, 0.03, 0.3)


def tuning(rates=RATES, seeds=(1, 2), epochs=2, **changes):
    rate = {"rates": list(rates), "seeds": list(seeds), "epochs": epochs}
    settings = small_settings(learning_rate=rate, **changes)
    assert settings.tuning
    return Tuning(settings=settings.tuning)


def without_test(parts):
    return {name: part for name, part in parts.items() if name != "test"}


@pytest.fixture(scope="module")
def of_grid(parts):
    small = {
        "training": parts["training"].first(1_024),
        "validation": parts["validation"].first(300),
    }
    rows, _ = tune(tuning(), small, "cpu")
    return rows


def test_a_grid_spans_three_decades_around_the_usual_rate():
    for usual in USUAL.values():
        rates = grid(usual)
        assert len(rates) == COUNT
        assert rates[COUNT // 2] == usual
        assert rates[-1] / rates[0] == pytest.approx(10**DECADES, rel=0.05)


def test_beyond_an_edge_are_three_more_rates_of_the_same_ratio():
    assert beyond((0.01, 0.1), 0.01) == (0.001, 0.0001, 0.00001)
    assert beyond((0.01, 0.1), 0.1) == (1.0, 10.0, 100.0)
    assert beyond((0.01, 0.1, 1.0), 0.1) == ()


def test_of_equal_rates_the_one_in_the_middle_is_chosen():
    assert best({0.001: 0.1, 0.01: 0.1, 0.1: 0.1}) == 0.01
    assert best({0.001: 0.1, 0.01: 0.1}) == 0.001


def test_each_run_is_the_one_that_a_study_would_train_at_that_rate(of_grid, small):
    settings = tuning().settings
    for rate in RATES:
        job = Job(settings=settings.at(rate), seeds=(1, 2))
        runs = train(job, small, "cpu").tables["runs"]
        expected = [row["best_val_accuracy"] if row["status"] == "ok" else 0.1 for row in runs]
        found = [row["accuracy"] for row in of_grid if row["rate"] == rate]
        assert found == expected


def test_the_rate_with_the_best_mean_is_chosen(of_grid):
    means = scores(of_grid)
    chosen = {row["rate"] for row in of_grid if row["chosen"]}
    assert chosen == {max(means, key=lambda rate: means[rate])}


def test_a_best_rate_at_the_edge_widens_the_grid_once(small):
    low = tuning(rates=(0.003, 0.03), seeds=(1,), epochs=4)
    rows, _ = tune(low, without_test(small), "cpu")
    assert sorted({row["rate"] for row in rows}) == [0.003, 0.03, 0.3, 3.0, 30.0]
    (chosen,) = [row for row in rows if row["chosen"]]
    assert chosen["at_edge"] == (chosen["rate"] == 30)


def test_a_best_rate_that_is_still_at_the_edge_is_flagged(small):
    low = tuning(rates=(0.002, 0.0025), seeds=(1,), epochs=4)
    rows, _ = tune(low, without_test(small), "cpu")
    (chosen,) = [row for row in rows if row["chosen"]]
    assert chosen["rate"] == max(row["rate"] for row in rows) > 0.0025
    assert chosen["at_edge"]


def test_a_run_that_diverges_or_stays_counts_as_chance(small):
    rows, _ = tune(tuning(rates=(1e-9, 0.03, 900.0)), without_test(small), "cpu")
    ends = {row["rate"]: (row["status"], row["accuracy"]) for row in rows}
    assert ends[1e-9] == ("plateau", 0.1)
    assert ends[900.0][0] in ("diverged", "plateau")
    assert ends[900.0][1] == 0.1


def test_a_tuning_that_is_killed_goes_on_and_ends_in_the_same_rows(
    of_grid, small, tmp_path, monkeypatch
):
    path, trained = tmp_path / "checkpoint.pt", []
    whole = checkpoints.Checkpoint.finish

    def finish(self, state):
        whole(self, state)
        trained.append(state)
        if len(trained) == 3:
            raise KeyboardInterrupt

    monkeypatch.setattr(checkpoints.Checkpoint, "finish", finish)
    with pytest.raises(KeyboardInterrupt):
        tune(tuning(), without_test(small), "cpu", Checkpoint(path, "digest", 0))
    rows, states = tune(tuning(), without_test(small), "cpu", Checkpoint(path, "digest", 0))
    assert rows == of_grid
    assert [state.resumed for state in states[:3]] == [1, 1, 1]
    assert len(trained) == len(states)


def test_rows_have_the_columns_of_the_table(of_grid, tmp_path):
    tables.write(TABLES["tuning"], of_grid, tmp_path / "tuning.parquet")
    assert tables.load("tuning", tmp_path)["chosen"].sum() == 2
