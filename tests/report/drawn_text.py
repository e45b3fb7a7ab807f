"""Measure the texts of a drawn figure: all must be on the canvas, and none over another."""

from itertools import combinations
from unittest.mock import patch

from matplotlib.backends.backend_agg import FigureCanvasAgg
from matplotlib.text import Text

PIXEL = 1


def faults(figure):
    """Say which texts leave the canvas of a figure, and which lie over each other."""
    boxes = measured(figure)
    width, height = figure.get_size_inches() * figure.dpi
    outside = [
        f"outside the canvas: {text!r}"
        for text, box in boxes
        if min(box.x0, box.y0) < -PIXEL or box.x1 > width + PIXEL or box.y1 > height + PIXEL
    ]
    over = [
        f"{one!r} over {other!r}"
        for (one, first), (other, second) in combinations(boxes, 2)
        if overlap(first.x0, first.x1, second.x0, second.x1) > PIXEL
        and overlap(first.y0, first.y1, second.y0, second.y1) > PIXEL
    ]
    return outside + over


def overlap(low, high, other_low, other_high):
    return min(high, other_high) - max(low, other_low)


def measured(figure):
    """Return every text that is drawn, with its box in pixels.

    What is drawn, matplotlib knows best: ticks beyond the axis and hidden panels have texts too.
    """
    FigureCanvasAgg(figure)
    drawn = []
    draw = Text.draw

    def noted(text, renderer, *others, **options):
        if text.get_visible() and text.get_text().strip():
            drawn.append((text.get_text(), text.get_window_extent(renderer)))
        draw(text, renderer, *others, **options)

    with patch.object(Text, "draw", noted):
        figure.draw_without_rendering()
    return drawn
