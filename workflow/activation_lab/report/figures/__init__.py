"""The figures of a study: each a function from tables to a figure.

A study of several tasks, which are datasets and network families, has the figures of each: a function
is given the tables of one task. Those in `OF_STUDY` are given the tables of the whole study.

A figure's docstring is its caption. It returns None where the study has nothing for it to show. To
add a figure, write the function in the module of its subject, and name it in `FIGURES`.
"""

from __future__ import annotations

import inspect
from collections.abc import Callable, Iterator

from matplotlib.figure import Figure

from activation_lab.analysis.statistics import Tables
from activation_lab.analysis.tasks import parts
from activation_lab.files import slug
from activation_lab.report.figures import (
    accuracy,
    by_setting,
    by_task,
    depth,
    distributions,
    functions,
    units,
)

Draw = Callable[[Tables], Figure | None]

# In the report's order.
FIGURES: dict[str, Draw] = {
    "functions": functions.functions,
    "accuracy_by_task": by_task.accuracy_by_task,
    "accuracy": accuracy.accuracy,
    "escape": accuracy.escape,
    "curves": accuracy.curves,
    "accuracy_by_setting": by_setting.accuracy_by_setting,
    "dead_by_setting": by_setting.dead_by_setting,
    "gradients": distributions.gradients,
    "activations": distributions.activations,
    "gradient_theory": depth.gradient_theory,
    "gradient_decay": depth.gradient_decay,
    "depth_accuracy": depth.depth_accuracy,
    "dead": units.dead,
    "dead_theory": units.dead_theory,
    "flow": units.flow,
}

OF_STUDY = ("functions", "accuracy_by_task")


def drawn(tables: Tables) -> Iterator[tuple[str, Figure]]:
    """Yield every figure that a study has something for, with its name.

    Of a study of several tasks, the name of a task's figure ends in the task.
    """
    for name in OF_STUDY:
        figure = FIGURES[name](tables)
        if figure is not None:
            yield name, figure
    for task, own in parts(tables).items():
        for name, draw in FIGURES.items():
            figure = None if name in OF_STUDY else draw(own)
            if figure is not None:
                yield named(name, task), figure


def named(name: str, task: str) -> str:
    """Return the name of a task's figure; `task` is empty in a study of one task."""
    return f"{name}-{slug(task)}" if task else name


def caption(name: str) -> str:
    """Return a figure's caption: its docstring, on one line."""
    return " ".join((inspect.getdoc(FIGURES[name]) or "").split())
