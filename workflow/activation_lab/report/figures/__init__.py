"""The figures of a study: each a function from the study's tables to a figure.

A figure's docstring is its caption. It returns None where the study has nothing for it to show. To
add a figure, write the function in the module of its subject, under `@registered`.
"""

from __future__ import annotations

import inspect

from activation_lab.report.figures import accuracy, depth, distributions, functions, units, varied
from activation_lab.report.figures.registry import Draw, of

# In the report's order.
SUBJECTS = (functions, accuracy, varied, distributions, depth, units)
FIGURES: dict[str, Draw] = {
    name: draw for subject in SUBJECTS for name, draw in of(subject).items()
}


def caption(name: str) -> str:
    """Return a figure's caption: its docstring, on one line."""
    return " ".join((inspect.getdoc(FIGURES[name]) or "").split())
