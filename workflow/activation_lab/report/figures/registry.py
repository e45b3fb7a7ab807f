"""Which functions draw a study's figures: each stands under `@registered` where it is written."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from types import ModuleType

import pandas as pd
from matplotlib.figure import Figure

Tables = Mapping[str, pd.DataFrame]
Draw = Callable[[Tables], Figure | None]

REGISTERED: list[Draw] = []


def registered(draw: Draw) -> Draw:
    """Register a function from a study's tables to a figure."""
    REGISTERED.append(draw)
    return draw


def of(subject: ModuleType) -> dict[str, Draw]:
    """Return the figures of a module by their names, in the order in which they stand there."""
    return {draw.__name__: draw for draw in REGISTERED if draw.__module__ == subject.__name__}
