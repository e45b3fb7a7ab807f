"""The figures' captions for Snakemake's own report, which reads them from a template in reST."""

from __future__ import annotations

import json
import re

from activation_lab.report.figures import FIGURES, caption


def template() -> str:
    """Return a template that gives the caption of the figure at hand.

    Snakemake has one template for all figures of a folder, and tells it which figure it is. A figure's
    name may have that of a task behind it.
    """
    lines = [
        f"  {json.dumps(name)}: {json.dumps(escape(caption(name)), ensure_ascii=False)},"
        for name in FIGURES
    ]
    captions = "\n".join(["{% set captions = {", *lines, "} %}"])
    return f"{captions}\n{{{{ captions[snakemake.wildcards.figure.split('-')[0]] }}}}\n"


def escape(text: str) -> str:
    """Escape what reST would read as markup.

    >>> print(escape("|tanh| *"))
    \\|tanh\\| \\*
    """
    return re.sub(r"([\\*`|_])", r"\\\1", text)
