"""What a notebook and a spreadsheet get."""

import json
import subprocess
import sys

import pandas as pd
import pytest

import activation_lab
from activation_lab import tables
from activation_lab.cli import main
from activation_lab.errors import UserError
from activation_lab.schemas import TABLES
from conftest import ROOT, environment

KEYS = {
    **{"settings_id": "a,b", "dataset": "d", "activation": "relu", "network": "8", "depth": 1},
    **{"initialisation": "default", "optimizer": "sgd", "learning_rate": 0.1, "seed": 1},
}
GRADIENT = {**KEYS, "phase": "untrained", "layer": 1, "std": 0.1}


@pytest.fixture
def results(tmp_path):
    """A results folder with two tables."""
    run = {**KEYS, "status": "ok", "epochs": 3, "test_accuracy": 0.1 + 0.2}
    rows = {
        "runs": [run, {**run, "seed": None, "stopped_early": True}],
        "gradients": [
            {**GRADIENT, "quantiles": [0.1, float("nan")], "counts": [1, 2]},
            {**GRADIENT, "quantiles": [], "counts": None},
        ],
    }
    for name, made in rows.items():
        tables.write(TABLES[name], made, tmp_path / f"results/tables/{name}.parquet")
    return tmp_path / "results"


def test_a_notebook_gets_frames_by_name(results):
    loaded = activation_lab.load(results)
    assert set(loaded) == {"runs", "gradients"}
    runs = loaded["runs"]
    assert (runs["seed"].dtype, runs["stopped_early"].dtype) == ("Int64", "boolean")
    assert runs["seed"].isna().tolist() == [False, True]
    assert loaded["runs"] is runs
    assert "runs" in repr(loaded)
    with pytest.raises(KeyError):
        loaded["nothing"]


def test_a_study_of_the_published_run_has_the_tables_that_are_published():
    study = activation_lab.load(ROOT / "docs/reference").study("tutorial")
    assert {"runs", "dead_neurons", "theory"} <= set(study)
    assert not {"gradients", "activations"} & set(study)  # too large to publish
    assert set(study["runs"]["label"]) >= {"sigmoid", "relu"}


@pytest.mark.parametrize(
    ("module", "heavy"),
    [
        ("activation_lab", {"pandas", "pyarrow", "torch"}),
        ("activation_lab.pipeline.plan", {"pandas", "scipy", "torch"}),
        *(
            (f"activation_lab.commands.{stage}", {"torch"})
            for stage in ("collect", "analyse", "claims", "figures", "report")
        ),
    ],
)
def test_what_every_command_imports_is_light(module, heavy):
    code = f"import {module}, sys; print({heavy} & set(sys.modules))"
    done = subprocess.run(
        [sys.executable, "-c", code],
        cwd=ROOT / "workflow",
        env=environment(),
        capture_output=True,
        text=True,
        check=True,
    )
    assert done.stdout.strip() == "set()"


def test_csv_holds_what_the_tables_hold(results, tmp_path):
    main(["export", "--results", str(results), "--out", str(tmp_path / "csv")])
    assert {path.name for path in (tmp_path / "csv").iterdir()} == {"runs.csv", "gradients.csv"}
    runs = pd.read_csv(tmp_path / "csv/runs.csv")
    assert runs["test_accuracy"].tolist() == [0.1 + 0.2] * 2  # every digit
    assert runs["settings_id"].tolist() == ["a,b"] * 2
    assert runs["seed"].isna().tolist() == [False, True]
    gradients = pd.read_csv(tmp_path / "csv/gradients.csv")
    assert [json.loads(text) for text in gradients["quantiles"]] == [[0.1, None], []]
    assert json.loads(gradients["counts"][0]) == [1, 2]
    assert pd.isna(gradients["counts"][1])


def test_a_folder_without_tables_is_one_clear_message(tmp_path):
    with pytest.raises(UserError, match=r"no tables in .*nowhere/tables.*`make report` makes one"):
        activation_lab.load(tmp_path / "nowhere")
    with pytest.raises(SystemExit, match=r"^Error: There are no tables in"):
        main(["export", "--results", str(tmp_path), "--out", str(tmp_path / "csv")])
    assert not (tmp_path / "csv").exists()
