"""An epoch of ours beside the matrix products that it cannot do without."""

from __future__ import annotations

import statistics
from collections.abc import Callable

from activation_lab.benchmarks import engine
from activation_lab.benchmarks.lines import Line, judged
from activation_lab.datasets.base import Part

# At most, for what one seed takes; the products are those of the faster library.
TO_PRODUCTS = {
    (512, 256, 256, 128): 1.15,
    (64,) * 16: 1.3,
    (1024,) * 4: 1.15,
}


def costs(
    name: str, network: list[int], parts: dict[str, Part], repeats: int, share: float
) -> list[Line]:
    """Return the lines of one network; the ways take turns, so that all see the same machine."""
    # Of an epoch of a larger network a smaller share, so that all take about as long.
    share *= min(1, engine.TUTORIALS / engine.weights(network))
    ways: dict[str, Callable[[], float]] = {
        "products by torch's default": lambda: engine.floor(network, share),
        "products by oneDNN": lambda: engine.floor(network, share, onednn=True),
        "training": lambda: engine.engine(network, 1, parts, share),
        "a plain loop over nn.Sequential": lambda: engine.plain(network, parts, share),
    }
    times: dict[str, list[float]] = {way: [] for way in ways}
    for _ in range(repeats):
        for way, measure in ways.items():
            times[way].append(measure())
    median = {way: statistics.median(seconds) for way, seconds in times.items()}
    products = min(seconds for way, seconds in median.items() if way.startswith("products"))
    aims = {"training": TO_PRODUCTS.get(tuple(network))}
    return [
        (
            *(name, way, f"{seconds:.3f}", f"{min(times[way]):.3f} to {max(times[way]):.3f}"),
            judged(seconds / products, most=aims.get(way)),
        )
        for way, seconds in median.items()
    ]
