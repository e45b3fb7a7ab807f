"""`learning_rate: tuned` in a config, and the jobs that follow from it."""

import pytest
from test_config import changed

from activation_lab.config import cells as grid
from activation_lab.config import read as config
from activation_lab.config.read import ConfigError
from activation_lab.learning_rates import Tuned
from activation_lab.learning_rates import grid as rates
from activation_lab.pipeline.plan import Plan
from activation_lab.protocol import Settings


def tuned(**changes):
    return Settings.model_validate({"learning_rate": "tuned", **changes})


def test_the_word_stands_for_the_optimizers_usual_rates():
    for optimizer, usual in (("sgd", 0.01), ("adam", 0.001)):
        found = tuned(optimizer=optimizer).learning_rate
        assert isinstance(found, Tuned)
        assert found.rates == rates(usual)
    assert tuned() == Settings.model_validate({"learning_rate": {"rates": list(rates(0.01))}})


def test_settings_with_a_grid_are_the_same_after_a_trip_through_json():
    settings = tuned(optimizer="adam")
    assert Settings.model_validate_json(settings.model_dump_json()) == settings


def test_the_grid_is_part_of_what_tells_runs_apart():
    other = Settings.model_validate({"learning_rate": {"rates": [0.01, 0.1]}})
    assert len({Settings().id, tuned().id, other.id}) == 3
    with pytest.raises(ValueError, match="has not been chosen yet"):
        _ = tuned().rate
    assert tuned().at(0.1) == Settings(learning_rate=0.1)


def test_a_network_that_is_not_trained_has_nothing_to_tune():
    assert tuned(epochs=0) == Settings(epochs=0)
    assert tuned().untrained == Settings().untrained


@pytest.mark.parametrize(
    ("rate", "said"),
    [
        (
            "tunde",
            "= 'tunde': must be a number, `tuned`, or a mapping with rates, seeds and epochs",
        ),
        ({"rate": [1, 2]}, r"learning_rate.rate = \[1, 2\]: unknown key; did you mean rates"),
        ({"rates": [1]}, "should have at least 2 items"),
        ({"rates": [1, 1]}, "must go up"),
        ({"rates": [0, 1]}, "learning_rate.rates.0 = 0: input should be greater than 0"),
        ({"epochs": 0}, "learning_rate.epochs = 0: input should be greater than or equal to 1"),
        ({"seeds": "42-43"}, "studies.tutorial.seeds: 42, 43 tune the learning rate"),
    ],
)
def test_a_mistake_is_named(rate, said):
    with pytest.raises(ConfigError, match=said):
        config.read(changed("settings/learning_rate", rate))


def plan(**study):
    over = {"only": ["one"], "studies": {"one": {"question": "?", "seeds": "101-102", **study}}}
    return Plan.of(config.read({**changed("most_jobs", 100), **over}))


def test_each_cell_has_one_tuning_that_its_jobs_wait_for():
    made = plan(settings={"learning_rate": "tuned"}, vary={"activation": ["relu", "tanh"]})
    assert len(made.tunings) == len(made.jobs) == 2
    for job in made.jobs.values():
        assert job.tuning
        assert job.tuning.id in made.tunings
        assert job.tuning.settings.epochs == 5
        assert job.model_copy(update={"rate": 0.1}).trained_with.rate == 0.1
    assert all(made.asked[tuning.settings.id] == ("one",) for tuning in made.tunings.values())


def test_a_fixed_rate_beside_a_tuned_one_is_another_cell():
    read = config.read(
        changed(
            "studies/tutorial",
            {
                "seeds": "101-102",
                "vary": {"activation": ["relu"], "learning_rate": [0.01, "tuned"]},
            },
        )
    )
    names = [cell.name for cell in grid.cells(read) if cell.study == "tutorial"]
    assert names == ["relu_learning-rate-0.01", "relu_learning-rate-tuned"]
    of_cells = [row for row in grid.rows(read) if row["study"] == "tutorial"]
    fixed, chosen = of_cells
    assert (fixed["tuning_id"], fixed["learning_rate"]) == (None, 0.01)
    assert chosen["learning_rate"] is None  # until it is chosen
    rates = {chosen["tuning_id"]: 0.3}
    assert [
        row["learning_rate"] for row in grid.rows(read, rates) if row["study"] == "tutorial"
    ] == [0.01, 0.3]
