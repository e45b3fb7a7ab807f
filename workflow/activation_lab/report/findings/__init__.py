"""What was found, in sentences: one function each, every number from a table.

A finding takes a study's tables and returns sentences in markdown, none where the study has nothing
to say. To add a finding, write the function in the module of its subject and name it in `FINDINGS`.
"""

from __future__ import annotations

from collections.abc import Callable

from activation_lab.analysis.statistics import Tables
from activation_lab.report.findings.accuracy import accuracies, continued, escape, precision
from activation_lab.report.findings.depth import (
    dead_by_layer,
    depth,
    gradient_flow,
    prediction,
    trainable,
)
from activation_lab.report.findings.units import dead_units, dying, more_images, revivals

Finding = Callable[[Tables], list[str]]

FINDINGS: tuple[Finding, ...] = (
    trainable,
    continued,
    depth,
    dying,
    more_images,
    accuracies,
    dead_by_layer,
    dead_units,
    escape,
    gradient_flow,
    prediction,
    revivals,
)
# What answers a study's question: the first of these that has something to say, with what follows it.
HEADLINES: tuple[tuple[Finding, ...], ...] = (
    (trainable,),
    (continued,),
    (dying, revivals),
    (more_images,),
    (dead_by_layer,),
    (depth,),
    (accuracies,),
    (dead_units,),
    (gradient_flow,),
)


def findings(tables: Tables) -> list[str]:
    """Return every sentence that the tables of a study support."""
    return [sentence for find in FINDINGS for sentence in find(tables)]


def headline(tables: Tables) -> list[str]:
    """Return the sentences that answer a study's question."""
    for first, *others in HEADLINES:
        if found := first(tables):
            return [*found, *(sentence for find in others for sentence in find(tables))]
    return []


__all__ = ["FINDINGS", "HEADLINES", "Tables", "findings", "headline", "precision"]
