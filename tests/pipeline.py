"""The stages one after another in one process, without Snakemake: for copies with edited code.

`python pipeline.py CONFIG [STAGE ...]`, with the config as JSON, in the folder of the copy.
"""

import json
import sys

from activation_lab.__main__ import main
from activation_lab.config.read import read
from activation_lab.pipeline.plan import Plan

DATA = "results/data/FashionMNIST/raw"
TABLES = "results/tables"


def commands(config: dict) -> dict[str, list[list[str]]]:
    """Return the arguments of every stage, in the order in which they run."""
    planned, text = Plan.of(read(config)), json.dumps(config)
    configured, tables = ["--config", text], ["--tables", TABLES]
    train = [
        [
            *("--job", job.model_dump_json(), "--device", "cpu"),
            *("--data", DATA, "--out", f"results/runs/{name}"),
        ]
        for name, job in planned.jobs.items()
    ]
    theory = [
        [
            *("--batch", batch.model_dump_json(), "--data", DATA),
            *("--out", f"results/untrained/{name}"),
        ]
        for name, batch in planned.batches.items()
    ]
    untrained = [[*of_batch, "--device", "cpu", "--runs", "results/runs"] for of_batch in theory]
    grid = ["--activations", planned.activations, "--out", f"{TABLES}/functions.parquet"]
    figures = [
        ["--study", study, *tables, "--out", f"results/figures/{study}"]
        for study in planned.studies
    ]
    report = [*configured, "--templates", "workflow/report", "--results", "results"]
    return {
        "train": train,
        "untrained": untrained,
        "theory": theory,
        "functions": [grid],
        "collect": [[*configured, "--results", "results", "--out", TABLES]],
        "analyse": [tables],
        "claims": [tables],
        "figures": figures,
        "samples": [["--data", DATA, "--out", "results/figures/samples.svg"]],
        "report": [report],
        "dictionary": [["--out", "data-dictionary.md"]],
        "reference": [["--out", "config.md"]],
        "captions": [["--out", "figure.rst"]],
    }


if __name__ == "__main__":
    config, *chosen = sys.argv[1:]
    stages = commands(json.loads(config))
    for stage in chosen or stages:
        for arguments in stages[stage]:
            main([stage, *arguments])
