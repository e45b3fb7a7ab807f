from types import SimpleNamespace

import pytest
import yaml
from test_config import DEFAULT, changed, merged

from activation_lab.config import cells as grid
from activation_lab.config import read as config
from activation_lab.config.jobs import Batch, Job
from activation_lab.errors import UserError
from activation_lab.measures.base import SETTINGS
from activation_lab.pipeline.plan import Plan
from activation_lab.protocol import Settings
from conftest import ROOT


def planned(raw=DEFAULT):
    return Plan.of(config.read(raw))


def test_folders_are_readable_and_runs_are_told_by_a_digest_of_their_settings():
    first, second, *_ = planned(changed("seeds_per_job", 5)).jobs.values()
    assert first.id == f"fashion-mnist/512-256-256-128/sigmoid/{first.settings.id}/seeds-42-46"
    assert second.id == f"fashion-mnist/512-256-256-128/tanh/{second.settings.id}/seeds-42-46"
    assert len(first.settings.id) == 10
    assert first.settings.id != second.settings.id


def test_a_cell_is_called_after_what_its_study_varies():
    varied = changed("studies/tutorial/vary", {"learning_rate": [0.1, 0.003], "network": [[8, 4]]})
    names = {cell.name for cell in grid.cells(config.read(varied)) if cell.study == "tutorial"}
    assert "relu_network-8-4_learning-rate-0.003" in names


def test_every_setting_changes_the_id():
    other = {
        "network": [8, 4],
        "activation": "tanh",
        "initialisation": "he",
        "normalisation": "batch",
        "optimizer": "adam",
        "learning_rate": 0.02,
        "schedule": "cosine",
        "momentum": 0.5,
        "weight_decay": 0.1,
        "batch_size": 128,
        "epochs": 3,
        "stop": "never",
        "patience": 3,
        "precision": "bfloat16",
        "training_images": 2_048,
    }
    assert set(other) == set(Settings.model_fields) - {"dataset"}  # there is one
    each = [Settings.model_validate({name: value}) for name, value in other.items()]
    assert len({settings.id for settings in [Settings(), *each]}) == len(other) + 1


def test_how_a_network_would_train_makes_no_difference_before_it_does():
    trained = {"learning_rate": 0.3, "epochs": 2, "stop": "never", "batch_size": 64}
    same = Settings.model_validate(trained).untrained
    assert same == Settings().untrained
    assert same.id == Settings.model_validate({"epochs": 0}).id
    assert Settings.model_validate({"initialisation": "he"}).untrained != same
    assert Settings.model_validate({"training_images": 2_048}).untrained != same


def test_a_run_that_two_studies_ask_for_is_made_once():
    """The study of patience trains the tutorial's sigmoid, and both measure it untrained."""
    read = config.read(changed("seeds_per_job", 5))
    asked = Plan.of(read).asked
    shared = {names for names in asked.values() if len(names) > 1}
    assert ("tutorial", "sigmoid-patience") in shared
    cells = [cell for cell in grid.cells(read) if cell.settings.activation.name == "sigmoid"]
    tutorial, patience = (
        next(cell for cell in cells if cell.study == study)
        for study in ("tutorial", "sigmoid-patience")
    )
    assert tutorial.runs.id == patience.runs.id
    runs = [(job.settings.id, seed) for job in grid.jobs(read) for seed in job.seeds]
    assert len(runs) == len(set(runs))
    wanted = {(cell.runs.id, seed) for cell in grid.cells(read) for seed in cell.seeds}
    assert wanted <= set(runs)


def test_seeds_that_two_studies_ask_for_are_put_together():
    raw = changed("studies/sigmoid-patience/seeds", "44-50")
    raw["seeds_per_job"] = 5
    jobs = grid.jobs(config.read(raw))
    tutorial = next(c for c in grid.cells(config.read(raw)) if c.name == "sigmoid")
    assert [j.seeds for j in jobs if j.settings.id == tutorial.runs.id] == [
        (42, 43, 44, 45, 46),
        (47, 48, 49, 50),
    ]


def test_untrained_networks_share_processes_by_dataset_and_activation():
    found = planned()
    assert len(found.batches) < len([job for b in found.batches.values() for job in b.jobs]) / 5
    for name, batch in found.batches.items():
        assert name == f"fashion-mnist/{batch.jobs[0].settings.activation}/{batch.number}"
        assert {str(job.settings.activation) for job in batch.jobs} == {name.split("/")[1]}
        assert not any(job.settings.epochs for job in batch.jobs)
        assert len(batch.jobs) <= grid.BATCH


def test_two_activations_of_one_name_are_refused(tmp_path, monkeypatch):
    """Tables and figures would take one for the other."""
    (tmp_path / "mine.py").write_text("def half(x):\n    return x.relu() / 2\n")
    monkeypatch.syspath_prepend(tmp_path)
    activation = "studies/ten-layer/settings/activation"
    assert "half" in Plan.of(config.read(changed(activation, "mine:half"))).activations
    with pytest.raises(UserError, match=r"relu and mine:relu would both be called relu"):
        Plan.of(config.read(changed(activation, "mine:relu")))


def test_every_cell_has_every_seed_once():
    read = config.read(changed("seeds_per_job", 2))
    (relu,) = (c for c in grid.cells(read) if (c.study, c.name) == ("tutorial", "relu"))
    jobs = grid.jobs(read)
    blocks = [job.seeds for job in jobs if job.settings == relu.settings]
    assert blocks == [(42, 43), (44, 45), (46,)]
    assert len({job.id for job in jobs}) == len(jobs)


def test_one_more_activation_or_block_of_seeds_changes_no_other_job():
    before = {job.id: job for job in grid.jobs(config.read(changed("seeds_per_job", 5)))}
    for path, value in {
        "studies/tutorial/vary/activation": [
            *DEFAULT["studies"]["tutorial"]["vary"]["activation"],
            {"name": "leakyrelu", "negative_slope": 0.5},
        ],
        "studies/tutorial/seeds": "42-51",
    }.items():
        raw = merged(changed("seeds_per_job", 5), changed(path, value))
        raw["seeds_per_job"] = 5
        after = {job.id: job for job in grid.jobs(config.read(raw))}
        assert len(after) > len(before)
        assert all(after[id_] == job for id_, job in before.items())


def test_jobs_and_batches_survive_the_command_line():
    found = planned()
    for job in found.jobs.values():
        assert Job.model_validate_json(found.job(SimpleNamespace(job=job.id))) == job
    for batch in found.batches.values():
        assert Batch.model_validate_json(found.job(SimpleNamespace(batch=batch.id))) == batch


def test_the_columns_are_those_of_the_tables():
    job = next(iter(planned().jobs.values()))
    assert job.columns == {
        "settings_id": job.settings.id,
        "dataset": "fashion-mnist",
        "network": "512-256-256-128",
        "activation": "sigmoid",
        "depth": 4,
        "initialisation": "default",
        "optimizer": "sgd",
        "learning_rate": 0.01,
    }
    assert list(job.columns) == list(SETTINGS)


def test_quick_is_the_same_pipeline():
    quick = yaml.safe_load((ROOT / "workflow/configs/quick.yaml").read_text())
    read = config.read(merged(DEFAULT, quick))
    assert read.results != DEFAULT["results"]
    assert list(read.studies) == ["tutorial", "ten-layer"]


@pytest.mark.parametrize(
    ("activation", "error"),
    [
        (
            "softplus",
            "studies.ten-layer: activation softplus has no stable critical initialisation; use one",
        ),
        ("torch.nn.functional:softplus", "softplus has no stable critical initialisation"),
    ],
)
def test_no_job_is_planned_for_a_critical_initialisation_that_does_not_exist(activation, error):
    raw = changed("studies/ten-layer/settings/activation", activation)
    raw["studies"]["ten-layer"]["vary"]["initialisation"] = ["critical"]
    with pytest.raises(UserError, match=error):
        Plan.of(config.read(raw))
