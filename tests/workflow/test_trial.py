"""A trial as a user runs it: from the command to the card, and a second look at it."""

import json
import subprocess
import sys

import pytest
import yaml

from activation_lab import tables
from activation_lab.analysis.cells import of_study
from conftest import copy_project, environment

OWN = "from torch import relu\n\n\ndef also_relu(x):\n    return relu(x)\n"
CONFIG = "results/trials/also-relu/config.yaml"
FILES = [
    *(f"{name}.{kind}" for name in ("card", "card-portrait") for kind in ("svg", "png", "pdf")),
    *("trial.csv", "trial.tex", "report.html", "report.md", "tables/trial.parquet"),
]


def run(folder, *command, check=True):
    done = subprocess.run(
        command, cwd=folder, env=environment(), capture_output=True, text=True, timeout=900
    )
    assert not check or done.returncode == 0, done.stdout + done.stderr
    return done


def begin(folder, *options, check=True):
    """Run the command that `make trial` runs, on ReLU under another name."""
    command = [sys.executable, "-m", "activation_lab", "trial", "--activation", "mine:also_relu"]
    return run(folder, *command, *options, check=check)


def snakemake(folder, *options, check=True):
    return run(folder, "snakemake", "--cores", "2", "--configfile", CONFIG, *options, check=check)


def shorter(folder):
    """Make the trial small: one task has a smaller network, all train for a moment."""
    path = folder / CONFIG
    made = yaml.safe_load(path.read_text())
    for study in made["studies"].values():
        study["settings"] |= {"epochs": 8}
        study["settings"]["learning_rate"] = {"rates": [0.003, 0.01], "seeds": [1], "epochs": 4}
    made["studies"]["mnist1d-mlp"]["settings"] |= {"network": [32, 32]}
    path.write_text(yaml.safe_dump(made))


@pytest.fixture(scope="module")
def tried(tmp_path_factory, raw):
    folder = copy_project(tmp_path_factory.mktemp("trial") / "project", raw)
    (folder / "mine.py").write_text(OWN)
    tasks = ["--tasks", "mnist1d-mlp mnist1d-conv", "--against", "relu sigmoid"]
    begin(folder, "--level", "quick", "--seeds", "3", *tasks)
    shorter(folder)
    snakemake(folder)
    return folder


@pytest.fixture
def results(tried):
    return tried / "results/trials/also-relu"


def test_a_trial_ends_in_a_card_its_verdicts_and_a_report(results):
    for name in FILES:
        assert (results / name).stat().st_size > 500, name
    report = (results / "report.md").read_text()
    assert report.startswith("# also\\_relu on trial") or report.startswith("# also_relu on trial")
    assert "2 equivalent" in report
    assert "\\toprule" in (results / "trial.tex").read_text()


def test_the_slide_of_a_trial_is_its_card_and_its_tables_go_to_latex(tried, results, tmp_path):
    for kind in ("slides", "latex", "tensorboard"):
        command = (sys.executable, "-m", "activation_lab", kind, "--results", str(results))
        run(tried, *command, "--out", str(tmp_path / kind))
    assert {path.name for path in (tmp_path / "slides").iterdir()} == {"01-card.png", "slides.pdf"}
    assert (tmp_path / "latex/trial-verdicts.tex").read_text().count("sigmoid") == 2
    assert not (tmp_path / "latex/claims-judged.tex").exists()
    runs = {path.relative_to(tmp_path / "tensorboard") for path in tmp_path.rglob("*tfevents*")}
    assert len(runs) == 18  # 3 seeds of 3 activations on 2 tasks


def test_relu_under_another_name_is_equivalent_and_sigmoid_loses(results):
    """The same function on the same seeds makes the same bits, and chooses the same rates."""
    found = tables.load("trial", results / "tables").set_index(["study", "rival"])
    for study in ("mnist1d-mlp", "mnist1d-conv"):
        same, other = found.loc[(study, "relu")], found.loc[(study, "sigmoid")]
        assert (same["verdict"], same["difference"], same["std"]) == ("equivalent", 0, 0)
        assert same["candidate_rate"] == same["rival_rate"]
        assert other["difference"] > 0
        assert other["verdict"] in ("better", "undecided")
    assert set(found["n"]) == {3}


def test_runs_train_at_the_rate_that_was_chosen(results):
    for study in ("mnist1d-mlp", "mnist1d-conv"):
        found = of_study(study, results / "tables")
        tuning = found["tuning"]
        chosen = tuning[tuning["chosen"]].groupby("cell")["rate"].first()
        trained = found["runs"][found["runs"]["epochs"] > 0].groupby("cell")["learning_rate"]
        assert trained.first().to_dict() == chosen.to_dict()
        assert (trained.nunique() == 1).all()
        assert not set(tuning["seed"]) & set(found["runs"]["seed"])


def test_what_the_activations_cost_stands_beside_the_tables(results):
    found = json.loads((results / "examined.json").read_text())
    assert {row["activation"] for row in found["cost"]} == {"also_relu", "relu", "sigmoid"}
    assert all(0 < row["forward"] < row["both"] for row in found["cost"])
    assert len(found["epochs"]) == 6
    known = tables.load("portraits", results / "tables").set_index("activation")
    assert known.loc["also_relu", "critical_weight_std"] == pytest.approx(2**0.5)


def test_nothing_runs_again_and_a_second_look_trains_the_new_seeds_alone(tried):
    assert "Nothing to be done" in snakemake(tried, "--dry-run").stdout
    config = (tried / CONFIG).read_text()
    begin(tried, "--seeds", "7")
    shown = snakemake(tried, "--dry-run")
    (tried / CONFIG).write_text(config)
    counts = {
        line.split()[0]: int(line.split()[1])
        for line in shown.stdout.splitlines()
        if len(line.split()) == 2 and line.split()[1].isdigit()
    }
    assert "tune" not in counts
    assert counts["train"] == 12  # seeds 101 to 105 and 106 to 107 of 3 activations on 2 tasks


def test_a_trial_that_began_with_other_rivals_is_not_overwritten(tried):
    done = begin(tried, "--against", "tanh", check=False)
    assert done.returncode != 0
    assert "is a trial with other rivals, tasks or another level" in done.stderr
    assert "Traceback" not in done.stderr


def test_a_layer_is_refused_before_any_job(tried):
    (tried / "mine_layer.py").write_text("def centred(x):\n    return (x - x.mean(0)).relu()\n")
    config = yaml.safe_load((tried / CONFIG).read_text())
    text = yaml.safe_dump(config).replace("mine:also_relu", "mine_layer:centred")
    (tried / "layer.yaml").write_text(text)
    done = run(tried, "snakemake", "-n", "--configfile", "layer.yaml", check=False)
    assert done.returncode != 0
    assert "depends on other examples of the batch" in done.stdout + done.stderr
    assert "No job was started" in done.stdout + done.stderr
