"""How far a run is, told from folders as training jobs leave them."""

import pytest
import yaml
from test_config import DEFAULT, merged

from activation_lab import tables
from activation_lab.cli import main
from activation_lab.config import read as config
from activation_lab.config.jobs import Job
from activation_lab.errors import UserError
from activation_lab.pipeline import status
from activation_lab.pipeline.lock import held, hold
from activation_lab.pipeline.plan import Plan
from activation_lab.pipeline.progress import Reporter
from activation_lab.schemas import TABLES
from conftest import ROOT

SMALL = {
    "studies": {
        **dict.fromkeys(DEFAULT["studies"]),
        "s": {
            **{"question": "?", "seeds": "1-2", "settings": {"epochs": 10, "stop": "never"}},
            "vary": {"activation": ["tanh", "relu", "elu", "swish"]},
        },
    }
}


@pytest.fixture
def plan():
    return Plan.of(config.read(merged(DEFAULT, SMALL)))


def job_of(plan, activation):
    (job,) = (job for job in plan.jobs.values() if job.settings.activation.name == activation)
    return job


def folder_of(plan, activation, root):
    return root / "results/runs" / job_of(plan, activation).id


@pytest.fixture
def results(plan, tmp_path):
    """tanh is done, relu trains, elu has failed, swish waits."""
    reporters = {
        cell: Reporter(folder_of(plan, cell, tmp_path), total=10)
        for cell in ("tanh", "relu", "elu")
    }
    reporters["tanh"].report(10, 10, 100.0)
    reporters["relu"].report(4, 10, 40.0)
    reporters["elu"].fail(UserError("There is no room."))
    rows = [{"settings_id": "s", "status": name} for name in ("ok", "diverged")]
    done = folder_of(plan, "tanh", tmp_path)
    tables.write(TABLES["runs"], rows, done / "runs.parquet")
    (done / "job.json").write_text("{}")
    return tmp_path / "results"


def states(found):
    return {
        one.job.settings.activation.name: one.state for one in found if isinstance(one.job, Job)
    }


def test_each_job_has_the_state_that_its_folder_says(plan, results):
    found = status.of_plan(plan, results, results / "runs", at_work=True)
    assert states(found) == {"tanh": "done", "relu": "running", "elu": "failed", "swish": "waiting"}
    assert (
        states(status.of_plan(plan, results, results / "runs", at_work=False))["relu"] == "waiting"
    )


def test_the_overview_counts_jobs_epochs_and_networks(plan, results):
    line = status.overview(
        status.of_plan(plan, results, results / "runs", at_work=True)
    ).splitlines()[2]
    assert line.split() == ["s", "1", "1", "1", "1", "14", "1", "diverged,", "1", "ok"]


def test_the_time_left_is_that_of_epochs_not_trained(plan, results):
    """Ten epochs take 100 s: 60 s are left of relu, 100 s each of elu and swish, and three starts."""
    found = [
        one
        for one in status.of_plan(plan, results, results / "runs", at_work=True)
        if isinstance(one.job, Job)
    ]
    left = 60 + 2 * 100 + 3 * status.START_SECONDS
    # The untrained pass counts as a third of an epoch.
    assert status.seconds_left(found, workers=1) == pytest.approx(left, rel=0.05)
    assert status.seconds_left(found, workers=2) == pytest.approx(left / 2, rel=0.05)
    assert status.seconds_left(found[3:], workers=1) is None


def test_failures_name_the_job_the_reason_and_the_log(plan, results):
    found = status.of_plan(plan, results, results / "runs", at_work=True)
    told = folder_of(plan, "relu", results.parent) / "progress.json"
    lines = status.failures(found, since=told.stat().st_mtime + 1).splitlines()
    assert lines[0] == f"{job_of(plan, 'elu').id}: There is no room."
    assert lines[1].strip() == str(folder_of(plan, "elu", results.parent) / "train.log")
    assert len(lines) == 2  # what was interrupted earlier has not failed in this run
    killed = status.failures(found, since=told.stat().st_mtime).splitlines()
    assert f"{job_of(plan, 'relu').id}: {status.KILLED}" in killed


def test_a_tuning_is_told_as_a_job_of_its_study(tmp_path):
    """It runs, then it is done, and the networks that it trained are counted by how they ended."""
    study = {**SMALL["studies"]["s"], "vary": {"activation": ["relu"]}}
    study["settings"] = {"learning_rate": {"rates": [0.01, 0.1], "seeds": [3]}, "epochs": 10}
    plan = Plan.of(config.read(merged(DEFAULT, {"studies": {**SMALL["studies"], "s": study}})))
    (tuning,) = plan.tunings.values()
    folder = tmp_path / "runs" / tuning.id
    Reporter(folder, total=10).report(5, 10, 20.0)

    def found():
        return next(
            one
            for one in status.of_plan(plan, tmp_path, tmp_path / "runs", at_work=True)
            if one.job == tuning
        )

    assert (found().state, found().epochs, found().studies) == ("running", 5, ("s",))
    assert found().log.name == "tune.log"
    tables.write(TABLES["tuning"], [{"rate": 0.1, "status": "ok"}], folder / "tuning.parquet")
    (folder / "job.json").write_text("{}")
    assert (found().state, found().statuses) == ("done", ("ok",))


def test_a_snakemake_is_seen_by_its_lock(tmp_path):
    path = tmp_path / "lock"
    assert not held(path)
    file = hold(path)
    assert held(path)
    file.close()
    assert not held(path)


def test_the_stage_prints_all_of_it(results, tmp_path, monkeypatch, capsys):
    monkeypatch.chdir(tmp_path)
    (tmp_path / "own.yaml").write_text(yaml.safe_dump(SMALL))
    main(["status", str(ROOT / "config.yaml"), "own.yaml"])
    out = capsys.readouterr().out
    for said in ("No snakemake is at work", "Training left: about", "MB.", "There is no room"):
        assert said in out


@pytest.mark.parametrize("content", [None, b"\x00\xff", b"{"])
def test_a_config_that_cannot_be_read_is_named(content, tmp_path):
    path = tmp_path / "own.yaml"
    if content is not None:
        path.write_bytes(content)
    with pytest.raises(SystemExit, match=r"The config .*own\.yaml cannot be read"):
        main(["status", str(path)])
