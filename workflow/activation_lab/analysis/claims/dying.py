"""Claims that units die of a high learning rate, and whether a lower one helps.

A run that diverged is the extreme of what a rate can do: it ranks above every run that has units left to
count, and is never averaged with them.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import pandas as pd
from scipy import stats

from activation_lab.analysis.claims.base import (
    ANSWERED,
    EXACT,
    INCONCLUSIVE,
    LECTURE,
    REFUTED,
    SUPPORTED,
    CannotTell,
    Tables,
    Verdict,
    claim,
)
from activation_lab.analysis.claims.groups import CHANCE_LEVEL, also, differing, failures
from activation_lab.analysis.claims.selection import (
    above,
    interval,
    learnt,
    need,
    of_runs,
    points,
    stated,
)
from activation_lab.analysis.statistics import CONFIDENCE
from activation_lab.wording import listed, p_value, percent

RATE = "learning_rate"
QUOTE = "This problem typically arises when the learning rate is set too high"
TREND = (
    "The outcome is the share of a ReLU network's hidden units that are alive untrained and dead on "
    "all training images with the kept weights; a run that diverged ranks above every share. Page's "
    "trend test, exact, with seeds as blocks and the learning rates in order, one-sided: p ≤ 2.5% for "
    "a rise supports, for a fall refutes, if Student's 95% interval of Spearman's correlations over "
    "seeds is on the same side of 0, since shares scatter the more the higher the rate; the estimate "
    "is the mean correlation"
)
LEVEL = (1 - CONFIDENCE) / 2  # of a decision in either direction
FEWEST_RATES = 3  # that a trend can be told from with few seeds, and that scipy's test takes


@claim(
    source=LECTURE,
    quote=QUOTE,
    statement="The higher the learning rate, the more ReLU units die.",
    test=TREND,
    study="dying-relu",
)
def lr_kills(tables: Tables) -> Verdict:
    """Look for a trend over all learning rates."""
    runs = _runs(tables)
    trend = _trend(runs)
    evidence = f"{trend.said}{also(_shares(runs), *_failures(runs))}."
    return Verdict(trend.verdict, evidence, trend.seeds, trend.correlation)


@claim(
    source=LECTURE,
    quote=QUOTE,
    statement="Above the best learning rate, the higher the rate, the more ReLU units die.",
    test="The best rate has the highest mean validation accuracy, where a run that diverged or stayed "
    f"at chance level counts as {CHANCE_LEVEL:g}. From it upwards: {TREND}",
    study="dying-relu",
)
def lr_kills_above_best(tables: Tables) -> Verdict:
    """Look for a trend from the best learning rate upwards."""
    runs = _runs(tables)
    accuracy = runs["best_val_accuracy"].astype(float).where(runs["status"] == "ok")
    accuracy = accuracy.fillna(CHANCE_LEVEL)
    best = accuracy.groupby(runs[RATE]).mean().idxmax()
    upper = runs[runs[RATE] >= best]
    if upper[RATE].nunique() < FEWEST_RATES:
        more = upper[RATE].nunique() - 1
        reason = f"{'one rate lies' if more else 'no rate lies'} above the best one, {best:g}"
        raise CannotTell(f"{reason}, and a trend needs two", n=upper["seed"].nunique())
    trend = _trend(upper)
    evidence = f"From {best:g}, the best rate, upwards: {trend.said[0].lower()}{trend.said[1:]}"
    evidence = f"{evidence}{also(_shares(upper), *_failures(upper))}."
    return Verdict(trend.verdict, evidence, trend.seeds, trend.correlation)


@claim(
    source=LECTURE,
    quote="Can lowering the learning rate help?",
    statement="How many fewer ReLU units are dead after training with a lower learning rate from the "
    "start?",
    test="Share of hidden units that are dead on all training images with the kept weights, runs that "
    "learnt: at the lower rate with the fewest minus at the highest rate at which two runs learnt, "
    "paired by seed (Student's t; Bonferroni over the lower rates, since the data choose among them)",
    study="dying-relu",
    chance=EXACT,  # an estimate with an interval: there is no verdict to be wrong
)
def lowering_rate(tables: Tables) -> Verdict:
    """Compare the highest rate that trains with the lower one at which the fewest units are dead."""
    shares, runs = dead_shares(tables)
    rates = list(shares.columns)
    if len(rates) < 2:
        reason = "at fewer than two learning rates two runs learnt"
        raise CannotTell(f"{reason}{also(*_failures(runs))}", n=len(shares))
    highest, lower = rates[-1], shares[rates[:-1]]
    means = shares.mean()
    fewest = lower.mean().idxmin()
    confidence = 1 - (1 - CONFIDENCE) / len(lower.columns)
    difference = (lower[fewest] - shares[highest]).dropna()
    if len(difference) < 2:
        raise CannotTell(
            f"fewer than two seeds learnt both at {fewest:g} and at {highest:g}", n=len(difference)
        )
    change = interval(difference, "ReLU networks at both rates", confidence)
    lowest = rates[0]
    further = (
        f"at {lowest:g}, the lowest rate, it is {percent(means[lowest], 1)}, so that lower is not "
        "always better"
        if fewest != lowest
        else ""
    )
    evidence = (
        f"After training at {highest:g}, the highest rate at which two runs learnt, "
        f"{percent(means[highest], 1)} of the units are dead and at {fewest:g} "
        f"{percent(means[fewest], 1)}, a change of "
        f"{stated(change, points)}{also(further, *_failures(runs))}."
    )
    return Verdict.of(ANSWERED, change, evidence)


def _runs(tables: Tables) -> pd.DataFrame:
    """Return ReLU runs that differ in the learning rate, with the share `died` of their units."""
    runs = differing(tables, RATE, activation="relu")
    enough = runs[RATE].nunique() >= FEWEST_RATES
    need(enough, f"ReLU networks trained at {FEWEST_RATES} learning rates or more")
    run = [RATE, "seed"]
    dead = dead_by_phase(of_runs(tables["neurons"], runs), [*run, "layer", "unit"])
    died = (dead["best"] & ~dead["untrained"]).groupby(level=run).mean()
    return runs.merge(died.rename("died").reset_index(), on=run, how="left")


def dead_by_phase(neurons: pd.DataFrame, unit: list[str]) -> pd.DataFrame:
    """Return a row for each unit: whether it is dead on all training images, untrained and at best."""
    dead = neurons.assign(dead=neurons["nonzero_fraction"] == 0)
    wide = dead.pivot(index=unit, columns="phase", values="dead")
    return wide.reindex(columns=["untrained", "best"]).dropna().astype(bool)


def dead_shares(tables: Tables) -> tuple[pd.DataFrame, pd.DataFrame]:
    """Return shares of dead units, seed × rate, and all runs; at each rate two runs or more learnt."""
    runs = differing(tables, RATE, activation="relu")
    need(runs[RATE].nunique() > 1, "ReLU networks trained at several learning rates")
    found = of_runs(tables["dead_neurons"], learnt(runs))
    sums = (
        found[found["phase"] == "best"]
        .groupby([RATE, "seed"])[["dead", "units"]]
        .sum()
        .astype(float)
    )
    shares = (sums["dead"] / sums["units"]).unstack(RATE)
    return shares.dropna(axis="columns", thresh=2), runs


@dataclass(frozen=True)
class Trend:
    """Whether units die the more, the higher the rate; `correlation` is the mean over `seeds`."""

    verdict: str
    said: str
    seeds: int
    correlation: float


def _trend(runs: pd.DataFrame) -> Trend:
    """Test whether the share `died` rises with the learning rate, over seeds run at every rate.

    Raises `CannotTell` with fewer than two such seeds, or where no run has units left to count.
    """
    diverged = runs["status"] == "diverged"
    if diverged.all():
        raise CannotTell(f"all {len(runs)} runs diverged", n=runs["seed"].nunique())
    outcomes = runs.assign(outcome=runs["died"].astype(float).mask(diverged, np.inf))
    table = outcomes.pivot(index="seed", columns=RATE, values="outcome").dropna().to_numpy()
    seeds, rates = table.shape
    if seeds < 2:
        raise CannotTell("fewer than two seeds were run at every learning rate", n=seeds)
    verdict, p = _page(table)
    order = np.arange(rates) - (rates - 1) / 2
    ranks = stats.rankdata(table, axis=1)  # ties share a rank
    correlations = interval(12 * ranks @ order / (rates * (rates**2 - 1)), "ReLU networks")
    if above(correlations, 0) != verdict:
        verdict = INCONCLUSIVE
    tested = f"p = {p_value(p)}".replace("= <", "<")
    said = (
        f"The share of units that die has a rank correlation of {correlations['mean']:.2f} with the "
        f"rate, mean over {seeds} seeds (Page's trend test, {tested})"
    )
    return Trend(verdict, said, seeds, correlations["mean"])


def _page(table: np.ndarray) -> tuple[str, float]:
    """Return the verdict of Page's test on "values [seeds, rates] rise along the rates", and its p."""
    rise = float(stats.page_trend_test(table).pvalue)
    fall = float(stats.page_trend_test(table[:, ::-1]).pvalue)
    if min(rise, fall) > LEVEL:
        return INCONCLUSIVE, min(rise, fall)
    return (SUPPORTED, rise) if rise < fall else (REFUTED, fall)


def _shares(runs: pd.DataFrame) -> str:
    """Say which share of the units died at the lowest and the highest rate, and where it is least."""
    means = learnt(runs).groupby(RATE)["died"].mean()
    if means.empty:
        return "no run learnt"
    ends = {means.index.min(), means.index.max(), means.idxmin()}
    named = [f"{percent(means[rate], 1)} at {rate:g}" for rate in sorted(ends)]
    least = f", the fewest at {means.idxmin():g}" if len(named) > 1 else ""
    return f"in runs that learnt, {listed(named)} of the units died{least}"


def _failures(runs: pd.DataFrame) -> list[str]:
    """Say at which rates how many runs diverged or stayed at chance level."""
    found = [(rate, failures(group)) for rate, group in runs.groupby(RATE)]
    return [f"at a rate of {rate:g}, {said}" for rate, said in found if said]
