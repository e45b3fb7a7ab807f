"""The table of verdicts on claims."""

from __future__ import annotations

from activation_lab.measures.base import REAL, TEXT, WHOLE, Table

CLAIMS = {
    "claims": Table(
        "claim",
        {
            "claim": (TEXT, "The claim's id"),
            "source": (TEXT, "Who says it"),
            "quote": (TEXT, "The source's own words"),
            "statement": (TEXT, "What these words are taken to say; for a question, what is asked"),
            "test": (TEXT, "How it is judged"),
            "dataset": (TEXT, "The dataset that it is about"),
            "family": (TEXT, "The network family that it is about"),
            "chance": (
                REAL,
                "Greatest probability that chance alone makes the verdict wrong; 0: nothing in it is "
                "left to chance",
            ),
            "estimate": (REAL, "The number that decides; null: none, or not run"),
            "low": (REAL, "Lower end of its 95% interval; null: none"),
            "high": (REAL, "Upper end of its 95% interval"),
            "n": (WHOLE, "Number of runs, or of what `test` counts"),
            "verdict": (
                TEXT,
                "supported, refuted, inconclusive (it was run, and cannot tell); by definition; "
                "answered (a question has an estimate, no verdict); not run",
            ),
            "evidence": (TEXT, "One sentence with the numbers"),
        },
    ),
}
