"""What an epoch costs on an NVIDIA GPU: stacked networks, precisions, recorded steps."""

from __future__ import annotations

import os
import statistics
from collections.abc import Callable
from unittest import mock

import torch

from activation_lab.benchmarks import engine
from activation_lab.datasets.base import Part
from activation_lab.training import steps

STACKED = (1, 5, 20, 100)
Line = tuple[str, ...]


def costs(network: list[int], parts: dict[str, Part], repeats: int) -> list[Line]:
    """Return how an epoch was run, its milliseconds, and those for each network; medians."""
    if not torch.cuda.is_available():
        return [("not run: torch finds no NVIDIA GPU here", "", "", "")]
    os.environ.setdefault("CUBLAS_WORKSPACE_CONFIG", ":4096:8")
    torch.use_deterministic_algorithms(True)
    there = {name: part.to("cuda") for name, part in parts.items()}
    called = mock.patch.object(steps, "_record", return_value=None)

    def one_by_one(stacked: int) -> float:
        with called:
            return engine.engine(network, stacked, there)

    ways: dict[str, Callable[[int], float]] = {
        "float32": lambda stacked: engine.engine(network, stacked, there),
        "float32, kernels launched one by one": one_by_one,
        "tf32": lambda stacked: engine.engine(network, stacked, there, precision="tf32"),
        "bfloat16": lambda stacked: engine.engine(network, stacked, there, precision="bfloat16"),
    }
    lines = []
    for stacked in STACKED:
        for way, measure in ways.items():
            each = 1e3 * statistics.median(measure(stacked) for _ in range(repeats))
            lines.append((way, str(stacked), f"{each * stacked:.1f}", f"{each:.2f}"))
    return lines
