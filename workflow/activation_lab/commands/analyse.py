"""Compute the tables that need no network: dead units, summaries of cells, comparisons of pairs."""

from pathlib import Path

import pandas as pd

from activation_lab import tables
from activation_lab.analysis import statistics
from activation_lab.analysis.cells import with_cells
from activation_lab.analysis.dead import dead_neurons
from activation_lab.schemas.analysis import ANALYSIS


def run(folder: Path) -> None:
    """Write the tables `dead_neurons`, `summary`, `targets` and `contrasts`."""
    names = ("predictions", "runs", "metrics", "cells")
    predictions, runs, metrics, cells = (tables.load(name, folder) for name in names)
    shown, epochs = (with_cells(frame, cells) for frame in (runs, metrics))
    counted = [
        dead_neurons(neurons, predictions, runs) for neurons in tables.parts("neurons", folder)
    ]
    derived = {
        "dead_neurons": pd.concat(counted),
        "summary": statistics.summary(shown),
        "targets": statistics.targets(epochs, cells),
        "contrasts": statistics.contrasts(shown, cells),
    }
    for name, frame in derived.items():
        made = tables.from_pandas(ANALYSIS[name], frame)
        tables.write(ANALYSIS[name], made, folder / f"{name}.parquet")
