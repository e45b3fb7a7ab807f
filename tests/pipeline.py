"""The stages one after another in one process, without Snakemake: for copies with edited code.

`python pipeline.py CONFIG [STAGE ...]`, with the config as JSON, in the folder of the copy.
"""

import json
import sys
from pathlib import Path

from activation_lab.cli import main
from activation_lab.config.read import read
from activation_lab.pipeline.plan import Plan

DATA = "results/data"
TABLES = "results/tables"


def commands(config: dict) -> dict[str, list[list[str]]]:
    """Return the arguments of every stage, in the order in which they run."""
    planned, text = Plan.of(read(config)), json.dumps(config)
    configured, tables = ["--config", text], ["--tables", TABLES]
    on_cpu, data = ["--device", "cpu"], ["--data", DATA]
    runs = ["--runs", "results/runs"]
    train = [
        ["--job", job.model_dump_json(), *on_cpu, *data, *runs, "--out", f"results/runs/{name}"]
        for name, job in planned.jobs.items()
    ]
    tune = [
        ["--tuning", tuning.model_dump_json(), *on_cpu, *data, "--out", f"results/runs/{name}"]
        for name, tuning in planned.tunings.items()
    ]
    batches = [
        ["--batch", batch.model_dump_json(), *data, "--out", f"results/untrained/{name}"]
        for name, batch in planned.batches.items()
    ]
    grid = ["--activations", planned.activations, "--out", TABLES]
    figures = [
        ["--study", study, *tables, "--out", f"results/figures/{study}"]
        for study in planned.studies
    ]
    samples = [
        ["--dataset", dataset.name, *data, "--out", f"results/figures/samples-{dataset.name}.svg"]
        for dataset in planned.datasets
    ]
    fetch = [
        ["--dataset", dataset.name, "--folder", "auto", "--out", f"{DATA}/{dataset.folder}"]
        for dataset in planned.datasets
        if not all(Path(DATA, file).is_file() for file in dataset.files)
    ]
    report = [*configured, "--templates", "workflow/report", "--results", "results"]
    return {
        "data": fetch,
        "tune": tune,
        "train": train,
        "untrained": [[*batch, *on_cpu, *runs] for batch in batches],
        "theory": batches,
        "functions": [grid],
        "collect": [[*configured, "--results", "results", *runs, "--out", TABLES]],
        "analyse": [tables],
        "claims": [tables],
        "figures": figures,
        "samples": samples,
        "report": [report],
        "data-dictionary": [["--out", "data-dictionary.md"]],
        "config-reference": [["--out", "config.md"]],
        "captions": [["--out", "figure.rst"]],
    }


if __name__ == "__main__":
    config, *chosen = sys.argv[1:]
    stages = commands(json.loads(config))
    for stage in chosen or stages:
        for arguments in stages[stage]:
            main([stage, *arguments])
