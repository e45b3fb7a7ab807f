"""What a claim is: who says what, how it is judged, and the function that judges it."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

import pandas as pd

Tables = Mapping[str, pd.DataFrame]

SUPPORTED, REFUTED, INCONCLUSIVE = "supported", "refuted", "inconclusive"

TUTORIAL = "The tutorial"
RETELLINGS = "Retellings of the tutorial"
LECTURE = "The lecture"


@dataclass(frozen=True)
class Verdict:
    """What the tables say of a claim: a verdict, one sentence, and the number that decides."""

    verdict: str
    evidence: str
    n: int
    estimate: float | None = None
    low: float | None = None
    high: float | None = None

    @classmethod
    def of(cls, verdict: str, row: Mapping[str, Any], evidence: str) -> Verdict:
        """Return a verdict whose number is a row of `statistics`: a mean or share and its interval."""
        return cls(verdict, evidence, row["n"], row["mean"], row["low"], row["high"])


class NotRun(Exception):  # noqa: N818
    """What a claim needs and the tables do not have; the message completes "there are"."""


@dataclass(frozen=True)
class Claim:
    """A claim; `study` and `config` name where its networks are."""

    source: str
    statement: str
    test: str
    study: str
    config: str
    decide: Callable[[Tables], Verdict]

    def judge(self, tables: Tables) -> Verdict:
        """Return the verdict; a claim whose networks were not run is inconclusive."""
        try:
            return self.decide(tables)
        except NotRun as missing:
            where = f"the study `{self.study}` of `{self.config}` has them"
            return Verdict(INCONCLUSIVE, f"Not judged: there are {missing}; {where}.", n=0)


CLAIMS: dict[str, Claim] = {}


def claim(
    name: str,
    *,
    source: str,
    statement: str,
    test: str,
    study: str = "tutorial",
    config: str = "config.yaml",
) -> Callable[[Callable[[Tables], Verdict]], Callable[[Tables], Verdict]]:
    """Register the function that judges the claim `name`."""

    def register(decide: Callable[[Tables], Verdict]) -> Callable[[Tables], Verdict]:
        CLAIMS[name] = Claim(source, statement, test, study, config, decide)
        return decide

    return register
