"""Write the report's tables for LaTeX."""

from collections.abc import Iterator
from pathlib import Path

from activation_lab.commands.finished import Finished
from activation_lab.commands.folders import anew
from activation_lab.files import slug, write_text
from activation_lab.report import latex
from activation_lab.report.listings.base import Listing
from activation_lab.report.markdown import plain
from activation_lab.report.sections import Report


def run(results: Path, out: Path) -> None:
    """Write each table of a finished run's report into a file of a folder, which is replaced."""
    with anew(out) as whole:
        for whose, listing in listings(Finished(results).report):
            name = slug(f"{whose} {listing.title}")
            write_text(table(whose, listing, name), whole / f"{name}.tex")


def listings(report: Report) -> Iterator[tuple[str, Listing]]:
    """Yield the tables of a report, each with the name of its study; empty if it is of all.

    The report of a trial has no claims of others.
    """
    if report.trial:
        yield from (("trial", listing) for listing in report.trial.listings)
    for section in report.sections:
        yield from ((section.name, listing) for listing in section.listings)
    of_all = [*([] if report.trial else [report.claims]), report.theory, report.portraits]
    yield from (("", listing) for listing in of_all if listing.lines)


def table(whose: str, listing: Listing, name: str) -> str:
    """Return a table of the report for LaTeX."""
    lines = [{plain(key): plain(cell) for key, cell in line.items()} for line in listing.lines]
    title = f"{whose}: {listing.title}" if whose else listing.title
    return latex.table(lines, title, name, plain(listing.note))
