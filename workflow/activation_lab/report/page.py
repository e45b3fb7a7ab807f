"""The report as a page: one HTML file that needs no other, and no network."""

from __future__ import annotations

import base64
import hashlib
from pathlib import Path

from markupsafe import Markup

from activation_lab.report.sections import Report, environment


def page(templates: Path, made: Report, folder: Path) -> str:
    """Return the report as one HTML file that holds its figures, read from `folder`."""
    style, script = ((templates / name).read_text("utf-8") for name in ("report.css", "report.js"))
    template = environment(templates).get_template("report.html.j2")
    return template.render(
        report=made,
        image=lambda path: image(folder / path),
        style=Markup(style),
        script=Markup(script),
        digest=digest(script),
    )


def image(path: Path) -> str:
    """Return an SVG file as a data address."""
    return f"data:image/svg+xml;base64,{base64.b64encode(path.read_bytes()).decode()}"


def digest(script: str) -> str:
    """Return what a Content Security Policy knows a script by, so that no other runs."""
    return f"sha256-{base64.b64encode(hashlib.sha256(script.encode()).digest()).decode()}"
