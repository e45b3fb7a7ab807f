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
        "title": (0.03, 0.975, 0.6, 0.0),
        "headline": (0.03, 0.93, 0.6, 0.0),
        "functions": (0.045, 0.645, 0.18, 0.2),
        "theory": (0.03, 0.325, 0.2, 0.26),
        "cost": (0.1, 0.175, 0.11, 0.11),
        "verdicts": (0.325, 0.17, 0.18, 0.68),
        "curves": (0.69, 0.47, 0.3, 0.38),
        "gradients": (0.69, 0.18, 0.075, 0.2),
        "units": (0.825, 0.18, 0.06, 0.2),
        "profile": (0.92, 0.18, 0.065, 0.2),
        "protocol": (0.03, 0.11, 0.94, 0.0),
    },
    "portrait": {
        "title": (0.04, 0.98, 0.6, 0.0),
        "headline": (0.04, 0.952, 0.6, 0.0),
        "functions": (0.075, 0.74, 0.25, 0.12),
        "theory": (0.06, 0.535, 0.3, 0.155),
        "cost": (0.17, 0.445, 0.11, 0.065),
        "verdicts": (0.5, 0.43, 0.23, 0.43),
        "curves": (0.085, 0.3, 0.89, 0.105),
        "gradients": (0.085, 0.18, 0.22, 0.075),
        "units": (0.45, 0.18, 0.19, 0.075),
        "profile": (0.735, 0.18, 0.22, 0.075),
        "protocol": (0.04, 0.125, 0.92, 0.0),
    },
}


def draw(card: Card, orientation: str) -> Figure:
    """Return the card of a trial on a sheet of A4, `landscape` or `portrait`."""
    figure = Figure(figsize=SIZES[orientation])
    figure.set_layout_engine("none")
    places = PLACES[orientation]
    for name, text, size in (
        ("title", words.title(card), 17),
        ("headline", words.headline(card, orientation), 9),
        ("protocol", words.protocol(card, orientation), 6.5),
    ):
        left, top, *_ = places[name]
        weight = "bold" if name == "title" else "normal"
        figure.text(left, top, text, va="top", fontsize=size, weight=weight, linespacing=1.4)
    for panel in (panels.functions, panels.theory, panels.cost):
        panel(figure.add_axes(places[panel.__name__]), card)
    boxes = stacked(places["verdicts"], card, SIZES[orientation][1])
    panels.verdicts([figure.add_axes(box) for box in boxes], card)
    columns = 3 if orientation == "landscape" else len(card.tasks)
    panels.curves([figure.add_axes(box) for box in tiled(places["curves"], card, columns)], card)
    for panel in (panels.gradients, panels.units, panels.profile):
        panel(figure.add_axes(places[panel.__name__]), card)
    figure.legend(
        handles=panels.keys(card), loc="upper right", bbox_to_anchor=(0.985, 0.98), fontsize=8
    )
    return figure


def stacked(place: Box, card: Card, inches: float) -> list[Box]:
    """Split a box into one for each task, one above another, with room for titles.

    `inches` is the height of the page.
    """
    left, bottom, width, height = place
    each = height / len(card.tasks)
    room = min(0.45 * each, 0.29 / inches)
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
            high - 0.075,
        )
        for number in range(len(card.tasks))
    ]
