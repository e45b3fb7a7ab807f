"""Checkpoints: the state of training, and the file from which it continues after a kill."""

from __future__ import annotations

import logging
import math
import os
import signal
import time
import zipfile
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import torch

from activation_lab.errors import UserError
from activation_lab.files import whole
from activation_lab.training.stack import Stack

log = logging.getLogger(__name__)

CHECKPOINT_SECONDS = 30  # a kill loses at most this much work, plus an epoch


@dataclass
class TrainingState:
    """The state of training: all that a later process needs to reach the same bits.

    Lists have one item for each seed of the job; `active` are the positions of those that still
    train, in the order of the network's leading axis.
    """

    active: list[int]
    best: list[torch.Tensor]
    last: list[torch.Tensor]
    best_epoch: list[int]
    best_accuracy: list[float]
    ended: list[str]
    epoch: int = 0
    seconds: float = 0.0
    resumed: int = 0
    rows: list[dict[str, Any]] = field(default_factory=list)
    transitions: list[dict[str, Any]] = field(default_factory=list)
    # For each hidden layer [S, O]: which units were dead at any time so far, and which came back.
    ever_dead: list[torch.Tensor] = field(default_factory=list)
    ever_revived: list[torch.Tensor] = field(default_factory=list)

    @classmethod
    def start(cls, network: Stack) -> TrainingState:
        """Return the state of networks that have not trained."""
        count = network.networks
        return cls(
            active=list(range(count)),
            best=network.snapshot(),
            last=network.snapshot(),
            best_epoch=[0] * count,
            best_accuracy=[-math.inf] * count,
            ended=[""] * count,
        )

    def remember(self, dead: list[torch.Tensor]) -> None:
        """Start to remember which units were dead in each hidden layer [S, O]."""
        if not self.ever_dead:
            self.ever_dead = [layer.clone() for layer in dead]
            self.ever_revived = [torch.zeros_like(layer) for layer in dead]


class Checkpoint:
    """A file from which training continues after a kill; it gets its name when it is whole.

    `digest` says which job and code it belongs to; a checkpoint with another digest is not used.
    `finished` are the networks of the job that have trained to their end.

    As a context manager it delays SIGTERM and SIGINT to the end of the epoch, because a checkpoint can
    only hold whole epochs. Then it writes the checkpoint and ends the process. SLURM sends SIGKILL 30 s
    after SIGTERM, so it can cut off an epoch that takes longer. The epoch before also took longer than
    `CHECKPOINT_SECONDS`, so it was saved. Saving at once could not have kept more.
    """

    def __init__(self, path: Path, digest: str, seconds: float = CHECKPOINT_SECONDS):
        self.path, self.digest, self.seconds = path, digest, seconds
        self.written = time.monotonic()
        self.signal: signal.Signals | None = None
        self.handlers: dict[int, Any] = {}
        self.finished: list[TrainingState] = []
        self.current: dict[str, Any] | None = None
        self._open()

    def __enter__(self) -> Checkpoint:
        def wait(number: int, _frame: Any) -> None:
            self.signal = signal.Signals(number)

        numbers = (signal.SIGTERM, signal.SIGINT)
        self.handlers = {number: signal.signal(number, wait) for number in numbers}
        return self

    def __exit__(self, *_error: Any) -> None:
        for number, handler in self.handlers.items():
            signal.signal(number, handler)

    def save(self, progress: TrainingState, network: Stack, optimizer: Any, shuffles: Any) -> None:
        """Write the checkpoint, if the last one is long enough ago or a signal asks to end.

        Raises `UserError`, which ends the process, if a signal asked for that.
        """
        asked = self.signal
        if not asked and not self._due():
            return
        self._write(
            {
                "progress": vars(progress),
                "network": network.snapshot(),
                "optimizer": optimizer.state_dict(),
                "shuffles": [shuffle.get_state() for shuffle in shuffles],
            }
        )
        if asked:
            raise UserError(
                f"ended by {asked.name} after epoch {progress.epoch}; the next run resumes there."
            )

    def finish(self, progress: TrainingState) -> None:
        """Remember that networks have trained to their end."""
        self.finished.append(progress)
        if self._due():
            self._write(None)

    def _due(self) -> bool:
        return time.monotonic() - self.written >= self.seconds

    def _write(self, current: dict[str, Any] | None) -> None:
        finished = [vars(progress) for progress in self.finished]
        state = {"digest": self.digest, "finished": finished, "current": current}
        with whole(self.path) as temporary, temporary.open("wb") as file:
            torch.save(state, file)
            file.flush()
            os.fsync(file.fileno())
        self.written = time.monotonic()

    def _open(self) -> None:
        """Read what an earlier process has left, if it can be used."""
        if not self.path.exists():
            return
        try:
            with zipfile.ZipFile(self.path) as archive:  # torch would not notice an altered weight
                if archive.testzip():
                    raise ValueError("it is damaged")
            state = torch.load(self.path, map_location="cpu", weights_only=True)
            if state["digest"] != self.digest:
                raise ValueError("it belongs to other settings or other code")
        except Exception as error:  # readers of a damaged file raise whatever it leads them to
            log.warning("Checkpoint %s is not used, training starts over: %s", self.path, error)
            return
        self.finished = [TrainingState(**progress) for progress in state["finished"]]
        for progress in self.finished:
            progress.resumed += 1
        self.current = state["current"]

    def load(self, network: Stack, optimizer: Any, shuffles: Any) -> TrainingState | None:
        """Put networks, optimizer and shuffles back; None if they have not begun to train."""
        state, self.current = self.current, None
        if state is None:
            return None
        progress = TrainingState(**state["progress"])
        network.restore(state["network"])
        optimizer.load_state_dict(state["optimizer"])
        for shuffle, saved in zip(shuffles, state["shuffles"], strict=True):
            shuffle.set_state(saved)
        progress.resumed += 1
        log.info("Resumed from the checkpoint of epoch %d", progress.epoch)
        return progress

    def remove(self) -> None:
        """Delete the checkpoint, and half-written ones that a kill left: the tables are written."""
        for path in (self.path, *self.path.parent.glob(f".{self.path.name}.*")):
            path.unlink(missing_ok=True)
