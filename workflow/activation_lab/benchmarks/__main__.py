"""`python -m activation_lab.benchmarks`: measure, and write a report with a plot."""

from __future__ import annotations

import argparse
import os
import platform
import statistics
import sys
import tempfile
from collections.abc import Callable
from pathlib import Path

import torch

from activation_lab import data
from activation_lab.benchmarks import engine, gpu, pipeline
from activation_lab.figures import style
from activation_lab.files import write_text
from activation_lab.stages.train import processor

NETWORKS = {
    "512-256-256-128": [512, 256, 256, 128],
    "64 × 16 layers": [64] * 16,
    "1024 × 4 layers": [1024] * 4,
}
TUTORIAL = "512-256-256-128"
SIZES = (100, 1_000, 10_000)
PARTS = ("epochs", "gpu", "grids", "rest")
Line = tuple[str, ...]

EPOCH = """An epoch is 195 steps of 256 images and the validation of 10,000, for one network, on
one thread. Floor: the same matrix products alone, by `baddbmm` and `bmm` into buffers that are
there. Medians."""
GPU = """The same epoch on an NVIDIA GPU, for all networks of a stack and for each."""
ON_GPU = ("way", "stacked networks", "milliseconds an epoch", "for each network")
GRIDS = """Grids of small networks: to plan (a dry run), to plan again when every job is done, to gather
and analyse the tables of all jobs."""


def main() -> None:
    """Measure everything and write the report."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--out", type=Path, default=Path("results/benchmarks"))
    parser.add_argument("--raw", type=Path, default=Path("results/data/FashionMNIST/raw"))
    parser.add_argument("--repeats", type=int, default=7)
    parser.add_argument("--share", type=float, default=1.0, help="of an epoch, at a time")
    parser.add_argument("--jobs", type=int, nargs="*", default=SIZES)
    parser.add_argument("--only", nargs="+", choices=PARTS, default=PARTS)
    given = parser.parse_args()
    if not all((given.raw / name).is_file() for name in data.CHECKSUMS):
        data.fetch(given.raw)
    torch.set_num_threads(1)
    torch.set_flush_denormal(True)
    parts = data.load(given.raw, data.TRAINING_IMAGES)
    before = os.getloadavg()[0]
    networks = NETWORKS if "epochs" in given.only else {}
    epochs = [
        line
        for name, network in networks.items()
        for line in epoch_costs(name, network, parts, given)
    ]
    on_gpu = gpu.costs(NETWORKS[TUTORIAL], parts, given.repeats) if "gpu" in given.only else []
    grids = grid_costs(parts, given) if "grids" in given.only else {}
    rest = [*idle(), *report_costs()] if "rest" in given.only else []
    if grids:
        _plot(grids, given.out / "cost.svg")
    write_text(_report(epochs, on_gpu, grids, rest, before), given.out / "report.md")
    print(f"The benchmark: {given.out / 'report.md'}")


def epoch_costs(
    name: str, network: list[int], parts: dict[str, data.Part], given: argparse.Namespace
) -> list[Line]:
    """Return the lines of one network; the ways alternate, so that all see the same machine."""
    ways: dict[str, Callable[[], float]] = {
        "floor, 1 network": lambda: engine.floor(network, 1, given.share),
        "floor, 5 stacked": lambda: engine.floor(network, 5, given.share),
        "engine, 1 network": lambda: engine.engine(network, 1, parts, given.share),
        "engine, 5 stacked": lambda: engine.engine(network, 5, parts, given.share),
    }
    if name == TUTORIAL:
        ways["the tutorial's own loop"] = lambda: engine.tutorial(network, given.raw, given.share)
    times: dict[str, list[float]] = {way: [] for way in ways}
    for repeat in range(given.repeats):
        for way, measure in ways.items():
            times[way].append(measure())
        _say(f"{name}: {repeat + 1} of {given.repeats}")
    median = {way: statistics.median(seconds) for way, seconds in times.items()}
    return [
        (
            *(name, way, f"{seconds:.3f}", f"{min(times[way]):.3f} to {max(times[way]):.3f}"),
            f"{seconds / median['floor, 5 stacked' if '5' in way else 'floor, 1 network']:.2f}",
            f"{seconds / median['engine, 5 stacked']:.2f}",
        )
        for way, seconds in median.items()
    ]


def grid_costs(
    parts: dict[str, data.Part], given: argparse.Namespace
) -> dict[str, dict[int, pipeline.Cost]]:
    """Return what grids of growing size cost: to plan, to plan again when finished, to gather."""
    costs: dict[str, dict[int, pipeline.Cost]] = {"plan": {}, "plan again": {}, "gather": {}}
    for jobs in given.jobs:
        with tempfile.TemporaryDirectory() as scratch:
            folder = pipeline.project(Path(scratch) / "project", given.raw.resolve(), jobs)
            costs["plan"][jobs] = pipeline.planned(folder)
            pipeline.finish_jobs(folder, parts)
            costs["plan again"][jobs] = pipeline.planned(folder)
            costs["gather"][jobs] = pipeline.gathered(folder)
        _say(f"grid of {jobs} jobs")
    return costs


def idle() -> list[Line]:
    """Return what it costs to find that nothing is to be done, in this project as it stands."""
    command = ["snakemake", "--cores", "2", "--dry-run", "--quiet"]
    return [_line("a dry run of this project as it stands", pipeline.cost(command, Path.cwd()))]


def report_costs() -> list[Line]:
    """Return what figures and report cost, from the tables of the default config if they are there."""
    if not Path("results/tables/claims.parquet").is_file():
        return [("figures and report of the default config", "not run: no results", "")]
    command = ["snakemake", "--cores", "1", "--forcerun", "analyse", "figures", "report"]
    return [_line("analyse, figures and report", pipeline.cost(command, Path.cwd()))]


def _line(what: str, cost: pipeline.Cost) -> Line:
    return (what, f"{cost.seconds:.1f}", f"{cost.memory:.0f}")


def _say(text: str) -> None:
    print(text, file=sys.stderr, flush=True)


def _plot(grids: dict[str, dict[int, pipeline.Cost]], path: Path) -> None:
    figure, grid = style.panels(1, 2, 4.2, 3.0)
    for axis, what in zip(grid[0], ("seconds", "memory"), strict=True):
        for (name, costs), colour, mark in zip(grids.items(), style.COLOURS, "os^", strict=False):
            values = [getattr(cost, what) for cost in costs.values()]
            axis.plot(list(costs), values, color=colour, marker=mark, label=name)
        axis.set(xscale="log", yscale="log", xlabel="jobs")
    grid[0][0].set_ylabel("CPU time (s)")
    grid[0][1].set_ylabel("peak memory (MB)")
    handles, labels = grid[0][0].get_legend_handles_labels()
    figure.legend(handles, labels, loc="outside upper right", ncols=3)
    style.save(figure, path)


def _report(
    epochs: list[Line],
    on_gpu: list[Line],
    grids: dict[str, dict[int, pipeline.Cost]],
    rest: list[Line],
    load: float,
) -> str:
    grown = [
        (name, f"{jobs:,}", f"{cost.seconds:.1f}", f"{cost.memory:.0f}")
        for name, costs in grids.items()
        for jobs, cost in costs.items()
    ]
    heads = (
        ("network", "way", "seconds an epoch", "range", "to floor", "to engine, 5 stacked"),
        ("what", "jobs", "CPU seconds", "peak MB"),
        ("what", "CPU seconds", "peak MB"),
    )
    lines = [
        *("# What it costs", "", _machine(load), "", EPOCH, "", *_table(heads[0], epochs), ""),
        *(GPU, "", *_table(ON_GPU, on_gpu), ""),
        *(["![Cost against the number of jobs](cost.svg)", ""] if grids else []),
        *(GRIDS, ""),
        *(*_table(heads[1], grown), "", *_table(heads[2], rest)),
    ]
    return "\n".join(lines) + "\n"


def _table(head: Line, lines: list[Line]) -> list[str]:
    if not lines:
        return ["Not run."]
    return [f"| {' | '.join(row)} |" for row in (head, ["---"] * len(head), *lines)]


def _machine(load: float) -> str:
    name = f", {torch.cuda.get_device_name()}" if torch.cuda.is_available() else ""
    return (
        f"{processor()}, {os.cpu_count()} cores{name}, {platform.system()}, "
        f"Python {platform.python_version()}, torch {torch.__version__}; load average before the "
        f"measurement {load:.1f}, after it {os.getloadavg()[0]:.1f}."
    )


if __name__ == "__main__":
    main()
