"""What a table of the report is: lines of text with a title and a note."""

from __future__ import annotations

import inspect
from collections.abc import Callable
from dataclasses import dataclass

import pandas as pd

from activation_lab.wording import NONE

Lines = list[dict[str, str]]
MOST_LINES = 15  # the report shows so many; the page has the others behind a click


@dataclass(frozen=True)
class Listing:
    """Lines with a title and a note, as the report's templates show them."""

    title: str
    note: str
    lines: Lines

    @property
    def first(self) -> Lines:
        """The lines that the report shows at once."""
        return self.lines[:MOST_LINES]

    @property
    def more(self) -> int:
        """How many lines are left."""
        return len(self.lines) - len(self.first)


def titled(make: Callable[..., object], lines: Lines) -> Listing:
    """Return lines with the title and the note that the docstring of their function has."""
    title, _, note = " ".join((inspect.getdoc(make) or "").split()).partition(". ")
    return Listing(title, note, lines)


def least_to_most(numbers: pd.Series) -> str:
    """Return the least and the greatest of whole numbers: 12–34, or 12 where they are all the same."""
    if numbers.empty:
        return NONE
    return "–".join(dict.fromkeys(str(number) for number in numbers.agg(["min", "max"])))
