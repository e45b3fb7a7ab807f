"""What was found, in sentences: one function each, every number from a table.

A finding takes a study's tables and returns sentences in markdown, none where the study has nothing
to say. To add a finding, write the function and name it in `FINDINGS`.
"""

from __future__ import annotations

from collections.abc import Mapping

import pandas as pd

Tables = Mapping[str, pd.DataFrame]


def percent(share: float, digits: int = 2) -> str:
    """Return a share as percent.

    >>> percent(0.88345)
    '88.35%'
    """
    return f"{100 * share:.{digits}f}%"


def listed(words: list[str]) -> str:
    """Join words as a sentence does.

    >>> listed(["a", "b", "c"])
    'a, b and c'
    """
    return " and ".join(filter(None, [", ".join(words[:-1]), *words[-1:]]))


def accuracies(tables: Tables) -> list[str]:
    """Say how the trained cells range, and what their intervals allow to tell apart."""
    rows = tables["summary"].query("metric == 'test_accuracy' and n > 0")
    trained = set(tables["metrics"]["cell"])
    rows = rows[rows["cell"].isin(trained)].sort_values("mean", ascending=False)
    if len(rows) < 2:
        return []
    best, worst = rows.iloc[0], rows.iloc[-1]
    sentence = (
        f"Among the runs that learnt, mean test accuracy ranges from {percent(worst['mean'])} "
        f"(`{worst['cell']}`, n = {worst['n']}) to {percent(best['mean'])} (`{best['cell']}`, "
        f"n = {best['n']})"
    )
    if pd.isna(best["low"]):
        return [f"{sentence}; with so few runs there is no interval, and no ranking."]
    near = rows.iloc[1:]
    near = near[near["high"].notna() & (near["high"] >= best["low"])]["cell"]
    if near.empty:
        return [f"{sentence}; no other cell's 95% interval reaches that of `{best['cell']}`."]
    cells = listed([f"`{cell}`" for cell in near])
    return [f"{sentence}. The 95% intervals of {cells} overlap with that of `{best['cell']}`."]


def stuck(tables: Tables) -> list[str]:
    """Say which cells have runs that never left chance level, or diverged."""
    sentences = []
    for cell, runs in tables["runs"].groupby("cell", sort=False):
        count = len(runs)
        plateau = runs[runs["status"] == "plateau"]
        diverged = (runs["status"] == "diverged").sum()
        if len(plateau):
            accuracy = percent(plateau["test_accuracy"].mean())
            early = plateau["stopped_early"].sum()
            others = runs[runs["status"] == "ok"]
            rest = (
                f"; the other {len(others)} learnt, to {percent(others['test_accuracy'].mean())}"
                if len(others)
                else ""
            )
            sentences.append(
                f"`{cell}`: {len(plateau)} of {count} runs never left chance level (mean test "
                f"accuracy {accuracy}), {early} of them stopped early by the patience of the "
                f"protocol{rest}."
            )
        if diverged:
            sentences.append(f"`{cell}`: {diverged} of {count} runs diverged.")
    return sentences


def gradient_flow(tables: Tables) -> list[str]:
    """Say how much smaller or larger gradients are in the first layer than in the last."""
    rows = tables["gradients"].query("stage == 'untrained'")
    first = rows[rows["layer"] == 1].groupby("cell", sort=False)["std"].mean()
    last = rows[rows["layer"] > rows["depth"]].groupby("cell", sort=False)["std"].mean()
    ratio = (last / first).sort_values()
    if ratio.empty:
        return []
    least, most = ratio.index[0], ratio.index[-1]
    sentence = (
        f"Untrained, the standard deviation of the weight gradient in the output layer is "
        f"{ratio.iloc[0]:.3g} times that in the first layer for `{least}`"
    )
    if len(ratio) > 1:
        sentence += f", and {ratio.iloc[-1]:,.0f} times for `{most}`"
    return [f"{sentence}."]


def dead_units(tables: Tables) -> list[str]:
    """Say how many units are dead in each layer, untrained and trained."""
    rows = tables["dead_neurons"]
    sentences = []
    for cell, chosen in rows.groupby("cell", sort=False):
        if chosen["dead"].sum() == 0:
            continue
        counts = {
            stage: ", ".join(f"{count:.1f}" for count in layers.groupby("layer")["dead"].mean())
            for stage, layers in chosen.groupby("stage", sort=False)
        }
        parts = [f"{stage} {numbers}" for stage, numbers in counts.items()]
        seeds = chosen["seed"].nunique()
        sentences.append(
            f"`{cell}`: dead units in each hidden layer, mean of {seeds} "
            f"seed{'s' * (seeds > 1)}: {'; '.join(parts)}."
        )
    return sentences


FINDINGS = (accuracies, stuck, gradient_flow, dead_units)


def findings(tables: Tables) -> list[str]:
    """Return every sentence that the tables of a study support."""
    return [sentence for find in FINDINGS for sentence in find(tables)]
