"""How well the networks learn: which fail, how the others differ, what the seeds can tell."""

from __future__ import annotations

import math
from collections.abc import Mapping

import pandas as pd

from activation_lab.analysis.statistics import (
    CONFIDENCE,
    Tables,
    outcomes,
    pairs_needed,
    resolvable,
)
from activation_lab.datasets import named
from activation_lab.wording import (
    joined,
    label,
    labels,
    listed,
    p_value,
    percent,
    plural,
    points,
    span,
)

ALPHA = round(1 - CONFIDENCE, 10)
WANTED = (0.003, 0.005)  # differences in accuracy that a reader may look for
MOST_PAIRS = 3  # that a sentence names
MOST_FAILED = 4  # cells that a sentence names


def accuracies(tables: Tables) -> list[str]:
    """Say how the settings range that always learnt, which others failed, and whether they rank."""
    ends = outcomes(tables["runs"])
    names = labels(tables["cells"])
    failures = _failures(ends, names) if len(ends) else []
    rows = _always_learnt(tables, ends)
    if len(rows) < 2:
        return failures or [_alone(row, names) for _, row in rows.iterrows()]
    best, worst = rows.iloc[0], rows.iloc[-1]
    which = f"{len(rows)} of {len(ends)}" if len(rows) < len(ends) else f"All {len(rows)}"
    alone = list(tables["cells"]["varied"].iloc[0]) == ["activation"]
    what = "activations" if alone else "settings"
    learnt = (
        f"{which} {what} always learnt: their mean test accuracies range from "
        f"{percent(worst['mean'])} ({names[worst['cell']]}, n = {worst['n']}) to "
        f"{percent(best['mean'])} ({names[best['cell']]}, n = {best['n']})."
    )
    return [
        " ".join([learnt, *failures]),
        _ranked(_compared(tables, set(rows["cell"])), names),
    ]


def _alone(row: pd.Series, names: dict[str, str]) -> str:
    """Say how well the only cell of a study does, in which no run failed."""
    said = f"Every run of {names[row['cell']]} learnt: the mean test accuracy is {percent(row['mean'])}"
    if row["n"] == 1:
        return f"{said} (n = 1)."
    return f"{said} (95% interval {percent(row['low'])} to {percent(row['high'])}, n = {row['n']})."


def _always_learnt(tables: Tables, ends: pd.DataFrame) -> pd.DataFrame:
    """Return the mean test accuracies of the cells in which no run failed, the highest first."""
    rows = tables["summary"].query("metric == 'test_accuracy' and n > 0")
    rows = rows[rows["cell"].isin(ends.index[ends["ok"] == ends["n"]])]
    return rows.sort_values("mean", ascending=False)


def highest(tasks: Mapping[str, Tables]) -> list[str]:
    """Say which cell has the highest mean test accuracy on each of several tasks.

    Only cells in which no run failed are compared: a mean of the others leaves runs out.
    """
    best = []
    for task, own in tasks.items():
        means = _always_learnt(own, outcomes(own["runs"]))
        if len(means) > 1:
            row = means.iloc[0]
            name = labels(own["cells"])[row["cell"]]
            best.append(f"{name} with {task} ({percent(row['mean'])})")
    if len(best) < 2:
        return []
    return [
        f"Highest mean test accuracies: {listed(best)}. Which differences are more than chance is said "
        "for each by itself."
    ]


def _failures(ends: pd.DataFrame, names: dict[str, str]) -> list[str]:
    """Say which cells have runs that failed, and how; of many cells only how many."""
    failed = ends[ends["ok"] < ends["n"]]
    if failed.empty:
        return []
    if len(failed) > MOST_FAILED:
        never = failed.index[failed["ok"] == 0]
        return [
            f"With {len(failed)} of {len(ends)} settings some runs failed; with {len(never)} of them "
            "all did."
        ]
    parts = [f"{names[str(cell)]} ({failure(row)})" for cell, row in failed.iterrows()]
    return [f"Some runs failed: {joined(parts)}."]


def failure(row: pd.Series) -> str:
    """Say of the outcomes of a cell's runs how many failed, and how.

    >>> failure(pd.Series({"n": 5, "ok": 1, "plateau": 3, "diverged": 1}))
    '3 of 5 stayed at chance level and 1 of 5 diverged'
    """
    kinds = {"stayed at chance level": row["plateau"], "diverged": row["diverged"]}
    return listed([f"{count} of {row['n']} {how}" for how, count in kinds.items() if count])


def _compared(tables: Tables, cells: set[str]) -> pd.DataFrame:
    """Return the pairs of these cells whose difference has a p value, the most certain first."""
    rows = tables["contrasts"].query("metric == 'test_accuracy'")
    rows = rows[rows["p"].notna() & rows["first"].isin(cells) & rows["second"].isin(cells)]
    return rows.sort_values("p", kind="stable")


def _ranked(rows: pd.DataFrame, names: dict[str, str]) -> str:
    """Say how many pairs differ after Holm's correction, and name the most certain."""
    if rows.empty:
        return "No two settings have two seeds in common, so nothing can be ranked."
    differ = rows[rows["p_holm"] < ALPHA]
    if differ.empty:
        which = "the one pair does not differ"
        if len(rows) > 1:
            which = f"none of {len(rows)} pairs differs"
        smallest = p_value(rows["p_holm"].min())
        return (
            f"With {rows['n'].min()} seeds they cannot be ranked: {which} after Holm's correction for "
            f"many pairs (smallest p {smallest})."
        )
    named = [
        f"{names[row['first']]} − {names[row['second']]} = {points(row['difference'])} points "
        f"{span(points(row['low']), points(row['high']))}"
        for _, row in differ.head(MOST_PAIRS).iterrows()
    ]
    count = f"{len(differ)} of {plural(len(rows), 'pair')} {'differs' if len(differ) == 1 else 'differ'}"
    which = ", the most certain" if len(differ) > MOST_PAIRS else ""
    return f"{count} after Holm's correction for many pairs{which}: {joined(named)}."


def continued(tables: Tables) -> list[str]:
    """Say what becomes of the runs that early stopping ended on the plateau when they train on.

    With and without early stopping a run is the same until the stop: same weights, same batches.
    """
    cells = tables["cells"]
    if not len(cells) or "stop" not in cells["varied"].iloc[0]:
        return []
    runs = tables["runs"].merge(cells[["cell", "stop"]], on="cell")
    others = [name for name in cells["varied"].iloc[0] if name != "stop"]
    groups = cells.groupby(others, sort=False) if others else [((), cells)]
    sentences = []
    for _, alike in groups:
        group = runs[runs["cell"].isin(alike["cell"])]
        arms = {stop: arm.set_index("seed") for stop, arm in group.groupby("stop")}
        if set(arms) != {"patience", "never"}:
            continue
        name = label(alike.iloc[0].to_dict(), others)
        sentences.append(_continued(name, arms["patience"], arms["never"]))
    return sentences


def _continued(name: str, stopped: pd.DataFrame, on: pd.DataFrame) -> str:
    stuck = stopped.index[stopped["status"] == "plateau"]
    both = on.loc[on.index.intersection(stuck)]
    learn = both[both["status"] == "ok"]
    said = (
        f"With early stopping {len(stuck)} of {len(stopped)} {name} runs end at chance level"
        f"{_diverged(stopped)}"
    )
    if not len(stuck):
        return f"{said}."
    some = f"all {len(learn)}" if len(learn) == len(both) else f"{len(learn)} of the {len(both)}"
    said += f"; trained on without it, {some} learn"
    if len(learn):
        said += (
            f": they leave chance level {_when(learn['plateau_exit_epoch'])} and reach a mean test "
            f"accuracy of {percent(learn['test_accuracy'].mean())}{_of_all(on, learn)}"
        )
    return f"{said}{_diverged(both)}."


def _of_all(on: pd.DataFrame, learn: pd.DataFrame) -> str:
    """Say what all runs without early stopping reach, where more learnt than were stopped before."""
    every = on[on["status"] == "ok"]
    if len(every) == len(learn):
        return ""
    return f", over all {len(every)} that learn without it {percent(every['test_accuracy'].mean())}"


def _diverged(runs: pd.DataFrame) -> str:
    count = (runs["status"] == "diverged").sum()
    return f" ({count} diverged)" if count else ""


def _when(exits: pd.Series) -> str:
    first, last = exits.min(), exits.max()
    return f"in epoch {first}" if first == last else f"in epochs {first} to {last}"


def escape(tables: Tables) -> list[str]:
    """Say when runs that began on the plateau left it."""
    runs = tables["runs"]
    late = runs[(runs["plateau_exit_epoch"] > 1) & (runs["status"] == "ok")]
    names = labels(tables["cells"])
    return [
        f"{names[cell]}: {len(rows)} of {(runs['cell'] == cell).sum()} runs began at chance level, left "
        f"it {_when(rows['plateau_exit_epoch'])} and reached a mean test accuracy of "
        f"{percent(rows['test_accuracy'].mean())}."
        for cell, rows in late.groupby("cell", sort=False)
    ]


def precision(tables: Tables) -> list[str]:
    """Return what the accuracies of a study can and cannot tell apart."""
    return [*resolution(tables), *sampling_error(tables)]


def resolution(tables: Tables) -> list[str]:
    """Say which difference in test accuracy the seeds can find, and what more of them would."""
    rows = tables["contrasts"].query("metric == 'test_accuracy'")
    rows = rows[rows["p"].notna() & (rows["std"] > 0)]
    if rows.empty:
        return []
    std, n = rows["std"].median(), int(rows["n"].median())
    needed = [
        f"{100 * size:g} points would take {pairs_needed(std, size)} seeds" for size in WANTED
    ]
    return [
        f"Over seeds, the difference of a pair has a standard deviation of {100 * std:.2f} percentage "
        f"points (median of {plural(len(rows), 'pair')}). With that, {n} seeds find a true difference "
        f"of {100 * resolvable(std, n):.1f} points with 80% power (one paired t test at p < {ALPHA}; a "
        f"correction for many pairs needs more); {listed(needed)}."
    ]


def sampling_error(tables: Tables) -> list[str]:
    """Say what seeds cannot help: the test set is a sample itself. The study has one dataset."""
    runs = tables["runs"].query("status == 'ok' and epochs > 0")
    if runs.empty:
        return []
    accuracy, data = runs["test_accuracy"].mean(), named(runs["dataset"].iloc[0])
    error = math.sqrt(accuracy * (1 - accuracy) / data.test)
    return [
        "More seeds do not shrink the sampling error of the test set itself: with "
        f"{data.test:,} {data.noun}s an accuracy of {percent(accuracy, 0)} has a standard deviation of "
        f"{100 * error:.2f} points."
    ]
