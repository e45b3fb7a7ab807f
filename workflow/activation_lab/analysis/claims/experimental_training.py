"""How deep networks can be and still train, judged on an experiment."""

from __future__ import annotations

import numpy as np
import pandas as pd

from activation_lab.analysis.claims.base import CannotTell, Tables, Verdict, claim
from activation_lab.analysis.claims.selection import (
    experiment,
    need,
    number,
    powers,
    stated,
)
from activation_lab.analysis.claims.together import all_within
from activation_lab.wording import listed, percent

SCALES = 6.0  # as the source's figures draw it
FACTOR = 2.0  # our reading of "precisely"
LEARNT = 0.5  # accuracy on the training images


@claim(
    source="Schoenholz et al. 2017, Deep Information Propagation",
    quote="random networks may be trained precisely when information can travel through them",
    statement="Tanh networks train down to about 6 ξ_c layers, whatever the variance of their weights; "
    "ξ_c is the depth scale of correlations.",
    test="Tanh networks of width 128, σ_b² = 0.05 and four σ_w², of 1.5, 3, 6 and 12 ξ_c layers, 200 "
    f"steps on 2,048 images: depth at which the training accuracy falls below {percent(LEARNT, 0)} "
    "(interpolated in log depth), over 6 ξ_c. For every σ_w² a 95% interval of the logarithm within a "
    f"factor of {FACTOR:g} supports, for one outside (corrected) refutes. The estimate is the ratio "
    "that decides",
    experiment="trainability",
)
def trains_to_scale(tables: Tables) -> Verdict:
    """Compare the greatest depth that trains with the depth scale."""
    rows = experiment(tables, "trainability")
    need(set(rows["quantity"]) >= {"depth", "scale", "accuracy"}, "depths of networks")
    wide = rows.pivot(index=["arm", "seed"], columns="quantity", values="value").reset_index()
    wide["variance"] = "σ_w² = " + wide["arm"].str.extract(r"^weights (\S+),")[0]
    ends = {
        (variance, seed): _end(own["depth"] / own["scale"], own["accuracy"])
        for (variance, seed), own in wide.groupby(["variance", "seed"])
    }
    logs = pd.Series(ends).unstack(0).map(np.log10) - np.log10(SCALES)
    if logs.isna().any(axis=None):
        raise CannotTell("networks of some variance train at every depth, or at none", n=len(ends))
    joint = all_within(logs, float(np.log10(FACTOR)), "networks of a variance")
    shown = powers(joint.row)
    means = [f"{number(SCALES * 10 ** logs[name].mean())} ξ_c with {name}" for name in logs]
    evidence = (
        f"Networks train down to {listed(means)}; {joint.name} decides, with {stated(shown)} times "
        f"6 ξ_c{joint.doubt}."
    )
    return Verdict.of(joint.verdict, shown, evidence)


def _end(scales: pd.Series, accuracy: pd.Series) -> float:
    """Return the depth, in ξ_c, at which the accuracy first falls below `LEARNT`; NaN if it does not."""
    order = np.argsort(scales.to_numpy())
    depths, found = np.log(scales.to_numpy()[order]), accuracy.to_numpy()[order]
    low = np.flatnonzero(found < LEARNT)
    if len(low) == 0 or low[0] == 0:
        return np.nan
    i = low[0]
    share = (found[i - 1] - LEARNT) / (found[i - 1] - found[i])
    return float(np.exp(depths[i - 1] + share * (depths[i] - depths[i - 1])))
