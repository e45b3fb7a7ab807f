"""Make a published reference of a finished run: what `verify` compares others with."""

import json
import shutil
from pathlib import Path

import pandas as pd

from activation_lab.analysis import cells
from activation_lab.analysis import results as exports
from activation_lab.analysis.verification.moments import RUNS, moments, values
from activation_lab.analysis.verification.whole_run import described
from activation_lab.files import checksum, whole, write_text

# Too large for a repository; their digests and the moments of their cells are published.
LARGE = ("activations", "gradients", "neurons")


def run(results: Path, out: Path) -> None:
    """Write the report, figures, small tables, moments and manifest of a finished run into `out`."""
    folder = exports.tables_of(results)
    names = exports.present(folder)
    shutil.rmtree(out, ignore_errors=True)
    # Snakemake marks folders that it has made. One format is enough.
    own = shutil.ignore_patterns(".*", "*.pdf")
    shutil.copytree(results / "figures", out / "figures", ignore=own)
    for name in ("report.md", "report.html"):
        shutil.copy(results / name, out / name)
    (out / "tables").mkdir()
    for name in names:
        if name not in LARGE:
            shutil.copy(folder / f"{name}.parquet", out / "tables")
    runs = cells.load("runs", folder)
    known = [
        moments(name, values(name, cells.load(name, folder), runs))
        for name in names
        if name in RUNS
    ]
    with whole(out / "moments.parquet") as temporary:
        pd.concat(known).to_parquet(temporary, compression="zstd", index=False)
    manifest = {
        "made with": described(folder),
        "tables": {name: checksum(folder / f"{name}.parquet") for name in names},
    }
    write_text(json.dumps(manifest, indent=1) + "\n", out / "manifest.json")
