"""The report's tables: from the tables of results to lines of text.

A listing takes a study's tables and returns lines in markdown, none where the study has nothing to
show. The first sentence of its docstring is its title, what follows its note. To add one, write the
function in the module of its subject and name it in `LISTINGS`.
"""

from __future__ import annotations

from collections.abc import Callable, Collection

from activation_lab.analysis.statistics import Tables
from activation_lab.report.listings import accuracy, seeds, units
from activation_lab.report.listings.base import Lines, Listing, titled

PAIRS = "pairs"
# In the report's order.
LISTINGS: dict[str, Callable[[Tables], Lines]] = {
    "results": accuracy.results,
    PAIRS: accuracy.pairs,
    "targets": accuracy.targets,
    "few_seeds": seeds.few_seeds,
    "rates": accuracy.rates,
    "dead": units.dead,
    "published_dead": units.published_dead,
}


def listings(tables: Tables, hidden: Collection[str] = ()) -> list[Listing]:
    """Return what a study has to show, but for what is hidden."""
    shown = (make for name, make in LISTINGS.items() if name not in hidden)
    made = ((make, make(tables)) for make in shown)
    return [titled(make, lines) for make, lines in made if lines]
