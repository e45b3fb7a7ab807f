"""What was found, in sentences: one function each, every number from a table.

A finding takes a study's tables and returns sentences in markdown, none where the study has nothing
to say. To add a finding, write the function and name it in `FINDINGS`.
"""

from __future__ import annotations

from collections.abc import Mapping

import pandas as pd

from activation_lab.statistics import learnt

Tables = Mapping[str, pd.DataFrame]


def percent(share: float, digits: int = 2) -> str:
    """Return a share as percent.

    >>> percent(0.88345)
    '88.35%'
    """
    return f"{100 * share:.{digits}f}%"


def listed(words: list[str]) -> str:
    """Join words as a sentence does.

    >>> listed(["a", "b", "c"])
    'a, b and c'
    """
    return " and ".join(filter(None, [", ".join(words[:-1]), *words[-1:]]))


def accuracies(tables: Tables) -> list[str]:
    """Say how the trained cells range, and what their intervals allow to tell apart."""
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
    if pd.isna(best["low"]):
        return [f"{sentence}; with so few runs there is no interval, and no ranking."]
    if rows["low"].isna().any():
        return [f"{sentence}; a cell with one such run has no interval to compare."]
    near = rows.iloc[1:]
    near = near[near["high"].notna() & (near["high"] >= best["low"])]["cell"]
    if near.empty:
        return [f"{sentence}; no other cell's 95% interval reaches that of `{best['cell']}`."]
    cells = listed([f"`{cell}`" for cell in near])
    return [f"{sentence}. The 95% intervals of {cells} overlap with that of `{best['cell']}`."]


def stuck(tables: Tables) -> list[str]:
    """Say which cells have runs that never left chance level, or diverged."""
    sentences = []
    for cell, runs in tables["runs"].groupby("cell", sort=False):
        count = len(runs)
        plateau = runs[runs["status"] == "plateau"]
        diverged = (runs["status"] == "diverged").sum()
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
        if diverged:
            sentences.append(f"`{cell}`: {diverged} of {count} runs diverged.")
    return sentences


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
    ratio = (last / first).sort_values()
    if ratio.empty:
        return []
    sentence = (
        "Untrained, the standard deviation of the weight gradient in the output layer is "
        f"{ratio.iloc[0]:.3g} times that in the first layer for `{ratio.index[0]}`"
    )
    if len(ratio) > 1:
        sentence += f", and {ratio.iloc[-1]:.3g} times for `{ratio.index[-1]}`"
    return [f"{sentence}."]


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


def dead_units(tables: Tables) -> list[str]:
    """Say how many units are dead in each layer, untrained and trained."""
    rows = tables["dead_neurons"]
    if rows["cell"].nunique() > MOST_CELLS:
        return []
    rows = rows[(rows["stage"] == "untrained") | learnt(rows, tables["runs"])]
    sentences = []
    for cell, chosen in rows.groupby("cell", sort=False):
        if chosen["dead"].sum() == 0:
            continue
        parts = []
        for stage, layers in chosen.groupby("stage", sort=False):
            counts = ", ".join(f"{count:.1f}" for count in layers.groupby("layer")["dead"].mean())
            parts.append(f"{stage} {counts} (n = {layers['seed'].nunique()})")
        sentences.append(f"`{cell}`: mean dead units in each hidden layer: {'; '.join(parts)}.")
    return sentences


def dying(tables: Tables) -> list[str]:
    """Say whether a lower learning rate helps: the share of dead units at each rate."""
    rows = tables["dead_neurons"].query("stage == 'best'")
    if rows["learning_rate"].nunique() < 2:
        return []
    sums = rows.groupby(["activation", "learning_rate", "seed"])[["dead", "units"]].sum()
    share = (sums["dead"] / sums["units"]).groupby(["activation", "learning_rate"])
    table = pd.DataFrame({"mean": share.mean(), "most": share.max(), "n": share.size()})
    sentences = []
    for name, own in table.groupby("activation", sort=False):
        if own["most"].max() == 0:
            sentences.append(f"`{name}`: no unit is dead at any learning rate.")
            continue
        parts = [
            f"{percent(row['mean'], 1)} at {rate:g} (n = {row['n']:.0f}, at most "
            f"{percent(row['most'], 1)})"
            for (_, rate), row in own.iterrows()
        ]
        sentences.append(f"`{name}`: dead units after training: {', '.join(parts)}.")
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


MOST_CELLS = 12
FINDINGS = (
    *(accuracies, stuck, escape, gradient_flow, depth, prediction),
    *(dead_units, dying, revivals),
)


def findings(tables: Tables) -> list[str]:
    """Return every sentence that the tables of a study support."""
    return [sentence for find in FINDINGS for sentence in find(tables)]
