"""Slides of 16:9: the answer to a study's question above the figure that shows it.

The figure keeps its width and the size of its letters. A slide is paper around it, of so many inches
that the figure fills the room that the words leave.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cache
from typing import Any

from matplotlib.figure import Figure
from matplotlib.font_manager import FontProperties
from matplotlib.textpath import text_to_path
from matplotlib.transforms import Bbox

from activation_lab.report.figures.style import GREY

# Of a slide, in points.
WIDTH, HEIGHT, MARGIN, GAP = 960.0, 540.0, 36.0, 8.0
ROOM = 0.96 * (WIDTH - 2 * MARGIN)  # of a line: letters may come out a little wider than measured
PIXELS = 1920
STRETCH = 1.5  # so much higher may a figure become, to fill the room
MORE = "The report says more."


@dataclass(frozen=True)
class Look:
    """How words look: the sizes that they may have, each with the most lines, and their colour."""

    sizes: tuple[tuple[float, int], ...]
    color: str
    weight: str = "normal"


QUESTION = Look(((14, 1), (12, 2)), GREY)
ANSWER = Look(((24, 2), (20, 3), (17, 4), (14, 6), (13, 7)), "black", "bold")
PRECISION = Look(((11, 2), (10, 3)), GREY)


@dataclass(frozen=True)
class Words:
    """Lines of one size."""

    lines: tuple[str, ...]
    size: float
    look: Look

    @property
    def height(self) -> float:
        """How high they are, with the gap to what follows."""
        return 1.4 * len(self.lines) * self.size + GAP if self.lines else 0.0

    @property
    def width(self) -> float:
        """How wide the widest line is."""
        return max((_width(line, self.look.weight) for line in self.lines), default=0.0) * self.size


@dataclass(frozen=True)
class Slide:
    """A figure with words outside it, and the part of the plane that is the slide, in inches."""

    figure: Figure
    page: Bbox

    def save(self, file: Any, kind: str, **options: Any) -> None:
        """Write the slide as png or pdf."""
        dpi = (PIXELS + 0.01) / self.page.width  # a hair less than 1920 would become 1919 pixels
        self.figure.savefig(file, format=kind, dpi=dpi, bbox_inches=self.page, **options)


def slide(question: str, answer: Sequence[str], precision: Sequence[str], figure: Figure) -> Slide:
    """Return a slide: the question, the sentences that answer it, the figure, how sure they are.

    Sentences that have no room are left out from the end, and then the slide says so.
    """
    title, left_out = fitted(answer, ANSWER)
    note, more = fitted(precision, PRECISION)
    if left_out or more:
        note, _ = fitted([MORE, *precision], PRECISION)
    return around(figure, [fitted([question], QUESTION)[0], title], [note])


def fitted(sentences: Sequence[str], look: Look) -> tuple[Words, int]:
    """Return as many sentences as have room, in the largest size; and how many are left out.

    If even the first is too long, its end is.
    """
    for count in range(len(sentences), 0, -1):
        for size, most in look.sizes:
            words = wrapped(" ".join(sentences[:count]), size, look)
            if len(words.lines) <= most and words.width <= ROOM:
                return words, len(sentences) - count
    size, most = look.sizes[-1]
    lines = wrapped(" ".join(sentences[:1]), size, look).lines
    return Words((*lines[: most - 1], "…")[: len(lines)], size, look), len(sentences)


def wrapped(text: str, size: float, look: Look) -> Words:
    """Break a text into lines that have room on the slide."""
    lines: list[str] = []
    room = 0.0
    for word in filter(None, text.split(" ")):
        wide = _width(f"{word} ", look.weight) * size
        if lines and wide <= room:
            lines[-1] = f"{lines[-1]} {word}"
        else:
            lines.append(word)
            room = ROOM
        room -= wide
    return Words(tuple(lines), size, look)


@cache
def _width(text: str, weight: str) -> float:
    """Return how wide a text of size 1 is."""
    font = FontProperties(size=1, weight=weight)
    return text_to_path.get_text_width_height_descent(text, font, ismath=False)[0]


def around(figure: Figure, above: Sequence[Words] = (), below: Sequence[Words] = ()) -> Slide:
    """Put words above and below a figure, and return the slide that holds them all."""
    wide, high = WIDTH - 2 * MARGIN, HEIGHT - 2 * MARGIN
    high -= sum(words.height for words in (*above, *below))
    foot = MARGIN + sum(words.height for words in below)
    width, height = figure.get_size_inches()
    height = max(height, min(STRETCH * height, width * high / wide))
    figure.set_size_inches(width, height)
    _settle(figure)
    scale = min(wide / width, high / height)  # points of the slide for an inch of the figure
    left = width / 2 - WIDTH / 2 / scale
    bottom = height / 2 - (foot + high / 2) / scale
    for blocks, top in ((above, HEIGHT - MARGIN), (below, foot - GAP)):
        for words in blocks:
            x, y = left + MARGIN / scale, bottom + top / scale
            _write(words, figure, x / width, y / height, words.size * 72 / scale)
            top -= words.height
    return Slide(figure, Bbox.from_bounds(left, bottom, WIDTH / scale, HEIGHT / scale))


def _settle(figure: Figure) -> None:
    """Lay a figure out, and keep its legends where they are: they would go to the edge of the slide."""
    figure.draw_without_rendering()
    figure.set_layout_engine("none")
    for legend in figure.legends:
        legend.set_bbox_to_anchor((0, 0, 1, 1), figure.transFigure)


def _write(words: Words, figure: Figure, x: float, y: float, size: float) -> None:
    figure.text(
        *(x, y, "\n".join(words.lines)),
        fontsize=size,
        color=words.look.color,
        weight=words.look.weight,
        va="top",
        linespacing=1.15,
        parse_math=False,
    )
