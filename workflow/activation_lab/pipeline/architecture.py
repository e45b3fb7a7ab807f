"""Find which packages import which, and give each a floor above what it imports."""

from __future__ import annotations

import ast
from collections.abc import Iterable
from pathlib import Path

import networkx as nx

from activation_lab.errors import UserError

PACKAGE = Path(__file__).parents[1]


class CircleError(UserError):
    """Packages import each other in a circle: the message names them and the files that do it."""


def imports(package: Path = PACKAGE) -> nx.DiGraph:
    """Return a graph whose nodes are the packages and modules directly inside a package.

    An edge means that the first imports the second, anywhere in its code. The edge's `files` say
    where. `__init__` and `__main__` are left out: they are entry points.
    """
    graph = nx.DiGraph()
    names = [path.stem for path in sorted(package.iterdir()) if _is_package(path)]
    for name in names:
        graph.add_node(name, folder=(package / name).is_dir())
    for name in names:
        for path in _files(package / name):
            for imported in _imported(path, package.name):
                if imported in names and imported != name:
                    _add(graph, name, imported, str(path.relative_to(package)))
    return graph


def _is_package(path: Path) -> bool:
    """Return whether a path is a package, or a module other than an entry point."""
    return (path.suffix == ".py" and "__" not in path.name) or (path / "__init__.py").is_file()


def _files(part: Path) -> Iterable[Path]:
    """Return the files of a package, or the one file of a module."""
    return sorted(part.rglob("*.py")) if part.is_dir() else [part.with_suffix(".py")]


def _imported(path: Path, package: str) -> Iterable[str]:
    """Return the names directly inside the package that a file imports."""
    modules: list[str] = []
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(node, ast.Import):
            modules += [alias.name for alias in node.names]
        if isinstance(node, ast.ImportFrom) and node.module:
            modules += [f"{node.module}.{alias.name}" for alias in node.names]
    parts = [module.split(".") for module in modules]
    return {part[1] for part in parts if part[0] == package and len(part) > 1}


def _add(graph: nx.DiGraph, importer: str, imported: str, file: str) -> None:
    """Add an edge, or one more file to it."""
    if not graph.has_edge(importer, imported):
        graph.add_edge(importer, imported, files=[])
    graph.edges[importer, imported]["files"].append(file)


def one_way(graph: nx.DiGraph) -> nx.DiGraph:
    """Return the graph without the imports that follow from others.

    If a imports b and b imports c, then an import of c by a follows.
    Raises `CircleError` if packages import each other in a circle.
    """
    try:
        circle = nx.find_cycle(graph)
    except nx.NetworkXNoCycle:
        reduced = nx.transitive_reduction(graph)
        reduced.add_nodes_from(graph.nodes(data=True))
        return reduced
    steps = [f"{a} imports {b} ({', '.join(graph.edges[a, b]['files'])})" for a, b in circle]
    raise CircleError(
        f"These packages import each other in a circle: {'; '.join(steps)}. Move what both need into "
        "a package that imports neither."
    )


def floors(graph: nx.DiGraph) -> dict[str, int]:
    """Return the floor of each package, from 0: every package stands above all that it imports.

    Its floor is the longest path of imports below it. If more packages import it than it imports
    itself, it moves up to just below the lowest of them, which makes arrows shorter.
    """
    floor: dict[str, int] = {}
    for height, names in enumerate(nx.topological_generations(graph.reverse())):
        floor |= dict.fromkeys(sorted(names), height)
    for name in nx.lexicographical_topological_sort(graph):
        importers = list(graph.predecessors(name))
        if len(importers) > graph.out_degree(name):
            floor[name] = min(floor[importer] for importer in importers) - 1
    return floor
