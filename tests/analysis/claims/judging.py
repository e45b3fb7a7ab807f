"""What tests of claims share: the verdict with its sentence checked, and how often it is right."""

import re

import pandas as pd

from activation_lab.analysis.claims import CLAIMS
from activation_lab.analysis.claims.base import REFUTED, SUPPORTED
from activation_lab.analysis.claims.power import SCENARIOS, rates
from activation_lab.analysis.claims.power.base import BORDERLINE, FALSE, TRUE

RIGHT = {TRUE: SUPPORTED, FALSE: REFUTED}


def judged(name, made):
    """The verdict, its evidence checked: one sentence that says nothing that is missing."""
    got = CLAIMS[name].judge(made)
    assert not re.search(r"\b(nan|None|NaN|inf)\b|<NA>|\|", got.evidence), got.evidence
    assert not re.search(r"[.!?] ", got.evidence), got.evidence
    assert got.evidence.endswith(".")
    assert not got.evidence.endswith("..")
    return got


def twice(made):
    """The same networks, held by another study as well."""
    return {
        name: pd.concat([frame, frame.assign(study="again")], ignore_index=True)
        if "study" in frame
        else frame
        for name, frame in made.items()
    }


def ended(made, status, *seeds):
    """The same networks, but the runs of these seeds ended otherwise."""
    runs = made["runs"]
    return {
        **made,
        "runs": runs.assign(status=runs["status"].mask(runs["seed"].isin(seeds), status)),
    }


def scenarios(*claims):
    """The scenarios of these claims."""
    return [one for one in SCENARIOS if one.claim in claims]


def rarely_wrong(scenario, repetitions, power=None):
    """Fail if the verdict is wrong too often, or right less often than with this power.

    Three standard errors of the simulation are allowed for.
    """
    found = rates(scenario, repetitions)
    assert found.wrong <= 0.05 + 3 * (0.05 * 0.95 / repetitions) ** 0.5, found.counts
    if scenario.truth != BORDERLINE:
        error = (power * (1 - power) / repetitions) ** 0.5
        assert found.share(RIGHT[scenario.truth]) >= power - 3 * error, found.counts
