"""The figures of a study: each a function from the study's tables to a figure.

A figure's docstring is its caption. It returns None where the study has nothing for it to show. To
add a figure, write the function and name it in `FIGURES`.
"""

from __future__ import annotations

import inspect
from collections.abc import Callable, Mapping

import pandas as pd
from matplotlib.figure import Figure

from activation_lab.figures.accuracy import accuracy, curves, escape
from activation_lab.figures.depth import depth_accuracy, gradient_decay, gradient_theory
from activation_lab.figures.distributions import activations, gradients
from activation_lab.figures.functions import functions
from activation_lab.figures.units import dead, flow
from activation_lab.figures.varied import accuracy_by_setting, dead_by_setting

Draw = Callable[[Mapping[str, pd.DataFrame]], Figure | None]

FIGURES: dict[str, Draw] = {
    draw.__name__: draw
    for draw in (
        *(
            functions,
            accuracy,
            accuracy_by_setting,
            escape,
            curves,
            depth_accuracy,
            gradients,
            gradient_theory,
        ),
        *(gradient_decay, activations, dead, dead_by_setting, flow),
    )
}


def caption(name: str) -> str:
    """Return a figure's caption: its docstring, on one line."""
    return " ".join((inspect.getdoc(FIGURES[name]) or "").split())
