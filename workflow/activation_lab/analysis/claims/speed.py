"""Claims of speed: after how many epochs networks reach a validation accuracy."""

from __future__ import annotations

from typing import Any

import numpy as np
import pandas as pd

from activation_lab.analysis.claims.base import (
    INCONCLUSIVE,
    LECTURE,
    REFUTED,
    SUPPORTED,
    CannotTell,
    Tables,
    Verdict,
    claim,
)
from activation_lab.analysis.claims.groups import also
from activation_lab.analysis.claims.selection import cells, interval, need, number, powers, stated
from activation_lab.analysis.printed_numbers import PROTOCOL, TIMES_FASTER
from activation_lab.analysis.statistics import CONFIDENCE
from activation_lab.wording import listed, percent, plural

TARGET = 0.85  # validation accuracy
SLOW = ("sigmoid", "tanh")
LEAKY = "leakyrelu-negative_slope=0.01"
CORRECTED = 1 - (1 - CONFIDENCE) / len(SLOW)  # Bonferroni
# When a run ends does not change it before: of a run that several studies have, the longest says most.
ENDING = ("epochs", "stop", "patience")
RUN = ["study", "cell", "seed"]


@claim(
    source=LECTURE,
    quote="Converges much faster than sigmoid/tanh in practice",
    statement=f"At the best learning rate of each, ReLU reaches {TARGET:.0%} validation accuracy in "
    "fewer epochs than sigmoid and than tanh.",
    test="Epochs of sigmoid and of tanh over those of ReLU, without early stopping, paired by seed "
    "(geometric mean). For each seed the rate is the best of the other seeds: most runs arrive, then "
    "fewest epochs. A run that does not arrive took longer than its last epoch. A 95% interval above 1 "
    "for both supports, one below 1 (Bonferroni) refutes",
    study="tuned-rates",
    config="workflow/configs/rates.yaml",
)
def relu_faster(tables: Tables) -> Verdict:
    """Give each activation its best chance."""
    return _judge("relu", _tuned(tables, "relu"), bound=1)


@claim(
    source=LECTURE,
    quote="Converges much faster than sigmoid/tanh in practice",
    statement=f"At the tutorial's learning rate, ReLU reaches {TARGET:.0%} validation accuracy in fewer "
    "epochs than sigmoid and than tanh.",
    test="Epochs of sigmoid and of tanh over those of ReLU, paired by seed (geometric mean). A run that "
    "does not arrive took longer than its last epoch. A 95% interval above 1 for both supports, one "
    "below 1 (Bonferroni) refutes",
)
def relu_faster_untuned(tables: Tables) -> Verdict:
    """Compare them at one learning rate for all, as the tutorial's figures do."""
    names = ("relu", *SLOW)
    rate = PROTOCOL["learning_rate"]
    found = _arrivals(tables, names, learning_rate=rate)
    missing = [name for name in names if name not in set(found["activation"])]
    need(not missing, f"networks of the tutorial's with {listed(missing)}")
    times = {name: found[found["activation"] == name].set_index("seed") for name in names}
    return _judge("relu", times, bound=1)


@claim(
    source=LECTURE,
    quote="Converges much faster than sigmoid/tanh in practice! (e.g. 6x)",
    statement=f"At the best learning rate of each, Leaky ReLU with slope 0.01 reaches {TARGET:.0%} "
    f"validation accuracy {TIMES_FASTER} times as fast as sigmoid and as tanh.",
    test=f"As `relu-faster`, of Leaky ReLU: a 95% interval above {TIMES_FASTER} for both supports, one "
    f"below {TIMES_FASTER} (Bonferroni) refutes; the estimate is the smaller ratio",
    study="tuned-rates",
    config="workflow/configs/rates.yaml",
)
def six_times_faster(tables: Tables) -> Verdict:
    """Judge the number, which is an example, of the function that the lecture names it of."""
    return _judge(LEAKY, _tuned(tables, LEAKY), bound=TIMES_FASTER)


def _arrivals(tables: Tables, names: tuple[str, ...], **settings: Any) -> pd.DataFrame:
    """Return when runs of the tutorial's network reach the target, each run once.

    At any learning rate, but for `settings`. Columns: activation, learning_rate, seed, status; arrival,
    in epochs, infinite where a run did not arrive; and last, the epoch until which it did not: of a run
    that diverged, the last that its cell allows.
    """
    free = (*ENDING, "learning_rate")
    kept = {name: value for name, value in PROTOCOL.items() if name not in free}
    chosen = cells(tables, activation=names, **{**kept, **settings})
    allowed = chosen.loc[chosen["epochs"] > 0, ["study", "cell", "epochs"]]
    runs = tables["runs"][[*RUN, "activation", "learning_rate", "status", "epochs"]]
    runs = runs.merge(allowed.rename(columns={"epochs": "allowed"}), on=["study", "cell"])
    metrics = tables["metrics"]
    reached = metrics[metrics["val_accuracy"] >= TARGET].groupby(RUN)["epoch"].min()
    runs = runs.merge(reached.rename("arrival").reset_index(), on=RUN, how="left")
    diverged = runs["status"] == "diverged"
    runs["arrival"] = runs["arrival"].astype(float).where(~diverged).fillna(np.inf)
    runs["last"] = runs["allowed"].where(diverged, runs["epochs"]).astype(float)
    longest = runs.sort_values("last", ascending=False, kind="stable")
    return longest.drop_duplicates(["activation", "learning_rate", "seed"])


def _tuned(tables: Tables, fast: str) -> dict[str, pd.DataFrame]:
    """Return, by activation, each seed's arrival at the learning rate that is best on the others.

    Only rates that all of the activations have count, and seeds with a run of each.
    """
    names = (fast, *SLOW)
    found = _arrivals(tables, names, stop="never")
    of_rates = found.groupby("learning_rate")["activation"].nunique()
    rates = of_rates.index[of_rates == len(names)]
    need(
        len(rates) > 1,
        f"networks with {listed(names)}, each trained at several learning rates without early stopping",
    )
    found = found[found["learning_rate"].isin(rates)]
    of_seeds = found.groupby("seed").size()
    seeds = of_seeds.index[of_seeds == len(names) * len(rates)]
    if len(seeds) < 2:
        ran = plural(len(seeds), "seed")
        raise CannotTell(f"{ran} ran at every learning rate, and it takes two", len(seeds))
    found = found[found["seed"].isin(seeds)]
    return {name: _at_best_rates(found[found["activation"] == name]) for name in names}


def _at_best_rates(runs: pd.DataFrame) -> pd.DataFrame:
    """Return of each seed the run at the rate that is best on the other seeds, by seed.

    `runs` has every seed at every rate. A rate that is chosen by the run that it is judged on flatters.
    """
    runs = runs.sort_values(["seed", "learning_rate"])
    arrivals = runs["arrival"].to_numpy().reshape(runs["seed"].nunique(), -1)
    rates = arrivals.shape[1]
    best = [
        seed * rates + _best_rate(np.delete(arrivals, seed, axis=0))
        for seed in range(len(arrivals))
    ]
    return runs.iloc[best].set_index("seed")


def _best_rate(arrivals: np.ndarray) -> int:
    """Return which rate, of arrivals [seed × rate], has most runs arrive, and of such ones soonest."""
    missing = np.isinf(arrivals)
    epochs = np.where(missing, 0, arrivals).sum(axis=0)
    return int(np.lexsort((epochs, missing.sum(axis=0)))[0])


def _judge(fast: str, times: dict[str, pd.DataFrame], bound: float) -> Verdict:
    """Judge whether an activation arrives more than `bound` times as fast as each of the others."""
    slow = {name: times[name] for name in SLOW}
    ratios = {name: _ratio(runs, times[fast], name) for name, runs in slow.items()}
    corrected = [_ratio(runs, times[fast], name, CORRECTED) for name, runs in slow.items()]
    slower = any(row["high"] is not None and row["high"] < bound for row in corrected)
    faster = all(row["low"] is not None and row["low"] > bound for row in ratios.values())
    others = [_said(name, runs, ratios[name]) for name, runs in slow.items()]
    evidence = f"{_rates(times)}, {_arrived(fast, times[fast])}{also(*others)}"
    verdict = REFUTED if slower else SUPPORTED if faster else INCONCLUSIVE
    least = min(ratios.values(), key=lambda row: row["mean"])
    return Verdict.of(verdict, least, f"{evidence}.")


def _ratio(
    slow: pd.DataFrame, fast: pd.DataFrame, name: str, confidence: float = CONFIDENCE
) -> dict[str, Any]:
    """Return the geometric mean over seeds of epochs to arrive, slow over fast, with its interval.

    A run that does not arrive has its last epoch instead. That bounds the ratio from one side: the
    interval has no upper end where a slow run is missing, and no lower end where a fast one is.
    """
    slow_epochs, fast_epochs = (np.minimum(runs["arrival"], runs["last"]) for runs in (slow, fast))
    logs = np.log10(slow_epochs / fast_epochs).dropna()
    row = powers(interval(logs, f"arrivals with {name} and what it is compared with", confidence))
    low = row["low"] if np.isfinite(fast["arrival"]).all() else None
    high = row["high"] if np.isfinite(slow["arrival"]).all() else None
    return {**row, "low": low, "high": high}


def _rates(times: dict[str, pd.DataFrame]) -> str:
    """Say at which learning rates activations are compared, the most frequent of each first."""
    rates = {
        name: " or ".join(f"{rate:g}" for rate in runs["learning_rate"].value_counts().index)
        for name, runs in times.items()
    }
    if len(set(rates.values())) == 1:
        return f"At a learning rate of {rates.popitem()[1]}"
    return f"At learning rates of {listed([f'{rate} with {name}' for name, rate in rates.items()])}"


def _missing(runs: pd.DataFrame) -> str:
    """Say how many runs do not arrive, and how many of them diverged; empty if all arrive."""
    missing = int(np.isinf(runs["arrival"]).sum())
    diverged = int((runs["status"] == "diverged").sum())
    said = f"{missing} of {len(runs)} runs do not get there" if missing else ""
    return said + (f", {diverged} of them diverged" if diverged else "")


def _arrived(fast: str, runs: pd.DataFrame) -> str:
    missing = _missing(runs)
    if missing:
        return f"{missing} with {fast}"
    mean = number(float(runs["arrival"].mean()))
    return f"{fast} takes {mean} epochs to {percent(TARGET, 0)} in the mean"


def _said(name: str, runs: pd.DataFrame, ratio: dict[str, Any]) -> str:
    """Say how many times as many epochs an activation takes, or what bounds this number."""
    missing = _missing(runs)
    end = f" ({missing})" if missing else ""
    if ratio["low"] is None and ratio["high"] is None:
        return f"{name} cannot be compared{end}"
    if ratio["low"] is None:
        return f"{name} takes at most {number(ratio['mean'])} times as many"
    if ratio["high"] is None:
        return (
            f"{name} takes at least {number(ratio['mean'])} times as many, with a 95% interval from "
            f"{number(ratio['low'])} on{end}"
        )
    return f"{name} takes {stated(ratio)} times as many"
