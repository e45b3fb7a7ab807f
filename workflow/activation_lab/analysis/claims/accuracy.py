"""Claims of test accuracy: how well networks learn, how alike, and in which order."""

from __future__ import annotations

import itertools
from typing import Any

import numpy as np
import pandas as pd
from scipy import stats

from activation_lab.analysis.claims.base import (
    INCONCLUSIVE,
    PYTORCH,
    REFUTED,
    SUPPORTED,
    TUTORIAL,
    CannotTell,
    Tables,
    Verdict,
    claim,
)
from activation_lab.analysis.claims.groups import also, failures
from activation_lab.analysis.claims.selection import learnt, need, points, stated, tutorial
from activation_lab.analysis.printed_numbers import TEST_ACCURACY
from activation_lab.analysis.statistics import CONFIDENCE
from activation_lab.wording import listed, percent, plural

SINGLE_RUNS = TEST_ACCURACY["PyTorch edition"]
FIVE = [name for name in SINGLE_RUNS if name != "sigmoid"]  # sigmoid splits into stuck and trained
ORDER = sorted(FIVE, key=SINGLE_RUNS.__getitem__, reverse=True)
PAIRS = list(itertools.combinations(ORDER, 2))
NEIGHBOURS = [PAIRS.index(pair) for pair in itertools.pairwise(ORDER)]
CORRECTED = 1 - (1 - CONFIDENCE) / len(PAIRS)  # Bonferroni
MARGIN = 0.01  # named before the test: differences of less than a point count as the same
# Two one-sided tests at 5%: both ends of a 90% interval have to lie inside the margin.
EQUIVALENCE = 0.90
BEYOND_DOUBT = 0.99


def five_accuracies(tables: Tables) -> tuple[pd.DataFrame, str]:
    """Return test accuracies of the runs that learnt, and words for those that did not.

    A row for each seed, a column for each of the five activations; null where a run failed.
    """
    runs = tutorial(tables, "runs", activation=tuple(FIVE))
    missing = [name for name in FIVE if name not in set(runs["activation"])]
    need(not missing, f"networks of the tutorial's with {listed(missing)}")
    wide = learnt(runs).pivot(index="seed", columns="activation", values="test_accuracy")
    return wide.reindex(columns=FIVE).astype(float), failures(runs)


@claim(
    source=TUTORIAL,
    quote=" ... ".join(
        f"{value:.2f}" for numbers in TEST_ACCURACY.values() for value in numbers.values()
    ),
    statement="Networks reach the test accuracies that the tutorial prints of single runs, in percent: "
    + "; ".join(
        f"{edition}: " + ", ".join(f"{name} {value:.2f}" for name, value in numbers.items())
        for edition, numbers in TEST_ACCURACY.items()
    )
    + ".",
    test="For each edition the mean over the five activations but sigmoid, minus the same mean of ours; "
    "its interval is that of one more seed of ours (Student's t over the means of our seeds). Both 90% "
    f"intervals inside ±{100 * MARGIN:g} point support, a 99% interval (corrected for two) wholly "
    "outside refutes; the estimate is the greater difference",
)
def accuracies(tables: Tables) -> Verdict:
    """Compare each edition, which is one seed, with what one more seed of ours would give.

    Runs of one seed share their initial weights and batches: what is drawn is a seed, not a run.
    """
    wide, failed = five_accuracies(tables)
    whole = wide.dropna()
    if len(whole) < 2:
        seeds = plural(len(whole), "seed")
        raise CannotTell(f"all five activations learnt with {seeds}, and it takes two", len(whole))
    ours = whole.mean(axis="columns")
    differences = {
        edition: sum(numbers[name] for name in FIVE) / len(FIVE) / 100 - float(ours.mean())
        for edition, numbers in TEST_ACCURACY.items()
    }
    inside = _one_more(ours, EQUIVALENCE)
    beyond = _one_more(ours, 1 - (1 - BEYOND_DOUBT) / len(differences))
    furthest = max(differences.values(), key=abs)
    verdict = INCONCLUSIVE
    if abs(furthest) + inside < MARGIN:
        verdict = SUPPORTED
    elif abs(furthest) - beyond > MARGIN:
        verdict = REFUTED
    away = listed([f"{points(value)} in the {name}" for name, value in differences.items()])
    evidence = (
        f"Over the five activations but sigmoid, the printed mean differs from ours by {away}, each "
        f"±{100 * inside:.2f} (90% interval, n = {len(whole)} seeds); a single printed number is only "
        f"resolved to ±{100 * _single(whole):.2f} points{also(_sigmoid(tables), failed)}."
    )
    half = _one_more(ours, CONFIDENCE)
    return Verdict(verdict, evidence, len(whole), furthest, furthest - half, furthest + half)


def _one_more(values: pd.Series, confidence: float) -> float:
    """Return half of Student's prediction interval of one more value: t s √(1 + 1/n)."""
    n = len(values)
    return float(stats.t.ppf((1 + confidence) / 2, n - 1) * values.std() * (1 + 1 / n) ** 0.5)


def _single(whole: pd.DataFrame) -> float:
    """Return half of the 95% prediction interval of one more run of one activation.

    Its standard deviation is pooled over the activations.
    """
    n, activations = whole.shape
    t = stats.t.ppf((1 + CONFIDENCE) / 2, activations * (n - 1))
    return float(t * (whole.var().mean() * (1 + 1 / n)) ** 0.5)


def _sigmoid(tables: Tables) -> str:
    """Say how our sigmoid runs ended: the editions print one that was stuck and one that learnt."""
    runs = tutorial(tables, "runs", activation="sigmoid")
    if runs.empty:
        return ""
    ok = learnt(runs)
    said = f"sigmoid learnt in {len(ok)} of {plural(len(runs), 'run')}"
    if len(ok):
        said += f", to {percent(float(ok['test_accuracy'].mean()))}"
    stuck, diverged = ((runs["status"] == status).sum() for status in ("plateau", "diverged"))
    if diverged:
        said += f", and {diverged} diverged"
    return f"{said}, so that both of its printed outcomes occur" if stuck and len(ok) else said


def _differences(wide: pd.DataFrame) -> list[dict[str, Any]]:
    """Return first minus second of every pair, in the order of `PAIRS`: n seeds, mean, standard error.

    Raises `CannotTell` where fewer than two seeds have both.
    """
    rows = []
    for first, second in PAIRS:
        values = wide[first].to_numpy() - wide[second].to_numpy()
        values = values[np.isfinite(values)]
        n = len(values)
        if n < 2:
            seeds = plural(n, "seed")
            raise CannotTell(f"{first} and {second} both learnt with {seeds}, and it takes two", n)
        error = float(values.std(ddof=1)) / n**0.5
        pair = f"{first} − {second}"
        rows.append({"pair": pair, "n": n, "mean": float(values.mean()), "error": error})
    return rows


def _interval(row: dict[str, Any], confidence: float = CONFIDENCE) -> dict[str, Any]:
    """Return a difference with the ends of its interval (Student's t)."""
    half = float(stats.t.ppf((1 + confidence) / 2, row["n"] - 1)) * row["error"]
    return {**row, "low": row["mean"] - half, "high": row["mean"] + half}


@claim(
    source=PYTORCH,
    quote="gain similar performance",
    statement=f"In mean test accuracy, {' > '.join(ORDER)}: the order of the PyTorch edition's single "
    "runs, which nobody claims; it is only what sorting its numbers gives.",
    test="Differences paired by seed: all four neighbours in this order, each with a 95% interval above "
    "0, support; any of the ten pairs in the opposite order, with an interval corrected for ten "
    "(Bonferroni), refutes; the estimate is the least difference of neighbours",
)
def printed_order(tables: Tables) -> Verdict:
    """Test each pair of neighbours, which needs no correction since all of them have to hold."""
    wide, failed = five_accuracies(tables)
    rows = _differences(wide)
    neighbours = [_interval(rows[place]) for place in NEIGHBOURS]
    in_order = sum(row["low"] > 0 for row in neighbours)
    opposite = [row for row in rows if _interval(row, CORRECTED)["high"] < 0]
    verdict = INCONCLUSIVE
    if opposite or in_order == len(neighbours):
        verdict = REFUTED if opposite else SUPPORTED
    least = min(neighbours, key=lambda row: row["mean"])
    wrong = ""
    if opposite:
        worst = min(opposite, key=lambda row: row["mean"])
        wrong = (
            f"{len(opposite)} of {len(PAIRS)} pairs are in the opposite order, most of all "
            f"{worst['pair']} with {points(worst['mean'])}"
        )
    evidence = (
        f"{in_order} of {len(neighbours)} neighbours are in this order with a 95% interval above 0; the "
        f"least difference, {least['pair']}, is {stated(least, points)}{also(wrong, failed)}."
    )
    return Verdict.of(verdict, least, evidence)


@claim(
    source=TUTORIAL,
    quote="gain similar performance",
    statement=f"In mean test accuracy the five activations but sigmoid differ by less than "
    f"{100 * MARGIN:g} point from each other.",
    test=f"Differences paired by seed: all ten 90% intervals inside ±{100 * MARGIN:g} point (two "
    "one-sided tests each) support; any pair wholly outside, with an interval corrected for ten "
    "(Bonferroni), refutes; the estimate is the pair that may differ most",
)
def similar_performance(tables: Tables) -> Verdict:
    """Test the equivalence of every pair at a margin that was named before."""
    wide, failed = five_accuracies(tables)
    rows = [_first_better(row) for row in _differences(wide)]
    intervals = [_interval(row, EQUIVALENCE) for row in rows]
    inside = sum(row["high"] < MARGIN for row in intervals)
    different = any(_interval(row, CORRECTED)["low"] > MARGIN for row in rows)
    furthest = max(intervals, key=lambda row: row["high"])
    verdict = REFUTED if different else SUPPORTED if inside == len(rows) else INCONCLUSIVE
    evidence = (
        f"{inside} of {len(rows)} pairs have a 90% interval inside ±{100 * MARGIN:g} point; the pair "
        f"that may differ most, {furthest['pair']}, differs by {points(furthest['mean'])} (90% interval "
        f"{points(furthest['low'])} to {points(furthest['high'])}, n = {furthest['n']}){also(failed)}."
    )
    return Verdict.of(verdict, _interval(furthest), evidence)


def _first_better(row: dict[str, Any]) -> dict[str, Any]:
    """Return a difference the way round that makes it positive: its high end is then the further one."""
    if row["mean"] >= 0:
        return row
    first, second = row["pair"].split(" − ")
    return {**row, "mean": -row["mean"], "pair": f"{second} − {first}"}
