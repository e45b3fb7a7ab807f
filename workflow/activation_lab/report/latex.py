"""Tables for LaTeX, with booktabs; any engine sets them."""

from __future__ import annotations

import math
import unicodedata
from collections.abc import Mapping

import pandas as pd

from activation_lab.report.listings.base import Lines

# In letters of small type: a line of an article, and the gap between two columns.
LETTERS, GAP = 75, 2
MOST_ROWS = 35  # of a float; a longer table goes over several pages

# What LaTeX reads as markup, what its first fonts lack, and what pdfLaTeX does not know.
SIGNS = {
    **{sign: f"\\{sign}" for sign in "&%$#_{}"},
    **{sign: f"\\ensuremath{{{sign}}}" for sign in "<>|"},
    "\\": r"\textbackslash{}",
    "~": r"\textasciitilde{}",
    "^": r"\textasciicircum{}",
    "\u00a0": "~",
    "–": r"\textendash{}",
    "…": r"\ldots{}",
    "“": r"\textquotedblleft{}",
    "”": r"\textquotedblright{}",
    "’": r"\textquoteright{}",
    **{
        sign: f"\\ensuremath{{{name}}}"
        for sign, name in {
            "−": "-",
            "′": "'",
            "″": "''",
            "½": r"\frac12",
            "π": r"\pi",
            "λ": r"\lambda",
            "μ": r"\mu",
            "ε": r"\epsilon",
            "∞": r"\infty",
            "∏": r"\prod",
            "Π": r"\Pi",
            "∑": r"\sum",
            "∝": r"\propto",
            "≈": r"\approx",
            "∈": r"\in",
            "×": r"\times",
            "±": r"\pm",
            "·": r"\cdot",
            "⊙": r"\odot",
            "√": r"\surd",
            "‖": r"\Vert",
            "∇": r"\nabla",
            "∂": r"\partial",
            "∣": r"\mid",
            "≤": r"\leq",
            "≥": r"\geq",
            "→": r"\to",
            "←": r"\gets",
            "✓": r"\surd",
            "✗": r"\times",
            "α": r"\alpha",
            "β": r"\beta",
            "Γ": r"\Gamma",
            "δ": r"\delta",
            "Δ": r"\Delta",
            "ξ": r"\xi",
            "σ": r"\sigma",
            "Σ": r"\Sigma",
            "τ": r"\tau",
            "φ": r"\varphi",
            "Φ": r"\Phi",
            "χ": r"\chi",
            "ψ": r"\psi",
        }.items()
    },
}
RAISED = {"<sub>": "textsubscript", "<super>": "textsuperscript"}


def escaped(text: str) -> str:
    r"""Return a text as LaTeX reads it.

    >>> print(escaped("σ_w² − 5%"))
    \ensuremath{\sigma}\_w\textsuperscript{2} \ensuremath{-} 5\%
    """
    return "".join(map(_escaped, text))


def _escaped(letter: str) -> str:
    kind, _, base = unicodedata.decomposition(letter).partition(" ")
    if kind in RAISED:
        return f"\\{RAISED[kind]}{{{chr(int(base, 16))}}}"
    return SIGNS.get(letter, letter)


def table(lines: Lines, title: str, label: str, note: str = "") -> str:
    """Return lines of plain text as a table, with a caption and a label.

    One that is too long for a float goes over several pages, and has its note below.
    """
    room = letters(lines)
    long = rows(lines, room) > MOST_ROWS
    frame = pd.DataFrame(lines)
    styled = frame.style.hide(axis="index").format(escaped).format_index(escaped, axis=1)
    whole = escaped(f"{title}. {note}" if note else f"{title}.")
    made = styled.to_latex(
        hrules=True,
        caption=escaped(f"{title}.") if long else (whole, escaped(title)),
        label=f"tab:{label}",
        column_format=columns(lines, room),
        environment="longtable" if long else None,
        position_float=None if long else "centering",
    )
    below = f"\n\\noindent {escaped(note)}\n" if long and note else ""
    needed = f"% Needs \\usepackage{{array,booktabs{',longtable' if long else ''}}}."
    return f"{needed}\n{{\\small\\setlength{{\\tabcolsep}}{{4pt}}\n{made}{below}}}\n"


def letters(lines: Lines) -> dict[str, int]:
    """Return how many letters of each column have room in a line.

    If the whole table is too wide, each column keeps its longest word, and those with more text get
    more.
    """
    texts = {name: [name, *(line[name] for line in lines)] for name in lines[0]}
    wide = {name: max(map(len, column)) for name, column in texts.items()}
    left = LETTERS - GAP * len(wide)
    if sum(wide.values()) <= left:
        return wide
    least = {name: 1 + len(max(" ".join(texts[name]).split(), key=len)) for name in wide}
    amount = {name: sum(map(len, column)) for name, column in texts.items()}
    part = max(left - sum(least.values()), 0) / sum(amount.values())
    return {name: min(least[name] + int(amount[name] * part), wide[name]) for name in wide}


def rows(lines: Lines, room: Mapping[str, int]) -> int:
    """Return how many rows of type the lines take."""
    return sum(max(math.ceil(len(line[name]) / room[name]) for name in room) for line in lines)


def columns(lines: Lines, room: Mapping[str, int]) -> str:
    """Return the kinds of the columns: paragraphs if some text is too long; else numbers and words."""
    head = dict(zip(room, room, strict=True))
    if any(len(line[name]) > room[name] for line in [head, *lines] for name in room):
        total = sum(room.values()) + GAP * len(room)
        return "".join(_paragraph((room[name] + GAP) / total) for name in room)
    return "".join("r" if all(_number(line[name]) for line in lines) else "l" for name in room)


def _paragraph(share: float) -> str:
    return f">{{\\raggedright\\arraybackslash}}p{{\\dimexpr{share:.3f}\\linewidth-2\\tabcolsep}}"


def _number(text: str) -> bool:
    return text[:1] in "+−-–0123456789"
