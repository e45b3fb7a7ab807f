import itertools
from types import SimpleNamespace

import pytest
import yaml
from test_config import DEFAULT, changed, merged

from activation_lab.config import plan
from activation_lab.config import read as config
from activation_lab.config.plan import Job, Plan
from activation_lab.errors import UserError
from conftest import ROOT


def ids(raw):
    return [job.id for job in plan.jobs(config.read(raw))]


def test_ids_are_readable_and_hold_only_what_varies():
    assert ids(changed("seeds_per_job", 5))[:2] == [
        "tutorial/sigmoid/seeds-42-46",
        "tutorial/tanh/seeds-42-46",
    ]
    varied = changed("studies/tutorial/vary", {"learning_rate": [0.1, 0.003], "network": [[8, 4]]})
    assert "tutorial/relu_network-8-4_learning-rate-0.003/seeds-42-46" in ids(varied)


def test_two_activations_of_one_name_are_refused(tmp_path, monkeypatch):
    """Tables and figures would take one for the other."""
    (tmp_path / "mine.py").write_text("def half(x):\n    return x.relu() / 2\n")
    monkeypatch.syspath_prepend(tmp_path)
    activation = "studies/ten-layer/settings/activation"
    assert "half" in Plan.of(config.read(changed(activation, "mine:half"))).activations
    with pytest.raises(UserError, match=r"relu and mine:relu would both be called relu"):
        Plan.of(config.read(changed(activation, "mine:relu")))


def test_every_cell_has_every_seed_once():
    jobs = plan.jobs(config.read(changed("seeds_per_job", 2)))
    blocks = [job.seeds for job in jobs if job.study == "tutorial" and job.cell == "relu"]
    assert blocks == [(42, 43), (44, 45), (46,)]
    assert len({job.id for job in jobs}) == len(jobs)


def test_one_more_activation_or_block_of_seeds_changes_no_other_job():
    before = {job.id: job for job in plan.jobs(config.read(changed("seeds_per_job", 5)))}
    for path, value in {
        "studies/tutorial/vary/activation": [
            *DEFAULT["studies"]["tutorial"]["vary"]["activation"],
            {"name": "leakyrelu", "negative_slope": 0.5},
        ],
        "studies/tutorial/seeds": "42-51",
    }.items():
        raw = merged(changed("seeds_per_job", 5), changed(path, value))
        raw["seeds_per_job"] = 5
        after = {job.id: job for job in plan.jobs(config.read(raw))}
        assert len(after) > len(before)
        assert all(after[id_] == job for id_, job in before.items())


def test_a_job_survives_the_command_line():
    planned = plan.Plan.of(config.read(DEFAULT))
    for job in planned.jobs.values():
        text = planned.job(SimpleNamespace(job=job.id))
        assert Job.model_validate_json(text) == job


def test_the_digest_of_the_cells_knows_no_seeds():
    def digest(*change):
        return plan.Plan.of(config.read(changed(*change) if change else DEFAULT)).cells

    assert digest() == digest("studies/tutorial/seeds", "1-3")
    assert digest() != digest("studies/tutorial/vary/activation", ["relu"])


def test_keys_are_those_of_the_tables():
    (job,) = itertools.islice(plan.jobs(config.read(DEFAULT)), 1)
    assert job.keys == {
        "study": "tutorial",
        "cell": "sigmoid",
        "activation": "sigmoid",
        "network": "512-256-256-128",
        "depth": 4,
        "initialisation": "default",
        "optimizer": "sgd",
        "learning_rate": 0.01,
    }


def test_quick_is_the_same_pipeline():
    quick = yaml.safe_load((ROOT / "workflow/configs/quick.yaml").read_text())
    read = config.read(merged(DEFAULT, quick))
    assert read.results != DEFAULT["results"]
    assert list(read.studies) == ["tutorial", "ten-layer"]


@pytest.mark.parametrize(
    ("activation", "error"),
    [
        ("softplus", "studies.ten-layer: softplus has no stable critical initialisation; use one"),
        ("torch.nn.functional:softplus", "softplus has no stable critical initialisation"),
    ],
)
def test_no_job_is_planned_for_a_critical_initialisation_that_does_not_exist(activation, error):
    raw = changed("studies/ten-layer/settings/activation", activation)
    raw["studies"]["ten-layer"]["vary"]["initialisation"] = ["critical"]
    with pytest.raises(UserError, match=error):
        Plan.of(config.read(raw))
