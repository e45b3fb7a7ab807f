"""Which of our source files decide the result of a stage: the module and all that it imports.

Snakemake does not see what a command imports. Every rule but `data` has the digest of these files
under its params, so that an edited module runs exactly the stages that use it again. It is of their
syntax trees: a comment or a docstring runs nothing again. (As inputs, thirty files for each of ten
thousand jobs, they would double what a job adds to Snakemake's planning.)
"""

from __future__ import annotations

import ast
import functools
import hashlib
from pathlib import Path

PACKAGE = Path(__file__).parents[1]


def reached(stage: str) -> list[Path]:
    """Return the files of our package that the stage `stages/{stage}.py` reaches by imports."""
    found: set[Path] = set()
    waiting = [PACKAGE / "stages" / f"{stage}.py", PACKAGE / "__main__.py"]
    while waiting:
        path = waiting.pop()
        if path not in found:
            found.add(path)
            waiting += _imported(path)
            waiting += [
                parent / "__init__.py" for parent in path.parents if parent.is_relative_to(PACKAGE)
            ]
    return sorted(found)


@functools.cache
def _imported(path: Path) -> list[Path]:
    """Return our modules that a file imports, wherever in it the import stands."""
    names: list[str] = []
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(node, ast.Import):
            names += [alias.name for alias in node.names]
        if isinstance(node, ast.ImportFrom) and node.level:
            raise ValueError(f"{path}: imports are absolute here, so that they can be followed")
        if isinstance(node, ast.ImportFrom) and node.module:
            names += [node.module, *(f"{node.module}.{alias.name}" for alias in node.names)]
    parts = [name.split(".")[1:] for name in names if name.split(".")[0] == PACKAGE.name]
    files = [PACKAGE.joinpath(*part).with_suffix(".py") for part in parts if part]
    packages = [PACKAGE.joinpath(*part, "__init__.py") for part in parts]
    return [file for file in [*files, *packages] if file.is_file()]


def digest(stage: str) -> str:
    """Return the sha256 of what the stage's source files mean: the same wherever the project lies.

    Comments, docstrings and layout mean nothing to a result, and are not in it.
    """
    total = hashlib.sha256()
    for path in reached(stage):
        total.update(f"{path.relative_to(PACKAGE)}\0{_meaning(path)}\0".encode())
    return total.hexdigest()


def _meaning(path: Path) -> str:
    """Return the syntax tree of a file as a text, without docstrings."""
    tree = ast.parse(path.read_text(encoding="utf-8"))
    for node in ast.walk(tree):
        documented = (ast.Module, ast.ClassDef, ast.FunctionDef, ast.AsyncFunctionDef)
        if isinstance(node, documented) and ast.get_docstring(node, clean=False) is not None:
            node.body = node.body[1:]
    return ast.dump(tree)
