"""The report's tables: from the tables of results to lines of text.

A listing takes a study's tables and returns lines in markdown, none where the study has nothing to
show. The first sentence of its docstring is its title, what follows its note. To add one, write the
function and name it in `LISTINGS`.
"""

from __future__ import annotations

import inspect
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

import pandas as pd

from activation_lab.analysis.agreement import agreement, amount, by_chance, largest
from activation_lab.analysis.claims.printed import DEAD_UNTRAINED, TEST_ACCURACY, is_tutorial
from activation_lab.analysis.statistics import Tables, learnt, mean_interval, outcomes
from activation_lab.config.jobs import show
from activation_lab.datasets import DATASETS
from activation_lab.labels import labels
from activation_lab.wording import NONE, p_value, percent, points, span

Lines = list[dict[str, str]]
MOST_LINES = 15  # the report shows so many; the page has the others behind a click
MOST_LAYERS = 12


@dataclass(frozen=True)
class Listing:
    """Lines with a title and a note, as the report's templates show them."""

    title: str
    note: str
    lines: Lines

    @property
    def first(self) -> Lines:
        """The lines that the report shows at once."""
        return self.lines[:MOST_LINES]

    @property
    def more(self) -> int:
        """How many lines are left."""
        return len(self.lines) - len(self.first)


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
            "cell": names[cell],
            "runs that learnt": _success(ends.loc[cell], by_metric["success_rate"].loc[cell]),
            "test accuracy": _estimate(by_metric["test_accuracy"].loc[cell]),
            "best epoch": _span_of(learning["best_epoch"]),
        }
        if is_tutorial(tables["cells"]):
            activation = rows["activation"].iloc[0]
            for edition, values in TEST_ACCURACY.items():
                line[edition] = f"{values[activation]:.2f}%" if activation in values else NONE
        if some_failed:
            line["failed"] = _failed(ends.loc[cell])
        lines.append(line)
    return lines


def _span_of(numbers: pd.Series) -> str:
    """Return the least and the greatest of whole numbers: 12–34, or 12 where they are all the same."""
    if numbers.empty:
        return NONE
    return "–".join(dict.fromkeys(str(number) for number in numbers.agg(["min", "max"])))


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
    """Pairs of cells that differ in one setting, compared in test accuracy. Of a numeric setting
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
        others = [name for name in cells.loc[row["first"], "varied"] if name != row["setting"]]
        lines.append(
            {
                **{name: _value(cells, row[name], row["setting"]) for name in ("first", "second")},
                **({"of both": _values(cells, row["first"], others)} if others else {}),
                "seeds": str(row["n"]),
                "difference, points": _difference(row),
                "first better": percent(row["probability_of_improvement"], 0),
                "p (Holm)": p_value(row["p_holm"]),
            }
        )
    return lines


def _values(cells: pd.DataFrame, cell: str, settings: list[str]) -> str:
    return ", ".join(_value(cells, cell, setting) for setting in settings)


def _value(cells: pd.DataFrame, cell: str, setting: str) -> str:
    """Return a cell's value of a setting, named where the value alone would not say what it is."""
    value = cells.loc[cell, setting]
    shown = f"{value:g}" if isinstance(value, float) else show(value)
    named = setting in ("activation", "initialisation", "network", "optimizer")
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
    for cell, own in rows.groupby("cell", sort=False):
        epochs = {f"to {percent(row['target'], 0)}": _epochs(row) for _, row in own.iterrows()}
        lines.append({"cell": names[cell], **epochs})
    return lines


def _epochs(row: pd.Series) -> str:
    count = f"{row['reached']} of {row['n']}"
    if pd.isna(row["median"]):
        return f"{NONE}, {count}"
    median = f"{row['median']:g}"
    if pd.notna(row["low"]) and pd.notna(row["high"]):
        median += f" {span(format(row['low'], 'g'), format(row['high'], 'g'))}"
    return f"{median}, {count}"


def dead(tables: Tables) -> Lines:
    """Dead units. Units whose activation is exactly 0 on every image trained on: their share of all
    hidden units, with the 95% interval of its mean over the networks, and their mean number in each
    hidden layer. Only cells that have any; after training ("trained", the kept weights) only runs
    that learnt.
    """
    rows = tables["dead_neurons"]
    rows = rows[(rows["stage"] == "untrained") | learnt(rows, tables["runs"])]
    rows = rows[rows["depth"] <= MOST_LAYERS]
    names = labels(tables["cells"])
    lines = []
    for cell, own in rows.groupby("cell", sort=False):
        if not own["dead"].sum():
            continue
        for stage, layers in own.groupby("stage", sort=False):
            sums = layers.groupby("seed")[["dead", "units"]].sum()
            share = (sums["dead"] / sums["units"]).to_numpy(dtype=float)
            counts = layers.groupby("layer")["dead"].mean()
            lines.append(
                {
                    "cell": names[cell],
                    "when": {"untrained": "untrained", "best": "trained"}[stage],
                    "seeds": str(len(share)),
                    "share": _share(mean_interval(share, bootstrap=False)),
                    "layer by layer": ", ".join(f"{count:.1f}" for count in counts),
                }
            )
    return lines


def _share(row: Mapping[str, Any]) -> str:
    if row["low"] is None:
        return percent(row["mean"], 1)
    low, high = (f"{100 * max(row[end], 0.0):.1f}" for end in ("low", "high"))
    return f"{percent(row['mean'], 1)} {span(low, high)}"


def published_dead(tables: Tables) -> Lines:
    """Dead units as published. ReLU units of each hidden layer that are dead in the untrained network
    of seed 42: as the tutorial's PyTorch edition printed them, and as measured here.
    """
    cells, rows = tables["cells"], tables["dead_neurons"]
    same = cells[
        (cells["activation"] == "relu")
        & (cells["initialisation"] == "default")
        & (cells["normalisation"] == "none")
        & (cells["training_images"] == DATASETS["fashion-mnist"].training)
    ]
    rows = rows[
        (rows["stage"] == "untrained") & (rows["seed"] == 42) & rows["cell"].isin(same["cell"])
    ]
    # Cells that differ in how they train begin with the same network.
    rows = rows.drop_duplicates(["network", "layer"])
    lines = []
    for network, layers in rows.groupby("network", sort=False):
        if network in DEAD_UNTRAINED:
            ours = layers.sort_values("layer")["dead"].tolist()
            lines.append(
                {
                    "network": network.replace("-", ", "),
                    "published": ", ".join(map(str, DEAD_UNTRAINED[network])),
                    "measured": ", ".join(map(str, ours)),
                    "equal": "yes" if tuple(ours) == DEAD_UNTRAINED[network] else "no",
                }
            )
    return lines


LISTINGS: tuple[Callable[[Tables], Lines], ...] = (results, pairs, targets, dead, published_dead)


def listings(tables: Tables) -> list[Listing]:
    """Return what a study has to show."""
    made = ((make, make(tables)) for make in LISTINGS)
    return [titled(make, lines) for make, lines in made if lines]


def titled(make: Callable[..., object], lines: Lines) -> Listing:
    """Return lines with the title and the note that the docstring of their function has."""
    title, _, note = " ".join((inspect.getdoc(make) or "").split()).partition(". ")
    return Listing(title, note, lines)


def theory(studies: Mapping[str, Tables]) -> Listing:
    """Measured minus predicted. How far untrained networks are from mean-field theory, over all
    networks and layers. Weight gradient: the root mean square over weights and seeds, in percent of
    what is predicted. Dead units: those of the first 1,000 training images, for which they are
    predicted, in percentage points of a layer, where half a unit or more is dead or should be. ± is one
    standard error, mostly of the seeds. "By chance alone": the median difference that so few seeds
    would show if theory were exact. Theory is for infinitely wide networks. He's deep networks of a few
    hundred units have larger gradients, over however many seeds (docs/reproducibility.md says how much
    larger).
    """
    lines = [line for name, tables in studies.items() for line in _theory(name, tables)]
    return titled(theory, lines)


def _theory(study: str, tables: Tables) -> Lines:
    """Return a line for each quantity that theory predicts of a study's untrained networks."""
    return [
        {
            "study": study,
            "quantity": quantity,
            "networks × layers": str(len(rows)),
            "seeds": _span_of(rows["n"]),
            "median difference": amount(rows["difference"].abs().median(), quantity),
            "by chance alone": amount(by_chance(rows), quantity),
            "largest difference": largest(rows, tables["cells"]),
        }
        for quantity, rows in agreement(tables).groupby("quantity", sort=False)
    ]
