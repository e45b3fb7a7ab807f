import json
import subprocess
import sys
from pathlib import Path

import pytest

from activation_lab import tables
from activation_lab.benchmarks import jobs, peers, pipeline
from activation_lab.benchmarks.jobs import RunCost, Starts, makespan
from activation_lab.benchmarks.lines import judged
from activation_lab.config.cells import BATCH
from activation_lab.errors import UserError
from activation_lab.schemas import TABLES
from conftest import ROOT, environment

UNTRAINED = {"settings_id": "plain", "epochs": 0}
RELU = {"settings_id": "relu", "epochs": 3}


def test_a_figure_says_what_was_aimed_at_and_whether_it_was_met():
    assert judged(1.267) == "1.27"
    assert judged(1.267, most=1.1) == "1.27 (aim: at most 1.10; missed)"
    assert judged(1.1, most=1.1) == "1.10 (aim: at most 1.10; met)"
    assert judged(7, least=6.5) == "7.00 (aim: at least 6.50; met)"
    assert judged(12.34, least=30, form=".1f") == "12.3 (aim: at least 30.0; missed)"


def test_the_longest_job_first_on_whichever_core_is_free():
    assert makespan([3, 3, 2, 2, 2], 2) == 7
    assert makespan([1, 1, 2], 2) == 2
    assert makespan([5, 1], 4) == 5
    assert makespan([], 4) == 0


@pytest.mark.parametrize(("size", "seconds"), [(1, 2 + 30 + 1), (2, 2 + 50 + 2)])
def test_minutes_are_reckoned_from_epochs_probes_and_starts(size, seconds):
    """Two runs of 30 and 20 epochs and one untrained, a second each for probes, on three cores."""
    cells = ["s/relu", "s/relu", "s/untrained"]
    run = RunCost(
        0, 3, 2, training=50, probes=3, epochs=[30, 20, 0], cells=cells, again=0, report=0
    )
    assert run.reckoned(size, 1, Starts(trained=2, untrained=99 * BATCH), cores=3) == max(
        seconds, 100
    )
    assert run.reckoned(size, 1, Starts(trained=2, untrained=BATCH), cores=3) == seconds


def test_the_cost_of_a_run_is_read_from_what_it_wrote(tmp_path, monkeypatch):
    rows = [{**row, "seed": seed} for seed in (42, 43) for row in (RELU, UNTRAINED)]
    tables.write(TABLES["runs"], rows, tmp_path / "results/tables/runs.parquet")
    record = {"jobs": 2, "seconds": {"training": 9.0, "probes": 2.0, "total": 12.0}}
    (tmp_path / "results/tables/provenance.json").write_text(json.dumps(record))
    for row in (RELU, UNTRAINED):
        job = tmp_path / f"results/runs/{row['settings_id']}/seeds-42-43/job.json"
        job.parent.mkdir(parents=True)
        job.write_text(json.dumps({"job": {"settings": {"epochs": row["epochs"]}}}))
    monkeypatch.setattr(pipeline, "cost", lambda command, folder: pipeline.Cost(len(command), 0, 0))
    run = jobs.of_results(tmp_path, wall=60)
    assert (run.wall, run.jobs, run.trained, run.training, run.probes) == (60, 2, 1, 9, 2)
    assert (run.epochs, run.cells) == ([3, 0, 3, 0], ["relu", "plain"] * 2)
    assert 0 < run.again < run.report


def test_a_job_is_measured_as_it_runs(raw, monkeypatch):
    monkeypatch.setattr(jobs, "REPEATS", 1)
    cost = jobs.job_cost(raw, epochs=0)
    assert cost.epoch == 0
    assert min(cost.probes, cost.start) > 0.1
    assert cost.memory > cost.torch_memory > 100


PEER = """
import sys
print("made up 1.0", flush=True)
for line in sys.stdin:
    if line.strip() == "end":
        sys.exit("It has ended.")
    print(sys.argv[2], flush=True)
"""


def test_a_peer_answers_until_it_ends(tmp_path):
    program = tmp_path / "peer.py"
    program.write_text(PEER)
    with peers.started(Path(sys.executable), str(program), tmp_path, (3, 2)) as peer:
        assert peer.version == "made up 1.0"
        with pytest.raises(ValueError, match=r"\[3, 2\]"):  # what it answers is no number
            peer.seconds("one")
        with pytest.raises(UserError, match="ended early"):
            peer.seconds("end")


def test_the_benchmark_measures_and_reports(raw, tmp_path):
    command = [
        sys.executable,
        "-m",
        "activation_lab.benchmarks",
        "--only",
        "epochs",
        "families",
        "peers",
        "grids",
    ]
    small = [
        "--repeats",
        "1",
        "--share",
        "0.01",
        "--jobs",
        "2",
        "--raw",
        str(raw),
        "--peers",
        "absent",
    ]
    subprocess.run(
        [*command, *small, "--out", str(tmp_path)],
        **{"cwd": ROOT, "env": environment(), "check": True, "timeout": 300},
    )
    report = (tmp_path / "report-epochs-families-peers-grids.md").read_text()
    lines = [line.split(" | ") for line in report.splitlines() if line.startswith("| ")]
    found = {(line[0].removeprefix("| "), line[1]) for line in lines}
    assert ("512-256-256-128", "products by oneDNN") in found
    assert {("conv", "training"), ("transformer", "a plain loop")} <= found
    assert {("plan", "2"), ("Snakemake alone", "2"), ("gather", "2")} <= found
    assert "aim: at most 1.15" in report
    assert "not run: make bench installs them" in report
    assert (tmp_path / "cost.svg").stat().st_size > 10_000
