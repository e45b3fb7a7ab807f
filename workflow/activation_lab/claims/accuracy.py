"""Claims of accuracy: who learns, how well, in which order, how soon."""

from __future__ import annotations

import itertools
from typing import Any

import numpy as np
import pandas as pd
from scipy import stats

from activation_lab.claims.registry import (
    INCONCLUSIVE,
    REFUTED,
    RETELLINGS,
    SUPPORTED,
    TUTORIAL,
    NotRun,
    Tables,
    Verdict,
    claim,
)
from activation_lab.claims.selection import (
    below,
    cells,
    interval,
    learnt,
    need,
    number,
    points,
    powers,
    rows,
    stated,
    tutorial,
    varying,
)
from activation_lab.published import PROTOCOL, TEST_ACCURACY, TIMES_FASTER
from activation_lab.statistics import CONFIDENCE, success_rate
from activation_lab.words import listed, percent

ALPHA = 1 - CONFIDENCE
PYTORCH = TEST_ACCURACY["PyTorch edition"]
RANKING = sorted(PYTORCH.keys() - {"sigmoid"}, key=PYTORCH.__getitem__, reverse=True)
TARGET = 0.85


@claim(
    "sigmoid-fails",
    source=TUTORIAL,
    statement=f"Sigmoid does not learn: it stays at {PYTORCH['sigmoid']:.2f}% test accuracy.",
    test="Share of runs that learn without early stopping: below half with its 95% Wilson interval "
    "supports, above half refutes; Fisher's exact test against the runs with early stopping",
    study="sigmoid-patience",
)
def sigmoid_fails(tables: Tables) -> Verdict:
    """Judge it without early stopping: whether patience ends the runs before the plateau does."""
    runs = tutorial(tables, "runs", activation="sigmoid", stop=("patience", "never"))
    groups = dict(iter(runs.groupby("stop")))
    need(
        len(groups) == 2, "sigmoid networks of the tutorial's both with and without early stopping"
    )
    ok = {stop: own[own["status"] == "ok"] for stop, own in groups.items()}
    rates = {stop: success_rate(len(ok[stop]), len(own)) for stop, own in groups.items()}
    p = stats.fisher_exact(
        [[len(ok[stop]), len(own) - len(ok[stop])] for stop, own in groups.items()]
    ).pvalue
    said = {
        stop: f"{len(ok[stop])} of {rate['n']} runs learn ({percent(rate['mean'], 0)}, 95% Wilson "
        f"interval {percent(rate['low'], 0)} to {percent(rate['high'], 0)}; "
        f"{_reached(ok[stop])})"
        for stop, rate in rates.items()
    }
    verdict, fewer = below(rates["never"], 0.5), rates["patience"]["mean"] < rates["never"]["mean"]
    if verdict == REFUTED and fewer and p < ALPHA:
        reading = "the failure is an artefact of early stopping"
    elif fewer:
        reading = "that early stopping makes the difference is not established"
    else:
        reading = "early stopping makes no difference that could explain a failure"
    evidence = (
        f"Without early stopping {said['never']}, with it {said['patience']}: {reading} (Fisher's "
        f"exact p = {number(p)})."
    )
    return Verdict.of(verdict, rates["never"], evidence)


def _reached(runs: pd.DataFrame) -> str:
    """Say how well and from when on runs learnt."""
    if runs.empty:
        return "none leaves chance level"
    first, last = runs["plateau_exit_epoch"].min(), runs["plateau_exit_epoch"].max()
    when = f"epoch {first}" if first == last else f"epochs {first} to {last}"
    accuracy = percent(runs["test_accuracy"].mean())
    return f"mean test accuracy {accuracy}, chance level left in {when}"


@claim(
    "accuracies",
    source=TUTORIAL,
    statement="Test accuracies of "
    + "; ".join(
        f"{edition}: " + ", ".join(f"{name} {value:.2f}%" for name, value in values.items())
        for edition, values in TEST_ACCURACY.items()
    )
    + ".",
    test="Each against Student's 95% prediction interval of one more run of ours: all inside "
    "supports; one outside an interval corrected for their number (Bonferroni) refutes; intervals wider "
    "than the range of the published values say nothing",
)
def accuracies(tables: Tables) -> Verdict:
    """Compare single published runs with what a further run of ours would give."""
    values, split = _accuracies_of_ours(tables)
    printed = [
        (edition, name, numbers[name] / 100)
        for edition, numbers in TEST_ACCURACY.items()
        for name in values
    ]
    intervals = {name: _prediction(own, CONFIDENCE) for name, own in values.items()}
    wider = {name: _prediction(own, 1 - ALPHA / len(printed)) for name, own in values.items()}
    outside = [row for row in printed if not _within(row[2], intervals[row[1]])]
    far = any(not _within(value, wider[name]) for _, name, value in printed)
    half = max((high - low) / 2 for low, high in intervals.values())
    vague = half > np.ptp([value for *_, value in printed])
    verdict = REFUTED if far else INCONCLUSIVE if outside or vague else SUPPORTED
    inside = len(printed) - len(outside)
    strays = [f"{name} in the {edition} ({percent(value)})" for edition, name, value in outside]
    evidence = (
        f"{inside} of {len(printed)} published accuracies lie inside the 95% prediction intervals, "
        f"which reach up to {100 * half:.2f} points from our means (n = "
        f"{min(map(len, values.values()))})"
        + (f"; outside: {listed(strays)}" if strays else "")
        + (f"; left out, since not all runs learnt: {listed(sorted(split))}" if split else "")
    )
    return Verdict(verdict, f"{evidence}.", n=len(printed), estimate=inside / len(printed))


def _accuracies_of_ours(tables: Tables) -> tuple[dict[str, pd.Series], set[str]]:
    """Return test accuracies by activation, and the activations that split into stuck and trained."""
    runs = tutorial(tables, "runs", activation=tuple(PYTORCH))
    split = {name for name, own in runs.groupby("activation") if (own["status"] != "ok").any()}
    ok = learnt(runs)
    values = {
        name: ok.loc[ok["activation"] == name, "test_accuracy"] for name in PYTORCH.keys() - split
    }
    few = sorted(name for name, own in values.items() if len(own) < 2)
    if few or not values:
        raise NotRun(f"fewer than 2 seeds of the tutorial's network with {listed(few or RANKING)}")
    return {name: values[name] for name in PYTORCH if name in values}, split


def _within(value: float, ends: tuple[float, float]) -> bool:
    return ends[0] <= value <= ends[1]


def _prediction(values: pd.Series, confidence: float) -> tuple[float, float]:
    """Return Student's prediction interval of one more value: s √(1 + 1/n) instead of s/√n."""
    n, std = len(values), values.std(ddof=1)
    if std == 0:
        return values.iloc[0], values.iloc[0]
    return stats.t.interval(confidence, n - 1, loc=values.mean(), scale=std * (1 + 1 / n) ** 0.5)


@claim(
    "ranking",
    source=RETELLINGS,
    statement=f"In test accuracy, {' > '.join(RANKING)}.",
    test="Differences paired by seed, p corrected by Holm for all pairs of the study: every adjacent "
    "pair in this order at p < 0.05 supports, any pair in the opposite order refutes; the estimate is "
    "the least difference of an adjacent pair",
)
def ranking(tables: Tables) -> Verdict:
    """Read the order from the table `contrasts`."""
    pairs = _ranked_pairs(tables)
    adjacent = [pairs[pair] for pair in itertools.pairwise(RANKING)]
    if min(row["n"] for row in pairs.values()) < 2:
        raise NotRun("fewer than 2 seeds of the five networks that learnt")
    found = [row for row in adjacent if row["mean"] > 0 and row["p_holm"] < ALPHA]
    opposite = [
        f"{second} beats {first} by {points(-row['mean'])}"
        for (first, second), row in pairs.items()
        if row["mean"] < 0 and row["p_holm"] < ALPHA
    ]
    least = min(adjacent, key=lambda row: row["mean"])
    verdict = INCONCLUSIVE
    if opposite or len(found) == len(adjacent):
        verdict = REFUTED if opposite else SUPPORTED
    evidence = (
        f"{len(found)} of {len(adjacent)} adjacent pairs are in this order at a corrected p < "
        f"{ALPHA:.2f}; the least difference, {least['pair']}, is {stated(least, points)}, p = "
        f"{number(least['p_holm'])}" + (f"; {listed(opposite)}" if opposite else "")
    )
    return Verdict.of(verdict, least, f"{evidence}.")


def _ranked_pairs(tables: Tables) -> dict[tuple[str, str], dict[str, Any]]:
    """Return the contrast of every pair of the claimed order, the one that should win first."""
    contrasts = tables["contrasts"].query("metric == 'test_accuracy'")
    chosen = cells(tables, **PROTOCOL, activation=tuple(RANKING))
    for study, own in chosen.groupby("study", sort=False):
        names = own.set_index("cell")["activation"]
        found = contrasts[contrasts["study"] == study]
        found = found[found["first"].isin(names.index) & found["second"].isin(names.index)]
        signed = {}
        for row in found.to_dict("records"):
            pair = (names[row["first"]], names[row["second"]])
            right = RANKING.index(pair[0]) < RANKING.index(pair[1])
            signed[pair if right else pair[::-1]] = _signed(row, pair, right)
        if len(signed) == len(RANKING) * (len(RANKING) - 1) // 2:
            return signed
    need(False, "contrasts of the tutorial's network between the five activations")
    return {}


def _signed(row: dict[str, Any], pair: tuple[str, str], right: bool) -> dict[str, Any]:
    """Return a contrast as first minus second of the claimed order."""
    sign, (low, high) = (1, ("low", "high")) if right else (-1, ("high", "low"))
    ends = {"mean": sign * row["difference"], "low": sign * row[low], "high": sign * row[high]}
    names = pair if right else pair[::-1]
    return {**ends, "n": row["n"], "p_holm": row["p_holm"], "pair": " − ".join(names)}


@claim(
    "six-times-faster",
    source="Krizhevsky et al. 2012 (AlexNet), retold of ReLU in general",
    statement=f"ReLU converges {TIMES_FASTER} times faster than sigmoid and tanh.",
    test=f"Epochs to {TARGET:.0%} validation accuracy, each activation at the learning rate with the "
    "least median, paired by seed: the ratio to ReLU's with its 95% interval (geometric mean), at "
    f"least {TIMES_FASTER} for both supports, below {TIMES_FASTER} for one refutes; a run that does "
    "not get there counts its last epoch, which makes the ratio a lower bound",
    study="tuned-rates",
    config="workflow/configs/rates.yaml",
)
def six_times_faster(tables: Tables) -> Verdict:
    """Compare epochs to a target, each activation at its best learning rate."""
    times = _tuned(tables)
    relu = times.pop("relu")
    if not relu["there"].all():
        late = f"{(~relu['there']).sum()} of {len(relu)} ReLU runs never reach {TARGET:.0%}."
        return Verdict(INCONCLUSIVE, late, n=len(relu))
    ratios, parts = {}, []
    for name, own in times.items():
        logs = np.log10(own["epoch"] / relu["epoch"].reindex(own.index))
        ratio = powers(interval(logs, f"{name} and ReLU at their best learning rates"))
        bounded = own["there"].all()
        ratios[name] = ratio if bounded else {**ratio, "high": None}
        times_as_many = stated(ratio) if bounded else f"at least {number(ratio['mean'])}"
        parts.append(f"{times_as_many} times as many for {name}")
    least = min(ratios.values(), key=lambda row: row["mean"])
    slower = any(row["high"] is not None and row["high"] < TIMES_FASTER for row in ratios.values())
    faster = all(row["low"] >= TIMES_FASTER for row in ratios.values())
    rates = [f"{name} {own['rate'].iloc[0]:g}" for name, own in {"relu": relu, **times}.items()]
    evidence = (
        f"At the best learning rate of each ({', '.join(rates)}), ReLU takes "
        f"{number(relu['epoch'].mean())} epochs to {TARGET:.0%} in the mean; it takes "
        f"{listed(parts)}."
    )
    verdict = REFUTED if slower else SUPPORTED if faster else INCONCLUSIVE
    return Verdict.of(verdict, least, evidence)


def _tuned(tables: Tables) -> dict[str, pd.DataFrame]:
    """Return for each activation its runs' epochs to the target, at the best of several rates."""
    names = ("relu", "tanh", "sigmoid")
    targets = tables["targets"]
    for study, own in varying(tables, "activation", "learning_rate").groupby("study", sort=False):
        found = targets[(targets["study"] == study) & (targets["target"] == TARGET)]
        found = found.sort_values(["median", "reached"], ascending=[True, False])
        best = found.drop_duplicates("activation").set_index("activation")
        if set(names) <= set(best.index) and own["learning_rate"].nunique() > 1:
            metrics = rows(tables, "metrics", study=study)
            return {
                name: _epochs_to(metrics[metrics["cell"] == best.loc[name, "cell"]])
                for name in names
            }
    need(False, "ReLU, tanh and sigmoid networks, each trained at several learning rates")
    return {}


def _epochs_to(metrics: pd.DataFrame) -> pd.DataFrame:
    """Return each seed's first epoch at the target, or its last if it never gets `there`."""
    last = metrics.groupby("seed")["epoch"].max()
    reached = metrics[metrics["val_accuracy"] >= TARGET].groupby("seed")["epoch"].min()
    first = reached.reindex(last.index)
    return pd.DataFrame(
        {
            "epoch": first.fillna(last).astype(float),
            "there": first.notna(),
            "rate": metrics["learning_rate"].iloc[0],
        }
    )
