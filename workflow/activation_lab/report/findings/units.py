"""What becomes of the units: how many are dead, when they die, whether they come back."""

from __future__ import annotations

import pandas as pd

from activation_lab.analysis.statistics import Tables, learnt, mean_interval
from activation_lab.protocol import WATCHED_IMAGES
from activation_lab.wording import joined, labels, listed, percent, points, span

MOST_CELLS = 6  # that a sentence names
PHASES = {"untrained": "untrained", "best": "trained"}
SAME_STEPS = 0.1  # numbers of steps within this share of each other are called equal


def dead_units(tables: Tables) -> list[str]:
    """Say which share of the hidden units is dead, untrained and trained (runs that learnt)."""
    rows = tables["dead_neurons"]
    rows = rows[(rows["phase"] == "untrained") | learnt(rows, tables["runs"])]
    cells = [group for _, group in rows.groupby("cell", sort=False) if group["dead"].any()]
    several = (
        rows["learning_rate"].nunique() > 1 or tables["cells"]["training_images"].nunique() > 1
    )
    if not 0 < len(cells) <= MOST_CELLS or several:
        return []
    names = labels(tables["cells"])
    told = f"Dead hidden units: {'; '.join(_dead(group, names) for group in cells)}."
    return [told, *_drawn_biases(rows[rows["phase"] == "untrained"])]


def _drawn_biases(rows: pd.DataFrame) -> list[str]:
    """Say how many units are dead because torch's default draws biases: with its weights, and zeros.

    The two initialisations draw the same weights for a seed.
    """
    arms = {}
    for name in ("default", "zero_bias"):
        own = rows[rows["initialisation"] == name]
        if own["cell"].nunique() != 1:
            return []
        sums = own.groupby("seed")[["dead", "units"]].sum()
        arms[name] = (sums["dead"] / sums["units"]).astype(float)
    change = (arms["default"] - arms["zero_bias"]).dropna()
    if len(change) < 2:  # one pair has no interval
        return []
    row = mean_interval(change.to_numpy(), bootstrap=False)
    return [
        "The default and the zero-bias initialisation have the same weights: drawing the biases, "
        f"instead of setting them to 0, changes the share of dead units by {points(row['mean'])} points "
        f"{span(points(row['low']), points(row['high']))}."
    ]


def _dead(rows: pd.DataFrame, names: dict[str, str]) -> str:
    """Say which share of a cell's hidden units is dead in each phase."""
    parts = [
        f"{percent(group['dead'].sum() / group['units'].sum(), 1)} {PHASES[phase]} "
        f"(n = {group['seed'].nunique()})"
        for phase, group in rows.groupby("phase", sort=False)
    ]
    return f"{names[rows['cell'].iloc[0]]} {listed(parts)}"


def dying(tables: Tables) -> list[str]:
    """Say whether a lower learning rate helps: the share of dead units at each rate.

    Means are of the runs that learnt; those that stayed at chance level or diverged are told.
    """
    rows = tables["dead_neurons"].query("phase == 'best'")
    tuned = tables["cells"]["tuning_id"].notna().any()  # then each cell has a rate of its own
    if tuned or rows["learning_rate"].nunique() < 2:
        return []
    keys = ["activation", "learning_rate", "seed"]
    sums = rows.groupby(keys, sort=False)[["dead", "units"]].sum()
    share = (sums["dead"] / sums["units"]).rename("share").reset_index()
    share = share.merge(tables["runs"][[*keys, "status"]], on=keys)
    first = "Hidden units that are dead after training (means of the runs that learnt), of"
    return [
        f"{'Of' if at else first} {name}: {'; '.join(_rates(group))}."
        for at, (name, group) in enumerate(share.groupby("activation", sort=False))
    ]


def _rates(share: pd.DataFrame) -> list[str]:
    """Say of an activation what share is dead at each rate; neighbouring rates with none together."""
    parts: list[str] = []
    none: list[float] = []
    for rate, group in share.groupby("learning_rate"):
        whole = (group["status"] == "ok").all()
        if whole and not group["share"].any():
            none.append(rate)  # pyright: ignore[reportArgumentType]  groups of a column of numbers
            continue
        if none:
            parts.append(_without(none))
        none = []
        parts.append(_rate(group))
    if none:
        parts.append(_without(none))
    return parts


def _without(rates: list[float]) -> str:
    if len(rates) == 1:
        return f"none at {rates[0]:g}"
    return f"none at {rates[0]:g} to {rates[-1]:g}"


def _rate(group: pd.DataFrame) -> str:
    """Say what share is dead at one rate, and which runs failed there."""
    rate, count = group["learning_rate"].iloc[0], len(group)
    ok, stuck = (group[group["status"] == status] for status in ("ok", "plateau"))
    failed = []
    if len(stuck):
        shares = listed([percent(value, 0) for value in sorted(stuck["share"])])
        failed.append(f"{len(stuck)} of {count} stayed at chance level, with {shares} dead")
    diverged = (group["status"] == "diverged").sum()
    if diverged:
        failed.append(f"{diverged} of {count} diverged")
    if ok.empty:
        return f"no run learnt at {rate:g} ({joined(failed)})"
    known = f"{percent(ok['share'].mean(), 1)} at {rate:g}"
    return f"{known} (n = {len(ok)}; {joined(failed)})" if failed else f"{known} (n = {count})"


def revivals(tables: Tables) -> list[str]:
    """Say in which layers dead units came back during training: units, not times.

    Of the runs that stayed finite.
    """
    runs = tables["runs"].query("status != 'diverged'")[["cell", "seed"]]
    rows = tables["transitions"].merge(runs, on=["cell", "seed"])
    last = rows[rows["epoch"] == rows.groupby(["cell", "seed"])["epoch"].transform("max")]
    units = last.groupby("layer")[["ever_dead", "ever_revived"]].sum()
    units = units[units["ever_dead"] > 0]
    if units.empty:
        return []
    whole, share = units.sum(), units["ever_revived"] / units["ever_dead"]
    said = (
        f"Of {whole['ever_dead']:,} units that were 0 on all of the first {WATCHED_IMAGES:,} training "
        f"images before training or after some epoch, {whole['ever_revived']:,} came back at least once "
        "(runs that stayed finite)"
    )
    if len(units) > 1:
        most, least = (
            f"{percent(share[layer], 0)} in layer {layer}"
            for layer in (share.idxmax(), share.idxmin())
        )
        said += f": most often {most}, least often {least}"
    return [f"{said}."]


def more_images(tables: Tables) -> list[str]:
    """Say whether training on more images leaves fewer dead units, counted on the same images."""
    cells = tables["cells"]
    if not len(cells) or list(cells["varied"].iloc[0]) != ["training_images"]:
        return []
    share = watched_share(tables)
    if share.empty:
        return []
    whole = share.groupby("cell")["epoch"].transform("max").min()
    looks = {f"After {whole} epochs each": share[share["epoch"] == whole]}
    equal = _equal_steps(share)
    if equal is not None:
        looks[f"After about as many steps each ({equal['steps'].min()})"] = equal
    return [
        f"{when}, of the hidden units {_by_images(rows)}."
        for when, rows in looks.items()
        if rows["training_images"].nunique() > 1
    ]


def watched_share(tables: Tables) -> pd.DataFrame:
    """Return for each run and epoch the share of hidden units dead on the watched images, and steps."""
    runs = tables["runs"].query("status == 'ok' and epochs > 0")[["cell", "seed"]]
    rows = tables["transitions"].merge(runs, on=["cell", "seed"])
    dead = rows.groupby(["cell", "seed", "epoch"], sort=False)["dead"].sum().reset_index()
    units = tables["dead_neurons"].query("phase == 'untrained'")
    total = units.groupby(["cell", "seed"])["units"].sum().rename("units").reset_index()
    found = dead.merge(total, on=["cell", "seed"]).merge(
        tables["cells"][["cell", "training_images", "batch_size"]], on="cell"
    )
    steps = found["epoch"] * (found["training_images"] // found["batch_size"])
    return found.assign(share=(found["dead"] / found["units"]).astype(float), steps=steps)


def _equal_steps(share: pd.DataFrame) -> pd.DataFrame | None:
    """Return the rows of the epochs at which all cells have trained for about as many steps."""
    least = share.groupby("cell")["steps"].max().min()
    off = (share["steps"] / least - 1).abs()
    rows = share[off <= SAME_STEPS]
    nearest = off.loc[rows.index].groupby([rows["cell"], rows["seed"]]).idxmin()
    chosen = share.loc[nearest]
    return chosen if chosen["cell"].nunique() == share["cell"].nunique() else None


def _by_images(rows: pd.DataFrame) -> str:
    """Say what share is dead by the number of images, and how it changes from fewest to most."""
    wide = rows.pivot(index="seed", columns="training_images", values="share")
    parts = [
        f"{percent(column.mean(), 1)} are dead with {images:,} images"
        for images, column in wide.items()
    ]
    change = (wide[wide.columns.max()] - wide[wide.columns.min()]).dropna()
    row = mean_interval(change.to_numpy(dtype=float), bootstrap=False)
    said = f"{joined(parts)} (runs that learnt, on the same {WATCHED_IMAGES:,} images)"
    if row["low"] is None:
        return said
    interval = f"{span(points(row['low']), points(row['high']))}, n = {row['n']}"
    return f"{said}; from fewest to most the change is {points(row['mean'])} points {interval}"
