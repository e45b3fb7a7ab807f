"""The panels of a card; each draws into the axes that it is given."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
from matplotlib.axes import Axes
from matplotlib.lines import Line2D
from matplotlib.ticker import LogFormatterSciNotation, LogLocator, MaxNLocator, NullFormatter

from activation_lab.report.card import words
from activation_lab.report.card.data import Card
from activation_lab.report.figures.axes import DASHES
from activation_lab.report.figures.style import GREY, look

MARKS = {"better": "^", "worse": "v", "equivalent": "s", "undecided": "o"}
COLOURS = {"better": "#0072B2", "worse": "#D55E00", "equivalent": "#000000", "undecided": GREY}
SMALL, SMALLEST = 7, 5  # letters, in points


def functions(axis: Axes, card: Card) -> None:
    """φ and φ′ of the candidate, and the rivals' φ in thin lines."""
    table = card.tables["functions"]
    for name in card.activations[1:]:
        rows = table[table["activation"] == name]
        axis.plot(rows["x"], rows["value"], **{**_line(card, name), "linewidth": 0.7})
    rows = table[table["activation"] == card.candidate]
    colour = look(card.candidate)["color"]
    axis.plot(rows["x"], rows["value"], color=colour, linewidth=2, label="φ")
    axis.plot(rows["x"], rows["derivative"], color=colour, linestyle="--", label="φ′")
    axis.axhline(0, color=GREY, linewidth=0.5)
    axis.set(xlim=(-5, 5), ylim=(-2.2, 5.2))
    axis.legend(loc="upper left", fontsize=8)
    _titled(axis, "The function")


def theory(axis: Axes, card: Card) -> None:
    """What theory says, in lines."""
    axis.axis("off")
    _titled(axis, "Before training", x=0.05)
    for number, (name, value) in enumerate(words.theory(card)):
        y = 0.99 - number * 0.123
        axis.text(0.05, y, name, fontsize=SMALL, color=GREY, va="top", transform=axis.transAxes)
        axis.text(0.05, y - 0.055, value, fontsize=8, va="top", transform=axis.transAxes)


def cost(axis: Axes, card: Card) -> None:
    """Nanoseconds an element, forward and with the gradient, always beside ReLU."""
    found = card.examined["cost"]
    for place, row in enumerate(found):
        colour = look(row["activation"])["color"]
        axis.barh(place, row["both"], color=colour, alpha=0.35, height=0.7)
        axis.barh(place, row["forward"], color=colour, height=0.7)
        axis.text(row["both"], place, f" {row['both']:.2g}", va="center", fontsize=SMALL)
    axis.set(yticks=range(len(found)), yticklabels=[words.costed(card, row) for row in found])
    axis.set_xlim(0, 1.25 * max(row["both"] for row in found))
    axis.invert_yaxis()
    axis.set_xlabel("ns an element: φ, φ with gradient", fontsize=SMALL)
    axis.tick_params(labelsize=SMALL)
    _titled(axis, "Cost on one thread")


def verdicts(axes: Sequence[Axes], card: Card) -> None:
    """For each task and rival the difference in accuracy, with its simultaneous interval."""
    for axis, task in zip(axes, card.tasks, strict=True):
        rows = card.verdicts[card.verdicts["study"] == task]
        room = _points(axis) / len(rows)
        two = room > 2.4 * SMALLEST  # lines in each row
        size = min(SMALL, room / 2.4) if two else min(5.5, room / 1.2)
        axis.axvspan(*(100 * rows["margin"].iloc[0] * np.array([-1, 1])), color="#E3E3E3", zorder=0)
        axis.axvline(0, color="black", linewidth=0.7)
        for place, (_, row) in enumerate(rows.iterrows()):
            colour = COLOURS[row["verdict"]]
            filled = "white" if row["verdict"] == "undecided" else colour
            axis.plot(
                [100 * row["low"], 100 * row["high"]], [place] * 2, color=colour, linewidth=1.5
            )
            axis.plot(
                100 * row["difference"], place, MARKS[row["verdict"]], color=colour,
                markerfacecolor=filled, markersize=6,
            )  # fmt: skip
            said = ("\n" if two else "; ").join(
                filter(None, [words.verdict(row), words.failed(row)])
            )
            where = {"xycoords": ("axes fraction", "data"), "va": "center", "fontsize": size}
            axis.annotate(said, (1.02, place), color=colour, linespacing=1.0, **where)
        name = words.short if two else str
        names = [f"{name(row['rival'])}, {row['rival_rate']:g}" for _, row in rows.iterrows()]
        axis.set(yticks=range(len(rows)), yticklabels=names, ylim=(len(rows) - 0.5, -0.5))
        axis.tick_params(axis="x", labelsize=SMALL)
        axis.tick_params(axis="y", labelsize=size)
        axis.xaxis.set_major_locator(MaxNLocator(nbins=6))
        rate, accuracy = rows["candidate_rate"].iloc[0], rows["candidate_accuracy"].iloc[0]
        _titled(axis, f"{card.task_title(task)}: {accuracy:.2%} at rate {rate:g}")
    axes[-1].set_xlabel("test accuracy less the rival's, points", fontsize=SMALL)


def curves(axes: Sequence[Axes], card: Card) -> None:
    """Validation accuracy over the epochs, the mean of the runs that trained."""
    for axis, task in zip(axes, card.tasks, strict=True):
        runs = card.of("runs", task).query("status == 'ok'")[["activation", "seed"]]
        metrics = card.of("metrics", task).merge(runs, on=["activation", "seed"])
        for name in reversed(card.activations):
            mean = metrics[metrics["activation"] == name].groupby("epoch")["val_accuracy"].mean()
            axis.plot(mean.index, 100 * mean, **_line(card, name))
        axis.tick_params(labelsize=6)
        axis.xaxis.set_major_locator(MaxNLocator(nbins=4, integer=True))
        axis.set_title(_lines(card, task), fontsize=6.5, weight="normal")
        if len(metrics):
            shown = 100 * metrics.groupby(["activation", "epoch"])["val_accuracy"].mean()
            axis.set_ylim(np.percentile(shown, 10) - 1, shown.max() + 0.5)
    axes[0].set_ylabel("validation accuracy (%)", fontsize=SMALL)


def gradients(axis: Axes, card: Card) -> None:
    """The spread of the weight gradients of each layer, before training, on the first task."""
    rows = card.of("gradients", card.tasks[0])
    rows = rows[rows["phase"] == "untrained"]
    for name in reversed(card.activations):
        mean = rows[rows["activation"] == name].groupby("layer")["std"].mean()
        axis.plot(mean.index, mean, marker="o", markersize=3, **_line(card, name))
    axis.set_yscale("log")
    axis.tick_params(which="both", labelsize=6)
    axis.yaxis.set_major_locator(LogLocator(subs=(1, 3), numticks=6))
    axis.yaxis.set_major_formatter(LogFormatterSciNotation(labelOnlyBase=False))
    axis.yaxis.set_minor_formatter(NullFormatter())
    axis.xaxis.set_major_locator(MaxNLocator(nbins=5, integer=True))
    axis.set_xlabel(f"layer, untrained;\n{card.task_title(card.tasks[0])}", fontsize=6)
    _titled(axis, "Gradient σ")


def units(axis: Axes, card: Card) -> None:
    """The share of trained units that are dormant (filled) and dead (hollow)."""
    dead = card.tables["dead_neurons"].query("phase == 'best' and status == 'ok'")
    tasks = list(reversed(card.tasks))
    for offset, name in zip(
        np.linspace(0.25, -0.25, len(card.activations)), card.activations, strict=True
    ):
        totals = (
            dead[dead["activation"] == name]
            .groupby("study")[["dead", "dormant_025", "units"]]
            .sum()
        )
        for place, task in enumerate(tasks):
            if task in totals.index:
                row, colour = totals.loc[task], look(name)["color"]
                for column, fill in (("dormant_025", colour), ("dead", "white")):
                    axis.plot(
                        100 * row[column] / row["units"], place + offset, look(name)["marker"],
                        color=colour, markerfacecolor=fill, markersize=4, markeredgewidth=0.8,
                    )  # fmt: skip
    high = _points(axis) / len(tasks) > 14  # enough for two lines
    names = [_lines(card, task) if high else card.task_title(task) for task in tasks]
    axis.set(yticks=range(len(tasks)), yticklabels=names)
    axis.tick_params(labelsize=5.5)
    axis.set_xlabel("% dormant;\nhollow: dead", fontsize=6)
    _titled(axis, "Idle units")


def profile(axis: Axes, card: Card) -> None:
    """The share of all runs that score at least so much (Agarwal et al. 2021)."""
    scores = card.scores()
    grid = np.linspace(max(0.0, scores["score"].quantile(0.02) - 0.02), scores["score"].max(), 200)
    for name in reversed(card.activations):
        own = scores.loc[scores["activation"] == name, "score"].to_numpy()
        axis.plot(grid, [(own >= at).mean() for at in grid], **_line(card, name))
    axis.tick_params(labelsize=6)
    axis.xaxis.set_major_locator(MaxNLocator(nbins=3))
    axis.set_ylim(0, 1.02)
    axis.set_xlabel("share of runs above;\nchance 0, best mean 1", fontsize=6)
    _titled(axis, "Score profile")


def keys(card: Card) -> list[Line2D]:
    """Return the legend of all panels."""
    return [
        Line2D([], [], label=name, marker=look(name)["marker"], **_line(card, name))
        for name in card.activations
    ]


def _line(card: Card, name: str) -> dict[str, Any]:
    """Return how an activation's lines look: the candidate's is thick, each rival has its dashes."""
    place = card.activations.index(name)
    return {
        "color": look(name)["color"],
        "linewidth": 1 if place else 2,
        "linestyle": DASHES[place % len(DASHES)],
    }


def _lines(card: Card, task: str) -> str:
    """Return a task's title on two lines."""
    return card.task_title(task).replace(", ", ",\n")


def _points(axis: Axes) -> float:
    """Return how high a panel is, in points."""
    figure = axis.get_figure(root=True)
    assert figure
    return 72 * figure.get_figheight() * axis.get_position().height


def _titled(axis: Axes, text: str, x: float = 0.0) -> None:
    axis.set_title(text, fontsize=7.5, loc="left", x=x)
