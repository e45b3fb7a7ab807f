"""Make slides of a finished run."""

from collections.abc import Iterator
from pathlib import Path

from matplotlib.backends.backend_pdf import PdfPages

from activation_lab.commands.finished import Finished
from activation_lab.commands.folders import anew
from activation_lab.errors import UserError
from activation_lab.files import slug
from activation_lab.report import card
from activation_lab.report.figures import FIGURES
from activation_lab.report.figures.style import NO_DATE
from activation_lab.report.markdown import plain
from activation_lab.report.slides import Slide, around, slide


def run(results: Path, out: Path) -> None:
    """Write the key figures of a finished run as PNG files and as one PDF into a folder.

    The folder is replaced. Raises `UserError` where no study has a key figure.
    """
    made = list(slides(Finished(results)))
    if not made:
        raise UserError(f"No study in {results} has a figure that answers its question.")
    with anew(out) as whole, PdfPages(whole / "slides.pdf", metadata=NO_DATE) as pages:
        for number, (name, one) in enumerate(made, start=1):
            one.save(whole / f"{number:02}-{slug(name)}.png", "png")
            one.save(pages, "pdf")


def slides(finished: Finished) -> Iterator[tuple[str, Slide]]:
    """Yield the slides of a run with their names: of a trial, its card."""
    if finished.card:
        yield "card", around(card.draw(finished.card, "landscape"))
    for section in finished.report.sections:
        figure = None
        if section.key and section.headline:
            figure = FIGURES[Path(section.key.path).stem](finished.study(section.name))
        if figure:
            answer, precision = map(plain, section.headline), map(plain, section.precision)
            yield section.name, slide(section.study.question, [*answer], [*precision], figure)
