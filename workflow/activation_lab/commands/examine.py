"""Examine what the activations of a trial cost: by themselves, and in an epoch of each task."""

import csv
import json
from pathlib import Path
from statistics import fmean
from typing import Any

import torch

from activation_lab import processor
from activation_lab.activations.catalogue import build
from activation_lab.activations.cost import costs
from activation_lab.config.read import read
from activation_lab.files import read_json, write_text
from activation_lab.pipeline.plan import Plan


def run(config: dict, runs: Path, out: Path) -> None:
    """Write times and memory as JSON. They are no table: times differ from run to run."""
    checked = read(config)
    trial = checked.trial
    assert trial  # the rule is there for a trial alone
    chosen = {str(phi): phi for phi in (trial.candidate, *trial.rivals)}
    built = {name: build(phi.name, phi.parameters) for name, phi in chosen.items()}
    relu = {} if "relu" in built else {"relu": build("relu")}
    made = {
        "machine": {"processor": processor.name(), "torch": torch.__version__},
        "cost": costs({**built, **relu}),
        "cost_gpu": costs({**built, **relu}, "cuda") if torch.cuda.is_available() else [],
        "epochs": _epochs(Plan.of(checked), runs),
    }
    write_text(json.dumps(made, indent=1) + "\n", out)


def _epochs(planned: Plan, runs: Path) -> list[dict[str, Any]]:
    """Return the seconds of an epoch of one network, and the peak memory, by study and activation."""
    found: dict[tuple[str, str], list[tuple[float, float]]] = {}
    for name, job in planned.jobs.items():
        seconds = read_json(runs / name / "job.json")["seconds"]["training"]
        each = seconds / (job.settings.epochs * len(job.seeds))
        for study in planned.asked[job.settings.id]:
            key = (study, str(job.settings.activation))
            found.setdefault(key, []).append((each, _memory(runs / name)))
    return [
        {
            "study": study,
            "activation": activation,
            "seconds": fmean(seconds for seconds, _ in several),
            "memory_mb": max(memory for _, memory in several),
        }
        for (study, activation), several in found.items()
    ]


def _memory(folder: Path) -> float:
    """Return the peak memory of a job in MB, as Snakemake measured it; 0 if it did not.

    Snakemake looks at a process every few seconds: a short job has no figure.
    """
    path = folder / "benchmark.tsv"
    if not path.is_file():
        return 0.0
    with path.open() as file:
        (row,) = csv.DictReader(file, delimiter="\t")
    return 0.0 if row["max_rss"] in ("-", "NA") else float(row["max_rss"])
