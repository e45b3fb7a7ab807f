"""How the report's sentences and cells are written, and how they read without marks."""

from __future__ import annotations

import re

from markdown_it import MarkdownIt

MARKDOWN = MarkdownIt("commonmark", {"html": False}).enable("table")


def plain(text: str) -> str:
    """Return what a reader sees of a line of markdown.

    >>> plain("`relu` is *not* better, 2 \\\\< 3")
    'relu is not better, 2 < 3'
    """
    (line,) = MARKDOWN.parseInline(" ".join(text.split()))
    return unbroken("".join(token.content for token in line.children or []))


def unbroken(text: str) -> str:
    """Keep n and its number on one line."""
    return re.sub(r"\bn = (?=\d)", "n\u00a0=\u00a0", text)
