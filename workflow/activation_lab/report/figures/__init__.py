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
    gradients,
    theory,
    training,
    units,
)

Draw = Callable[[Tables], Figure | None]

# In the report's order.
FIGURES: dict[str, Draw] = {
    "functions": functions.functions,
    "accuracy_by_task": by_task.accuracy_by_task,
    "accuracy": accuracy.accuracy,
    "accuracy_by_setting": by_setting.accuracy_by_setting,
    "depth_accuracy": depth.depth_accuracy,
    "escape": training.escape,
    "curves": training.curves,
    "gradients": gradients.gradients,
    "gradient_theory": theory.gradient_theory,
    "activations": distributions.activations,
    "dead": units.dead,
    "dead_by_setting": by_setting.dead_by_setting,
    "depth_dead": depth.depth_dead,
    "dead_theory": theory.dead_theory,
    "flow": units.flow,
}

OF_STUDY = ("functions", "accuracy_by_task")
# What shows the tasks side by side; a figure for each task would show the same again.
TOGETHER = {"accuracy": "accuracy_by_task"}


def drawn(tables: Tables) -> Iterator[tuple[str, Figure]]:
    """Yield every figure that a study has something for, with its name.

    Of a study of several tasks, the name of a task's figure ends in the task.
    """
    shown = set()
    for name in OF_STUDY:
        figure = FIGURES[name](tables)
        if figure is not None:
            shown.add(name)
            yield name, figure
    for task, own in parts(tables).items():
        for name, draw in FIGURES.items():
            again = name in OF_STUDY or TOGETHER.get(name) in shown
            figure = None if again else draw(own)
            if figure is not None:
                yield named(name, task), figure


def named(name: str, task: str) -> str:
    """Return the name of a task's figure; `task` is empty in a study of one task."""
    return f"{name}-{slug(task)}" if task else name


def caption(name: str) -> str:
    """Return a figure's caption: its docstring, on one line."""
    return " ".join((inspect.getdoc(FIGURES[name]) or "").split())
