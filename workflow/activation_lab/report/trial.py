"""The section of the report on a trial: verdicts in words, the card, what each activation costs."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from activation_lab.analysis.trial.equal_time import at_equal_time
from activation_lab.report.card import words
from activation_lab.report.card.data import Card
from activation_lab.report.listings.base import Lines, Listing, titled
from activation_lab.wording import NONE, percent


@dataclass(frozen=True)
class TrialSection:
    """What the report says of a trial, before it is laid out."""

    title: str
    sentences: list[str]
    card: str
    alt: str
    listings: list[Listing]


def section(card: Card) -> TrialSection:
    """Return the section of a finished trial; its card is beside the report."""
    said = [words.counts(card, str(rival)) for rival in card.trial.rivals]
    return TrialSection(
        title=words.title(card),
        sentences=[f"{one[0].upper()}{one[1:]}." for one in said],
        card="card.svg",
        alt=f"The card of the trial of {card.candidate}: " + "; ".join(said),
        listings=[titled(make, make(card)) for make in (verdicts, rates, equal_time, cost)],
    )


def verdicts(card: Card) -> Lines:
    """Verdicts. The difference is candidate minus rival in points of test accuracy, over paired seeds,
    with a simultaneous interval: the chance that any verdict of the trial is wrong is at most 5%. A run
    that failed, because it diverged or stayed at chance level, counts as chance. "First better" is the
    chance that a run of the candidate has the greater accuracy. "If both trained" leaves out seeds of
    which a run failed, and decides nothing.
    """
    return [
        {
            "task": card.task_title(row["study"]),
            "rival": row["rival"],
            "verdict": words.verdict(row),
            "difference": words.sentence(row),
            "accuracies": words.accuracies(row),
            "trained": f"{row['candidate_trained']} and {row['rival_trained']} of {row['n']}",
            "if both trained": words.if_trained(row),
            "first better": percent(row["probability_of_improvement"], 0),
        }
        for _, row in card.verdicts.iterrows()
    ]


def rates(card: Card) -> Lines:
    """Learning rates. What tuning chose for each activation, on seeds that are not judged; a rate at the
    edge of all that were tried is marked with an asterisk.
    """
    tuning = card.tables["tuning"]
    chosen = tuning[tuning["chosen"]].drop_duplicates(["study", "activation"])
    lines = []
    for task in card.tasks:
        own = chosen[chosen["study"] == task].set_index("activation")
        line = {"task": card.task_title(task)}
        for name in card.activations:
            if name in own.index:
                line[name] = f"{own.loc[name, 'rate']:g}{'*' * bool(own.loc[name, 'at_edge'])}"
        lines.append(line)
    return lines


def equal_time(card: Card) -> Lines:
    """Accuracy at equal time. What each activation reached on the validation examples in the time that
    the fastest one of the task takes for its whole training, on this machine; in brackets the epochs
    that fit. The mean over all runs; descriptive.
    """
    lines = []
    for task in card.tasks:
        seconds = {
            row["activation"]: row["seconds"]
            for row in card.examined["epochs"]
            if row["study"] == task
        }
        found = at_equal_time(card.of("metrics", task), seconds).set_index("activation")
        line = {"task": card.task_title(task)}
        for name in card.activations:
            row = found.loc[name]
            line[name] = f"{percent(row['accuracy'])} ({row['epochs']:.0f})"
        lines.append(line)
    return lines


def cost(card: Card) -> Lines:
    """Time and memory. Nanoseconds an element of φ and of φ with its gradient, on one thread, the median
    of turns with the others; then for each task the seconds of an epoch of one network, and the most
    memory that a job took.
    """
    on_gpu = {row["activation"]: row for row in card.examined["cost_gpu"]}
    lines = []
    for each in card.examined["cost"]:
        name = each["activation"]
        line = {"activation": words.costed(card, each), "φ": f"{each['forward']:.2g}"}
        line["φ with gradient"] = f"{each['both']:.2g}"
        if on_gpu:
            line["with gradient, GPU"] = f"{on_gpu[name]['both']:.2g}"
        own = {row["study"]: row for row in card.examined["epochs"] if row["activation"] == name}
        for task in card.tasks:
            line[card.task_title(task)] = _epoch(own[task]) if task in own else NONE
        lines.append(line)
    return lines


def _epoch(row: Mapping[str, Any]) -> str:
    memory = f", {row['memory_mb']:.0f} MB" if row["memory_mb"] else ""
    return f"{row['seconds']:.2g} s{memory}"
