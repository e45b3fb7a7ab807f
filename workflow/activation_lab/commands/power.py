"""Simulate how often each claim's test gives which verdict, and write the table of it."""

from pathlib import Path

from rich.progress import track

from activation_lab.analysis.claims.power import SCENARIOS, rates, table
from activation_lab.files import write_text
from activation_lab.protocol import ALPHA

OPENING = """# How sure the verdicts are

Made by `make power`: {repetitions:,} simulated runs of each line, with the seeds of the default config
and noise as in the published run. Where a claim is *true* or *false* by a clear margin, the table shows
how often its test finds out. On the *border* between the two, a decision either way is wrong. That
happens in at most 5% of runs, apart from the simulation's own error of about {error:.1f} points. Claims
that are decided by arithmetic or by a counterexample are not listed, because chance cannot change their
verdicts.

"""


def run(repetitions: int, out: Path) -> None:
    """Write the rates in markdown."""
    found = [rates(one, repetitions) for one in track(SCENARIOS, "Simulating")]
    error = 100 * 2 * (ALPHA * (1 - ALPHA) / repetitions) ** 0.5
    opening = OPENING.format(repetitions=repetitions, error=error)
    write_text(opening + table(found) + "\n", out)
