"""Configs with a trial, and the command that writes them."""

import pytest
import yaml
from test_config import DEFAULT, merged

from activation_lab.commands import trial as command
from activation_lab.config import read as config
from activation_lab.config.read import ConfigError
from activation_lab.config.trial_levels import LEVELS, TASKS
from activation_lab.errors import UserError
from conftest import ROOT


def begun(folder, activation="mish", against=None, level="quick", tasks=None, seeds=None):
    """The path and the content of a trial's config."""
    command.run(activation, against, level, tasks, seeds, folder)
    (path,) = folder.glob("*/config.yaml")
    return path, yaml.safe_load(path.read_text())


def went_on(folder, seeds=None):
    command.run("mish", None, None, None, seeds, folder)
    return yaml.safe_load((folder / "mish/config.yaml").read_text())


@pytest.mark.parametrize("level", LEVELS)
def test_every_level_is_a_config_that_can_be_read(level, tmp_path):
    path, made = begun(tmp_path, level=level)
    read = config.read(merged(DEFAULT, made))
    assert list(read.studies) == list(LEVELS[level].tasks)
    assert read.trial
    assert [str(rival) for rival in read.trial.rivals] == list(LEVELS[level].rivals)
    assert path.parent.name == "mish"


def test_every_task_can_be_tried_alone(tmp_path):
    for name in TASKS:
        _, made = begun(tmp_path / name, tasks=name)
        assert list(config.read(merged(DEFAULT, made)).studies) == [name]


def test_candidate_and_rivals_try_the_same_rates_on_seeds_that_are_not_judged(tmp_path):
    _, made = begun(tmp_path, level="standard")
    for study in config.read(merged(DEFAULT, made)).studies.values():
        cells = study.grid(config.read(merged(DEFAULT, made)).settings)
        assert len({cell.learning_rate for cell in cells}) == 1
        assert not set(study.seeds) & set(cells[0].learning_rate.seeds)
        others = [cell.model_copy(update={"activation": None}) for cell in cells]
        assert all(other == others[0] for other in others)


def test_a_rival_that_is_the_candidate_is_left_out_of_the_usual_ones(tmp_path):
    _, made = begun(tmp_path, activation="relu")
    assert made["trial"]["rivals"] == ["gelu"]


def test_an_activation_has_its_parameters_and_a_folder_of_its_own(tmp_path):
    path, made = begun(tmp_path, activation="{name: leakyrelu, negative_slope: 0.3}")
    assert made["trial"]["candidate"] == {"name": "leakyrelu", "negative_slope": 0.3}
    assert path.parent.name == "leakyrelu-negative-slope-0-3"


@pytest.mark.parametrize(
    ("options", "said"),
    [
        ({"activation": "mich"}, "ACTIVATION=mich: mich is not an activation; did you mean mish"),
        ({"activation": "{name"}, "cannot be read: a name, or"),
        ({"against": "relu mish"}, "AGAINST: mish is the candidate"),
        ({"against": "rellu"}, "AGAINST=rellu: rellu is not an activation"),
        ({"level": "fast"}, "LEVEL=fast: allowed: quick, standard, thorough"),
        ({"tasks": "mnist1d-cnn"}, "TASKS: mnist1d-cnn is not a task; did you mean mnist1d-conv"),
        ({"seeds": 1}, "SEEDS=1: at least 2"),
    ],
)
def test_a_wrong_option_is_named(options, said, tmp_path):
    with pytest.raises(UserError, match=said):
        begun(tmp_path, **options)
    assert not list(tmp_path.glob("**/config.yaml"))


def test_more_seeds_are_another_look_once_there_are_verdicts(tmp_path):
    path, first = begun(tmp_path)
    assert went_on(tmp_path) == first
    assert went_on(tmp_path, seeds=9)["trial"]["looks"] == [9]  # nobody has seen anything
    (path.parent / "tables").mkdir()
    (path.parent / "tables/trial.parquet").touch()
    again = went_on(tmp_path, seeds=10)
    assert again["trial"]["looks"] == [9, 10]
    assert {study["seeds"] for study in again["studies"].values()} == {"101-110"}
    config.read(merged(DEFAULT, again))


@pytest.mark.parametrize(
    ("seeds", "said"),
    [
        (3, "this trial has 8 seeds already"),
        (31, "the plan of this trial was 30 seeds"),
    ],
)
def test_seeds_are_neither_taken_back_nor_added_beyond_the_plan(seeds, said, tmp_path):
    begun(tmp_path)
    with pytest.raises(UserError, match=said):
        went_on(tmp_path, seeds)


def test_a_trial_that_is_there_is_not_replaced_by_another(tmp_path):
    _, first = begun(tmp_path)
    with pytest.raises(UserError, match="is a trial with other rivals, tasks or another level"):
        begun(tmp_path, level="standard")
    assert begun(tmp_path, level="quick")[1] == first


TRIAL = {
    **{"candidate": "mish", "rivals": ["relu"], "margins": {"task": 0.003}},
    **{"planned": 30, "looks": [3]},
}
STUDY = {"question": "?", "seeds": "101-103", "vary": {"activation": ["mish", "relu"]}}


def read(trial, study=None):
    others = dict.fromkeys(DEFAULT["studies"])
    made = {"trial": {**TRIAL, **trial}, "studies": {**others, "task": {**STUDY, **(study or {})}}}
    return config.read(merged(DEFAULT, made))


def test_a_trial_of_ones_own_studies_is_read():
    assert read({}).trial


@pytest.mark.parametrize(
    ("trial", "study", "said"),
    [
        ({"rivals": ["mish"]}, {}, "mish is the candidate; it cannot be its own rival"),
        ({"looks": [3, 3]}, {}, "looks must go up"),
        ({"looks": [31]}, {}, "the plan was 30 seeds, not 31"),
        ({"margins": {"other": 0.1}}, {}, "trial.margins: task is missing"),
        ({"rivals": ["gelu"]}, {}, "studies.task: the trial needs gelu among its activations"),
        ({"looks": [4]}, {}, "studies.task: has 3 seeds; the last look has 4"),
        (
            {},
            {"vary": {"activation": ["mish", "relu"], "momentum": [0, 0.9]}},
            "studies.task: a task of a trial varies the activation alone",
        ),
    ],
)
def test_what_is_no_trial_is_named(trial, study, said):
    with pytest.raises(ConfigError, match=said):
        read(trial, study)


def test_the_court_trains_relu_as_a_quick_trial_does(tmp_path):
    """The court's config writes out what a trial's config is made of."""
    _, quick = begun(tmp_path, against="relu")
    court = yaml.safe_load((ROOT / "workflow/configs/court.yaml").read_text())
    assert court["only"] == quick["only"]
    for name in court["only"]:
        cells = {}
        for raw in (quick, court):
            read = config.read(merged(DEFAULT, raw))
            *_, cells[raw["results"]] = read.studies[name].grid(read.settings)
        ours, theirs = cells.values()
        assert str(ours.activation) == "relu"
        assert ours == theirs
