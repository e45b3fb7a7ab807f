"""The report's tables: from the tables of results to lines of text.

A listing takes a study's tables and returns lines in markdown, none where the study has nothing to
show. The first sentence of its docstring is its title, what follows its note. To add one, write the
function and name it in `LISTINGS`.
"""

from __future__ import annotations

import inspect
from collections.abc import Callable, Mapping
from dataclasses import dataclass

import pandas as pd

from activation_lab.plan import show
from activation_lab.published import DEAD_UNTRAINED, TEST_ACCURACY, is_tutorial
from activation_lab.settings import TRAINING_IMAGES
from activation_lab.statistics import learnt
from activation_lab.words import NONE, p_value, percent, points, span

Tables = Mapping[str, pd.DataFrame]
Lines = list[dict[str, str]]
MOST_LINES = 15  # the report shows so many; the page has the others behind a click
MOST_LAYERS = 12
VERDICTS = {"supported": "✓ supported", "refuted": "✗ refuted", "inconclusive": "? inconclusive"}


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
    level), with the 95% interval of that mean. Where some runs did not learn, the share that did has
    its own. The editions' numbers, where shown, are single runs, as the tutorial printed them.
    """
    runs, summary = tables["runs"], tables["summary"]
    trained = runs[runs["epochs"] > 0]
    by_metric = {name: rows.set_index("cell") for name, rows in summary.groupby("metric")}
    lines = []
    for cell, rows in trained.groupby("cell", sort=False):
        mean = by_metric["test_accuracy"].loc[cell]
        line = {
            "cell": f"`{cell}`",
            "runs that learnt": _success(rows, by_metric["success_rate"].loc[cell]),
            "test accuracy": _estimate(mean),
            "best epoch": "–".join(
                dict.fromkeys(str(epoch) for epoch in rows["best_epoch"].agg(["min", "max"]))
            ),
        }
        if is_tutorial(tables["cells"]):
            activation = rows["activation"].iloc[0]
            for edition, values in TEST_ACCURACY.items():
                line[edition] = f"{values[activation]:.2f}%" if activation in values else NONE
        lines.append(line)
    return lines


def _success(runs: pd.DataFrame, rate: pd.Series) -> str:
    count = (runs["status"] == "ok").sum()
    text = f"{count} of {len(runs)}"
    interval = span(percent(rate["low"], 0), percent(rate["high"], 0))
    return text if count == len(runs) else f"{text} {interval}"


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
    """Epochs to a validation accuracy. The median over the runs, with its 95% interval (Kaplan and
    Meier), and how many runs got there. A run that ended before counts as one that might have got
    there later. There is no median where fewer than half of the
    runs got there. An accuracy that no run of the study reached is left out.
    """
    rows = tables["targets"]
    rows = rows[rows.groupby("target")["reached"].transform("sum") > 0]
    lines = []
    for cell, own in rows.groupby("cell", sort=False):
        epochs = {f"to {percent(row['target'], 0)}": _epochs(row) for _, row in own.iterrows()}
        lines.append({"cell": f"`{cell}`", **epochs})
    return lines


def _epochs(row: pd.Series) -> str:
    count = f"{row['reached']} of {row['n']}"
    if pd.isna(row["median"]) or 2 * row["reached"] < row["n"]:
        return f"{NONE}, {count}"
    median = f"{row['median']:g}"
    if pd.notna(row["low"]) and pd.notna(row["high"]):
        median += f" {span(format(row['low'], 'g'), format(row['high'], 'g'))}"
    return f"{median}, {count}"


def dead(tables: Tables) -> Lines:
    """Dead units. Units whose activation is exactly 0 on every image trained on: their share of all
    hidden units, and their mean number in each hidden layer. Only cells that have any; after training
    ("best", the kept weights) only runs that learnt. Theory: mean-field, for the untrained network.
    """
    rows = tables["dead_neurons"]
    rows = rows[(rows["stage"] == "untrained") | learnt(rows, tables["runs"])]
    rows = rows[rows["depth"] <= MOST_LAYERS]
    lines = []
    for cell, own in rows.groupby("cell", sort=False):
        if not own["dead"].sum():
            continue
        for stage, layers in own.groupby("stage", sort=False):
            predicted = layers["predicted_dead"].sum(min_count=len(layers)) / layers["units"].sum()
            counts = layers.groupby("layer")["dead"].mean()
            lines.append(
                {
                    "cell": f"`{cell}`",
                    "when": stage,
                    "seeds": str(layers["seed"].nunique()),
                    "share": percent(layers["dead"].sum() / layers["units"].sum(), 1),
                    "theory": NONE if pd.isna(predicted) else percent(predicted, 1),
                    "layer by layer": ", ".join(f"{count:.1f}" for count in counts),
                }
            )
    return lines


def published_dead(tables: Tables) -> Lines:
    """Dead units as published. ReLU units of each hidden layer that are dead in the untrained network
    of seed 42: as the tutorial printed them, and as measured here.
    """
    cells, rows = tables["cells"], tables["dead_neurons"]
    same = cells[
        (cells["activation"] == "relu")
        & (cells["initialisation"] == "default")
        & (cells["training_images"] == TRAINING_IMAGES)
    ]
    rows = rows[
        (rows["stage"] == "untrained") & (rows["seed"] == 42) & rows["cell"].isin(same["cell"])
    ]
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
    return [_listing(make, lines) for make, lines in made if lines]


def _listing(make: Callable[..., object], lines: Lines) -> Listing:
    title, _, note = " ".join((inspect.getdoc(make) or "").split()).partition(". ")
    return Listing(title, note, lines)


def theory(studies: Mapping[str, Tables]) -> Listing:
    """Errors of mean-field theory. Its predictions against the untrained networks, for every
    cell and layer (the mean of the seeds). Errors are relative for the standard deviation of the
    weight gradient; for dead units they are percentage points of a layer's units, where any is dead
    or should be.
    """
    lines = [line for name, tables in studies.items() for line in _theory(name, tables)]
    return _listing(theory, lines)


def _theory(study: str, tables: Tables) -> Lines:
    """Return a line for each quantity that theory predicts of a study's untrained networks."""
    gradients = tables["gradients"].query("stage == 'untrained' and predicted_std > 0")
    std = gradients.groupby(["cell", "layer"])[["std", "predicted_std"]].mean()
    units = tables["dead_neurons"].query("stage == 'untrained'").dropna(subset=["predicted_dead"])
    units = units.groupby(["cell", "layer"])[["dead", "predicted_dead", "units"]].mean()
    units = units[units[["dead", "predicted_dead"]].max(axis="columns") >= 0.5]
    errors = {
        "gradient": ((std["std"] / std["predicted_std"] - 1).abs(), "%"),
        "dead units": ((units["dead"] - units["predicted_dead"]).abs() / units["units"], " points"),
    }
    return [
        {
            "study": study,
            "quantity": quantity,
            "cells × layers": str(len(error)),
            "median error": f"{100 * error.median():.1f}{unit}",
            "largest error": f"{100 * error.max():.1f}{unit} (layer {error.idxmax()[1]} of "
            f"`{error.idxmax()[0]}`)",
        }
        for quantity, (error, unit) in errors.items()
        if len(error)
    ]


def claims(frame: pd.DataFrame) -> Listing:
    """Claims, judged. The table `claims` has each claim's test, its estimate with an interval, and n.
    Inconclusive: too few runs to tell, or the study was not run.
    """
    lines = [
        {
            "verdict": VERDICTS[row["verdict"]],
            "claim": row["statement"],
            "who says it": row["source"],
            "evidence": row["evidence"],
        }
        for _, row in frame.iterrows()
    ]
    # What was judged first: a config of one's own leaves many claims open.
    lines.sort(key=lambda line: list(VERDICTS.values()).index(line["verdict"]))
    return _listing(claims, lines)
