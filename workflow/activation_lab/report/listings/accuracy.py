"""How well the networks learn: test accuracy, pairs of cells, epochs to a target."""

from __future__ import annotations

import pandas as pd

from activation_lab import wording
from activation_lab.analysis.printed_numbers import TEST_ACCURACY, is_tutorial
from activation_lab.analysis.statistics import Tables, outcomes
from activation_lab.config.cells import show
from activation_lab.report.listings.base import Lines, least_to_most
from activation_lab.wording import NONE, labels, p_value, percent, points, span


def rates(tables: Tables) -> Lines:
    """Learning rates that were tried. The mean of the best validation accuracies of the
    tuning seeds, which are judged nowhere else; a run that diverged or stayed at chance level counts
    as chance. The rate with the highest mean is taken. Where it is the lowest or the highest rate
    that was tried, another beyond it may be better still.
    """
    tuning, cells = tables["tuning"], tables["cells"]
    names, lines = labels(cells), []
    for cell, rows in tuning.groupby("cell", sort=False):
        means = rows.groupby("rate")["accuracy"].mean()
        chosen = rows[rows["chosen"]].iloc[0]
        lines.append(
            {
                "networks": names[cell],
                "chosen": f"{chosen['rate']:g}",
                "at the edge": "yes" if chosen["at_edge"] else "no",
                "tried": ", ".join(f"{rate:g}: {percent(mean)}" for rate, mean in means.items()),
            }
        )
    return lines


def results(tables: Tables) -> Lines:
    """Test accuracy. With the best epoch's weights: the mean of the runs that learnt (left chance
    level), with the 95% interval of that mean, and the best epochs of these runs. Where some runs
    failed, the share that learnt has its own interval (Wilson), and the last column says how they
    failed. The editions' numbers, where shown, are single runs, as the tutorial printed them.
    """
    runs, summary = tables["runs"], tables["summary"]
    by_metric = {name: rows.set_index("cell") for name, rows in summary.groupby("metric")}
    names, ends = labels(tables["cells"]), outcomes(runs)
    some_failed = (ends["ok"] < ends["n"]).any()
    lines = []
    for cell, rows in runs[runs["epochs"] > 0].groupby("cell", sort=False):
        learning = rows[rows["status"] == "ok"]
        line = {
            "networks": names[cell],
            "runs that learnt": _success(ends.loc[cell], by_metric["success_rate"].loc[cell]),
            "test accuracy": _estimate(by_metric["test_accuracy"].loc[cell]),
            "best epoch": least_to_most(learning["best_epoch"]),
        }
        if is_tutorial(tables["cells"]):
            activation = rows["activation"].iloc[0]
            for edition, values in TEST_ACCURACY.items():
                line[edition] = f"{values[activation]:.2f}%" if activation in values else NONE
        if some_failed:
            line["failed"] = _failed(ends.loc[cell])
        lines.append(line)
    return lines


def _success(ends: pd.Series, rate: pd.Series) -> str:
    text = f"{ends['ok']} of {ends['n']}"
    interval = span(percent(rate["low"], 0), percent(rate["high"], 0))
    return text if ends["ok"] == ends["n"] else f"{text} {interval}"


def _failed(ends: pd.Series) -> str:
    kinds = {"at chance level": ends["plateau"], "diverged": ends["diverged"]}
    return ", ".join(f"{count} {how}" for how, count in kinds.items() if count) or NONE


def _estimate(mean: pd.Series) -> str:
    if not mean["n"]:
        return NONE
    if pd.isna(mean["low"]):
        return percent(mean["mean"])
    low, high = (f"{100 * mean[name]:.2f}" for name in ("low", "high"))
    return f"{percent(mean['mean'])} {span(low, high)}"


def pairs(tables: Tables) -> Lines:
    """Pairs that differ in one setting, compared in test accuracy. Of a numeric setting
    only neighbouring values are paired. The difference is first minus second in percentage points,
    the mean over the seeds of which both runs learnt, with its own 95% interval (paired, not
    corrected). "First better" is the chance that a run of the first has the greater accuracy. p is
    corrected for all pairs of the study (Holm): a difference counts where it is below 0.05,
    whatever the interval says. The most certain come first; pairs with fewer than two such seeds
    are left out.
    """
    rows = tables["contrasts"].query("metric == 'test_accuracy' and n > 1")
    cells = tables["cells"].set_index("cell")
    lines = []
    for _, row in rows.sort_values("p", kind="stable").iterrows():
        first, second = (cells.loc[row[name]] for name in ("first", "second"))
        line = {
            "first": _value(first, row["setting"]),
            "second": _value(second, row["setting"]),
        }
        others = [name for name in first["varied"] if name != row["setting"]]
        if others:
            line["of both"] = ", ".join(_value(first, setting) for setting in others)
        line |= {
            "seeds": str(row["n"]),
            "difference, points": _difference(row),
            "first better": percent(row["probability_of_improvement"], 0),
            "p (Holm)": p_value(row["p_holm"]),
        }
        lines.append(line)
    return lines


def _value(cell: pd.Series, setting: str) -> str:
    """Return a cell's value of a setting, with its name where the value alone does not tell it."""
    if setting in ("dataset", "network"):
        return wording.setting(setting, cell)
    value = cell[setting]
    shown = f"{value:g}" if isinstance(value, float) else show(value)
    named = setting in ("activation", "initialisation", "optimizer")
    return f"`{shown}`" if named else f"{setting.replace('_', ' ')} {shown}"


def _difference(row: pd.Series) -> str:
    if pd.isna(row["low"]):
        return points(row["difference"])
    return f"{points(row['difference'])} {span(points(row['low']), points(row['high']))}"


def targets(tables: Tables) -> Lines:
    """Epochs to a validation accuracy. The median over all runs, with its 95% interval (by order
    statistics, from 6 runs on), and how many runs got there. A run that never did is an outcome:
    later than any other, whether it failed or patience ended it. So there is no median where half of
    the runs or more did not get there. An accuracy that no run of the study reached is left out.
    """
    rows = tables["targets"]
    rows = rows[rows.groupby("target")["reached"].transform("sum") > 0]
    names = labels(tables["cells"])
    lines = []
    for cell, group in rows.groupby("cell", sort=False):
        epochs = {f"to {percent(row['target'], 0)}": _epochs(row) for _, row in group.iterrows()}
        lines.append({"networks": names[cell], **epochs})
    return lines


def _epochs(row: pd.Series) -> str:
    count = f"{row['reached']} of {row['n']}"
    if pd.isna(row["median"]):
        return f"{NONE}, {count}"
    median = f"{row['median']:g}"
    if pd.notna(row["low"]) and pd.notna(row["high"]):
        median += f" {span(format(row['low'], 'g'), format(row['high'], 'g'))}"
    return f"{median}, {count}"
