"""The claims as the report shows them: judged, not run, and how many verdicts may be wrong."""

from __future__ import annotations

from dataclasses import dataclass

import pandas as pd

from activation_lab.analysis.claims import CLAIMS
from activation_lab.analysis.claims.base import (
    ANSWERED,
    BY_DEFINITION,
    INCONCLUSIVE,
    NOT_RUN,
    REFUTED,
    SUPPORTED,
)
from activation_lab.files import slug
from activation_lab.report.listings.base import Listing, titled
from activation_lab.wording import listed, percent, plural

VERDICTS = {
    SUPPORTED: "✓ supported",
    REFUTED: "✗ refuted",
    BY_DEFINITION: "= by definition",
    ANSWERED: "→ answered",
    INCONCLUSIVE: "? inconclusive",
}
# What readers ask first, and the claim whose line answers it.
ASKED = {
    "Does sigmoid fail?": "sigmoid-fails-unstopped",
    "Which activation should I take?": "start-relu",
    "What makes units die?": "lr-kills",
    "How can dead units be avoided?": "solve-dead",
}


@dataclass(frozen=True)
class Judged:
    """A claim that was judged: its verdict, the anchor of its line, and the study of its networks."""

    anchor: str
    study: str
    verdict: str
    statement: str


def asked(frame: pd.DataFrame) -> dict[str, str]:
    """Return the questions that readers ask first, each with the anchor of the line that answers it."""
    decided = set(frame.loc[~frame["verdict"].isin([NOT_RUN, INCONCLUSIVE]), "claim"])
    return {question: anchor(claim) for question, claim in ASKED.items() if claim in decided}


def anchor(claim: str) -> str:
    """Return the anchor of a claim's line."""
    return f"claim-{slug(claim)}"


def judged(frame: pd.DataFrame) -> list[Judged]:
    """Return the claims that were judged, in the order of the lines of `claims`."""
    return [
        Judged(
            anchor=anchor(row["claim"]),
            study=CLAIMS[row["claim"]].study if row["claim"] in CLAIMS else "",
            verdict=VERDICTS[row["verdict"]],
            statement=row["statement"],
        )
        for row in _in_order(frame)
    ]


def _in_order(frame: pd.DataFrame) -> list[dict]:
    """Return the rows of claims that were judged, by their verdicts."""
    run = frame[frame["verdict"] != NOT_RUN].to_dict("records")
    return sorted(run, key=lambda row: list(VERDICTS).index(row["verdict"]))


def claims(frame: pd.DataFrame) -> Listing:
    """Claims, judged. Each in the source's own words, and what they are taken to say. The table
    `claims` has each claim's test, its estimate with an interval, and n. *By definition*: nothing that
    is measured could make it false. *Answered*: the source asks, and the evidence has an estimate.
    *Inconclusive*: it was run, and cannot tell.
    """
    lines = [
        {
            "verdict": VERDICTS[row["verdict"]],
            "claim": row["statement"],
            "who says it": f"{row['source']}: “{row['quote']}”",
            "evidence": row["evidence"],
        }
        for row in _in_order(frame)
    ]
    return titled(claims, lines)


def not_run(frame: pd.DataFrame) -> list[str]:
    """Return a sentence for each study that claims need and this run does not have."""
    missing = frame[frame["verdict"] == NOT_RUN]
    named = missing["claim"].map("`{}`".format)
    return [
        f"{listed(list(named[group.index]))}: {reason}"
        for reason, group in missing.groupby("evidence", sort=False)
    ]


def family(frame: pd.DataFrame) -> str:
    """Say how many of the verdicts would come out wrong by chance: they are a family."""
    decided = frame["verdict"].isin(("supported", "refuted"))
    tested = frame[(frame["chance"] > 0) & (decided | (frame["verdict"] == "inconclusive"))]
    exact = frame[(frame["chance"] == 0) & decided]
    if tested.empty:
        return ""
    most, expected = percent(tested["chance"].max(), 0), tested["chance"].sum()
    return (
        f"Chance can mislead {plural(len(tested), 'verdict')}: each is wrong with a probability of at "
        f"most {most}, and so much only if the truth lies just on the border. At most {expected:.1f} of "
        "them are expected to be wrong by chance. Arithmetic or a counterexample decides "
        f"{plural(len(exact), 'other verdict')}."
    )
