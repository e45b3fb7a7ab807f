"""Write the runs for TensorBoard, and for what reads its files."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from pathlib import Path
from typing import Any

import pandas as pd
from tensorboardX.proto.event_pb2 import Event
from tensorboardX.proto.plugin_hparams_pb2 import HParamsPluginData
from tensorboardX.proto.summary_pb2 import Summary
from tensorboardX.record_writer import RecordWriter
from tensorboardX.summary import hparams, scalar

from activation_lab import tables
from activation_lab.analysis import cells
from activation_lab.analysis.results import tables_of
from activation_lab.commands.folders import anew
from activation_lab.errors import UserError
from activation_lab.files import slug
from activation_lab.protocol import Settings

# Tags, and the columns that they show: of each epoch, and of the weights that were kept.
EPOCHS = {
    "accuracy/training": "train_accuracy",
    "accuracy/validation": "val_accuracy",
    "loss/training": "train_loss",
    "loss/validation": "val_loss",
}
KEPT = {"accuracy/test": "test_accuracy", "loss/test": "test_loss"}
# Usual names have the time and the host in place of these.
FILE = "events.out.tfevents.0.activation-lab"


def run(results: Path, out: Path) -> None:
    """Write a folder for each trained run of each cell into `out`, which is replaced.

    Raises `UserError` where nothing was trained.
    """
    folder = tables_of(results)
    shown = tables.load("cells", folder)
    names = dict(zip(zip(shown["study"], shown["cell"], strict=True), folders(shown), strict=True))
    runs = cells.load("runs", folder).query("epochs > 0")
    if runs.empty:
        raise UserError(f"No network of {results} was trained, so there is nothing to show.")
    settings = shown.set_index(["study", "cell"])[list(Settings.model_fields)]
    metrics = cells.load("metrics", folder)
    epochs = dict(list(metrics.groupby(["study", "cell", "seed"])))
    with anew(out) as whole:
        for row in runs.to_dict("records"):
            cell = (row["study"], row["cell"])
            own = {**settings.loc[cell].to_dict(), "seed": row["seed"]}
            path = whole / row["study"] / names[cell] / f"seed-{row['seed']}"
            path.mkdir(parents=True)
            write(events(own, epochs.get((*cell, row["seed"]), metrics[:0]), row), path / FILE)


def folders(shown: pd.DataFrame) -> pd.Series:
    """Return a folder for each of the table `cells`: its label, and its id where labels are alike."""
    names = shown["label"].map(slug)
    alike = pd.DataFrame({"study": shown["study"], "name": names}).duplicated(keep=False)
    return names.where(~alike, names + "-" + shown["settings_id"])


def events(
    settings: Mapping[str, Any], epochs: pd.DataFrame, run: Mapping[str, Any]
) -> Iterator[Event]:
    """Yield the events of a run: its settings, its epochs, the test of the weights that were kept.

    An epoch counts as a second, since a table knows no time.
    """
    known = {name: value for name, value in settings.items() if pd.notna(value)}
    for summary in hparams(known, dict.fromkeys(KEPT)):
        yield Event(summary=_settled(summary))
    for row in epochs.to_dict("records"):
        yield from _scalars(row["epoch"], {tag: row[name] for tag, name in EPOCHS.items()})
    yield from _scalars(run["best_epoch"], {tag: run[name] for tag, name in KEPT.items()})


def _scalars(epoch: int, values: dict[str, float]) -> Iterator[Event]:
    for tag, value in values.items():
        if pd.notna(value):
            yield Event(wall_time=epoch, step=epoch, summary=scalar(tag, value))


def _settled(summary: Summary) -> Summary:
    """Return a summary of settings with these in one order, so that the same run has the same bytes."""
    for value in summary.value:
        plugin = value.metadata.plugin_data
        found = HParamsPluginData.FromString(plugin.content)
        plugin.content = found.SerializeToString(deterministic=True)
    return summary


def write(events: Iterable[Event], path: Path) -> None:
    """Write events into a file as TensorBoard reads it."""
    writer = RecordWriter(str(path))
    for event in (Event(file_version="brain.Event:2"), *events):
        writer.write(event.SerializeToString())
    writer.close()
