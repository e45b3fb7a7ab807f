"""The report as a page: one HTML file that needs no other, and no network."""

from __future__ import annotations

import base64
import hashlib
from pathlib import Path

from markupsafe import Markup

from activation_lab.report.page.drawings import Drawings, dark
from activation_lab.report.page.rows import rows
from activation_lab.report.rendering import environment
from activation_lab.report.sections import Report


def page(templates: Path, made: Report, folder: Path) -> str:
    """Return the report as one HTML file that holds its figures, read from `folder`."""
    style, script = ((templates / name).read_text("utf-8") for name in ("report.css", "report.js"))
    drawings = Drawings()
    template = environment(templates).get_template("report.html.j2")
    return template.render(
        report=made,
        drawing=lambda path, alt: drawings.inline((folder / path).read_text("utf-8"), alt),
        shapes=drawings.shapes,
        rows=lambda lines: rows(lines, made.activations),
        style=Markup(style) + dark(),
        script=Markup(script),
        digest=digest(script),
    )


def digest(script: str) -> str:
    """Return what a Content Security Policy knows a script by, so that no other runs."""
    return f"sha256-{base64.b64encode(hashlib.sha256(script.encode()).digest()).decode()}"
