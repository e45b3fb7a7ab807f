"""Draw packages on floors, with an arrow from each to what it imports, as SVG.

The layout is Sugiyama's, in three steps. An arrow that passes a floor gets a lane there. Each floor is
ordered so that few arrows cross. Then boxes and lanes move towards the boxes they are joined to.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from html import escape
from itertools import pairwise
from typing import NamedTuple

import networkx as nx
from scipy.optimize import isotonic_regression

from activation_lab.pipeline.architecture import floors, imports, one_way

BOX, GAP, TALL, BETWEEN, MARGIN = 166, 34, 46, 54, 28  # pixels
PAD = 8  # between a floor's boxes and its edge
LANE = 20  # the room of an arrow that passes a floor
SWEEPS, SETTLING = 24, 200
STIFFNESS = (1.0, 2.0, 8.0)  # of an arrow's part with no, one and two ends in a lane

STYLE = """
  svg { font-family: "Segoe UI", "Helvetica Neue", Helvetica, Arial, "DejaVu Sans", sans-serif; }
  .paper { fill: #ffffff; }
  .floor { fill: #f4f5f7; }
  .folder { fill: #d5e1f0; stroke: #234a75; stroke-width: 1.5; }
  .file { fill: #ffffff; stroke: #6b7480; stroke-width: 1.2; }
  .name { fill: #14181d; font-size: 15px; font-weight: 600; text-anchor: middle; }
  .kind { fill: #333b45; font-size: 11.5px; text-anchor: middle; }
  .note { fill: #3d4650; font-size: 13px; }
  .arrow { fill: none; stroke: #56606c; stroke-width: 1.4; }
  .head { fill: #56606c; }
  @media (prefers-color-scheme: dark) {
    .paper { fill: #0d1117; }
    .floor { fill: #161b22; }
    .folder { fill: #23466e; stroke: #9fc3ec; }
    .file { fill: #0d1117; stroke: #98a2ad; }
    .name { fill: #f0f3f6; }
    .kind, .note { fill: #cfd6dd; }
    .arrow { stroke: #a9b3bd; }
    .head { fill: #a9b3bd; }
  }
"""


TITLE = "The packages of Activation Lab, and what each imports"
NOTES = (
    "An arrow points from a package to one that it imports. Imports go one way: down.",
    "An import that follows from other arrows is not drawn. Filled: a folder. Outlined: a file.",
)
HEAD = (
    '<defs><marker id="head" viewBox="0 0 8 8" refX="7" refY="4" markerWidth="8" markerHeight="8" '
    'markerUnits="userSpaceOnUse" orient="auto"><path class="head" d="M0 0L8 4L0 8z"/></marker></defs>'
)


class Lane(NamedTuple):
    """The place where the arrow from one package to another passes a floor between them."""

    importer: str
    imported: str
    floor: int


Spot = str | Lane  # what takes room on a floor


# What a newcomer adds there.
KINDS = {
    "activations": "add an activation",
    "initialisations": "add an initialisation",
    "datasets": "add a dataset",
    "networks": "add a network family",
    "measures": "add a measure",
    "analysis": "add a claim",
    "report": "add a finding, a figure",
}


def architecture() -> str:
    """Return the drawing of our own packages. Raises `CircleError` if they import in a circle."""
    graph = imports()
    reduced = one_way(graph)
    return drawn(reduced, floors(reduced), KINDS)


def drawn(graph: nx.DiGraph, floor: Mapping[str, int], kinds: Mapping[str, str]) -> str:
    """Return an SVG of packages and their imports: the same bytes for the same imports.

    A node's `folder` says whether it is a package or one file. `kinds` has a second line for some.
    """
    joined = _with_lanes(graph, floor)
    order = _ordered(joined)
    x = _placed(joined, order)
    top = max(floor.values())
    wide = round(max(x.values()) + BOX / 2 + MARGIN)
    tall = _y(0, top) + TALL + PAD + 28 + 19 * len(NOTES)
    lines = [
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {wide} {tall}" width="{wide}" '
        f'height="{tall}" role="img" aria-labelledby="title">',
        f'<title id="title">{TITLE}</title>',
        f"<style>{STYLE}</style>",
        HEAD,
        f'<rect class="paper" width="{wide}" height="{tall}"/>',
    ]
    for level in range(top + 1):
        lines.append(
            f'<rect class="floor" x="{MARGIN // 2}" y="{_y(level, top) - PAD}" '
            f'width="{wide - MARGIN}" height="{TALL + 2 * PAD}" rx="6"/>'
        )
    lines += _arrows(joined, x, top)
    for name in graph:
        folder = graph.nodes[name]["folder"]
        lines.append(_box(name, folder, x[name], _y(floor[name], top), kinds.get(name)))
    lines += [
        f'<text class="note" x="{MARGIN}" y="{_y(0, top) + TALL + PAD + 28 + 19 * n}">{note}</text>'
        for n, note in enumerate(NOTES)
    ]
    return "\n".join([*lines, "</svg>"]) + "\n"


def _y(floor: int, top: int) -> int:
    """Return the upper edge of a floor's boxes."""
    return MARGIN + (top - floor) * (TALL + BETWEEN)


def _with_lanes(graph: nx.DiGraph, floor: Mapping[str, int]) -> nx.DiGraph:
    """Return the graph with a lane on each floor that an arrow passes; nodes have their floor."""
    joined = nx.DiGraph()
    for name in graph:
        joined.add_node(name, floor=floor[name])
    for importer, imported in sorted(graph.edges):
        path: list[Spot] = [importer]
        for level in range(floor[importer] - 1, floor[imported], -1):
            path.append(Lane(importer, imported, level))
            joined.add_node(path[-1], floor=level)
        nx.add_path(joined, [*path, imported])
    return joined


def _ordered(joined: nx.DiGraph) -> list[list[Spot]]:
    """Return the spots of each floor from left to right, in the order with fewest crossings found."""
    levels: dict[int, list[Spot]] = {}
    for spot in sorted(joined, key=str):
        levels.setdefault(joined.nodes[spot]["floor"], []).append(spot)
    order = [levels[level] for level in sorted(levels)]
    best = order
    for sweep in range(SWEEPS):
        order = [list(spots) for spots in order]
        upwards = sweep % 2 == 0
        for level in range(len(order)) if upwards else reversed(range(len(order))):
            _sort(joined, order, level, upwards)
            _swap(joined, order, level)
        best = min(best, order, key=lambda tried: _crossings(joined, tried))
    return best


def _sort(joined: nx.DiGraph, order: list[list[Spot]], level: int, upwards: bool) -> None:
    """Sort a floor by the mean place of what each spot is joined to on the floor before."""
    neighbours = joined.successors if upwards else joined.predecessors
    other = level - 1 if upwards else level + 1
    if not 0 <= other < len(order):
        return
    place = {spot: (n + 0.5) / len(order[other]) for n, spot in enumerate(order[other])}
    here = {spot: (n + 0.5) / len(order[level]) for n, spot in enumerate(order[level])}

    def middle(spot: Spot) -> float:
        places = [place[near] for near in neighbours(spot)]
        return sum(places) / len(places) if places else here[spot]

    order[level].sort(key=middle)


def _swap(joined: nx.DiGraph, order: list[list[Spot]], level: int) -> None:
    """Swap neighbours on a floor as long as that takes crossings away."""
    spots, fewest = order[level], _crossings(joined, order)
    better = True
    while better:
        better = False
        for n in range(len(spots) - 1):
            spots[n], spots[n + 1] = spots[n + 1], spots[n]
            if (now := _crossings(joined, order)) < fewest:
                fewest, better = now, True
            else:
                spots[n], spots[n + 1] = spots[n + 1], spots[n]


def _crossings(joined: nx.DiGraph, order: Sequence[Sequence[Spot]]) -> int:
    """Count the pairs of arrows that cross between neighbouring floors."""
    place = {spot: n for spots in order for n, spot in enumerate(spots)}
    total = 0
    for spots in order:
        ends = [(place[a], place[b]) for a in spots for b in joined.successors(a)]
        total += sum((a - c) * (b - d) < 0 for n, (a, b) in enumerate(ends) for c, d in ends[:n])
    return total


def _placed(joined: nx.DiGraph, order: Sequence[Sequence[Spot]]) -> dict[Spot, float]:
    """Return the middle of each spot: spots that are joined are near, none overlap.

    Floor by floor, the sum of squared distances to the floors beside it is made as small as it can
    be; arrows that pass a floor count more, so that they are straight.
    """
    both = joined.to_undirected()
    x = dict.fromkeys(joined, 0.0)
    for sweep in range(SETTLING):
        for spots in order if sweep % 2 else reversed(order):
            offsets = _offsets(spots)
            pulls = [_pull(spot, both.neighbors(spot), x) for spot in spots]
            wanted = [middle - offset for (middle, _), offset in zip(pulls, offsets, strict=True)]
            fitted = isotonic_regression(wanted, weights=[weight for _, weight in pulls]).x
            x |= dict(zip(spots, fitted + offsets, strict=True))
    left = min(x[spot] - _width(spot) / 2 for spot in x) - MARGIN
    # A mean often lies exactly between two rounded values. Adding 0.013 avoids this, so another
    # processor's last bit cannot change the rounded digit.
    return {spot: round(float(value) - left + 0.013, 1) for spot, value in x.items()}


def _pull(spot: Spot, others: Iterable[Spot], x: Mapping[Spot, float]) -> tuple[float, float]:
    """Return where a spot would be on its own, and how strongly it is drawn there."""
    weights = {
        other: STIFFNESS[isinstance(spot, Lane) + isinstance(other, Lane)] for other in others
    }
    total = sum(weights.values())
    if not total:
        return x[spot], 1.0
    return sum(weight * x[other] for other, weight in weights.items()) / total, total


def _offsets(spots: Sequence[Spot]) -> list[float]:
    """Return the places of a floor's spots if they stand as close as they may."""
    offsets = [0.0]
    for left, right in pairwise(spots):
        offsets.append(offsets[-1] + (_width(left) + _width(right)) / 2 + GAP)
    return offsets


def _width(spot: Spot) -> float:
    """Return the room that a spot takes on its floor."""
    return LANE if isinstance(spot, Lane) else BOX


def _arrows(joined: nx.DiGraph, x: Mapping[Spot, float], top: int) -> list[str]:
    """Return a path for each arrow, from the importer's lower edge to the imported one's upper."""
    starts = {a: _ports(a, joined.successors(a), x) for a in joined}
    ends = {b: _ports(b, joined.predecessors(b), x) for b in joined}
    parts = []
    for name in sorted(spot for spot in joined if isinstance(spot, str)):
        for first in starts[name]:
            steps = []
            for here, after in pairwise(_chain(joined, name, first)):
                y = _y(joined.nodes[here]["floor"], top) + TALL
                middle, below = y + BETWEEN // 2, y + BETWEEN
                x0, x1 = starts[here][after], ends[after][here]
                steps.append(f"{'L' if steps else 'M'}{x0:g} {y}")
                steps.append(f"C{x0:g} {middle} {x1:g} {middle} {x1:g} {below}")
            parts.append(f'<path class="arrow" marker-end="url(#head)" d="{"".join(steps)}"/>')
    return parts


def _chain(joined: nx.DiGraph, importer: Spot, first: Spot) -> list[Spot]:
    """Return the spots of one arrow: the importer, the lanes, and what is imported."""
    chain = [importer, first]
    while isinstance(chain[-1], Lane):
        chain += joined.successors(chain[-1])
    return chain


def _ports(spot: Spot, others: Iterable[Spot], x: Mapping[Spot, float]) -> dict[Spot, float]:
    """Return where the arrows between a spot and others meet its edge: apart, and in their order."""
    ordered = sorted(others, key=lambda other: x[other])
    apart = min(24.0, (BOX - 28) / max(len(ordered) - 1, 1))
    return {
        other: round(x[spot] + (n - (len(ordered) - 1) / 2) * apart, 1)
        for n, other in enumerate(ordered)
    }


def _box(name: str, folder: bool, middle: float, y: int, kind: str | None) -> str:
    """Return a package or module: its name, and what one adds there."""
    shape = "folder" if folder else "file"
    shown = f"{name}/" if folder else f"{name}.py"
    lines = (
        f'<text class="name" x="{middle:g}" y="{y + (20 if kind else 28)}">{escape(shown)}</text>'
    )
    if kind:
        lines += f'<text class="kind" x="{middle:g}" y="{y + 37}">{escape(kind)}</text>'
    return (
        f'<rect class="{shape}" x="{middle - BOX / 2:g}" y="{y}" width="{BOX}" height="{TALL}" '
        f'rx="{7 if folder else 1}"/>{lines}'
    )
