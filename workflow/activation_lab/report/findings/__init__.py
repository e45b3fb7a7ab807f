"""What was found, in sentences: one function each, every number from a table.

A finding takes a study's tables and returns sentences in markdown, none where the study has nothing
to say. To add a finding, write the function in the module of its subject and name it in `FINDINGS`.
"""

from __future__ import annotations

from collections.abc import Callable, Collection
from dataclasses import dataclass

from activation_lab.analysis.statistics import Tables
from activation_lab.analysis.tasks import parts
from activation_lab.report.findings import accuracy, depth, units

Finding = Callable[[Tables], list[str]]

# In the report's order.
FINDINGS: dict[str, Finding] = {
    "trainable": depth.trainable,
    "continued": accuracy.continued,
    "depth": depth.depth,
    "dying": units.dying,
    "more_images": units.more_images,
    "accuracies": accuracy.accuracies,
    "dead_by_layer": depth.dead_by_layer,
    "dead_units": units.dead_units,
    "escape": accuracy.escape,
    "gradient_flow": depth.gradient_flow,
    "prediction": depth.prediction,
    "revivals": units.revivals,
}


@dataclass(frozen=True)
class Headline:
    """The figures that can show the answer to a study's question, and how the answer goes on."""

    figures: tuple[str, ...]
    others: tuple[str, ...] = ()


# Which of these a study has follows from what it varies.
ACCURACY = ("accuracy", "accuracy_by_setting", "depth_accuracy")
DEAD = ("dead_by_setting", "depth_dead", "dead")
# What answers a study's question: the first of these that has something to say, and what follows it.
HEADLINES: dict[str, Headline] = {
    "trainable": Headline(("depth_accuracy", *ACCURACY)),
    "continued": Headline(("escape", *ACCURACY)),
    "dying": Headline(DEAD, ("revivals",)),
    "more_images": Headline(DEAD),
    "accuracies": Headline(ACCURACY),
    "dead_by_layer": Headline(("dead",)),
    "depth": Headline(("gradients",)),
    "dead_units": Headline(("dead", "depth_dead")),
    "gradient_flow": Headline(("gradients",)),
}


def findings(tables: Tables) -> list[str]:
    """Return every sentence that the tables of a study support."""
    return _of_each_task(_all, tables)


def headline(tables: Tables) -> list[str]:
    """Return the sentences that answer a study's question; of several tasks, first what sums them up."""
    several = accuracy.highest(parts(tables))
    return [*several, *_of_each_task(_answer, tables)]


def telling_figure(tables: Tables, drawn: Collection[str]) -> str:
    """Return which of the figures that were drawn shows the answer; empty if none does.

    Of a study of several tasks, it is the one that has them side by side.
    """
    if len(parts(tables)) > 1:
        able: tuple[str, ...] = ("accuracy_by_task",)
    else:
        found = _found(tables)
        able = HEADLINES[found].figures if found else ()
    return next((name for name in able if name in drawn), "")


def precision(tables: Tables) -> list[str]:
    """Return what the accuracies of a study can and cannot tell apart."""
    return _of_each_task(accuracy.precision, tables)


def _of_each_task(find: Finding, tables: Tables) -> list[str]:
    """Look at each dataset and network family by itself; of several, each sentence names its own."""
    return [
        f"{task}: {sentence}" if task else sentence
        for task, group in parts(tables).items()
        for sentence in find(group)
    ]


def _all(tables: Tables) -> list[str]:
    return [sentence for find in FINDINGS.values() for sentence in find(tables)]


def _answer(tables: Tables) -> list[str]:
    if not (first := _found(tables)):
        return []
    names = (first, *HEADLINES[first].others)
    return [sentence for name in names for sentence in FINDINGS[name](tables)]


def _found(tables: Tables) -> str:
    """Return the name of the first finding that answers; empty if none does."""
    return next((name for name in HEADLINES if FINDINGS[name](tables)), "")
