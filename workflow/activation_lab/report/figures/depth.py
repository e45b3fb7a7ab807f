"""What depth and initialisation do: to the test accuracy, and to dead units."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np
import pandas as pd
import seaborn as sns
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.patches import Rectangle
from matplotlib.patheffects import withStroke

from activation_lab.analysis.statistics import Tables, learnt, mean_interval
from activation_lab.datasets import named
from activation_lab.report.figures.axes import by_depth_and_initialisation, initialisation
from activation_lab.report.figures.style import AS_PRINTED, MOST_PANELS, belong, wrapped

PHASES = {"untrained": "untrained", "best": "trained"}
HATCH = "#FFFFFF70"  # faint, so that what is written over it can be read
PLACE = ["depth", "initialisation"]


def depth_accuracy(tables: Tables) -> Figure | None:
    """How deep a network can be and still learn, under each initialisation: mean test accuracy in
    percent of the runs that learnt, and its 95% interval below; where some runs failed, how many
    learnt. "fails": none did, and the shade is that of guessing. Hatched, below the thick line:
    deeper than 6 ξ_c, the depth to which mean-field theory calls a network trainable (Schoenholz et
    al. 2017).
    """
    runs = tables["runs"][tables["runs"]["epochs"] > 0]
    if runs.empty or not by_depth_and_initialisation(tables):
        return None
    groups = list(runs.groupby(["dataset", "activation"], sort=False))[:MOST_PANELS]
    figure, axes = _panels(len(groups), runs)
    for axis, ((dataset, name), group) in zip(axes, groups, strict=True):
        theory = tables["theory"]
        same = (theory["activation"] == name) & (theory["dataset"] == dataset)
        table = _heatmap(axis, *_accuracies(group, 100 * named(dataset).chance))
        _hatch(axis, table, theory[same])
        several = runs["dataset"].nunique() > 1
        axis.set_title(f"{name}, {named(dataset).title}" if several else name)
        belong(name, axis)
    return _labelled(figure, "mean test accuracy (%)")


def depth_dead(tables: Tables) -> Figure | None:
    """How many units are dead at each depth, under each initialisation: the share in percent of all
    hidden units that are exactly 0 on every image trained on. It is the mean of the seeds, with its
    95% interval below. Trained: with the best epoch's weights of the runs that learnt; an empty
    cell had none. Activations without any dead unit are left out.
    """
    rows = tables["dead_neurons"]
    rows = rows[(rows["phase"] == "untrained") | learnt(rows, tables["runs"])]
    dying = rows.groupby(["dataset", "activation"])["dead"].transform("sum") > 0
    rows = rows[dying.astype(bool)]
    if rows.empty or not by_depth_and_initialisation(tables):
        return None
    groups = list(rows.groupby(["dataset", "activation", "phase"], sort=False))[:MOST_PANELS]
    figure, axes = _panels(len(groups), rows)
    for axis, ((dataset, name, phase), group) in zip(axes, groups, strict=True):
        places = sorted(rows["depth"].unique()), list(rows["initialisation"].unique())
        _heatmap(
            axis, *(table.reindex(index=places[0], columns=places[1]) for table in _dead(group))
        )
        several = [named(dataset).title] * (rows["dataset"].nunique() > 1)
        axis.set_title(", ".join([name, *several, PHASES[phase]]))
        belong(name, axis)
    return _labelled(figure, "dead units (%)")


def _panels(count: int, rows: pd.DataFrame) -> tuple[Figure, list[Axes]]:
    """Return a figure of panels with room for three lines of text in each of their cells."""
    return wrapped(count, 3.2, 0.7 + 0.55 * rows["depth"].nunique(), sharey=True)


def _labelled(figure: Figure, what: str) -> Figure:
    figure.suptitle(what, fontsize=9)
    figure.supxlabel("initialisation", fontsize=9)
    figure.supylabel("hidden layers", fontsize=9)
    return figure


def _heatmap(axis: Axes, shades: pd.DataFrame, words: pd.DataFrame) -> pd.DataFrame:
    """Draw shares in percent with what is written there; return the shares."""
    style = {"vmin": 0, "vmax": 100, "cmap": "cividis", "cbar": False}
    sns.heatmap(
        shades, ax=axis, annot=words, fmt="", annot_kws={"fontsize": 8, "gid": AS_PRINTED}, **style
    )
    mesh = axis.collections[0]
    written = shades.notna().to_numpy().ravel()
    for text, colour in zip(axis.texts, mesh.get_facecolor()[written], strict=True):
        text.set_path_effects([withStroke(linewidth=4, foreground=colour)])  # hatching may follow
    names = [initialisation(name).replace("-", "\n") for name in shades.columns]
    axis.set_xticklabels(names, rotation=0)
    axis.tick_params(axis="y", rotation=0)
    axis.set(xlabel="", ylabel="")
    return shades


def _accuracies(runs: pd.DataFrame, guessing: float) -> tuple[pd.DataFrame, pd.DataFrame]:
    """Return mean test accuracies [depth, initialisation] in percent, and what to write there.

    Where no run learnt, the accuracy is that of `guessing`, in percent.
    """
    accuracies = (100 * runs["test_accuracy"]).where(runs["status"] == "ok").astype(float)
    return _grid(accuracies, runs, guessing, "fails")


def _dead(rows: pd.DataFrame) -> tuple[pd.DataFrame, pd.DataFrame]:
    """Return mean shares of dead units [depth, initialisation] in percent, and what to write there."""
    sums = rows.groupby([*PLACE, "seed"], sort=False)[["dead", "units"]].sum().reset_index()
    return _grid((100 * sums["dead"] / sums["units"]).astype(float), sums)


def _grid(
    values: pd.Series, rows: pd.DataFrame, empty: float = np.nan, none: str = ""
) -> tuple[pd.DataFrame, pd.DataFrame]:
    """Return means [depth, initialisation] and what to write there.

    Null values are of runs that failed.
    """
    cells = []
    for (depth, name), own in values.groupby([rows[key] for key in PLACE], sort=False):
        found = mean_interval(own.dropna().to_numpy())
        mean = empty if found["mean"] is None else found["mean"]
        text = _written(found, len(own)) if found["n"] else none
        cells.append({"depth": depth, "initialisation": name, "mean": mean, "text": text})
    placed = pd.DataFrame(cells).set_index(PLACE)
    shades = placed["mean"].unstack(sort=False).sort_index()
    return shades, placed["text"].unstack(sort=False, fill_value="").sort_index()


def _written(found: Mapping, runs: int) -> str:
    """Return a mean in percent, its interval and how many runs it is of, in lines."""
    lines = [f"{found['mean']:.0f}"]
    if found["low"] is not None and found["std"]:
        lines.append(f"{max(found['low'], 0):.0f} to {min(found['high'], 100):.0f}")
    if found["n"] < runs:
        lines.append(f"{found['n']} of {runs} learnt")
    return "\n".join(lines)


def _hatch(axis: Axes, table: pd.DataFrame, theory: pd.DataFrame) -> None:
    """Hatch the cells of a heatmap that are deeper than 6 ξ_c, and draw the line where they begin."""
    reach = theory.groupby(["depth", "initialisation"])["correlation_depth"].first()
    depths = table.index.to_numpy(dtype=float)
    for column, name in enumerate(table.columns):
        known = [reach.get((depth, name), np.nan) for depth in table.index]
        deeper = depths > 6 * np.array(known, dtype=float)  # false where there is no theory
        for row in np.flatnonzero(deeper).tolist():
            axis.add_patch(
                Rectangle((column, row), 1, 1, fill=False, hatch="///", edgecolor=HATCH, lw=0)
            )
        for row in np.flatnonzero(np.diff(deeper, prepend=False) & deeper).tolist():
            line = axis.hlines(row, column, column + 1, colors="black", linewidth=3, clip_on=False)
            line.set_path_effects([withStroke(linewidth=5, foreground="white")])
