"""An epoch of ours beside the same epoch of others, on one core, by turns."""

from __future__ import annotations

import json
import os
import statistics
import subprocess
import tempfile
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path

import numpy as np

from activation_lab.benchmarks import engine
from activation_lab.benchmarks.lines import Line, by_turns, judged, shown
from activation_lab.datasets.base import Part
from activation_lab.errors import UserError
from activation_lab.networks.mlp import MLP

TO_JAX = 1.05  # at most, for the tutorial's network


class Peer:
    """A program of the peers' environment that trains an epoch whenever it is asked."""

    def __init__(self, process: subprocess.Popen[str]):
        self._process = process
        self.version = self._answer()

    def seconds(self, way: str) -> float:
        """Return the seconds per network of an epoch."""
        assert self._process.stdin
        self._process.stdin.write(f"{way}\n")
        self._process.stdin.flush()
        return float(self._answer())

    def _answer(self) -> str:
        assert self._process.stdout
        answer = self._process.stdout.readline().strip()
        if not answer:
            raise UserError("A peer ended early: see its message above")
        return answer


@contextmanager
def started(python: Path, program: str, data: Path, layers: tuple[int, ...]) -> Iterator[Peer]:
    """Give a peer that is ready; it ends with the block."""
    command = [python, Path(__file__).parent / program, data, json.dumps(layers)]
    pipes = {"stdin": subprocess.PIPE, "stdout": subprocess.PIPE, "text": True}
    with subprocess.Popen(command, **pipes) as process:
        yield Peer(process)


def costs(
    networks: dict[str, list[int]],
    parts: dict[str, Part],
    raw: Path,
    python: Path,
    repeats: int,
    share: float,
    say: Callable[[str], None],
) -> list[Line]:
    """Return the lines of all networks; `python` is the interpreter of the peers' environment.

    Everything runs on one core, so that no library can use a second one.
    """
    cores = os.sched_getaffinity(0)
    os.sched_setaffinity(0, {min(cores)})
    try:
        with tempfile.TemporaryDirectory() as scratch:
            data = Path(scratch) / "data.npz"
            np.savez(data, allow_pickle=False, **_arrays(parts))
            return [
                line
                for name, network in networks.items()
                for line in _of_network(
                    name, network, parts, raw, python, data, repeats, share, say
                )
            ]
    finally:
        os.sched_setaffinity(0, cores)


def _arrays(parts: dict[str, Part]) -> dict[str, np.ndarray]:
    arrays = {}
    for name in ("training", "validation"):
        examples, labels = parts[name].batch(slice(None))
        arrays[name] = examples.numpy()
        arrays[f"{name}_labels"] = labels.numpy().astype(np.int32)
    return arrays


def _of_network(
    name: str,
    network: list[int],
    parts: dict[str, Part],
    raw: Path,
    python: Path,
    data: Path,
    repeats: int,
    share: float,
    say: Callable[[str], None],
) -> list[Line]:
    """Return the lines of one network."""
    layers = MLP.read(network).layers(engine.DATASET)
    tutorial = engine.weights(network) == engine.TUTORIALS
    with ExitStack() as ends:
        jax, sklearn = (
            ends.enter_context(started(python, program, data, layers))
            for program in ("peer_jax.py", "peer_sklearn.py")
        )
        ways: dict[str, Callable[[], float]] = {
            "Activation Lab": lambda: engine.engine(network, 1, parts),
            f"{jax.version}, one network": lambda: jax.seconds("one"),
            f"{jax.version}, five by vmap": lambda: jax.seconds("five"),
            "a plain loop over nn.Sequential": lambda: engine.plain(network, parts),
            f"{sklearn.version}, MLPClassifier": lambda: sklearn.seconds("one"),
        }
        if tutorial:
            ways["the tutorial's loop"] = lambda: engine.tutorial(network, raw, share)
        times = by_turns(ways, repeats)
    say(f"peers, {name}")
    median = {way: statistics.median(seconds) for way, seconds in times.items()}
    ours, one, five = list(ways)[:3]
    aims = {ours: TO_JAX} if tutorial else {}
    return [
        (
            *(name, way, *shown(times[way])),
            *(judged(seconds / median[jax], most=aims.get(way)) for jax in (one, five)),
        )
        for way, seconds in median.items()
    ]
