"""How often a claim's test gives which verdict where the truth is known."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass

import numpy as np

from activation_lab.analysis.claims import CLAIMS
from activation_lab.analysis.claims.base import INCONCLUSIVE, REFUTED, SUPPORTED, Tables

TRUE, FALSE, BORDERLINE = "true", "false", "borderline"
# The verdicts that are wrong. Where the truth lies on the border, either decision is.
WRONG = {TRUE: (REFUTED,), FALSE: (SUPPORTED,), BORDERLINE: (SUPPORTED, REFUTED)}

Make = Callable[[np.random.Generator], Tables]


@dataclass(frozen=True)
class Scenario:
    """A truth about a claim: in words, and tables drawn from it, with the default config's seeds."""

    claim: str
    truth: str
    words: str
    make: Make


SCENARIOS: list[Scenario] = []


def scenario(claim: str, truth: str, words: str) -> Callable[[Make], Make]:
    """Register a function that draws tables in which the claim is `truth`: true, false, borderline."""

    def register(make: Make) -> Make:
        SCENARIOS.append(Scenario(claim, truth, words, make))
        return make

    return register


@dataclass(frozen=True)
class Rates:
    """How many of `n` draws of a scenario had each verdict."""

    scenario: Scenario
    n: int
    counts: Counter[str]

    def share(self, *verdicts: str) -> float:
        """Return the share of draws with one of these verdicts."""
        return sum(self.counts[verdict] for verdict in verdicts) / self.n

    @property
    def wrong(self) -> float:
        """The share of draws with a wrong verdict."""
        return self.share(*WRONG[self.scenario.truth])


def rates(scenario: Scenario, repetitions: int) -> Rates:
    """Judge the claim on so many draws of a scenario; the draws are the same every time."""
    claim, generator = CLAIMS[scenario.claim], np.random.default_rng(0)
    verdicts = (claim.judge(scenario.make(generator)).verdict for _ in range(repetitions))
    return Rates(scenario, repetitions, Counter(verdicts))


def table(found: list[Rates]) -> str:
    """Return the rates as a markdown table: a row for each scenario."""
    head = "| claim | truth | in words | supported | refuted | inconclusive |"
    lines = [head, "| --- | --- | --- | --- | --- | --- |"]
    for one in found:
        shares = [f"{100 * one.share(v):.1f}%" for v in (SUPPORTED, REFUTED, INCONCLUSIVE)]
        told = one.scenario
        lines.append(f"| `{told.claim}` | {told.truth} | {told.words} | {' | '.join(shares)} |")
    return "\n".join(lines)
