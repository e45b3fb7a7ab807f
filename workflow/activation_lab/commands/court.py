"""Try the court: simulate trials in which the truth is known, and write the table of their ends."""

from collections.abc import Iterator, Sequence
from pathlib import Path

import numpy as np
import pandas as pd
from rich.progress import track

from activation_lab.analysis import cells
from activation_lab.analysis.trial.court import MARGIN, STD, Truth, resampled, simulated
from activation_lab.analysis.trial.inference import VERDICTS
from activation_lab.analysis.trial.judge import counted
from activation_lab.config.trial_levels import margin
from activation_lab.files import write_text

HEAD = f"""# The court on trial

How often a trial's verdicts are right where the truth is known; written by `make court`. Made-up
paired differences have a standard deviation of {100 * STD:g} points, as those of the tutorial's network
have; the margin is {100 * MARGIN:g} points. *Wrong* is the share of whole trials with any wrong verdict,
in any comparison and at any look: it should be at most 5%. Then come the shares of each verdict at the
last look, and the median number of seeds that the undecided recommend.

Each line is of {{repetitions:,}} trials. What is true of one comparison is true of all in a trial here,
the hardest case. The court errs more often in two cases, and no test with so few seeds can help it. Ten
runs of a candidate that fails in 20% of runs show no failure in one of nine cases: the card says which
rates of failure may go unseen. And if differences are skewed, Student's interval is too narrow: the
card tests that, and says so.

"""
TRUTHS: dict[str, Truth] = {
    "no difference": Truth(0.0),
    "no difference, skewness 1": Truth(0.0, skewness=1),
    "no difference, skewness 2": Truth(0.0, skewness=2),
    "no difference, both fail in 20%": Truth(0.0, 0.2, 0.2),
    "no difference, both fail in 50%": Truth(0.0, 0.5, 0.5),
    "better by 0.3 points": Truth(0.003),
    "better by 0.6 points": Truth(0.006),
    "better by 1 point": Truth(0.01),
    "better by 1 point, but fails in 20%": Truth(0.01, 0.2),
    "better by 1 point, but fails in 50%": Truth(0.01, 0.5),
    "fails in 90%": Truth(0.0, 0.9),
}
# Seeds at each look, and comparisons: as quick and standard have them, and standard with three looks.
PLANS: dict[str, tuple[Sequence[int], int]] = {
    "8 seeds, 6 comparisons": ((8,), 6),
    "10 seeds, 18 comparisons": ((10,), 18),
    "10, 20 and 30 seeds, 18 comparisons": ((10, 20, 30), 18),
}


REAL = """
## Real runs

ReLU against ReLU, {repetitions:,} times, each on disjoint seeds of {runs} real runs on each task of a
quick trial (`workflow/configs/court.yaml`). Whatever is called better or worse is so by chance alone.
The standard deviation of a run's test accuracy, in points: {spread}.

"""
REAL_SEEDS = (8, 10)  # of quick and of standard


def run(repetitions: int, out: Path, results: Path | None) -> None:
    """Write the tables: of made-up trials, and of real runs of ReLU against itself if there are."""
    lines = [*_table(["plan", "truth", "wrong", *VERDICTS, "seeds"], _simulated(repetitions))]
    text = HEAD.format(repetitions=repetitions) + "\n".join(lines) + "\n"
    if results:
        text += _real(results, repetitions)
    write_text(text, out)


def _simulated(repetitions: int) -> Iterator[list[str]]:
    pairs = [(plan, truth) for plan in PLANS for truth in TRUTHS]
    for plan, truth in track(pairs, description="Simulating"):
        looks, comparisons = PLANS[plan]
        found = simulated(TRUTHS[truth], looks, comparisons, repetitions)
        needed = found["needed"]
        seeds = (
            "–" if np.isnan(needed) else "more than 1,000" if np.isinf(needed) else f"{needed:.0f}"
        )
        shares = [f"{found[name]:.1%}" for name in ("wrong", *VERDICTS)]
        yield [plan, truth, *shares, seeds]


def _real(results: Path, repetitions: int) -> str:
    """Say how trials of ReLU against itself end, on disjoint seeds of a run."""
    runs = cells.load("runs", results / "tables")
    own = runs[(runs["activation"] == "relu") & (runs["epochs"] > 0)]
    wide = pd.DataFrame({task: counted(found) for task, found in own.groupby("study")})
    margins = {str(task): margin(str(task)) for task in wide}
    lines = []
    for seeds in REAL_SEEDS:
        found = resampled(wide, margins, seeds, repetitions)
        lines.append([f"{seeds} seeds", *[f"{found[name]:.1%}" for name in ("wrong", *VERDICTS)]])
    spread = ", ".join(f"{100 * wide[task].std():.2f} ({task})" for task in wide)
    head = ["trial", "wrong", *VERDICTS]
    return REAL.format(repetitions=repetitions, runs=len(wide), spread=spread) + "\n".join(
        [*_table(head, lines), ""]
    )


def _table(head: Sequence[str], rows: Iterator[list[str]] | list[list[str]]) -> Iterator[str]:
    for row in (head, ["---"] * len(head), *rows):
        yield f"| {' | '.join(row)} |"
