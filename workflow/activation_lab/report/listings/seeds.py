"""What the comparison of two activations would have been with fewer seeds."""

from __future__ import annotations

from activation_lab.analysis.statistics import Tables
from activation_lab.analysis.subsets import FEW, FEWEST, misled
from activation_lab.report.listings.base import Lines
from activation_lab.wording import labels, percent, points

ALL_SAY = {1: "better", 0: "neither", -1: "worse"}


def few_seeds(tables: Tables) -> Lines:
    """How often a few seeds mislead. Each pair of activations with 20 seeds or more is compared
    again with 3, 5 and 10 of them: every subset, or 10,000 of them. What all seeds say of the first
    (t test, paired by seed, at 5%, not corrected), the shares of subsets that call it better and
    worse, and the share whose means are in the other order. Where all seeds say neither, a subset
    that says better or worse misleads.
    """
    pairs = tables["contrasts"].query("metric == 'test_accuracy' and setting == 'activation'")
    names = labels(tables["cells"])
    runs = tables["runs"].query("status == 'ok' and epochs > 0")
    wide = runs.pivot(index="seed", columns="cell", values="test_accuracy").astype(float)
    lines = []
    for _, row in pairs[pairs["n"] >= FEWEST].iterrows():
        both = wide[[row["first"], row["second"]]].dropna()
        first, second = both.to_numpy().T
        for size in FEW:
            found = misled(first, second, size, paired=True)
            lines.append(
                {
                    "first": names[row["first"]],
                    "second": names[row["second"]],
                    "difference, points": points(row["difference"]),
                    "all seeds": f"{ALL_SAY[found.all_say]}, n = {len(both)}",
                    "seeds": str(size),
                    "better": percent(found.better, 1),
                    "worse": percent(found.worse, 1),
                    "other order": percent(found.turned, 1),
                }
            )
    return lines
