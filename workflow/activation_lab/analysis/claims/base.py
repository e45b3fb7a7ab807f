"""What a claim is: who says what in which words, how it is judged, and the function that judges it."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from activation_lab.analysis.statistics import Tables
from activation_lab.analysis.tasks import Task
from activation_lab.protocol import ALPHA, Settings

SUPPORTED, REFUTED, INCONCLUSIVE = "supported", "refuted", "inconclusive"
BY_DEFINITION, ANSWERED, NOT_RUN = "by definition", "answered", "not run"
VERDICTS = (SUPPORTED, REFUTED, INCONCLUSIVE, BY_DEFINITION, ANSWERED, NOT_RUN)

PYTORCH = "The tutorial, PyTorch edition"
JAX = "The tutorial, JAX edition"
TUTORIAL = "The tutorial, both editions"
NOTEBOOK = "A notebook that retells the tutorial"
BLOG = "A blog post that retells the tutorial"
LECTURE = "The lecture"

# A claim is about the tutorial's dataset and networks unless it names others.
ABOUT = Task(dataset=Settings().dataset, family=Settings().network.family)

CHANCE = ALPHA  # of a wrong verdict, at most, where an interval or a test decides
EXACT = 0.0  # arithmetic, or a counterexample: nothing is left to chance


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


class CannotTell(Exception):  # noqa: N818
    """Why networks that were run cannot decide a claim; the message completes "It cannot be told:"."""

    def __init__(self, reason: str, n: int = 0):
        super().__init__(reason)
        self.n = n


@dataclass(frozen=True)
class Claim:
    """A claim, or a question; `study` and `config` name where its networks are.

    If it is judged on an experiment, `experiment` names that instead, and `study` is empty.

    `quote` has the source's own words, `statement` what they are taken to say. `about` is the dataset
    and the network family that it speaks of. `chance` is the greatest probability that chance alone
    makes the verdict wrong.
    """

    source: str
    quote: str
    statement: str
    test: str
    study: str
    experiment: str
    config: str
    about: Task
    chance: float
    decide: Decide

    def judge(self, tables: Tables) -> Verdict:
        """Return the verdict: not run without the networks, inconclusive where they cannot tell.

        Networks of another dataset or family are never seen by the function that decides.
        """
        try:
            return self.decide(self.about.only(tables))
        except NotRun as missing:
            place = f"study `{self.study}`" if self.study else f"experiment `{self.experiment}`"
            where = f"the {place} of `{self.config}` has them"
            return Verdict(NOT_RUN, f"There are {missing}; {where}.", n=0)
        except CannotTell as reason:
            return Verdict(INCONCLUSIVE, f"It cannot be told: {reason}.", n=reason.n)


Decide = Callable[[Tables], Verdict]


def claim(
    *,
    source: str,
    quote: str,
    statement: str,
    test: str,
    study: str = "tutorial",
    experiment: str = "",
    config: str = "config.yaml",
    about: Task = ABOUT,
    chance: float = CHANCE,
) -> Callable[[Decide], Claim]:
    """Make a claim of the function that judges it."""

    def made(decide: Decide) -> Claim:
        return Claim(
            source=source,
            quote=quote,
            statement=statement,
            test=test,
            study="" if experiment else study,
            experiment=experiment,
            config="workflow/configs/experiments.yaml" if experiment else config,
            about=about,
            chance=chance,
            decide=decide,
        )

    return made
