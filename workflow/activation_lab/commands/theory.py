"""Predict by mean-field theory what is measured of untrained networks."""

import logging
from pathlib import Path

import torch

from activation_lab import tables
from activation_lab.config.jobs import Batch
from activation_lab.protocol import ACTIVATION_IMAGES, FIRST_IMAGES, GRADIENT_IMAGES, Settings
from activation_lab.schemas.theory import THEORY
from activation_lab.theory.predictions import DEEPEST, of_settings, predictions, theory

OF_NETWORK = ("dataset", "network", "activation", "depth", "initialisation")

log = logging.getLogger(__name__)


def run(batch: Batch, data: Path, out: Path) -> None:
    """Write the tables `theory` and `predictions`."""
    torch.set_num_threads(1)
    training = batch.dataset.load(data, batch.dataset.training)["training"]
    images, labels = (tensor.numpy() for tensor in training.batch(slice(0, GRADIENT_IMAGES)))
    few = training.batch(slice(0, ACTIVATION_IMAGES))[0].numpy()
    first = training.batch(slice(0, FIRST_IMAGES))[0].numpy()
    written: dict[str, dict] = {"theory": {}, "predictions": {}}
    known: dict[tuple, list] = {}
    for settings in _each(batch):
        what = {name: settings.columns[name] for name in OF_NETWORK}
        network = of_settings(settings)
        if network is None:
            continue
        log.info("%s", ", ".join(map(str, what.values())))
        if (*what.values(), 1) not in written["theory"]:
            for row in theory(*network, few):
                written["theory"][(*what.values(), row["layer"])] = {**what, **row}
        if settings.network.sites(settings.data) > DEEPEST:
            continue
        same = tuple(what.values())
        if same not in known:
            known[same] = predictions(*network, images, labels, first)
        for row in known[same]:
            place = {"settings_id": settings.id}
            written["predictions"][(*place.values(), row["layer"])] = {**place, **row}
    for name, rows in written.items():
        tables.write(THEORY[name], list(rows.values()), out / f"{name}.parquet")


def _each(batch: Batch) -> list[Settings]:
    """Return the settings of a batch's jobs, each once: theory knows no seeds."""
    return list({job.settings.id: job.settings for job in batch.jobs}.values())
