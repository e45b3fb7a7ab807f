"""Mish's README tests with 3 runs and with 23: what many seeds of ours say, and what few of them say."""

from __future__ import annotations

import numpy as np
import pandas as pd

from activation_lab.analysis.claims.base import (
    ANSWERED,
    EXACT,
    CannotTell,
    Tables,
    Verdict,
    claim,
)
from activation_lab.analysis.claims.groups import also, failures
from activation_lab.analysis.claims.selection import learnt, need, points, stated, tutorial
from activation_lab.analysis.claims.together import all_above
from activation_lab.analysis.printed_numbers import MISH_P_VALUES
from activation_lab.analysis.subsets import FEW, FEWEST, Misled, misled
from activation_lab.analysis.tasks import Task
from activation_lab.wording import listed, percent, plural

ABOUT = Task("mnist1d", "mlp")
PROTOCOL = {
    "dataset": ABOUT.dataset,
    "network": "100x2",
    "optimizer": "adam",
    "learning_rate": 0.003,
    "batch_size": 100,
    "epochs": 40,
    "stop": "never",
    "training_images": ABOUT.data.training,
}
FEW_RUNS, MANY_RUNS = MISH_P_VALUES
RIVALS = tuple(MISH_P_VALUES[FEW_RUNS])
BOTH = MISH_P_VALUES[FEW_RUNS][RIVALS[0]]  # p against either
EACH = listed([f"{MISH_P_VALUES[MANY_RUNS][name]:.2f}" for name in RIVALS])
ALL_SAY = {1: "better", 0: "neither better nor worse", -1: "worse"}
README = {
    "source": "The README of Mish",
    "quote": "Mish beats most of the activation functions at a high significance level in the 3 runs",
    "study": "few-seeds",
    "config": "workflow/configs/published.yaml",
    "about": ABOUT,
}


def _accuracies(tables: Tables) -> tuple[pd.DataFrame, str]:
    """Return test accuracies, seed × activation, of runs that learnt, and words for the others."""
    names = ("mish", *RIVALS)
    runs = tutorial(tables, "runs", activation=names, **PROTOCOL)
    missing = [name for name in names if name not in set(runs["activation"])]
    need(not missing, f"networks with {listed(missing)} on MNIST-1D")
    wide = learnt(runs).pivot(index="seed", columns="activation", values="test_accuracy")
    return wide.reindex(columns=list(names)).astype(float).dropna(), failures(runs)


@claim(
    **README,
    statement="In our network on MNIST-1D, Mish is better than Swish and than GELU. (The README says it "
    f"of another network, on CIFAR-10: with {FEW_RUNS} runs of each, p = {BOTH} for both; with "
    f"{MANY_RUNS}, p = {EACH}.)",
    test="Mish's test accuracy minus the other's of the same seed, runs that learnt: both 95% intervals "
    "above 0 support, one below 0 (corrected for two) refutes; the estimate is the difference that "
    "decides",
)
def mish_better(tables: Tables) -> Verdict:
    """Compare Mish with both over all seeds."""
    wide, failed = _accuracies(tables)
    gains = wide[list(RIVALS)].rsub(wide["mish"], axis=0)
    joint = all_above(gains, 0, "networks with all three on MNIST-1D")
    each = listed([f"{points(gains[name].mean())} against {name}" for name in RIVALS])
    evidence = (
        f"Mish gains {each}; the difference that decides, against {joint.name}, is "
        f"{stated(joint.row, points)}{joint.doubt}{also(failed)}."
    )
    return Verdict.of(joint.verdict, joint.row, evidence)


@claim(
    **README,
    statement="How often do 3 seeds of ours call Mish better or worse than Swish or GELU, where all "
    "seeds together say neither, or the contrary?",
    test="Every subset of 3, 5 and 10 of our seeds (10,000 drawn where there are more) is tested as the "
    "README tests, by Student's t test of two samples at 5%; subsets share seeds, so that the share has "
    f"no interval; it takes {FEWEST} seeds. The estimate is the mean over both rivals, with 3 seeds",
    chance=EXACT,  # an estimate: there is no verdict to be wrong
)
def few_seeds(tables: Tables) -> Verdict:
    """Test subsets of the seeds as the source tests its runs."""
    wide, failed = _accuracies(tables)
    if len(wide) < FEWEST:
        raise CannotTell(f"all three learnt with {plural(len(wide), 'seed')}", len(wide))
    found = {
        size: [
            misled(wide["mish"].to_numpy(), wide[name].to_numpy(), size, paired=False)
            for name in RIVALS
        ]
        for size in FEW
    }
    parts = [
        f"with {size} seeds in {_mean(rows, 'misled')} of cases" for size, rows in found.items()
    ]
    order = [f"{_mean(rows, 'turned')} with {size}" for size, rows in found.items()]
    rivals: dict[str, list[str]] = {}
    for name, row in zip(RIVALS, found[FEW[0]], strict=True):
        rivals.setdefault(ALL_SAY[row.all_say], []).append(name)
    together = listed([f"{says} than {listed(names)}" for says, names in rivals.items()])
    evidence = (
        f"All {len(wide)} seeds call Mish {together}; a test says otherwise {listed(parts)}, and the "
        f"means are in the other order in {listed(order)}{also(failed)}."
    )
    share = float(np.mean([row.misled for row in found[FEW[0]]]))
    return Verdict(ANSWERED, evidence, len(wide), share)


def _mean(rows: list[Misled], share: str) -> str:
    return percent(float(np.mean([getattr(row, share) for row in rows])), 1)
