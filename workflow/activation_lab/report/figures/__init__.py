"""The figures of a study: each a function from the study's tables to a figure.

A figure's docstring is its caption. It returns None where the study has nothing for it to show. To
add a figure, write the function in the module of its subject, and name it in `FIGURES`.
"""

from __future__ import annotations

import inspect
from collections.abc import Callable

from matplotlib.figure import Figure

from activation_lab.analysis.statistics import Tables
from activation_lab.report.figures import (
    accuracy,
    by_setting,
    depth,
    distributions,
    functions,
    units,
)

Draw = Callable[[Tables], Figure | None]

# In the report's order.
FIGURES: dict[str, Draw] = {
    "functions": functions.functions,
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


def caption(name: str) -> str:
    """Return a figure's caption: its docstring, on one line."""
    return " ".join((inspect.getdoc(FIGURES[name]) or "").split())
