"""An epoch of each network family beside the same network in a plain loop."""

from __future__ import annotations

import statistics
from collections.abc import Callable
from typing import Any

from activation_lab.benchmarks import engine
from activation_lab.benchmarks.lines import Line, by_turns, judged, shown
from activation_lab.datasets.base import Part
from activation_lab.protocol import Settings
from activation_lab.training.build import build

TO_PLAIN = 1.05  # at most
FAMILIES: dict[str, Any] = {
    "mlp, 512-256-256-128": [512, 256, 256, 128],
    "residual, 16 blocks of 128": {"family": "residual", "depth": 16, "width": 128},
    "conv": "conv",
    "transformer": "transformer",
}


def costs(parts: dict[str, Part], repeats: int, share: float) -> list[Line]:
    """Return the lines of all families; of an epoch of a costly one a smaller share is measured."""
    lines = []
    for name, network in FAMILIES.items():
        settings = Settings.model_validate({**dict(engine.PROTOCOL), "network": network})
        products = settings.network.multiplications(settings.data)
        own = share * min(1, engine.TUTORIALS / products)
        lines += _of_family(name, settings, parts, repeats, own)
    return lines


def _of_family(
    name: str, settings: Settings, parts: dict[str, Part], repeats: int, share: float
) -> list[Line]:
    ways: dict[str, Callable[[], float]] = {
        "training": lambda: engine.engine(settings.network, 1, parts, share),
        "a plain loop": lambda: engine.loop(build(settings, 0), parts, share),
    }
    times = by_turns(ways, repeats)
    plain = statistics.median(times["a plain loop"])
    return [
        (
            *(name, way, *shown(seconds)),
            judged(
                statistics.median(seconds) / plain, most=TO_PLAIN if way == "training" else None
            ),
        )
        for way, seconds in times.items()
    ]
