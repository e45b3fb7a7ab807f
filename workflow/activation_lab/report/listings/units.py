"""Dead units: as measured, and beside those that the tutorial prints."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from activation_lab.analysis.printed_numbers import DEAD_UNTRAINED, PROTOCOL
from activation_lab.analysis.statistics import Tables, learnt, mean_interval
from activation_lab.report.listings.base import Lines
from activation_lab.wording import labels, percent, span

MOST_LAYERS = 12
# What decides the tutorial's untrained networks, and how they are looked at, beside their layers.
UNTRAINED = ("dataset", "family", "initialisation", "normalisation", "training_images")


def dead(tables: Tables) -> Lines:
    """Dead units. Units whose activation is exactly 0 on every image trained on: their share of all
    hidden units, with the 95% interval of its mean over the networks, and their mean number in each
    hidden layer. Only networks that have any; after training ("trained", the kept weights) only runs
    that learnt.
    """
    rows = tables["dead_neurons"]
    rows = rows[(rows["phase"] == "untrained") | learnt(rows, tables["runs"])]
    rows = rows[rows["depth"] <= MOST_LAYERS]
    names = labels(tables["cells"])
    lines = []
    for cell, group in rows.groupby("cell", sort=False):
        if not group["dead"].sum():
            continue
        for phase, layers in group.groupby("phase", sort=False):
            sums = layers.groupby("seed")[["dead", "units"]].sum()
            share = (sums["dead"] / sums["units"]).to_numpy(dtype=float)
            counts = layers.groupby("layer")["dead"].mean()
            lines.append(
                {
                    "networks": names[cell],
                    "when": {"untrained": "untrained", "best": "trained"}[phase],
                    "seeds": str(len(share)),
                    "share": _share(mean_interval(share, bootstrap=False)),
                    "layer by layer": ", ".join(f"{count:.1f}" for count in counts),
                }
            )
    return lines


def _share(row: Mapping[str, Any]) -> str:
    if row["low"] is None:
        return percent(row["mean"], 1)
    low, high = (f"{100 * max(row[end], 0.0):.1f}" for end in ("low", "high"))
    return f"{percent(row['mean'], 1)} {span(low, high)}"


def published_dead(tables: Tables) -> Lines:
    """Dead units as published. ReLU units of each hidden layer that are dead in the untrained network
    of seed 42: as the tutorial's PyTorch edition printed them, and as measured here.
    """
    cells, rows = tables["cells"], tables["dead_neurons"]
    same = cells[cells["activation"] == "relu"]
    for setting in UNTRAINED:
        same = same[same[setting] == PROTOCOL[setting]]
    rows = rows[
        (rows["phase"] == "untrained") & (rows["seed"] == 42) & rows["cell"].isin(same["cell"])
    ]
    # Cells that differ in how they train begin with the same network.
    rows = rows.drop_duplicates(["network", "layer"])
    lines = []
    for network, layers in rows.groupby("network", sort=False):
        if network in DEAD_UNTRAINED:
            ours = layers.sort_values("layer")["dead"].tolist()
            lines.append(
                {
                    "network": network.replace("-", ", "),
                    "published": ", ".join(map(str, DEAD_UNTRAINED[network])),
                    "measured": ", ".join(map(str, ours)),
                    "equal": "yes" if tuple(ours) == DEAD_UNTRAINED[network] else "no",
                }
            )
    return lines
