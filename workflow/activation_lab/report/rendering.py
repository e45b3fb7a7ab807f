"""How the report's templates are rendered, and the report in markdown."""

from __future__ import annotations

import re
from pathlib import Path

from jinja2 import Environment, FileSystemLoader, StrictUndefined
from markupsafe import Markup

from activation_lab.files import slug
from activation_lab.report.listings.base import Lines
from activation_lab.report.markdown import MARKDOWN, unbroken
from activation_lab.report.sections import Report
from activation_lab.wording import escape, plural


def table(lines: Lines) -> str:
    """Return lines as a markdown table.

    >>> print(table([{"a": "|x|"}]))
    | a |
    | --- |
    | \\|x\\| |
    """
    head = list(lines[0])
    rows = [head, ["---"] * len(head), *([_cell(line[name]) for name in head] for line in lines)]
    return "\n".join(f"| {' | '.join(row)} |" for row in rows)


def _cell(text: str) -> str:
    return re.sub(r"(?<!\\)\|", r"\\|", " ".join(text.split()))


def environment(templates: Path) -> Environment:
    """Return what renders the templates; those for HTML escape whatever they are given."""
    made = Environment(
        loader=FileSystemLoader(templates),
        undefined=StrictUndefined,
        autoescape=lambda name: name is not None and name.endswith(".html.j2"),
        trim_blocks=True,
        lstrip_blocks=True,
        keep_trailing_newline=True,
    )
    made.filters |= {
        "escape_markdown": escape,
        "plural": plural,
        "table": table,
        "markdown": lambda text: Markup(MARKDOWN.render(text)),
        "inline": lambda text: Markup(unbroken(MARKDOWN.renderInline(text))),
        "slug": slug,
    }
    return made


def markdown(templates: Path, made: Report) -> str:
    """Return the report in markdown; its images are relative links."""
    return environment(templates).get_template("report.md.j2").render(report=made)
