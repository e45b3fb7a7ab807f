import subprocess
import sys

import pytest

from activation_lab.benchmarks.__main__ import judged
from activation_lab.benchmarks.jobs import RunCost, makespan
from conftest import ROOT, environment


def test_a_figure_says_what_was_aimed_at_and_whether_it_was_met():
    assert judged(1.267) == "1.27"
    assert judged(1.267, most=1.1) == "1.27 (aim: at most 1.10; missed)"
    assert judged(1.1, most=1.1) == "1.10 (aim: at most 1.10; met)"
    assert judged(7, least=6.5) == "7.00 (aim: at least 6.50; met)"
    assert judged(12.34, least=30, form=".1f") == "12.3 (aim: at least 30.0; missed)"


def test_the_longest_job_first_on_whichever_core_is_free():
    assert makespan([3, 3, 2, 2, 2], 2) == 7
    assert makespan([5, 1], 4) == 5
    assert makespan([], 4) == 0


@pytest.mark.parametrize(("size", "seconds"), [(1, 2 + 30 + 1), (2, 2 + 50 + 2)])
def test_minutes_are_reckoned_from_epochs_probes_and_starts(size, seconds):
    """Two runs of 30 and 20 epochs and one untrained, a second each for probes, on three cores."""
    run = RunCost(0, 3, 50, 3, [30, 20, 0], ["s/relu", "s/relu", "s/untrained"], 0, 0)
    assert run.reckoned(size, epoch=1, start=2, cores=3) == seconds


def test_the_benchmark_measures_and_reports(raw, tmp_path):
    command = [sys.executable, "-m", "activation_lab.benchmarks", "--only", "epochs", "grids"]
    small = ["--repeats", "1", "--share", "0.01", "--jobs", "2", "--raw", str(raw)]
    subprocess.run(
        [*command, *small, "--out", str(tmp_path)],
        **{"cwd": ROOT, "env": environment(), "check": True, "timeout": 300},
    )
    report = (tmp_path / "report-epochs-grids.md").read_text()
    lines = [line.split(" | ") for line in report.splitlines() if line.startswith("| ")]
    found = {(line[0].removeprefix("| "), line[1]) for line in lines}
    assert ("512-256-256-128", "the tutorial's own loop") in found
    assert {("plan", "2"), ("Snakemake alone", "2"), ("gather", "2")} <= found
    assert "aim: at most 1.10" in report
    assert (tmp_path / "cost.svg").stat().st_size > 10_000
