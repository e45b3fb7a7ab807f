"""How the report writes numbers, intervals and lists, and keeps markup out of texts it is given."""

from __future__ import annotations

import re
from collections.abc import Sequence

import pandas as pd

NONE = "–"  # there is no such value


def percent(share: float, digits: int = 2) -> str:
    """Return a share as percent.

    >>> percent(0.88346)
    '88.35%'
    """
    return f"{100 * share:.{digits}f}%"


def points(share: float) -> str:
    """Return a difference of two shares in percentage points, with its sign.

    >>> points(-0.00254)
    '−0.25'
    """
    text = f"{100 * share:+.2f}".replace("-", "−")
    return "0.00" if text[1:] == "0.00" else text


def times(ratio: float) -> str:
    """Return a ratio to three digits.

    >>> times(7.3678), times(7791.3)
    ('7.37 times', '7,790 times')
    """
    return f"{float(f'{ratio:.3g}'):,g} times"


def span(low: str, high: str) -> str:
    """Return an interval as it stands behind its estimate.

    >>> span("1.0", "2.0")
    '(1.0 to 2.0)'
    """
    return f"({low} to {high})"


def p_value(p: float) -> str:
    """Return a p value.

    >>> p_value(0.2), p_value(0.00004)
    ('0.20', '< 0.001')
    """
    if pd.isna(p):
        return NONE
    return "< 0.001" if p < 0.001 else f"{p:.3f}" if p < 0.1 else f"{p:.2f}"


def plural(count: int, word: str) -> str:
    """Return a count with its noun.

    >>> plural(1, "pair"), plural(2, "study")
    ('1 pair', '2 studies')
    """
    if count == 1:
        return f"1 {word}"
    return f"{count} {word[:-1]}ies" if word.endswith("y") else f"{count} {word}s"


def listed(words: Sequence[str]) -> str:
    """Join words as a sentence does.

    >>> listed(["a", "b", "c"])
    'a, b and c'
    """
    return " and ".join(filter(None, [", ".join(words[:-1]), *words[-1:]]))


def joined(phrases: Sequence[str]) -> str:
    """Join phrases that have commas of their own.

    >>> joined(["1, 2 here", "3, 4 there"])
    '1, 2 here; 3, 4 there'
    """
    return "; ".join(phrases)


def escape(text: object) -> str:
    """Escape what markdown would read as markup in a text from the config.

    >>> escape("a*b <script>")
    'a\\\\*b \\\\<script\\\\>'
    """
    return re.sub(r"([\\`*_{}\[\]<>#|~$&])", r"\\\1", str(text))
