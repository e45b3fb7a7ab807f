"""`python -m activation_lab.benchmarks`: measure, and write a report with a plot."""

from __future__ import annotations

import argparse
import os
import platform
import statistics
import sys
import tempfile
from pathlib import Path

import torch
from matplotlib.ticker import LogLocator, NullFormatter

from activation_lab import processor
from activation_lab.benchmarks import engine, epochs, families, gpu, jobs, peers, pipeline
from activation_lab.benchmarks.lines import Line, judged, table
from activation_lab.datasets.base import Part
from activation_lab.files import write_text
from activation_lab.networks import products
from activation_lab.report.figures import style

NETWORKS = {
    "512-256-256-128": [512, 256, 256, 128],
    "64 × 16 layers": [64] * 16,
    "1024 × 4 layers": [1024] * 4,
}
TUTORIAL = "512-256-256-128"
SIZES = (100, 1_000, 10_000)
PARTS = ("epochs", "families", "peers", "gpu", "grids", "job", "default")
# What is aimed at, on a quiet machine of two cores.
OF_MOST_JOBS = {  # CPU seconds and MB, for 10,000 jobs
    "plan": (30, 400),
    "plan again": (30, 400),
    "gather": (45, 500),
}
PROBES, MEMORY = 0.10, 400  # of 20 epochs; MB above `import torch`
IDLE, REPORT = 4, 30  # CPU seconds
BUSY, STARTING = 0.80, 0.04  # of all cores' time

EPOCH = f"""An epoch is {engine.STEPS} steps of {engine.BATCH} images and the validation of
{engine.DATASET.validation:,}, for one network, on one thread. Products: its matrix products alone.
Medians."""
OF_FAMILIES = """The same epoch of every network family, beside the same module in a plain loop."""
PEERS = """The same epoch by others, on one core, by turns. On a CPU our seeds train one after another:
with five of them, each takes as long as alone."""
GPU = """The same epoch on an NVIDIA GPU, for all networks of a stack and for each."""
ON_GPU = ("way", "stacked networks", "milliseconds an epoch", "for each network")
GRIDS = """Grids of small networks: to plan (a dry run), to plan again when every job is done, to gather
and analyse the tables of all jobs. Beside them what Snakemake alone takes to plan so many jobs of so
many files, without any config or inputs."""
JOB = """A training job of the tutorial's network with five seeds; the default config from nothing.
Minutes by seeds a job are not measured but calculated: the run's own epochs and probes at the measured
seconds of an epoch and of a job's start, the longest jobs first."""


def main() -> None:
    """Measure everything and write the report."""
    given = _given()
    if not all((given.raw / name).is_file() for name in engine.DATASET.checksums):
        engine.DATASET.fetch(given.raw)
    torch.set_num_threads(1)
    torch.set_flush_denormal(True)
    parts = engine.DATASET.load(given.raw, engine.DATASET.training)
    before = os.getloadavg()[0]
    networks = NETWORKS if "epochs" in given.only else {}
    found = [
        line
        for name, network in networks.items()
        for line in epochs.costs(name, network, parts, given.repeats, given.share)
    ]
    of_families = (
        families.costs(parts, given.repeats, given.share) if "families" in given.only else []
    )
    beside = peer_costs(parts, given) if "peers" in given.only else []
    on_gpu = gpu.costs(NETWORKS[TUTORIAL], parts, given.repeats) if "gpu" in given.only else []
    grids = grid_costs(parts, given) if "grids" in given.only else {}
    runs = []
    if {"job", "default"} & set(given.only):
        trained, untrained = (jobs.job_cost(given.raw, epochs) for epochs in (1, 0))
        starts = jobs.Starts(trained.start, untrained.start)
        runs += job_costs(trained, untrained)
        runs += run_costs(given, parts, starts) if "default" in given.only else []
    if grids:
        _plot(grids, given.out / "cost.svg")
    name = "report" if set(given.only) == set(PARTS) else "-".join(["report", *given.only])
    report = given.out / f"{name}.md"
    write_text(_report(found, of_families, beside, on_gpu, grids, runs, before), report)
    print(f"The benchmark: {report}")


def _given() -> argparse.Namespace:
    """Return the options of the command line."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--out", type=Path, default=Path("results/benchmarks"))
    parser.add_argument("--raw", type=Path, default=Path("results/data", engine.DATASET.folder))
    parser.add_argument("--repeats", type=int, default=7)
    parser.add_argument("--share", type=float, default=1.0, help="of an epoch, at a time")
    parser.add_argument("--jobs", type=int, nargs="*", default=SIZES)
    parser.add_argument("--cores", type=int, default=os.cpu_count(), help="for the default config")
    parser.add_argument("--peers", type=Path, default=Path(".venv/peers/bin/python"))
    parser.add_argument("--only", nargs="+", choices=PARTS, default=PARTS)
    return parser.parse_args()


def peer_costs(parts: dict[str, Part], given: argparse.Namespace) -> list[Line]:
    """Return the lines of an epoch by others; without their environment, why there are none."""
    if not given.peers.is_file():
        return [("not run: make bench installs them", "", "", "", "", "")]
    if not hasattr(os, "sched_setaffinity"):
        return [("not run: this system does not keep a process on one core", "", "", "", "", "")]
    chosen = {name: NETWORKS[name] for name in NETWORKS if name != "1024 × 4 layers"}
    return peers.costs(chosen, parts, given.raw, given.peers, given.repeats, given.share, say=_say)


def grid_costs(
    parts: dict[str, Part], given: argparse.Namespace
) -> dict[str, dict[int, pipeline.Cost]]:
    """Return what grids of growing size cost: to plan, to plan again when finished, to gather."""
    costs: dict[str, dict[int, pipeline.Cost]] = {
        name: {} for name in ("plan", "Snakemake alone", "plan again", "gather")
    }
    for count in given.jobs:
        with tempfile.TemporaryDirectory() as scratch:
            folder = pipeline.grid(Path(scratch) / "project", given.raw, count)
            costs["plan"][count] = pipeline.planned(folder)
            costs["Snakemake alone"][count] = pipeline.planned_alone(Path(scratch) / "alone", count)
            pipeline.finish_jobs(folder, parts)
            costs["plan again"][count] = pipeline.planned(folder)
            costs["gather"][count] = pipeline.gathered(folder)
        _say(f"grid of {count} jobs")
    return costs


def job_costs(cost: jobs.JobCost, untrained: jobs.JobCost) -> list[Line]:
    """Return what a job takes around its training."""
    share, above = cost.probes / (20 * cost.epoch), cost.memory - cost.torch_memory
    return [
        ("probes of a job, as a share of 20 epochs", judged(share, PROBES)),
        ("a job beside training and probes (s)", f"{cost.start:.1f}"),
        ("the same of a job that does not train (s)", f"{untrained.start:.1f}"),
        ("peak memory above `import torch` (MB)", judged(above, MEMORY, form=".0f")),
        ("peak memory (MB)", f"{cost.memory:.0f}"),
    ]


def run_costs(given: argparse.Namespace, parts: dict[str, Part], starts: jobs.Starts) -> list[Line]:
    """Return how long the default config takes, what its cores did, and what comes after it."""
    network, cores = NETWORKS[TUTORIAL], given.cores
    floor, epoch = (
        statistics.median(measure() for _ in range(given.repeats))
        for measure in (
            lambda: engine.floor(network, given.share, onednn=products.ONEDNN),
            lambda: engine.engine(network, 1, parts, given.share),
        )
    )
    run = jobs.default_run(given.raw, cores)
    everything = cores * run.wall
    starting = run.trained * starts.trained + (run.jobs - run.trained) * starts.untrained
    return [
        (f"default config on {cores} cores (minutes)", f"{run.wall / 60:.1f}"),
        ("of all cores' time: floor", judged(sum(run.epochs) * floor / everything, least=BUSY)),
        ("of all cores' time: training", f"{run.training / everything:.2f}"),
        ("of all cores' time: probes", f"{run.probes / everything:.2f}"),
        ("of all cores' time: start of jobs", judged(starting / everything, STARTING)),
        ("the same command again (CPU s)", judged(run.again, IDLE, form=".1f")),
        ("analyse, claims, figures, report (CPU s)", judged(run.report, REPORT, form=".1f")),
        *(
            (f"reckoned minutes on {count} cores, {size} seeds a job", f"{minutes:.1f}")
            for count in (2, 4, 8, 16)
            for size in (1, 5)
            for minutes in [run.reckoned(size, epoch, starts, count) / 60]
        ),
    ]


def _say(text: str) -> None:
    print(text, file=sys.stderr, flush=True)


def _plot(grids: dict[str, dict[int, pipeline.Cost]], path: Path) -> None:
    figure, grid = style.panels(1, 2, 4.2, 3.0)
    for axis, what in zip(grid[0], ("seconds", "memory"), strict=True):
        looks = zip(grids.items(), style.COLOURS, style.MARKERS, strict=False)
        for (name, costs), colour, mark in looks:
            values = [getattr(cost, what) for cost in costs.values()]
            axis.plot(list(costs), values, color=colour, marker=mark, label=name)
        axis.set(xscale="log", yscale="log", xlabel="jobs")
        for one in (axis.xaxis, axis.yaxis):
            one.set_major_locator(LogLocator(subs=(1, 2, 5)))
            one.set_major_formatter("{x:,g}")
            one.set_minor_formatter(NullFormatter())
    grid[0][0].set_ylabel("CPU time (s)")
    grid[0][1].set_ylabel("peak memory (MB)")
    handles, labels = grid[0][0].get_legend_handles_labels()
    figure.legend(handles, labels, loc="outside upper right", ncols=len(grids))
    style.save(figure, path)


def _report(
    found: list[Line],
    of_families: list[Line],
    beside: list[Line],
    on_gpu: list[Line],
    grids: dict[str, dict[int, pipeline.Cost]],
    runs: list[Line],
    load: float,
) -> str:
    grown = [
        (
            name,
            f"{count:,}",
            *_against(cost, OF_MOST_JOBS.get(name) if count == SIZES[-1] else None),
        )
        for name, costs in grids.items()
        for count, cost in costs.items()
    ]
    heads = (
        ("network", "way", "seconds per epoch", "range", "to products"),
        ("network", "way", "seconds per epoch", "range", "to a plain loop"),
        ("network", "way", "seconds per epoch", "range", "to JAX, one", "to JAX, five"),
        ("what", "jobs", "CPU seconds", "peak MB"),
        ("what", "measured"),
    )
    lines = [
        *("# What it costs", "", _machine(load), "", EPOCH, "", *table(heads[0], found), ""),
        *(OF_FAMILIES, "", *table(heads[1], of_families), ""),
        *(PEERS, "", *table(heads[2], beside), ""),
        *(GPU, "", *table(ON_GPU, on_gpu), ""),
        *(["![Cost against the number of jobs](cost.svg)", ""] if grids else []),
        *(GRIDS, ""),
        *(*table(heads[3], grown), "", JOB, "", *table(heads[4], runs)),
    ]
    return "\n".join(lines) + "\n"


def _against(cost: pipeline.Cost, aims: tuple[float, float] | None) -> tuple[str, str]:
    seconds, memory = aims or (None, None)
    return judged(cost.seconds, seconds, form=".1f"), judged(cost.memory, memory, form=".0f")


def _machine(load: float) -> str:
    name = f", {torch.cuda.get_device_name()}" if torch.cuda.is_available() else ""
    return (
        f"{processor.name()}, {os.cpu_count()} cores, {_memory()} GB{name}, {platform.system()}, "
        f"Python {platform.python_version()}, torch {torch.__version__}; load average before the "
        f"measurement {load:.1f}, after it {os.getloadavg()[0]:.1f}."
    )


def _memory() -> int:
    return round(os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES") / 1e9)


if __name__ == "__main__":
    main()
