"""What an activation costs: nanoseconds an element, forward, and forward with backward."""

from __future__ import annotations

from collections.abc import Mapping
from statistics import median
from typing import Any

import torch
from torch import nn
from torch.utils.benchmark import Timer

SHAPE = (256, 512)  # a batch of the tutorial, at its widest layer
ROUNDS = 9  # in each, every activation has its turn: what slows the machine slows all of them
SECONDS = 0.1  # of a turn
FORWARD = "with torch.no_grad():\n    phi(z)"
BOTH = "phi(x).backward(gradient)"


def costs(functions: Mapping[str, nn.Module], device: str = "cpu") -> list[dict[str, Any]]:
    """Return for each activation the median time of an element in nanoseconds, on one thread.

    `forward` is φ alone, `both` is φ and its gradient, in float32.
    """
    z = torch.randn(SHAPE, generator=torch.Generator().manual_seed(0)).to(device)
    timers = {
        (name, what): _timer(phi.to(device), z, statement)
        for name, phi in functions.items()
        for what, statement in (("forward", FORWARD), ("both", BOTH))
    }
    times: dict[tuple[str, str], list[float]] = {key: [] for key in timers}
    for _ in range(ROUNDS):
        for key, timer in timers.items():
            times[key].append(timer.blocked_autorange(min_run_time=SECONDS).median)
    return [
        {
            "activation": name,
            **{what: 1e9 * median(times[name, what]) / z.numel() for what in ("forward", "both")},
        }
        for name in functions
    ]


def _timer(phi: nn.Module, z: torch.Tensor, statement: str) -> Timer:
    x = z.clone().requires_grad_()
    names = {"phi": phi, "z": z, "x": x, "gradient": torch.ones_like(z), "torch": torch}
    return Timer(statement, globals=names, num_threads=1)
