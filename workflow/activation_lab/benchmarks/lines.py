"""Lines of the benchmark's tables."""

from __future__ import annotations

import statistics
from collections.abc import Callable, Mapping, Sequence

Line = tuple[str, ...]


def by_turns(ways: Mapping[str, Callable[[], float]], repeats: int) -> dict[str, list[float]]:
    """Measure each way so many times, by turns: all then see the same machine."""
    times: dict[str, list[float]] = {way: [] for way in ways}
    for _ in range(repeats):
        for way, measure in ways.items():
            times[way].append(measure())
    return times


def shown(seconds: Sequence[float]) -> tuple[str, str]:
    """Return the median and the range of some measurements."""
    return f"{statistics.median(seconds):.3f}", f"{min(seconds):.3f} to {max(seconds):.3f}"


def judged(
    value: float, most: float | None = None, least: float | None = None, form: str = ".2f"
) -> str:
    """Return a value with what was aimed at, and whether it was met."""
    aim = least if most is None else most
    if aim is None:
        return f"{value:{form}}"
    met = value <= aim if least is None else value >= aim
    bound = "at most" if least is None else "at least"
    return f"{value:{form}} (aim: {bound} {aim:{form}}; {'met' if met else 'missed'})"


def table(head: Line, lines: list[Line]) -> list[str]:
    """Return a table in markdown; without lines, it was not run."""
    if not lines:
        return ["Not run."]
    return [f"| {' | '.join(row)} |" for row in (head, ["---"] * len(head), *lines)]
