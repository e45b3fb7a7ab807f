"""A batch of untrained networks: each measured once, whatever interrupts or joins them."""

import json

import pytest

from activation_lab import tables
from activation_lab.config.jobs import Batch, Job
from activation_lab.protocol import Settings
from activation_lab.schemas.runs import UNTRAINED_TABLES
from activation_lab.training import untrained
from activation_lab.training.process import Identity
from conftest import small_settings


def jobs(*initialisations, seeds=(42, 43), **changes):
    return [
        Job(settings=small_settings(epochs=0, initialisation=drawn, **changes), seeds=seeds)
        for drawn in initialisations
    ]


@pytest.fixture
def measured(small, tmp_path, monkeypatch):
    """Measure jobs as one batch in a folder; returns the records and what was measured just now."""
    now: list[str] = []
    measure = untrained._measure

    def watched(job, *others):
        now.append(job.settings.initialisation)
        return measure(job, *others)

    monkeypatch.setattr(untrained, "_measure", watched)

    def run(*planned, code="code", device="cpu"):
        now.clear()
        batch = Batch(number=1, jobs=planned)
        return untrained.measure(batch, small, "cpu", device, lambda _job: code, tmp_path), list(
            now
        )

    return run


def test_every_job_has_its_tables_with_keys_and_one_record(measured, tmp_path):
    planned = jobs("default", "he")
    records, _ = measured(*planned)
    assert [record["job"]["seeds"] for record in records] == [[42, 43]] * 2
    for job in planned:
        for name in UNTRAINED_TABLES:
            frame = tables.load(name, tmp_path / job.id)
            assert set(frame["settings_id"]) == {job.settings.id}
            assert set(frame["initialisation"]) == {job.settings.initialisation}
            assert list(frame["seed"].unique()) == [42, 43]
        assert json.loads((tmp_path / job.id / "job.json").read_text())["job"]
        settings = (tmp_path / job.id).parent / "settings.json"
        assert Settings.model_validate_json(settings.read_text()) == job.settings


def test_what_is_measured_already_is_not_measured_again(measured):
    first, before = measured(*jobs("default", "he"))
    assert before == ["default", "he"]
    again, now = measured(*jobs("default", "he", "xavier"))
    assert now == ["xavier"]
    assert again[:2] == first


def test_a_job_is_measured_again_where_anything_that_decides_its_bits_has_changed(measured):
    measured(*jobs("default"))
    assert measured(*jobs("default"), code="other")[1] == ["default"]
    assert measured(*jobs("default"), code="other", device="a GPU")[1] == ["default"]
    assert measured(*jobs("default", seeds=(42,)))[1] == ["default"]
    assert measured(*jobs("default", network=[8]))[1] == ["default"]


def test_a_job_that_was_interrupted_is_measured_again(measured, tmp_path):
    (job,) = jobs("default")
    measured(job)
    (tmp_path / job.id / "neurons.parquet").unlink()
    assert measured(job)[1] == ["default"]
    (tmp_path / job.id / "job.json").write_text("{ half")
    assert measured(job)[1] == ["default"]


def test_a_users_own_activation_is_measured_again_when_its_file_changes(
    measured, tmp_path, monkeypatch
):
    monkeypatch.syspath_prepend(tmp_path)
    path = tmp_path / "mine_untrained.py"
    path.write_text("def phi(x):\n    return x.relu()\n")
    job = jobs("default", activation="mine_untrained:phi")[0]
    assert measured(job)[1] == ["default"]
    assert measured(job)[1] == []
    before = Identity(job, "code", "cpu").record()
    path.write_text("def phi(x):\n    return 2 * x.relu()\n")
    assert Identity(job, "code", "cpu").record() != before
    assert measured(job)[1] == ["default"]


def test_the_images_measured_are_those_of_the_job(measured, tmp_path, small):
    few, all_ = jobs("default"), jobs("default", training_images=1_025)
    measured(*few)
    assert few[0].settings.id != all_[0].settings.id
    runs = tables.load("neurons", tmp_path / few[0].id)
    # Of 1,024 images every share is a whole number of them.
    assert (runs["nonzero_fraction"] * 1_024 % 1 == 0).all()
