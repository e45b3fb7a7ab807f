"""How runs ended: whether each left chance level, and whether it diverged."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

from activation_lab.protocol import PLATEAU, Settings
from activation_lab.training.checkpoint import TrainingState


@dataclass(frozen=True)
class Ending:
    """How a run ended. `plateau_exit_epoch` is when it left chance level, from 1; None if never."""

    status: Literal["ok", "plateau", "diverged"]
    epochs: int
    plateau_exit_epoch: int | None


def endings(state: TrainingState, settings: Settings) -> list[Ending]:
    """Return how the run of each seed of a training state ended, in their order."""
    chance = settings.data.chance
    plateau = chance + PLATEAU * (1 - chance)
    found = []
    for position, ended in enumerate(state.ended):
        epochs = [row for row in state.rows if row["position"] == position]
        left = (row["epoch"] for row in epochs if row["val_accuracy"] >= plateau)
        exit_epoch = next(left, None)
        stuck = epochs and exit_epoch is None
        status = "diverged" if ended == "diverged" else "plateau" if stuck else "ok"
        found.append(Ending(status, len(epochs), exit_epoch))
    return found
