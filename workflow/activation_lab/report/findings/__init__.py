"""What was found, in sentences: one function each, every number from a table.

A finding takes a study's tables and returns sentences in markdown, none where the study has nothing
to say. To add a finding, write the function in the module of its subject and name it in `FINDINGS`.
"""

from __future__ import annotations

from collections.abc import Callable
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
    """How the answer to a study's question goes on, and the name of the figure that shows it."""

    figure: str
    others: tuple[str, ...] = ()


# What answers a study's question: the first of these that has something to say, and what follows it.
HEADLINES: dict[str, Headline] = {
    "trainable": Headline("depth_accuracy"),
    "continued": Headline("escape"),
    "dying": Headline("dead_by_setting", ("revivals",)),
    "more_images": Headline("dead_by_setting"),
    "accuracies": Headline("accuracy"),
    "dead_by_layer": Headline("dead"),
    "depth": Headline("gradient_decay"),
    "dead_units": Headline("dead"),
    "gradient_flow": Headline("gradients"),
}


def findings(tables: Tables) -> list[str]:
    """Return every sentence that the tables of a study support."""
    return _of_each_task(_all, tables)


def headline(tables: Tables) -> list[str]:
    """Return the sentences that answer a study's question; of several tasks, first what sums them up."""
    several = accuracy.highest(parts(tables))
    return [*several, *_of_each_task(_answer, tables)]


def telling_figure(tables: Tables) -> str:
    """Return the name of the figure that shows the answer; empty if there is no answer.

    Of a study of several tasks, it is the one that has them side by side.
    """
    if len(parts(tables)) > 1:
        return "accuracy_by_task"
    found = _found(tables)
    return HEADLINES[found].figure if found else ""


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
