"""What was found, in sentences: one function each, every number from a table.

A finding takes a study's tables and returns sentences in markdown, none where the study has nothing
to say. To add a finding, write the function in the module of its subject and name it in `FINDINGS`.
"""

from __future__ import annotations

from collections.abc import Callable

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
# What answers a study's question: the first of these that has something to say, and what follows it.
HEADLINES: dict[str, list[str]] = {
    "trainable": [],
    "continued": [],
    "dying": ["revivals"],
    "more_images": [],
    "dead_by_layer": [],
    "depth": [],
    "accuracies": [],
    "dead_units": [],
    "gradient_flow": [],
}


def findings(tables: Tables) -> list[str]:
    """Return every sentence that the tables of a study support."""
    return _of_each_task(_all, tables)


def headline(tables: Tables) -> list[str]:
    """Return the sentences that answer a study's question."""
    return _of_each_task(_answer, tables)


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
    for first, others in HEADLINES.items():
        if found := FINDINGS[first](tables):
            return [*found, *(sentence for name in others for sentence in FINDINGS[name](tables))]
    return []
