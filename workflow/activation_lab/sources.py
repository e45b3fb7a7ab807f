"""Which of our source files decide the result of a stage: the module and all that it imports.

Snakemake does not see what a command imports. Every rule takes these files as inputs, so that an
edited module runs exactly the stages that use it again.
"""

from __future__ import annotations

import ast
import hashlib
import os
from pathlib import Path

PACKAGE = Path(__file__).parent


def sources(stage: str) -> list[str]:
    """Return the files of our package that the stage `stages/{stage}.py` reaches by imports.

    They are relative to the working directory, so that a moved project does not look changed.
    """
    return [os.path.relpath(path) for path in _reached(stage)]


def _reached(stage: str) -> list[Path]:
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
    """Return the sha256 of the stage's source files."""
    total = hashlib.sha256()
    for path in _reached(stage):
        total.update(f"{path.relative_to(PACKAGE)}\0".encode())
        total.update(path.read_bytes())
    return total.hexdigest()
