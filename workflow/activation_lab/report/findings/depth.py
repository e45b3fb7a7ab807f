"""What depth does: to gradients before training, to dead units, and to what can be trained."""

from __future__ import annotations

import pandas as pd

from activation_lab.analysis import layers
from activation_lab.analysis.agreement import GRADIENT, agreement, amount, by_chance, largest
from activation_lab.analysis.statistics import Tables, mean_interval
from activation_lab.wording import joined, labels, listed, percent, plural, setting, times

DEEP = 16  # hidden layers from which dead units are told layer by layer
MARKS = (4, 10, 16, 32, 64)  # layers at which they are told
SIX = 6  # times ξ_c: how deep a network can be trained (Schoenholz et al. 2017)
GRID = {"activation", "network", "initialisation"}


def trainable(tables: Tables) -> list[str]:
    """Say to which depth networks learn, under each initialisation, and what theory says of it."""
    runs = tables["runs"][tables["runs"]["epochs"] > 0]
    cells = tables["cells"]
    if runs["depth"].nunique() < 2 or not set(cells["varied"].iloc[0]) <= GRID:
        return []
    sentences = []
    for initialisation, group in runs.groupby("initialisation", sort=False):
        under = f"Under the {setting('initialisation', {'initialisation': initialisation})}"
        sentences.append(f"{under} {_reached(group)}.")
    return [*sentences, *_scale(tables["theory"], runs)]


def _reached(runs: pd.DataFrame) -> str:
    """Say of one initialisation which depths every run learns at, and how well the deepest do."""
    deepest = runs["depth"].max()
    reach = {name: _deepest(group) for name, group in runs.groupby("activation", sort=False)}
    through = [name for name, depth in reach.items() if depth == deepest]
    parts = []
    if through:
        means = runs[(runs["depth"] == deepest) & runs["activation"].isin(through)]
        shown = means.groupby("activation", sort=False)["test_accuracy"].mean()
        accuracy = listed([f"{name} to {percent(mean, 0)}" for name, mean in shown.items()])
        parts.append(
            f"every run learns at every depth tried, at {deepest} hidden layers {accuracy}"
        )
    for name in [name for name in reach if name not in through]:
        beyond = runs[(runs["activation"] == name) & (runs["depth"] > reach[name])]
        learn = (beyond["status"] == "ok").sum()
        known = (
            f"{name} always learns with up to {plural(reach[name], 'hidden layer')}"
            if reach[name]
            else f"{name} does not always learn even with {plural(runs['depth'].min(), 'hidden layer')}"
        )
        parts.append(f"{known} ({learn or 'none'} of the {len(beyond)} deeper runs learn)")
    return joined(parts)


def _deepest(runs: pd.DataFrame) -> int:
    """Return the depth down to which every run of an activation learnt; 0: not even the least."""
    reached = 0
    for depth, group in runs.groupby("depth"):
        if (group["status"] != "ok").any():
            break
        reached = int(depth)  # pyright: ignore[reportArgumentType]  groups of a column of numbers
    return reached


def _scale(theory: pd.DataFrame, runs: pd.DataFrame) -> list[str]:
    """Say to which depth mean-field theory calls the networks trainable."""
    rows = theory.dropna(subset="correlation_depth")
    for name in ("dataset", "network", "activation"):
        rows = rows[rows[name].isin(runs[name])]
    reach = (
        SIX * rows.groupby(["initialisation", "activation"], sort=False)["correlation_depth"].max()
    )
    if reach.empty:
        return []
    parts = []
    for initialisation, group in reach.groupby("initialisation", sort=False):
        finite = group[group < float("inf")]
        known = [f"{value:.0f} layers for {name[1]}" for name, value in finite.items()]
        endless = [str(name[1]) for name in group.index[group == float("inf")]]
        known += [f"any depth for {listed(endless)}"] if endless else []
        under = setting("initialisation", {"initialisation": initialisation})
        parts.append(f"{joined(known)} under the {under}")
    return [
        "Mean-field theory expects training to work down to about 6 ξ_c layers, where ξ_c is the depth "
        f"over which the network forgets how alike two images are: {'; '.join(parts)}."
    ]


def depth(tables: Tables) -> list[str]:
    """Say what is left of the gradient in the first layer of the deepest untrained networks."""
    if (tables["runs"]["epochs"] > 0).any():
        return []
    rows = tables["gradients"].query("phase == 'untrained'")
    rows = rows[layers.hidden(rows)]
    if rows["depth"].nunique() < 2:
        return []
    deepest = rows[rows["depth"] == rows["depth"].max()]
    keys = ["initialisation", "activation"]
    first = deepest[deepest["layer"] == 1].groupby(keys, sort=False)["std"].mean()
    last = deepest[layers.last_hidden(deepest)].groupby(keys, sort=False)["std"].mean()
    left = first / last
    count = deepest["depth"].iloc[0]
    return [
        f"{count} hidden layers under the {name} initialisation, untrained: the gradient's standard "
        f"deviation in the first layer is between {values.min():.1g} times (`{values.idxmin()[1]}`) "
        f"and {values.max():.1g} times (`{values.idxmax()[1]}`) that in the last hidden layer."
        for name, values in left.groupby("initialisation", sort=False)
    ]


def dead_by_layer(tables: Tables) -> list[str]:
    """Say how the share of dead units of deep untrained networks goes on from layer to layer."""
    rows = tables["dead_neurons"].query("phase == 'untrained'")
    if rows["depth"].nunique() != 1 or rows["depth"].iloc[0] < DEEP or not rows["dead"].any():
        return []
    last = rows["depth"].iloc[0]
    marks = [layer for layer in MARKS if layer < last] + [last]
    rows = rows[rows.groupby("cell")["dead"].transform("sum") > 0]
    rows = rows.assign(share=(rows["dead"] / rows["units"]).astype(float))
    names = labels(tables["cells"])
    parts = []
    for cell, group in rows.groupby("cell", sort=False):
        means = group.groupby("layer")["share"].mean()
        parts.append(f"{names[cell]} {', '.join(percent(means[layer], 0) for layer in marks)}")
    shown = listed([str(layer) for layer in marks])
    n = rows["seed"].nunique()
    return [
        f"Share of dead units in layers {shown} of the untrained network (means, n = {n}): "
        f"{'; '.join(parts)}. {_grows(rows, names)}"
    ]


def _grows(rows: pd.DataFrame, names: dict[str, str]) -> str:
    """Say in which cells the share grows from the first half of the layers to the second."""
    half = rows["depth"].iloc[0] // 2
    grows = []
    for cell, group in rows.groupby("cell", sort=False):
        deep = group[group["layer"] > half].groupby("seed")["share"].mean()
        change = deep - group[group["layer"] <= half].groupby("seed")["share"].mean()
        low = mean_interval(change.to_numpy(dtype=float), bootstrap=False)["low"]
        if low is not None and low > 0:
            grows.append(names[cell])
    if len(grows) == rows["cell"].nunique():
        which = " in each of them" if len(grows) > 1 else ""
    else:
        which = f" in {listed(grows)}" if grows else " in none of them"
    return f"It is greater in the second half of the layers than in the first{which}."


def gradient_flow(tables: Tables) -> list[str]:
    """Say how gradients of the untrained network differ from the first layer to the output."""
    rows = tables["gradients"].query("phase == 'untrained'")
    if rows["depth"].nunique() > 1:
        return []
    names = labels(tables["cells"])
    first = rows[rows["layer"] == 1].groupby("cell", sort=False)["std"].mean()
    last = rows[layers.output(rows)].groupby("cell", sort=False)["std"].mean()
    none = [names[cell] for cell in first.index[first == 0]]
    sentences = (
        [f"No gradient reaches the first layer of untrained {listed(none)}."] if none else []
    )
    ratio = (last / first)[first > 0].sort_values()
    if ratio.empty:
        return sentences
    ends = [ratio.index[0], ratio.index[-1]]
    if times(ratio.iloc[0]) == times(ratio.iloc[-1]):
        ends = ends[:1]
    sizes = listed([f"{times(ratio[cell])} ({names[cell]})" for cell in ends])
    sentence = (
        "Untrained, the standard deviation of the weight gradient in the output layer is "
        f"{sizes} that in the first layer"
    )
    return [f"{sentence}.", *sentences]


def prediction(tables: Tables) -> list[str]:
    """Say how well mean-field theory predicts the gradients of the untrained networks."""
    rows = agreement(tables).query("quantity == @GRADIENT")
    if rows.empty:
        return []
    seeds = rows["n"].min()
    chance = (
        f"{amount(by_chance(rows), GRADIENT)} is what {seeds} seeds would show if it were exact"
        if seeds > 1
        else "one seed cannot tell how much of that is chance"
    )
    return [
        "Mean-field theory predicts the root mean square of the untrained networks' weight gradients to "
        f"within {amount(rows['difference'].abs().median(), GRADIENT)} (median over networks and "
        f"layers); {chance}; the largest difference is {largest(rows, tables['cells'])}."
    ]
