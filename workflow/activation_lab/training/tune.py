"""Tuning: try each learning rate of a grid, and choose the best one."""

from __future__ import annotations

import contextlib
import logging
import math
from collections.abc import Callable, Sequence
from statistics import fmean
from typing import Any

from activation_lab.config.jobs import Tuning
from activation_lab.datasets.base import Part
from activation_lab.learning_rates import BEYOND, beyond
from activation_lab.protocol import WATCHED_IMAGES
from activation_lab.training.checkpoint import Checkpoint, TrainingState
from activation_lab.training.endings import endings
from activation_lab.training.fit import fit
from activation_lab.training.job import seeds_together, stack

log = logging.getLogger(__name__)

Row = dict[str, Any]
Report = Callable[[int, int, float], None]


def tune(
    tuning: Tuning,
    parts: dict[str, Part],
    device: str,
    checkpoint: Checkpoint | None = None,
    report: Report = lambda done, total, seconds: None,
) -> tuple[list[Row], list[TrainingState]]:
    """Train every seed at every rate, and beyond the grid if its best rate is at an edge.

    Returns the rows of the table `tuning`, and the states of training. No test example is looked at.
    After each run, `report` is called with the epochs done, the largest possible number of epochs, and
    the seconds so far.
    """
    finished: list[TrainingState] = []

    def tried(rates: Sequence[float], most: int) -> list[Row]:
        return [
            row
            for rate in rates
            for row in _tried(tuning, rate, parts, device, checkpoint, finished, _tell(most))
        ]

    def _tell(most: int) -> Callable[[], None]:
        return lambda: report(
            sum(state.epoch * len(state.ended) for state in finished),
            tuning.settings.epochs * len(tuning.tuned.seeds) * most,
            sum(state.seconds for state in finished),
        )

    with checkpoint or contextlib.nullcontext():
        rows = tried(tuning.rates, len(tuning.rates))
        further = beyond(tuning.rates, best(scores(rows)))
        rows += tried(further, len(tuning.rates) + BEYOND)
    rates = sorted(scores(rows))
    chosen = best(scores(rows))
    for row in rows:
        row["chosen"] = row["rate"] == chosen
        row["at_edge"] = row["chosen"] and chosen in (rates[0], rates[-1])
    return sorted(rows, key=lambda row: (row["rate"], row["seed"])), finished


def _tried(
    tuning: Tuning,
    rate: float,
    parts: dict[str, Part],
    device: str,
    checkpoint: Checkpoint | None,
    finished: list[TrainingState],
    tell: Callable[[], None],
) -> list[Row]:
    """Train every seed at a rate; return their rows, and add their states to `finished`."""
    settings = tuning.settings.at(rate)
    watched, _ = parts["training"].batch(slice(0, WATCHED_IMAGES))
    rows = []
    for seeds in seeds_together(settings, tuning.tuned.seeds, parts, device):
        if checkpoint and len(finished) < len(checkpoint.finished):
            state = checkpoint.finished[len(finished)]
        else:
            network = stack(settings, seeds).to(device)
            state = fit(network, parts, settings, seeds, watched, checkpoint)
            if checkpoint:
                checkpoint.finish(state)
        finished.append(state)
        rows += _rows(tuning, rate, seeds, state)
        tell()
    log.info("rate %g: mean validation accuracy %.2f%%", rate, 100 * scores(rows)[rate])
    return rows


def _rows(tuning: Tuning, rate: float, seeds: Sequence[int], state: TrainingState) -> list[Row]:
    settings = tuning.settings
    return [
        {
            **tuning.columns,
            "seed": seed,
            "rate": rate,
            "status": ending.status,
            "epochs": ending.epochs,
            "accuracy": best if ending.status == "ok" else settings.data.chance,
        }
        for seed, ending, best in zip(
            seeds, endings(state, settings), state.best_accuracy, strict=True
        )
    ]


def scores(rows: Sequence[Row]) -> dict[float, float]:
    """Return the mean accuracy at each rate."""
    return {
        rate: fmean(row["accuracy"] for row in rows if row["rate"] == rate)
        for rate in dict.fromkeys(row["rate"] for row in rows)
    }


def best(scores: dict[float, float]) -> float:
    """Return the rate with the highest score; of several, the one nearest to the middle.

    >>> best({0.01: 0.8, 0.1: 0.9, 1.0: 0.1}), best({0.01: 0.1, 0.1: 0.1, 1.0: 0.1})
    (0.1, 0.1)
    """
    logs = [math.log(rate) for rate in scores]
    middle = (min(logs) + max(logs)) / 2
    distance = {rate: round(abs(math.log(rate) - middle), 6) for rate in scores}
    return max(scores, key=lambda rate: (scores[rate], -distance[rate], -rate))
