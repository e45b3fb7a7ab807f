"""What a run measures, seed by seed, and the moments of it that are published."""

from __future__ import annotations

import numpy as np
import pandas as pd

from activation_lab.measures.base import WHOLE
from activation_lab.schemas import TABLES
from activation_lab.schemas.runs import JOB_TABLES

PLACES = ("phase", "layer", "kind")
# Tables that hold runs, and the columns that tell apart the rows of a cell.
RUNS = {name: tuple(p for p in PLACES if p in TABLES[name].columns) for name in JOB_TABLES}
RESOLUTION = float(np.finfo(np.float32).eps)  # of float32 numbers near 1
SMALLEST = float(np.finfo(np.float32).tiny)
# Magnitudes: networks differ in them by factors, so their logarithms are compared. Each has the least
# value that is told from 0: what is measured around a mean is no finer than the mean's rounding.
MAGNITUDES = {
    "runs": {"test_loss": SMALLEST},
    "metrics": {"train_loss": SMALLEST, "val_loss": SMALLEST},
    "gradients": {"std": SMALLEST, "norm": SMALLEST, "abs_max": SMALLEST},
    "activations": {"std": RESOLUTION, "effective_rank": SMALLEST},
    "neurons": {"abs_mean": SMALLEST, "variance": RESOLUTION**2},
    # Not the median and the smallest: one dead unit more makes them exactly 0.
    "jacobians": {"mean_square": SMALLEST, "largest": SMALLEST},
}
# Numbers that name a row, or that follow from the config or from another column.
NOT_MEASURED = (
    "seed",
    "unit",
    "epoch",
    "layer",
    "depth",
    "learning_rate",
    "parameters",
    "units",
    "stopped_early",
)
COLUMNS = ["table", "study", "cell", *PLACES, "column", "scale", "n", "mean", "std"]


def keys(name: str) -> list[str]:
    """Return the columns that name a value of a table."""
    return ["study", "cell", *RUNS[name], "column"]


def values(name: str, frame: pd.DataFrame, runs: pd.DataFrame) -> pd.DataFrame:
    """Return what was measured: a row for each value (see `keys`), a column for each seed.

    Rows of one seed (epochs, units) are averaged; of a magnitude the logarithm is taken. What training
    made counts for runs that are ok, what is untrained for all. A value that is not finite is missing.
    """
    counted = frame[_counted(frame, runs)]
    numbers = counted.select_dtypes("number").columns.difference(NOT_MEASURED)
    by = ["study", "cell", *RUNS[name], "seed"]
    each = counted[numbers].astype(float).groupby([counted[key] for key in by]).mean()
    for column, least in MAGNITUDES.get(name, {}).items():
        if column in each:
            each[column] = np.log(each[column].clip(lower=least))
    long = each.replace([np.inf, -np.inf], np.nan).reset_index().melt(by, var_name="column")
    return long.pivot(index=keys(name), columns="seed", values="value")


def _counted(frame: pd.DataFrame, runs: pd.DataFrame) -> pd.Series:
    ok = runs.loc[runs["status"] == "ok", ["study", "cell", "seed"]]
    found = pd.MultiIndex.from_frame(frame[["study", "cell", "seed"]]).isin(
        pd.MultiIndex.from_frame(ok)
    )
    counted = pd.Series(found, index=frame.index)
    return counted | (frame["phase"] == "untrained") if "phase" in frame else counted


def moments(name: str, measured: pd.DataFrame) -> pd.DataFrame:
    """Return n, mean and sample standard deviation over the seeds of `values`, and their scale.

    The scale is `log` (of logarithms), `count` (of whole numbers) or `linear`.
    """
    constant = measured.max(axis=1) == measured.min(axis=1)
    found = pd.DataFrame(
        {
            "n": measured.count(axis=1),
            "mean": measured.mean(axis=1),
            # A sum's rounding would leave a little.
            "std": measured.std(axis=1).mask(constant & (measured.count(axis=1) > 1), 0.0),
        }
    )
    found = found[found["n"] > 0].reset_index()
    scales = {column: _scale(name, column) for column in found["column"].unique()}
    return found.assign(table=name, scale=found["column"].map(scales)).reindex(columns=COLUMNS)


def _scale(name: str, column: str) -> str:
    if column in MAGNITUDES.get(name, {}):
        return "log"
    return "count" if TABLES[name].schema.field(column).type == WHOLE else "linear"
