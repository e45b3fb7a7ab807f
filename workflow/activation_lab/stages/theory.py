"""Predict by mean-field theory what the untrained networks will be measured to do."""

import argparse
import logging
from pathlib import Path

import torch

from activation_lab import tables
from activation_lab.config.jobs import Batch
from activation_lab.protocol import ACTIVATION_IMAGES, FIRST_IMAGES, GRADIENT_IMAGES, Settings
from activation_lab.theory.predictions import DEEPEST, of_settings, predictions, theory

OF_NETWORK = ("dataset", "network", "activation", "depth", "initialisation")

log = logging.getLogger(__name__)


def arguments() -> argparse.ArgumentParser:
    """Return the stage's command line."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--batch", type=Batch.model_validate_json, required=True, help="as JSON")
    parser.add_argument("--data", type=Path, required=True)
    parser.add_argument("--out", type=Path, required=True)
    return parser


def run(given: argparse.Namespace) -> None:
    """Write the tables `theory` and `predictions`."""
    torch.set_num_threads(1)
    dataset = given.batch.dataset
    training = dataset.load(given.data, dataset.training)["training"]
    batch, labels = (tensor.numpy() for tensor in training.batch(slice(0, GRADIENT_IMAGES)))
    few = training.batch(slice(0, ACTIVATION_IMAGES))[0].numpy()
    first = training.batch(slice(0, FIRST_IMAGES))[0].numpy()
    written: dict[str, dict] = {"theory": {}, "predictions": {}}
    known: dict[tuple, list] = {}
    for settings in _each(given.batch):
        what = {name: settings.columns[name] for name in OF_NETWORK}
        network = of_settings(settings)
        if network is None:
            continue
        log.info("%s", ", ".join(map(str, what.values())))
        if (*what.values(), 1) not in written["theory"]:
            for row in theory(*network, few):
                written["theory"][(*what.values(), row["layer"])] = {**what, **row}
        if settings.network.depth > DEEPEST:
            continue
        same = tuple(what.values())
        if same not in known:
            known[same] = predictions(*network, batch, labels, first)
        for row in known[same]:
            place = {"settings_id": settings.id}
            written["predictions"][(*place.values(), row["layer"])] = {**place, **row}
    for name, rows in written.items():
        tables.write(name, list(rows.values()), given.out / f"{name}.parquet")


def _each(batch: Batch) -> list[Settings]:
    """Return the settings of a batch's jobs, each once: theory knows no seeds."""
    return list({job.settings.id: job.settings for job in batch.jobs}.values())
