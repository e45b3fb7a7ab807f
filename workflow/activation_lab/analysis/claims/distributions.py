"""The values before and after φ that claims look at: of which networks, and what histograms say.

Within a bin of a histogram values are taken to be spread evenly.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np
import pandas as pd
from scipy import stats

from activation_lab.analysis import layers
from activation_lab.analysis.claims.base import CannotTell, Tables
from activation_lab.analysis.claims.groups import also, failures
from activation_lab.analysis.claims.selection import (
    learnt,
    need,
    of_runs,
    once,
    tutorial,
    untrained,
)
from activation_lab.analysis.printed_numbers import NETWORK, PROTOCOL
from activation_lab.wording import listed, percent

PRE, POST = "pre", "post"  # before φ, and after it


def trained(tables: Tables, *activations: str, **settings: Any) -> tuple[pd.DataFrame, str]:
    """Return the values in the hidden layers of the tutorial's networks that learnt, each run once.

    And a clause on the runs that failed, after a semicolon; empty if none did.
    """
    runs = tutorial(tables, "runs", activation=activations, **settings)
    runs = runs[runs["epochs"] > 0]
    _need_all(runs, activations, "trained")
    for name, group in runs.groupby("activation", sort=False):
        if learnt(group).empty:
            raise CannotTell(f"no run learnt with {name} ({failures(group)})", n=len(group))
    failed = failures(runs)
    return kept(tables, learnt(runs)), also(failed and f"{failed}, and these do not count")


def kept(tables: Tables, runs: pd.DataFrame) -> pd.DataFrame:
    """Return the values in the hidden layers of these runs, with their kept weights."""
    rows = of_runs(tables["activations"], runs)
    rows = rows[(rows["phase"] == "best") & layers.hidden(rows)]
    need(len(rows) > 0, "values measured in the tutorial's trained networks")
    return rows


def at_start(tables: Tables, *activations: str) -> pd.DataFrame:
    """Return the values in the hidden layers of the tutorial's untrained networks, each once."""
    start = {"network": NETWORK, "initialisation": PROTOCOL["initialisation"]}
    # The first training images are looked at, however many there are.
    found = once(untrained(tables, "activations", activation=activations, **start), start)
    _need_all(found, activations, "untrained")
    return found[layers.hidden(found)]


def _need_all(found: pd.DataFrame, activations: tuple[str, ...], when: str) -> None:
    missing = [name for name in activations if name not in set(found["activation"])]
    need(not missing, f"{when} networks of the tutorial with {listed(missing)}")


def each_layer(rows: pd.DataFrame, values: str, kind: str = POST) -> pd.DataFrame:
    """Return a column of the rows of one activation as a frame: a row a seed, a column a layer."""
    wide = rows[rows["kind"] == kind].pivot(index="seed", columns="layer", values=values)
    return wide.astype(float)


def over_layers(rows: pd.DataFrame, values: str, kind: str = POST) -> pd.DataFrame:
    """Return the mean of a column over the layers: a row a seed, a column an activation."""
    means = rows[rows["kind"] == kind].groupby(["seed", "activation"])[values]
    return means.agg(lambda column: column.astype(float).mean()).unstack("activation")


def by_layer(shares: pd.DataFrame) -> str:
    """Return the mean share of each layer, as percent, in the order of the layers.

    >>> by_layer(pd.DataFrame({1: [0.25, 0.75], 2: [0.1, 0.1]}))
    '50.0% and 10.0%'
    """
    return listed([percent(share, 1) for share in shares.mean()])


def cumulative(row: Mapping[str, Any]) -> tuple[np.ndarray, np.ndarray]:
    """Return the edges of a histogram, and the share of values below each."""
    counts = np.asarray(row["counts"], dtype=float)
    return np.asarray(row["bin_edges"]), np.concatenate([[0], np.cumsum(counts)]) / counts.sum()


def share_within(row: Mapping[str, Any], low: float, high: float) -> float:
    """Return the share of a histogram's values between two bounds.

    >>> share_within({"bin_edges": [0, 1, 2], "counts": [1, 3]}, 0.5, 3)
    0.875
    """
    if row["counts"] is None:  # a value was not finite
        return np.nan
    below = np.interp([low, high], *cumulative(row))
    return float(below[1] - below[0])


def skewness(row: Mapping[str, Any]) -> float:
    """Return the skewness of a histogram's values: above 0 if the longer tail is on the right.

    >>> skewness({"bin_edges": [0, 1, 2, 3], "counts": [1, 2, 1], "mean": 1.5, "std": 0.7})
    0.0
    """
    if row["counts"] is None or not row["std"] > 0:
        return np.nan
    edges = np.asarray(row["bin_edges"])
    cubes = ((edges[1:] + edges[:-1]) / 2 - row["mean"]) ** 3
    return float(np.average(cubes, weights=row["counts"]) / row["std"] ** 3)


def from_normal(row: Mapping[str, Any]) -> float:
    """Return how far a histogram is from a normal distribution of its mean and standard deviation.

    The distance is Kolmogorov's: the greatest difference between the shares of values below a
    threshold, at the edges of the bins.
    """
    if row["counts"] is None or not row["std"] > 0:
        return np.nan
    edges, below = cumulative(row)
    return float(np.abs(below - stats.norm.cdf(edges, row["mean"], row["std"])).max())


def apart(row: Mapping[str, Any], other: Mapping[str, Any]) -> float:
    """Return Kolmogorov's distance of two histograms, both shifted and scaled to mean 0, variance 1."""
    if any(one["counts"] is None or not one["std"] > 0 for one in (row, other)):
        return np.nan
    (edges, below), (edges_2, below_2) = (
        ((cumulative(one)[0] - one["mean"]) / one["std"], cumulative(one)[1])
        for one in (row, other)
    )
    thresholds = np.union1d(edges, edges_2)
    at = np.interp(thresholds, edges, below) - np.interp(thresholds, edges_2, below_2)
    return float(np.abs(at).max())
