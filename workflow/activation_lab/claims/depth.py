"""Claims of depth: gradients over many layers, dead units layer by layer."""

from __future__ import annotations

import numpy as np
import pandas as pd
from scipy import stats

from activation_lab.claims.registry import (
    INCONCLUSIVE,
    REFUTED,
    SUPPORTED,
    TUTORIAL,
    Tables,
    Verdict,
    claim,
)
from activation_lab.claims.selection import (
    above,
    by_seed,
    interval,
    need,
    once,
    stated,
    untrained,
)
from activation_lab.published import MANY_LAYERS
from activation_lab.statistics import success_rate
from activation_lab.words import listed, percent

CRITICAL = 0.01  # a factor so near to 1 neither vanishes nor explodes within 100 layers
DEEP = 8  # hidden layers
OTHERS = ("zero_bias", "he")


@claim(
    "fifty-layers",
    source=TUTORIAL,
    statement=f"Over more than {MANY_LAYERS} layers, a gradient factor below 1 makes gradients vanish, "
    "one above 1 makes them explode.",
    test="Untrained networks: the factor a layer measured (slope of the log of the weight gradient's "
    "standard deviation over all hidden layers) on the same side of 1 as mean-field theory's √χ₁, "
    f"where that is off 1 by over {CRITICAL:.0%}; the estimate is the share of cells that agree, with "
    "its Wilson interval; supported needs cells on both sides",
    study="depth",
    config="workflow/configs/depth.yaml",
)
def fifty_layers(tables: Tables) -> Verdict:
    """Hold the measured factor of each cell against theory's."""
    factors = _factors(tables)
    off = factors[(factors["predicted"] - 1).abs() > CRITICAL]
    need(len(off) > 0, f"untrained networks of {MANY_LAYERS} equal layers with √χ₁ off 1")
    agree = (off["measured"] < 1) == (off["predicted"] < 1)
    rate = success_rate(int(agree.sum()), len(agree))
    sides = {"below": off[off["predicted"] < 1], "above": off[off["predicted"] > 1]}
    verdict = above(rate, 0.5)
    if verdict == SUPPORTED and any(own.empty for own in sides.values()):
        verdict = INCONCLUSIVE
    error = (off["measured"] / off["predicted"] - 1).abs().max()
    parts = [
        f"where √χ₁ is {side} 1, the gradient of the first layer is "
        f"{_range(own['across'])} times that of the last"
        for side, own in {**sides, "within 1% of": factors.drop(off.index)}.items()
        if len(own)
    ]
    missing = [f"no cell has √χ₁ {side} 1" for side, own in sides.items() if own.empty]
    more = " (the study `depth` of `workflow/configs/depth.yaml` has some)" if missing else ""
    evidence = (
        f"In {agree.sum()} of {len(agree)} cells of {off['depth'].min()} layers or more the "
        f"measured factor is on the side of 1 that theory says, and within {percent(error, 0)} of "
        f"it: {listed([*parts, *missing])}{more}."
    )
    return Verdict.of(verdict, rate, evidence)


def _range(values: pd.Series) -> str:
    low, high = (f"{value:.0e}" for value in (values.min(), values.max()))
    return low if low == high else f"{low} to {high}"


def _factors(tables: Tables) -> pd.DataFrame:
    """Return of each deep cell the gradient's factor a layer, measured and predicted, and in all."""
    what = ["activation", "network", "initialisation"]
    found = untrained(tables, "gradients")
    deep = found[(found["depth"] >= MANY_LAYERS) & found["width"].notna()]
    # The first batch decides, whatever the number of training images.
    deep = once(deep[deep["layer"] <= deep["depth"]], what)
    deep = deep[np.isfinite(deep["std"].astype(float)) & (deep["std"] > 0)]
    slopes = [
        {**dict(zip(what, cell, strict=True)), **_decay(own)}
        for (*cell, _), own in deep.groupby([*what, "seed"], sort=False)
        if len(own) == own["depth"].iloc[0]
    ]
    columns = [*what, "depth", "measured", "across"]
    measured = pd.DataFrame(slopes, columns=columns).groupby(what, sort=False)
    means = np.exp(measured[["measured", "across"]].mean()).assign(depth=measured["depth"].first())
    chi = tables["theory"].dropna(subset="chi_1").drop_duplicates(what).set_index(what)["chi_1"]
    return means.join(chi, how="inner").assign(predicted=lambda rows: np.sqrt(rows["chi_1"]))


def _decay(layers: pd.DataFrame) -> dict[str, float]:
    """Return logs: of the factor by which a gradient changes a layer back, and first to last layer."""
    layers = layers.sort_values("layer")
    logs = np.log(layers["std"].to_numpy(dtype=float))
    slope = stats.linregress(layers["layer"].to_numpy(dtype=float), logs).slope
    return {"depth": len(logs), "measured": -slope, "across": logs[0] - logs[-1]}


@claim(
    "dead-depth",
    source=TUTORIAL,
    statement="The share of dead ReLU units grows with depth, so that deep networks should avoid ReLU.",
    test="Untrained: share of dead units in the deepest layer under zero-bias and He initialisation, "
    "relative to the default's of the same seed, the greater of the two: its 95% interval below half "
    "refutes that it is depth as such, above half (if the default's share grows at all) supports",
    study="ten-layer",
)
def dead_depth(tables: Tables) -> Verdict:
    """Tell depth from initialisation, both of which change the share of dead units."""
    shares = _shares_by_initialisation(tables)
    last = shares["layer"].max()
    default = by_seed(shares[shares["initialisation"] == "default"], "layer", "share")
    growth = interval(default[last] - default[1], "the default initialisation")
    deepest = by_seed(shares[shares["layer"] == last], "initialisation", "share")
    deepest = deepest[deepest["default"] > 0]
    greater = deepest[list(OTHERS)].max(axis=1)
    ratio = interval(greater / deepest["default"], "dead units under the three initialisations")
    grows = above(growth, 0)
    verdict = above(ratio, 0.5) if grows == SUPPORTED else grows
    means = shares.groupby(["initialisation", "layer"])["share"].mean()
    parts = [
        f"from {percent(means[name, 1], 1)} to {percent(means[name, last], 1)} under {name}"
        for name in ("default", *OTHERS)
    ]
    reading = {REFUTED: "so that it is mostly the initialisation", SUPPORTED: "so that it is depth"}
    evidence = (
        f"From layer 1 to layer {last} the mean share of dead units goes {listed(parts)}; at the "
        f"deepest layer the greater of the last two is {stated(ratio)} times the default's"
        f"{', ' + reading[verdict] if verdict in reading else ''}."
    )
    return Verdict.of(verdict, ratio, evidence)


def _shares_by_initialisation(tables: Tables) -> pd.DataFrame:
    """Return the share of dead units in the deepest ReLU network that has all initialisations."""
    names = {"default", *OTHERS}
    found = untrained(tables, "dead_neurons", activation="relu", initialisation=tuple(names))
    found = found[found["depth"] >= DEEP].sort_values(["depth", "layer"], ascending=[False, True])
    for _, own in found.groupby(["network", "training_images"], sort=False):
        if set(own["initialisation"]) == names:
            return own.assign(share=own["dead"] / own["units"])
    need(False, f"untrained ReLU networks of {DEEP} layers or more under {listed(sorted(names))}")
    return found
