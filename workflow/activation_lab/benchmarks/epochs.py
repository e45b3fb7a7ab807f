"""An epoch of ours beside the matrix products that it cannot do without."""

from __future__ import annotations

import statistics
from collections.abc import Callable

from activation_lab.benchmarks import engine
from activation_lab.benchmarks.lines import Line, by_turns, judged, shown
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
    """Return the lines of one network."""
    # Of an epoch of a larger network a smaller share, so that all take about as long.
    share *= min(1, engine.TUTORIALS / engine.weights(network))
    ways: dict[str, Callable[[], float]] = {
        "products by torch's default": lambda: engine.floor(network, share),
        "products by oneDNN": lambda: engine.floor(network, share, onednn=True),
        "training": lambda: engine.engine(network, 1, parts, share),
        "a plain loop over nn.Sequential": lambda: engine.plain(network, parts, share),
    }
    times = by_turns(ways, repeats)
    median = {way: statistics.median(seconds) for way, seconds in times.items()}
    products = min(seconds for way, seconds in median.items() if way.startswith("products"))
    aims = {"training": TO_PRODUCTS.get(tuple(network))}
    return [
        (
            *(name, way, *shown(times[way])),
            judged(seconds / products, most=aims.get(way)),
        )
        for way, seconds in median.items()
    ]
