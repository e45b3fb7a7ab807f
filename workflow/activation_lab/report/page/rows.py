"""The lines of a table as rows of the page: whose each is, and estimates drawn beside their numbers."""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from markupsafe import Markup

from activation_lab.report.listings.base import Lines

NUMBER = r"[+−-]?\d[\d,]*(?:\.\d+)?"
ESTIMATE = re.compile(rf"^({NUMBER})%?(?: \(({NUMBER}) to ({NUMBER})\))?$")
WORD = re.compile(r"[\w.-]+")
WIDTH, HEIGHT, MARGIN = 90, 10, 4  # of a drawn estimate, in pixels


@dataclass(frozen=True)
class Cell:
    """What stands in one place of a table: a text, and what is drawn below it."""

    name: str
    text: str
    drawn: Markup


@dataclass(frozen=True)
class Row:
    """A line of a table; `whose` names the activations that it is about."""

    cells: list[Cell]
    whose: str


def rows(lines: Lines, activations: Sequence[str]) -> list[Row]:
    """Return the lines of a table as rows of the page."""
    drawn = {name: bars([line[name] for line in lines]) for name in lines[0]}
    return [
        Row(
            cells=[Cell(name, text, drawn[name][place]) for name, text in line.items()],
            whose=" ".join(named_in(line.values(), activations)),
        )
        for place, line in enumerate(lines)
    ]


def named_in(texts: Iterable[str], activations: Sequence[str]) -> list[str]:
    """Return which activations some texts name.

    >>> named_in(["2 layers of 64, relu", "−0.1"], ["elu", "relu"])
    ['relu']
    """
    words = {word for text in texts for word in WORD.findall(text)}
    return [name for name in activations if name in words]


def bars(texts: Sequence[str]) -> list[Markup]:
    """Return a drawing of each estimate of a column, all on one scale; empty where it has none.

    A column of estimates has at least two with an interval. A dot is the estimate, a line its interval.
    A grey tick is 0, where the scale has it.
    """
    estimates = [_numbers(text) for text in texts]
    known = [numbers for numbers in estimates if numbers]
    if sum(len(numbers) == 3 for numbers in known) < 2:
        return [Markup()] * len(texts)
    low, high = min(map(min, known)), max(map(max, known))
    if low == high:
        return [Markup()] * len(texts)

    def place(value: float) -> str:
        return f"{MARGIN + (WIDTH - 2 * MARGIN) * (value - low) / (high - low):.1f}"

    zero = _line(place(0), place(0), "zero", 0, HEIGHT) if low < 0 < high else ""
    return [_bar([place(value) for value in numbers], zero) for numbers in estimates]


def _numbers(text: str) -> list[float]:
    """Return an estimate and the ends of its interval, where it has one; nothing of another text."""
    found = ESTIMATE.match(text)
    numbers = [part for part in found.groups() if part] if found else []
    return [float(part.replace("−", "-").replace(",", "")) for part in numbers]


def _bar(places: Sequence[str], zero: str) -> Markup:
    """Draw an estimate at the first of these places, and its interval between the others."""
    if not places:
        return Markup()
    middle = HEIGHT // 2
    interval = ""
    if len(places) == 3:
        interval = _line(places[1], places[2], "interval", middle, middle)
    dot = f'<circle cx="{places[0]}" cy="{middle}" r="3"/>'
    size = f'width="{WIDTH}" height="{HEIGHT}"'
    return Markup(f'<svg class="bar" aria-hidden="true" {size}>{zero}{interval}{dot}</svg>')


def _line(x1: str, x2: str, kind: str, y1: int, y2: int) -> str:
    return f'<line class="{kind}" x1="{x1}" x2="{x2}" y1="{y1}" y2="{y2}"/>'
