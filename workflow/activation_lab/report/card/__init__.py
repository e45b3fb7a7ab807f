"""The card of a trial: one page that a person can put into a talk or an appendix.

`panels` draws each part, `words` writes what stands beside it, and here they are laid out on a sheet
of A4.
"""

from __future__ import annotations

from matplotlib.figure import Figure

from activation_lab.report.card import panels, words
from activation_lab.report.card.data import Card

Box = tuple[float, float, float, float]  # left, bottom, width, height, as shares of the page

# In inches, and where each panel is.
SIZES = {"landscape": (11.69, 8.27), "portrait": (8.27, 11.69)}
PLACES: dict[str, dict[str, Box]] = {
    "landscape": {
        "functions": (0.045, 0.63, 0.18, 0.22),
        "theory": (0.03, 0.325, 0.2, 0.25),
        "cost": (0.08, 0.17, 0.145, 0.13),
        "verdicts": (0.31, 0.17, 0.27, 0.68),
        "curves": (0.655, 0.5, 0.335, 0.35),
        "gradients": (0.655, 0.17, 0.09, 0.21),
        "units": (0.775, 0.17, 0.09, 0.21),
        "profile": (0.9, 0.17, 0.09, 0.21),
    },
    "portrait": {
        "functions": (0.065, 0.74, 0.25, 0.14),
        "theory": (0.05, 0.53, 0.3, 0.17),
        "cost": (0.12, 0.4, 0.2, 0.1),
        "verdicts": (0.46, 0.4, 0.35, 0.48),
        "curves": (0.08, 0.245, 0.88, 0.105),
        "gradients": (0.08, 0.115, 0.23, 0.075),
        "units": (0.405, 0.115, 0.23, 0.075),
        "profile": (0.73, 0.115, 0.23, 0.075),
    },
}


def draw(card: Card, orientation: str) -> Figure:
    """Return the card of a trial on a sheet of A4, `landscape` or `portrait`."""
    figure = Figure(figsize=SIZES[orientation])
    figure.set_layout_engine("none")
    places = PLACES[orientation]
    figure.text(0.03, 0.975, words.title(card), fontsize=17, weight="bold", va="top")
    figure.text(0.03, 0.93, words.headline(card, orientation), fontsize=10, va="top")
    panels.functions(figure.add_axes(places["functions"]), card)
    panels.theory(figure.add_axes(places["theory"]), card)
    panels.cost(figure.add_axes(places["cost"]), card)
    panels.verdicts([figure.add_axes(box) for box in stacked(places["verdicts"], card)], card)
    columns = 3 if orientation == "landscape" else len(card.tasks)
    panels.curves([figure.add_axes(box) for box in tiled(places["curves"], card, columns)], card)
    panels.gradients(figure.add_axes(places["gradients"]), card)
    panels.units(figure.add_axes(places["units"]), card)
    panels.profile(figure.add_axes(places["profile"]), card)
    figure.text(0.03, 0.095 if orientation == "landscape" else 0.07, words.protocol(card, orientation),
                fontsize=7, va="top", linespacing=1.5)  # fmt: skip
    return figure


def stacked(place: Box, card: Card) -> list[Box]:
    """Split a box into one for each task, one above another, with room for titles."""
    left, bottom, width, height = place
    each = height / len(card.tasks)
    room = min(0.45 * each, 0.035)
    tops = (bottom + height - number * each for number in range(len(card.tasks)))
    return [(left, top - each + room * 0.6, width, each - room * 1.5) for top in tops]


def tiled(place: Box, card: Card, columns: int) -> list[Box]:
    """Split a box into one for each task, in rows."""
    left, bottom, width, height = place
    columns = min(columns, len(card.tasks))
    rows = -(-len(card.tasks) // columns)
    wide, high = width / columns, height / rows
    return [
        (
            left + (number % columns) * wide + 0.02 * (number % columns > 0),
            bottom + height - (number // columns + 1) * high + 0.03,
            wide - 0.03,
            high - 0.06,
        )
        for number in range(len(card.tasks))
    ]
