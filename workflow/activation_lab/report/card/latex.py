"""The verdicts of a trial as a table for LaTeX, with booktabs."""

from __future__ import annotations

from activation_lab.report import latex
from activation_lab.report.card import words
from activation_lab.report.card.data import Card


def table(card: Card) -> str:
    """Return the table: a line for each task and rival."""
    lines = [
        {
            "Task": card.task_title(row["study"]),
            "Rival": row["rival"],
            "Difference (points)": words.sentence(row),
            "Trained": f"{row['candidate_trained']}, {row['rival_trained']} of {row['n']}",
            "Verdict": words.verdict(row),
        }
        for _, row in card.verdicts.iterrows()
    ]
    first = card.verdicts.iloc[0]
    note = (
        "Each at its own best learning rate: difference in test accuracy over "
        f"{first['n']} paired seeds, with simultaneous 95% intervals."
    )
    return latex.table(lines, f"{card.candidate} against its rivals", "trial", note)
