"""Slides: the words stand on the paper, and nothing lies on anything else."""

import io

import pytest
from made_up_studies import deep, made_up
from matplotlib.backends.backend_agg import FigureCanvasAgg
from matplotlib.figure import Figure
from matplotlib.transforms import Bbox
from PIL import Image
from test_findings import analysed

from activation_lab.report.figures import FIGURES
from activation_lab.report.markdown import plain
from activation_lab.report.slides import ANSWER, MORE, around, fitted, slide

QUESTION = "What does the activation function change?"
SENTENCE = "All 6 always learnt: their means range from 26.11% (elu) to 76.70% (swish)."
SURE = ["With 2 seeds a difference of 5.7 points is found."]


def draw(name="accuracy"):
    if name == "none":
        return Figure(figsize=(3, 8))  # higher than the slide is wide
    return FIGURES[name](
        deep() if name == "depth_accuracy" else analysed(made_up(["relu", "tanh"]))
    )


def inches(figure, *artists):
    """Where artists are, with all that belongs to them, in inches of the figure."""
    renderer = FigureCanvasAgg(figure).get_renderer()
    box = Bbox.union([artist.get_tightbbox(renderer) for artist in artists])
    return box.transformed(figure.dpi_scale_trans.inverted())


def png(made):
    made.save(out := io.BytesIO(), "png")
    return out.getvalue()


@pytest.mark.parametrize("name", ["accuracy", "gradients", "depth_accuracy", "dead", "none"])
@pytest.mark.parametrize("count", [1, 3, 6, 40])
def test_words_are_on_the_slide_and_off_the_figure(name, count):
    figure = draw(name)
    own = len(figure.texts)
    made = slide(QUESTION, [SENTENCE] * count, SURE * count, figure)
    png(made)
    words = figure.texts[own:]
    assert len(words) == 3
    figure.set_dpi(1920 / made.page.width)  # letters are as wide as on the slide
    boxes = [inches(figure, text) for text in words]
    drawn = [*figure.axes, *figure.legends, *figure.texts[:own]]
    paper = Bbox.from_bounds(0, 0, *figure.get_size_inches())
    boxes.append(inches(figure, *drawn) if drawn else paper)
    for place, box in enumerate(boxes):
        assert made.page.x0 < box.x0 < box.x1 < made.page.x1
        assert made.page.y0 < box.y0 < box.y1 < made.page.y1
        assert not any(box.overlaps(other) for other in boxes[:place])


@pytest.mark.parametrize("name", ["accuracy", "dead"])
def test_legends_stay_beside_their_panels(name):
    """A legend of the figure would move to the edge of the slide."""
    figure = draw(name)
    assert figure.legends
    image = Image.open(io.BytesIO(png(slide(QUESTION, [SENTENCE], SURE, figure)))).convert("L")
    margin = 50
    image.paste(255, (margin, margin, 1920 - margin, 1080 - margin))
    assert image.getextrema() == (255, 255)


@pytest.mark.parametrize("size", [(3, 8), (7.3, 3.1), (8.4, 3.66), (17, 2), (11.69, 8.27)])
def test_every_slide_has_the_same_number_of_pixels(size):
    made = around(Figure(figsize=size))
    image = Image.open(io.BytesIO(png(made)))
    assert image.size == (1920, 1080)
    assert image.getpixel((0, 0)) == image.getpixel((1919, 1079)) == (255, 255, 255, 255)


def test_the_same_slide_has_the_same_bytes():
    assert png(slide(QUESTION, [SENTENCE], SURE, draw())) == png(
        slide(QUESTION, [SENTENCE], SURE, draw())
    )


def test_longer_answers_are_smaller_and_nothing_is_lost():
    words = [fitted([SENTENCE] * count, ANSWER) for count in (1, 3, 6)]
    sizes = [found.size for found, _ in words]
    assert sizes[0] > sizes[1] > sizes[2]
    for (found, left_out), count in zip(words, (1, 3, 6), strict=True):
        assert not left_out
        assert " ".join(found.lines) == " ".join([SENTENCE] * count)


def test_sentences_without_room_are_left_out_whole_and_the_slide_says_so():
    figure = draw()
    slide(QUESTION, [f"{number}. {SENTENCE}" for number in range(40)], SURE, figure)
    title, note = (text.get_text().replace("\n", " ") for text in figure.texts[-2:])
    assert title.startswith("0. ")
    assert title.endswith(SENTENCE)
    assert note.startswith(MORE)
    assert note.endswith(SURE[0])


def test_one_endless_sentence_is_cut_off():
    figure = draw()
    slide(QUESTION, ["word " * 2_000], [], figure)
    title, note = (text.get_text() for text in figure.texts[-2:])
    assert title.endswith("\n…")
    assert note == MORE


def test_no_line_ends_between_n_and_its_number():
    text = plain("Dead: " + "`relu` 24.8% (n = 2); " * 30)
    (found, _) = fitted([text], ANSWER)
    assert len(found.lines) > 3
    assert not any(line.endswith(("n", "=")) for line in found.lines)
