"""Experiments: their names in a config, what runs again, their rows, and the way to `load`."""

import pytest
import torch
import yaml

from activation_lab import load, tables
from activation_lab.config.read import ConfigError
from activation_lab.experiments import EXPERIMENTS, code, collapse, dead_weights
from activation_lab.pipeline import digests
from activation_lab.schemas import TABLES
from conftest import ROOT, copy_project, edit, snakemake

CONFIG = ROOT / "workflow/configs/experiments.yaml"


def test_an_unknown_name_is_one_error_with_the_nearest():
    with pytest.raises(ConfigError, match=r"there is no experiment colapse; .*collapse"):
        code.check(["colapse"])
    code.check(EXPERIMENTS)


def test_the_config_of_experiments_has_all_of_them():
    assert yaml.safe_load(CONFIG.read_text())["experiments"] == list(EXPERIMENTS)


@pytest.mark.parametrize("module", [name.replace("-", "_") for name in EXPERIMENTS])
def test_an_edit_of_one_experiment_makes_it_alone_again(module):
    path = digests.PACKAGE / f"experiments/{module}.py"
    assert [name for name in EXPERIMENTS if part_of(path, name)] == [module.replace("_", "-")]


def part_of(path, name):
    """Whether a file is part of the code of an experiment."""
    value = digests._entry(digests.PACKAGE, "experiment", name)
    assert value is not None
    own = digests._closure(digests._files_of("experiment", value))
    return path in {*digests.reached("experiment"), *own}


def test_training_does_not_depend_on_experiments():
    for stage in ("train", "untrained", "tune", "theory"):
        reached = [path.relative_to(digests.PACKAGE) for path in digests.reached(stage)]
        assert not [path for path in reached if "experiment" in str(path)]


def test_networks_of_one_layer_die_as_often_as_coins_say():
    generator = torch.Generator().manual_seed(0)
    alive = sum(collapse._alive(torch.ones(9), 1, 2, generator) for _ in range(4))
    assert abs(alive / 4000 - 0.75) < 0.03
    assert collapse._alive(torch.ones(9), 60, 1, generator) == 0


def test_plain_steps_leave_dead_units_alone_and_momentum_does_not(parts):
    part = parts["training"].first(10 * 256)
    plain = dead_weights._counted(part, 42, 0.0, 0.0)
    moved = dead_weights._counted(part, 42, 0.9, 0.0)

    def total(counts, quantity):
        return sum(counts[quantity, layer] for layer in range(1, 5))

    assert total(plain, "dead") > 0
    assert total(plain, "gradient") == total(plain, "changed") == total(moved, "gradient") == 0
    assert total(moved, "changed") > 0


def test_rows_are_read_as_they_were_written(tmp_path):
    row = {"experiment": "collapse", "activation": "relu", "arm": "a", "seed": 42, "layer": None}
    rows = [{**row, "quantity": "alive", "value": 1.0}]
    tables.write(TABLES["experiments"], rows, tmp_path / "tables/experiments.parquet")
    assert load(tmp_path)["experiments"]["value"].tolist() == [1.0]


def test_the_workflow_makes_an_experiment_and_refuses_an_unknown_one(tmp_path, raw):
    project = copy_project(tmp_path / "project", raw)
    edit(project / "tiny.yaml", "seeds_per_job: 1", "seeds_per_job: 1\nexperiments: [collapse]")
    snakemake(project, "--", "results/tables/experiments.parquet")
    first = (project / "results/tables/experiments.parquet").read_bytes()
    assert set(load(project / "results")["experiments"]["quantity"]) == {
        *("networks", "alive", "predicted_share"),
    }
    snakemake(project, "--forceall", "results/tables/experiments.parquet")
    assert (project / "results/tables/experiments.parquet").read_bytes() == first
    edit(project / "tiny.yaml", "[collapse]", "[colapse]")
    refused = snakemake(project, check=False)
    assert "there is no experiment colapse" in refused.stderr
    assert "No job was started." in refused.stderr
