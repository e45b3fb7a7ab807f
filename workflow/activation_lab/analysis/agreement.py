"""How far untrained networks are from mean-field theory, and how far chance alone would put them."""

from __future__ import annotations

from typing import Any

import numpy as np
import pandas as pd
from scipy import stats

from activation_lab.analysis.statistics import Tables
from activation_lab.protocol import DRAWN_UNITS
from activation_lab.wording import NONE, label

GRADIENT, DEAD = "weight gradient", "dead units"
JACOBIAN, EDGE = "∂h/∂x, mean square", "∂h/∂x, largest"
UNITS = {
    GRADIENT: "%",
    JACOBIAN: "%",
    EDGE: "%",
    DEAD: " points",
}  # in which differences are written
# What decides an untrained network, but its seed.
NETWORK = ["dataset", "activation", "network", "initialisation"]
MEASURED = ["measured", "predicted", "difference", "standard_error", "n"]
SCATTER = ["finite", "log_std", "inside"]  # what is predicted of networks of a finite width
COLUMNS = [*NETWORK, "cell", "layer", "quantity", *MEASURED, *SCATTER]


def agreement(tables: Tables) -> pd.DataFrame:
    """Compare the untrained networks of a study with theory: a row for each network and layer.

    `weight gradient`: the root mean square over weights and seeds. `difference` is a share of the
    prediction.
    `dead units`: the share of a layer's units that are dead on the first 1,000 training images.
    `difference` is in shares of the layer. Layers in which less than half a unit is dead and should be
    are left out.
    `∂h/∂x`: the mean square of the last hidden layer's singular values, and the largest of them;
    `difference` is a share of the prediction.
    `finite`, where it is known, is what theory predicts at the network's own widths, as a share of
    `predicted`, and `log_std` the scatter of the mean square's log over seeds. `inside` counts the seeds
    within the 95% interval that the two give.
    `standard_error` is the difference's, in its unit, over the `n` seeds (the dead units' prediction is
    itself drawn, which adds to it); nan for one seed. Cells that differ only in how they train share a
    network, which counts once, under the first of them.
    """
    rows = [
        _gradients(tables["gradients"], tables["predictions"]),
        *_jacobians(tables["jacobians"], tables["theory"]),
        _dead(tables["dead_neurons"]),
    ]
    return pd.concat([one for one in rows if len(one)] or rows[:1])


def _gradients(gradients: pd.DataFrame, predictions: pd.DataFrame) -> pd.DataFrame:
    names = ["predicted_rms", "predicted_rms_finite", "predicted_log_std"]
    predicted = predictions[["study", "cell", "layer", *names]]
    gradients = gradients.merge(predicted, on=["study", "cell", "layer"])
    rows = gradients[(gradients["phase"] == "untrained") & (gradients["predicted_rms"] > 0)]
    rows = rows.assign(
        value=rows["std"] ** 2 + rows["mean"] ** 2,
        finite=rows["predicted_rms_finite"] / rows["predicted_rms"],
        log_std=rows["predicted_log_std"],
    )
    square = (rows["predicted_rms"] * rows["finite"]) ** 2
    found = _over_seeds(rows.assign(inside=_inside(rows, square)), "predicted_rms")
    rms = np.sqrt(found["mean"])
    return found.assign(
        quantity=GRADIENT,
        measured=rms,
        difference=rms / found["predicted"] - 1,
        standard_error=found["error"] / (2 * rms) / found["predicted"],  # d√m = dm / 2√m
    )[COLUMNS]


def _inside(rows: pd.DataFrame, mean: pd.Series) -> pd.Series:
    """Tell which values lie in the 95% interval of a log-normal with this mean; none if not known."""
    std = rows["log_std"].astype(float)
    middle = np.log(mean.astype(float)) - std**2 / 2
    return (abs(np.log(rows["value"].astype(float)) - middle) <= stats.norm.ppf(0.975) * std).where(
        std.notna()
    )


def _jacobians(jacobians: pd.DataFrame, theory: pd.DataFrame) -> list[pd.DataFrame]:
    """Return the mean square singular value, and the largest, beside what theory predicts of them.

    Below 1e-30 nothing is compared: numbers so small are rounded.
    """
    names = {
        "jacobian_mean_square": "predicted_mean",
        "jacobian_largest": "predicted_largest",
        "jacobian_log_std": "log_std",
    }
    theory = theory.rename(columns=names)[[*NETWORK, "layer", *names.values()]]
    theory = theory.drop_duplicates([*NETWORK, "layer"])
    rows = jacobians.merge(theory, on=[*NETWORK, "layer"])
    rows = rows[(rows["predicted_mean"] > 1e-30) & (rows["phase"] == "untrained")]
    mean = rows.assign(value=rows["mean_square"], finite=1.0)
    mean = mean.assign(inside=_inside(mean, rows["predicted_mean"]))
    largest = rows.assign(value=rows["largest"], finite=np.nan, log_std=np.nan, inside=np.nan)
    return [
        _shares(_over_seeds(mean, "predicted_mean"), JACOBIAN),
        _shares(_over_seeds(largest, "predicted_largest"), EDGE),
    ]


def _shares(found: pd.DataFrame, quantity: str) -> pd.DataFrame:
    """Return means beside predictions, with the differences as shares of these."""
    return found.assign(
        quantity=quantity,
        measured=found["mean"],
        difference=found["mean"] / found["predicted"] - 1,
        standard_error=found["error"] / found["predicted"],
    )[COLUMNS]


def _dead(dead_neurons: pd.DataFrame) -> pd.DataFrame:
    rows = dead_neurons[dead_neurons["phase"] == "untrained"].dropna(subset=["predicted_dead"])
    units = rows["units"].astype(float)
    rows = rows.assign(value=rows["dead_first"] / units, share=rows["predicted_dead"] / units)
    most = rows.groupby([*NETWORK, "layer"])[["dead_first", "predicted_dead"]].transform("mean")
    rows = rows.assign(finite=np.nan, log_std=np.nan, inside=np.nan)
    found = _over_seeds(rows[most.max(axis="columns") >= 0.5], "share")
    drawn = found["predicted"] * (1 - found["predicted"]) / DRAWN_UNITS
    return found.assign(
        quantity=DEAD,
        measured=found["mean"],
        difference=found["mean"] - found["predicted"],
        standard_error=np.sqrt(found["error"] ** 2 + drawn),
    )[COLUMNS]


def _over_seeds(rows: pd.DataFrame, predicted: str) -> pd.DataFrame:
    """Return the mean of `value` over seeds, its standard error and n, beside what is predicted."""
    network = [*NETWORK, "layer", predicted]
    known = rows.dropna(subset=["value"]).drop_duplicates([*network, "seed"])
    known = known.assign(value=known["value"].astype(float))
    grouped = known.groupby(network, sort=False)
    found = grouped.agg(
        cell=("cell", "first"),
        n=("value", "size"),
        mean=("value", "mean"),
        error=("value", "sem"),
        finite=("finite", "first"),
        log_std=("log_std", "first"),
        inside=("inside", lambda told: told.astype(float).sum(min_count=1)),
    )
    return found.reset_index().rename(columns={predicted: "predicted"})


def by_chance(rows: pd.DataFrame) -> float:
    """Return the median difference, without its sign, of networks for which theory is exact.

    Half of the values of |Student's t| are below its 75% quantile. Of few seeds whose values are skewed
    it is somewhat too small.
    """
    return float((stats.t.ppf(0.75, rows["n"] - 1) * rows["standard_error"]).median())


def largest(rows: pd.DataFrame, cells: pd.DataFrame) -> str:
    """Say how far off the row is that differs most, ± its standard error if known, and where that is."""
    row = rows.iloc[rows["difference"].abs().argmax()]
    error = f" ± {100 * row['standard_error']:.1f}" if row["n"] > 1 else ""
    cell = _cell(row, cells)
    network = label(cell, [name for name in cell["varied"] if name in NETWORK])
    return (
        f"{signed(row['difference'])}{error}{UNITS[row['quantity']]} "
        f"(layer {row['layer']} of {network})"
    )


def _cell(row: pd.Series, cells: pd.DataFrame) -> dict[str, Any]:
    return cells[cells["cell"] == row["cell"]].iloc[0].to_dict()


def amount(size: float, quantity: str) -> str:
    """Return the size of a difference in its unit; a dash where it is not known."""
    return NONE if pd.isna(size) else f"{100 * size:.1f}{UNITS[quantity]}"


def signed(share: float) -> str:
    """Return a share in percent, with its sign.

    >>> signed(-0.0314)
    '−3.1'
    """
    return f"{100 * share:+.1f}".replace("-", "−")
