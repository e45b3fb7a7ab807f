"""What was found, in sentences: one function each, every number from a table.

A finding takes a study's tables and returns sentences in markdown, none where the study has nothing
to say. To add a finding, write the function and name it in `FINDINGS`.
"""

from __future__ import annotations

import math
from collections.abc import Mapping

import pandas as pd

from activation_lab.statistics import CONFIDENCE, learnt, pairs_needed, resolvable
from activation_lab.words import listed, p_value, percent, plural, points, span, times

Tables = Mapping[str, pd.DataFrame]
ALPHA = round(1 - CONFIDENCE, 10)
TEST_IMAGES = 10_000
WANTED = (0.003, 0.005)  # differences in accuracy that a reader may look for
MOST_PAIRS = 3  # that a sentence names
MOST_CELLS = 12
STAGES = {"untrained": "untrained", "best": "trained"}


def accuracies(tables: Tables) -> list[str]:
    """Say how the trained cells range, and which pairs of them differ."""
    rows = tables["summary"].query("metric == 'test_accuracy' and n > 0")
    trained = set(tables["metrics"]["cell"])
    rows = rows[rows["cell"].isin(trained)].sort_values("mean", ascending=False)
    if len(rows) < 2:
        return []
    best, worst = rows.iloc[0], rows.iloc[-1]
    sentence = (
        f"Among the runs that learnt, mean test accuracy ranges from {percent(worst['mean'])} "
        f"(`{worst['cell']}`, n = {worst['n']}) to {percent(best['mean'])} (`{best['cell']}`, "
        f"n = {best['n']})"
    )
    return [f"{sentence}. {_differences(_compared(tables))}"]


def _compared(tables: Tables) -> pd.DataFrame:
    """Return the pairs whose difference in test accuracy has a p value, the most certain first."""
    rows = tables["contrasts"].query("metric == 'test_accuracy'")
    return rows[rows["p_holm"].notna()].sort_values("p", kind="stable")


def _differences(rows: pd.DataFrame) -> str:
    """Say how many pairs differ after Holm's correction, and name the most certain."""
    if rows.empty:
        return "No two cells have two seeds in common that learnt, so nothing can be ranked."
    differ = rows[rows["p_holm"] < ALPHA]
    if differ.empty:
        which = (
            "The one pair does not differ"
            if len(rows) == 1
            else f"None of {len(rows)} pairs differs"
        )
        return f"{which} after Holm's correction (smallest p {p_value(rows['p_holm'].min())})."
    named = [
        f"`{row['first']}` − `{row['second']}` = {points(row['difference'])} points "
        f"{span(points(row['low']), points(row['high']))}"
        for _, row in differ.head(MOST_PAIRS).iterrows()
    ]
    count = f"{len(differ)} of {plural(len(rows), 'pair')} {'differs' if len(differ) == 1 else 'differ'}"
    which = ", the most certain" if len(differ) > MOST_PAIRS else ""
    return f"{count} after Holm's correction{which}: {listed(named)}."


def resolution(tables: Tables) -> list[str]:
    """Say which difference in test accuracy the seeds can find, and what more of them would."""
    rows = _compared(tables)
    rows = rows[rows["std"] > 0]
    if rows.empty:
        return []
    std, n = rows["std"].median(), int(rows["n"].median())
    needed = [
        f"{100 * size:g} points would take {pairs_needed(std, size)} seeds" for size in WANTED
    ]
    return [
        f"Over seeds, the difference of a pair has a standard deviation of {100 * std:.2f} percentage "
        f"points (median of {plural(len(rows), 'pair')}). With that, {n} seeds find a true difference "
        f"of {100 * resolvable(std, n):.1f} points with 80% power (one paired t test at p < {ALPHA}; a "
        f"correction for many pairs needs more); {listed(needed)}."
    ]


def sampling_error(tables: Tables) -> list[str]:
    """Say what seeds cannot help: the test set is a sample itself."""
    accuracy = tables["runs"].query("status == 'ok' and epochs > 0")["test_accuracy"].mean()
    if pd.isna(accuracy):
        return []
    error = math.sqrt(accuracy * (1 - accuracy) / TEST_IMAGES)
    return [
        "More seeds do not shrink the sampling error of the test set itself: with "
        f"{TEST_IMAGES:,} images an accuracy of {percent(accuracy, 0)} has a standard deviation of "
        f"{100 * error:.2f} points."
    ]


def stuck(tables: Tables) -> list[str]:
    """Say which cells have runs that never left chance level, or diverged."""
    sentences, diverged = [], []
    for cell, runs in tables["runs"].groupby("cell", sort=False):
        count = len(runs)
        plateau = runs[runs["status"] == "plateau"]
        if len(plateau):
            accuracy = percent(plateau["test_accuracy"].mean())
            early = plateau["stopped_early"].sum()
            others = runs[runs["status"] == "ok"]
            rest = (
                f"; the other {len(others)} learnt, to {percent(others['test_accuracy'].mean())}"
                if len(others)
                else ""
            )
            sentences.append(
                f"`{cell}`: {len(plateau)} of {count} runs never left chance level (mean test "
                f"accuracy {accuracy}), {early} of them stopped early by the patience of the "
                f"protocol{rest}."
            )
        if (runs["status"] == "diverged").any():
            diverged.append(f"`{cell}` {(runs['status'] == 'diverged').sum()} of {count}")
    return [*sentences, *([f"Runs that diverged: {listed(diverged)}."] if diverged else [])]


def escape(tables: Tables) -> list[str]:
    """Say when runs that began on the plateau left it."""
    runs = tables["runs"]
    late = runs[(runs["plateau_exit_epoch"] > 1) & (runs["status"] == "ok")]
    sentences = []
    for cell, rows in late.groupby("cell", sort=False):
        first, last = rows["plateau_exit_epoch"].min(), rows["plateau_exit_epoch"].max()
        when = f"epoch {first}" if first == last else f"epochs {first} to {last}"
        count = (runs["cell"] == cell).sum()
        sentences.append(
            f"`{cell}`: {len(rows)} of {count} runs began at chance level and left it in {when}, to "
            f"end at a mean test accuracy of {percent(rows['test_accuracy'].mean())}."
        )
    return sentences


def gradient_flow(tables: Tables) -> list[str]:
    """Say how gradients of the untrained network differ from the first layer to the output."""
    rows = tables["gradients"].query("stage == 'untrained'")
    if rows["depth"].nunique() > 1:
        return []
    first = rows[rows["layer"] == 1].groupby("cell", sort=False)["std"].mean()
    last = rows[rows["layer"] > rows["depth"]].groupby("cell", sort=False)["std"].mean()
    none = [f"`{cell}`" for cell in first.index[first == 0]]
    sentences = (
        [f"No gradient reaches the first layer of untrained {listed(none)}."] if none else []
    )
    ratio = (last / first)[first > 0].sort_values()
    if ratio.empty:
        return sentences
    sentence = (
        "Untrained, the standard deviation of the weight gradient in the output layer is "
        f"{times(ratio.iloc[0])} that in the first layer for `{ratio.index[0]}`"
    )
    if times(ratio.iloc[0]) != times(ratio.iloc[-1]):
        sentence += f", and {times(ratio.iloc[-1])} for `{ratio.index[-1]}`"
    return [f"{sentence}.", *sentences]


def depth(tables: Tables) -> list[str]:
    """Say what is left of the gradient in the first layer of the deepest networks."""
    rows = tables["gradients"].query("stage == 'untrained' and layer <= depth")
    if rows["depth"].nunique() < 2:
        return []
    deepest = rows[rows["depth"] == rows["depth"].max()]
    keys = ["initialisation", "activation"]
    first = deepest[deepest["layer"] == 1].groupby(keys, sort=False)["std"].mean()
    last = deepest[deepest["layer"] == deepest["depth"]].groupby(keys, sort=False)["std"].mean()
    left = first / last
    layers = deepest["depth"].iloc[0]
    return [
        f"{layers} hidden layers under the {name} initialisation, untrained: the gradient's standard "
        f"deviation in the first layer is between {values.min():.1g} times (`{values.idxmin()[1]}`) "
        f"and {values.max():.1g} times (`{values.idxmax()[1]}`) that in the last hidden layer."
        for name, values in left.groupby("initialisation", sort=False)
    ]


def failing(tables: Tables) -> list[str]:
    """Say how often runs learnt, where that tells the cells apart: half of them have failures."""
    rows = tables["summary"].query("metric == 'success_rate'")
    if (rows["mean"] < 1).mean() < 0.5 or len(rows) > MOST_CELLS:
        return []
    parts = [
        f"`{row['cell']}` {round(row['mean'] * row['n'])} of {row['n']} "
        f"{span(percent(row['low'], 0), percent(row['high'], 0))}"
        for _, row in rows.iterrows()
    ]
    return (
        [f"Runs that learnt, with the 95% interval of their share: {listed(parts)}."]
        if parts
        else []
    )


def dead_units(tables: Tables) -> list[str]:
    """Say which share of the hidden units is dead, untrained and trained."""
    rows = tables["dead_neurons"]
    rows = rows[(rows["stage"] == "untrained") | learnt(rows, tables["runs"])]
    cells = [own for _, own in rows.groupby("cell", sort=False) if own["dead"].any()]
    if not 0 < len(cells) <= MOST_CELLS or rows["learning_rate"].nunique() > 1:
        return []
    return [f"Dead hidden units: {'; '.join(map(_dead, cells))}."]


def _dead(rows: pd.DataFrame) -> str:
    """Say which share of a cell's hidden units is dead at each stage, beside theory."""
    parts = []
    for stage, own in rows.groupby("stage", sort=False):
        predicted = own["predicted_dead"].sum(min_count=len(own)) / own["units"].sum()
        share = percent(own["dead"].sum() / own["units"].sum(), 1)
        parts.append(f"{share} {STAGES[stage]} (n = {own['seed'].nunique()})")
        if pd.notna(predicted):
            parts[-1] = f"{parts[-1][:-1]}; mean-field theory: {percent(predicted, 1)})"
    return f"`{rows['cell'].iloc[0]}` {listed(parts)}"


def dying(tables: Tables) -> list[str]:
    """Say whether a lower learning rate helps: the share of dead units at each rate."""
    rows = tables["dead_neurons"].query("stage == 'best'")
    if rows["learning_rate"].nunique() < 2:
        return []
    sums = rows.groupby(["activation", "learning_rate", "seed"])[["dead", "units"]].sum()
    share = (sums["dead"] / sums["units"]).groupby(["activation", "learning_rate"])
    table = pd.DataFrame({"mean": share.mean(), "most": share.max(), "n": share.size()})
    sentences, none = [], []
    for name, own in table.groupby("activation", sort=False):
        if own["most"].max() == 0:
            none.append(f"`{name}`")
            continue
        parts = [
            f"{percent(row['mean'], 1)} ({percent(row['most'], 1)}) at {rate:g}"
            for (_, rate), row in own.iterrows()
        ]
        runs = " to ".join(dict.fromkeys(f"{n:.0f}" for n in (own["n"].min(), own["n"].max())))
        sentences.append(
            f"Hidden units of `{name}` dead after training, by learning rate, mean (and most) of {runs} "
            f"runs: {', '.join(parts)}."
        )
    if none:
        sentences.append(f"Of {listed(none)} none is dead at any learning rate.")
    return sentences


def revivals(tables: Tables) -> list[str]:
    """Say in which layers units died during training, and in which dead units came back."""
    rows = tables["transitions"]
    moved = rows.groupby("layer")[["died", "revived"]].sum()
    if moved["died"].sum() + moved["revived"].sum() == 0:
        return []
    parts = [
        f"layer {layer}: {row['died']} died, {row['revived']} came back"
        for layer, row in moved.iterrows()
    ]
    return [
        "Over all runs and epochs, units that turned dead or alive again on the first 2,048 training "
        f"images: {'; '.join(parts)}."
    ]


def dying_and_back(tables: Tables) -> list[str]:
    """Say whether a lower learning rate helps, and then whether dead units come back."""
    found = dying(tables)
    return [*found, *revivals(tables)] if found else []


def prediction(tables: Tables) -> list[str]:
    """Say how well mean-field theory predicts the gradients of the untrained networks."""
    rows = tables["gradients"].query("stage == 'untrained' and predicted_std > 0")
    if rows.empty:
        return []
    mean = rows.groupby(["cell", "layer"])[["std", "predicted_std"]].mean()
    error = (mean["std"] / mean["predicted_std"] - 1).abs()
    cell, layer = error.idxmax()
    return [
        "Mean-field theory predicts the standard deviation of the untrained networks' weight gradients "
        f"to within {percent(error.median(), 1)} (median over cells and layers; the worst, "
        f"{percent(error.max(), 0)}, is layer {layer} of `{cell}`)."
    ]


FINDINGS = (
    *(depth, dying, accuracies, failing, dead_units, stuck, escape),
    *(gradient_flow, prediction, revivals),
)
# What a study is summed up with: the first of these that has something to say.
HEADLINES = (depth, dying_and_back, failing, accuracies, dead_units, gradient_flow)


def findings(tables: Tables) -> list[str]:
    """Return every sentence that the tables of a study support."""
    return [sentence for find in FINDINGS for sentence in find(tables)]


def headline(tables: Tables) -> list[str]:
    """Return the sentences that sum a study up."""
    return next((found for find in HEADLINES if (found := find(tables))), [])


def precision(tables: Tables) -> list[str]:
    """Return what the accuracies of a study can and cannot tell apart."""
    return [*resolution(tables), *sampling_error(tables)]
