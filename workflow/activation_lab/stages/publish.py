"""Make a published reference of a finished run: what `verify` compares others with."""

import argparse
import json
import shutil
from pathlib import Path

import pandas as pd

from activation_lab.analysis import cells
from activation_lab.analysis import results as exports
from activation_lab.analysis.verification.moments import RUNS, moments, values
from activation_lab.files import checksum, whole, write_text
from activation_lab.stages.verify import described

# Too large for a repository; their digests and the moments of their cells are published.
LARGE = ("activations", "gradients", "neurons")


def arguments() -> argparse.ArgumentParser:
    """Return the stage's command line."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--results", type=Path, required=True)
    parser.add_argument("--out", type=Path, required=True, help="replaced as a whole")
    return parser


def run(given: argparse.Namespace) -> None:
    """Write the report, figures, small tables, moments and manifest of `--results` into `--out`."""
    folder = exports.tables_of(given.results)
    names = exports.present(folder)
    shutil.rmtree(given.out, ignore_errors=True)
    own = shutil.ignore_patterns(".*")  # Snakemake marks folders that it has made
    shutil.copytree(given.results / "figures", given.out / "figures", ignore=own)
    shutil.copy(given.results / "report.md", given.out / "report.md")
    (given.out / "tables").mkdir()
    for name in names:
        if name not in LARGE:
            shutil.copy(folder / f"{name}.parquet", given.out / "tables")
    runs = cells.load("runs", folder)
    known = [
        moments(name, values(name, cells.load(name, folder), runs))
        for name in names
        if name in RUNS
    ]
    with whole(given.out / "moments.parquet") as temporary:
        pd.concat(known).to_parquet(temporary, compression="zstd", index=False)
    manifest = {
        "made with": described(folder),
        "tables": {name: checksum(folder / f"{name}.parquet") for name in names},
    }
    write_text(json.dumps(manifest, indent=1) + "\n", given.out / "manifest.json")
