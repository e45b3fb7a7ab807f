"""What a card says in words."""

from __future__ import annotations

import textwrap
from collections.abc import Mapping
from typing import Any

import pandas as pd

from activation_lab.analysis.trial.inference import VERDICTS, largest_unseen
from activation_lab.protocol import ALPHA
from activation_lab.report.card.data import Card
from activation_lab.report.listings.theory import portrayed
from activation_lab.wording import NONE, listed, p_value, percent, plural, points


def title(card: Card) -> str:
    """Return the card's title."""
    return f"{card.candidate} on trial"


def counts(card: Card, rival: str) -> str:
    """Return how many tasks ended in which verdict against a rival."""
    found = card.verdicts.loc[card.verdicts["rival"] == rival, "verdict"].value_counts()
    said = ", ".join(f"{found[verdict]} {verdict}" for verdict in VERDICTS if verdict in found)
    return f"against {rival}: {said}"


def headline(card: Card, orientation: str = "landscape") -> str:
    """Return the verdicts, counted over the tasks for each rival."""
    tasks = plural(len(card.tasks), "task")
    said = "   ·   ".join(counts(card, str(rival)) for rival in card.trial.rivals)
    width = 105 if orientation == "landscape" else 72
    first = f"On {tasks}, each activation at its own best learning rate"
    return "\n".join([first, *textwrap.wrap(said, width, break_on_hyphens=False)])


def verdict(row: pd.Series) -> str:
    """Return a verdict in words.

    >>> verdict(pd.Series({"verdict": "better", "low": 0.004, "margin": 0.003, "high": 0.01,
    ...                    "seeds_needed": None}))
    'better beyond the margin'
    """
    if row["verdict"] == "better":
        return _by_how_much("better", row["low"], row["high"], row["margin"])
    if row["verdict"] == "worse":
        return _by_how_much("worse", -row["high"], -row["low"], row["margin"])
    if row["verdict"] == "undecided":
        needed = row["seeds_needed"]
        return "undecided" if pd.isna(needed) else f"undecided; {int(needed)} seeds may tell"
    return "equivalent"


def _by_how_much(word: str, least: float, most: float, margin: float) -> str:
    if least > margin:
        return f"{word} beyond the margin"
    return f"{word} within the margin" if most < margin else word


def failed(row: pd.Series) -> str:
    """Return how many runs of either failed; empty if none did."""
    missing = {who: row["n"] - row[f"{who}_trained"] for who in ("candidate", "rival")}
    return ", ".join(
        f"{who} failed in {count} of {row['n']}" for who, count in missing.items() if count
    )


def short(name: str) -> str:
    """Return the label of an activation on two lines if it has parameters.

    >>> short("leakyrelu-negative_slope=0.3")
    'leakyrelu\\nnegative_slope=0.3'
    """
    return name.replace("-", "\n", 1) if "=" in name else name


def costed(card: Card, row: Mapping[str, Any]) -> str:
    """Return the name of an activation whose cost was measured; ReLU's always is, to compare with."""
    name = row["activation"]
    return short(name) if name in card.activations else f"{name}\n(no rival)"


def theory(card: Card) -> list[tuple[str, str]]:
    """Return what theory and inspection say of the candidate: pairs of a name and a value."""
    known = card.tables["portraits"].set_index("activation").loc[card.candidate]
    return [*portrayed(known).items()]


def protocol(card: Card, orientation: str = "landscape") -> str:
    """Return the protocol in a few lines, and how to make the card again."""
    width = 190 if orientation == "landscape" else 140
    again = f"snakemake --cores 4 --configfile {card.path}  (code {card.digest[:10]})"
    lines = [
        _rates(card),
        _judged(card),
        _intervals(card),
        f"The verdicts are about training, over seeds, judged on these test sets. Again: {again}",
    ]
    return "\n".join("\n".join(textwrap.wrap(line, width)) for line in lines)


def _rates(card: Card) -> str:
    tuning = card.tables["tuning"]
    groups = tuning.groupby(["study", "activation"], sort=False)
    edge = _flagged("At the edge of all rates tried", groups["at_edge"].any())
    none = _flagged("No rate trained", ~groups["status"].apply(lambda ends: (ends == "ok").any()))
    seeds = plural(tuning["seed"].nunique(), "seed")
    return (
        f"Rates: each activation tried the same grid on {seeds}, judged nowhere else, by validation "
        f"accuracy; the chosen ones stand beside the verdicts.{edge}{none}"
    )


def _flagged(what: str, flags: pd.Series) -> str:
    """Return a sentence that names the activations and tasks of a flag; empty if there are none."""
    found = [f"{phi} on {task}" for task, phi in flags[flags].index]
    return f" {what}: {listed(found)}." if found else ""


def _judged(card: Card) -> str:
    n = int(card.verdicts["n"].iloc[0])
    found = card.shape()
    normal = ""
    if found and not found.normal:
        normal = (
            f" The differences are not normal (skewness {found.skewness:.1f}, p {p_value(found.p)}): "
            "the intervals may be too narrow."
        )
    return (
        f"Judged on {n} fresh seeds, paired; test accuracy of the best epoch's weights; a run that "
        f"failed counts as chance. With {n} runs, failures in up to {largest_unseen(n):.0%} of runs can "
        f"go unseen.{normal}"
    )


def _intervals(card: Card) -> str:
    margins = sorted({100 * margin for margin in card.trial.margins.values()})
    look = card.verdicts["look"].iloc[0]
    return (
        f"Bars: simultaneous intervals, wrong anywhere with probability at most {ALPHA:g}, over "
        f"{plural(len(card.verdicts), 'comparison')} and looks. Look {look}, {card.trial.looks[-1]} of "
        f"{card.trial.planned} planned seeds. Shaded: the margin, "
        f"{' or '.join(f'{margin:g}' for margin in margins)} points, within which activations are "
        "equivalent."
    )


def sentence(row: pd.Series) -> str:
    """Return the difference with its interval, in points."""
    low, high = points(row["low"]), points(row["high"])
    return f"{points(row['difference'])} ({low} to {high})"


def if_trained(row: pd.Series) -> str:
    """Return the mean difference over the seeds of which both runs trained."""
    difference = row["difference_if_trained"]
    return NONE if pd.isna(difference) else points(difference)


def accuracies(row: pd.Series) -> str:
    """Return both accuracies."""
    return f"{percent(row['candidate_accuracy'])} against {percent(row['rival_accuracy'])}"
