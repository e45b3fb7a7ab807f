"""The verdicts of a trial as a table for LaTeX, with booktabs."""

from __future__ import annotations

import pandas as pd

from activation_lab.report.card import words
from activation_lab.report.card.data import Card


def table(card: Card) -> str:
    """Return the table: a line for each task and rival."""
    lines = pd.DataFrame(
        [
            {
                "Task": card.task_title(row["study"]),
                "Rival": row["rival"],
                "Difference (points)": words.sentence(row).replace("−", "-"),
                "Trained": f"{row['candidate_trained']}, {row['rival_trained']} of {row['n']}",
                "Verdict": words.verdict(row),
            }
            for _, row in card.verdicts.iterrows()
        ]
    )
    first = card.verdicts.iloc[0]
    caption = (
        f"{card.candidate} against its rivals, each at its own best learning rate: difference in test "
        f"accuracy over {first['n']} paired seeds, with simultaneous 95\\% intervals."
    )
    styled = lines.style.hide(axis="index").format(escape="latex")
    return styled.to_latex(hrules=True, caption=caption, label="tab:trial", column_format="llrll")
