"""A new dataset is one file and one line: here a made-up one, beside FashionMNIST in one study."""

import copy
import json
import subprocess
from pathlib import Path

import pytest
import yaml

from activation_lab import tables
from activation_lab.analysis import cells
from activation_lab.datasets.fashion_mnist import FASHION_MNIST
from conftest import copy_project, environment
from test_how_to_add import add, run

STUDY = {
    "question": "Does the dataset matter?",
    "seeds": [1, 2],
    "settings": {"network": [16, 8], "epochs": 1, "training_images": 1_024, "batch_size": 16},
    "vary": {"dataset": ["corners", "fashion-mnist"]},
}


def config(project: Path) -> dict:
    raw = yaml.safe_load((project / "config.yaml").read_text())
    return raw | {
        "only": ["datasets"],
        "studies": {"datasets": copy.deepcopy(STUDY)},
        "seeds_per_job": 2,
    }


@pytest.fixture(scope="module")
def project(tmp_path_factory, raw):
    """A finished run of a study on both datasets."""
    folder = copy_project(tmp_path_factory.mktemp("new") / "project", raw)
    add("A dataset", folder)
    run(folder, config(folder))
    return folder


def test_it_was_fetched_and_lies_in_its_folder(project):
    assert {path.name for path in (project / "results/data/corners").iterdir()} == {
        "images.npy",
        "labels.npy",
    }


def test_networks_learn_it_and_every_row_says_so(project):
    folder = project / "results/tables"
    runs = cells.load("runs", folder).query("epochs > 0").set_index("cell")
    assert runs.groupby("cell")["dataset"].apply(set).map(" ".join).to_dict() == {
        "relu_dataset-corners": "corners",
        "relu_dataset-fashion-mnist": "fashion-mnist",
    }
    on_corners = runs.loc["relu_dataset-corners"]
    assert len(on_corners) == 2
    # 16·16 + 16·8 + 8·3 weights, and a bias for each unit: 4 × 4 pixels go in, 3 classes come out.
    assert set(on_corners["parameters"]) == {256 + 128 + 24 + 16 + 8 + 3}
    assert (on_corners["test_accuracy"] > 0.5).all()
    for name in ("gradients", "activations", "neurons", "metrics", "theory"):
        assert set(tables.load(name, folder)["dataset"]) == {"corners", "fashion-mnist"}


def test_its_own_targets_and_chance_level_are_used(project):
    targets = cells.load("targets", project / "results/tables").groupby("dataset")["target"]
    assert targets.apply(list).to_dict() == {
        "corners": [0.5, 0.9],
        "fashion-mnist": list(FASHION_MNIST.targets),
    }
    left = cells.load("runs", project / "results/tables").query("dataset == 'corners'")
    metrics = cells.load("metrics", project / "results/tables").query("dataset == 'corners'")
    best = metrics.groupby("seed")["val_accuracy"].max()
    there = left.query("epochs > 0").set_index("seed")["plateau_exit_epoch"].notna()
    assert (there == (best >= 1 / 3 + (1 - 1 / 3) / 9)).all()


def test_the_report_shows_its_examples(project):
    report = (project / "results/report.md").read_text()
    assert "](figures/samples-corners.svg)" in report
    assert (
        "Corners: the first four training pictures of each of its 3 classes, 4 × 4 grey pixels"
    ) in report
    drawn = (project / "results/figures/samples-corners.svg").read_text()
    assert drawn.count("<image") == 3


def test_snakemake_fetches_each_dataset_once_and_trains_on_both(project, tmp_path, raw):
    folder = copy_project(tmp_path / "project", raw)
    add("A dataset", folder)
    both = config(folder)
    both["studies"]["datasets"]["settings"]["training_images"] = "all"  # 1,024, and 50,000
    (folder / "both.json").write_text(json.dumps(both))
    command = ["snakemake", "--dry-run", "--quiet", "rules", "--configfile", "both.json"]
    done = subprocess.run(
        command, cwd=folder, env=environment(), capture_output=True, text=True, check=False
    )
    said = done.stdout + done.stderr
    assert done.returncode == 0, said
    counts = dict(line.split() for line in said.splitlines() if len(line.split()) == 2)
    expected = {"data_corners": "1", "samples": "2", "train": "2", "untrained": "2", "report": "1"}
    assert expected.items() <= counts.items()
    assert "data_fashion_mnist" not in counts  # its files are there
