"""A digest of the code that decides the result of a stage: all that it reaches by imports.

Snakemake does not see what a command imports. Every rule but `data` has such a digest under its params.
So if a module is edited, exactly the stages that use it run again. (As inputs, thirty files for each
of ten thousand jobs would double the time that a job adds to Snakemake's planning.)

The digest is made from syntax trees. It leaves out comments, docstrings and messages. Of a registry it
includes only the entries that a job uses. So a new activation does not make the networks of the others
train again.
"""

from __future__ import annotations

import ast
import functools
import hashlib
import re
from collections.abc import Iterable
from pathlib import Path

from activation_lab.config.jobs import Batch, Job, Tuning
from activation_lab.measures import MEASURES

PACKAGE = Path(__file__).parents[1]
# Where each kind of entry is registered: a dictionary at the top of a module.
REGISTRIES = {
    "activation": ("activations/catalogue.py", "ACTIVATIONS"),
    "initialisation": ("initialisations.py", "INITIALISATIONS"),
    "dataset": ("datasets/__init__.py", "DATASETS"),
    "network": ("networks/__init__.py", "FAMILIES"),
    "measure": ("measures/__init__.py", "MEASURES"),
    "theory": ("theory/__init__.py", "THEORIES"),
    "table": ("schemas/__init__.py", "TABLES"),
    "experiment": ("experiments/__init__.py", "EXPERIMENTS"),
}
WORDING = re.compile(r"\w\s+\w")  # two words in a row: a text for people, which no code looks at

MEASURING = ("train", "untrained")  # the stages that measure networks

Entry = tuple[str, str]  # its kind and its name


def code_of(stage: str, job: Job | Batch | Tuning) -> str:
    """Return the digest of the code that makes a job.

    It has all measures if the stage measures networks, and the theories of its families if it predicts.
    """
    others = [("measure", name) for name in MEASURES] if stage in MEASURING else []
    if stage == "theory":
        others = [("theory", name) for kind, name in job.entries if kind == "network"]
    return digest(stage, [*job.entries, *others])


def digest(stage: str, entries: Iterable[Entry] = ()) -> str:
    """Return the sha256 of what a stage's code means, and of the entries that it uses.

    It is the same wherever the project lies. An entry that no registry has, such as a user's own
    activation, counts for nothing: the rules name its file among their inputs.
    """
    return _digest(stage, frozenset(entries))


@functools.cache
def _digest(stage: str, entries: frozenset[Entry]) -> str:
    parts = [_meaning(_command(stage)), *(_part(path) for path in reached(stage))]
    for kind, name in sorted(entries):
        value = _entry(PACKAGE, kind, name)
        if value is not None:
            parts += [f"{kind} {name}\0{_meaning(value)}"]
            parts += [_part(path) for path in _closure(_files_of(kind, value))]
    return hashlib.sha256("\0".join(dict.fromkeys(parts)).encode()).hexdigest()


def reached(stage: str) -> list[Path]:
    """Return the files of our package that a stage's command reaches by imports.

    Files that only the entries of a registry import are not among them.
    """
    return _closure(_files(_modules(_command(stage))))


def _command(stage: str) -> ast.Module:
    """Return what the command of a stage does: the body of its function in `cli.py`."""
    tree = ast.parse((PACKAGE / "cli.py").read_text(encoding="utf-8"))
    found = (node for node in tree.body if isinstance(node, ast.FunctionDef) and node.name == stage)
    return ast.Module(body=next(found).body, type_ignores=[])


def _closure(files: Iterable[Path]) -> list[Path]:
    found: set[Path] = set()
    waiting = list(files)
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
def _part(path: Path) -> str:
    return f"{path.relative_to(PACKAGE)}\0{_meaning(_tree(path))}"


@functools.cache
def _tree(path: Path) -> ast.Module:
    """Return the syntax tree of a file; of a registry without its entries and what they import."""
    tree = ast.parse(path.read_text(encoding="utf-8"))
    for file, variable in REGISTRIES.values():
        if path == PACKAGE / file:
            return _without_entries(tree, variable)
    return tree


def _without_entries(tree: ast.Module, variable: str) -> ast.Module:
    used, others = set(), set()
    for node in tree.body:
        names = {part.id for part in ast.walk(node) if isinstance(part, ast.Name)}
        (used if node is _assignment(tree, variable) else others).update(names)
    body = [
        node
        for node in tree.body
        if node is not _assignment(tree, variable)
        and not (isinstance(node, ast.ImportFrom) and _bound(node) <= used - others)
    ]
    return ast.Module(body=body, type_ignores=[])


def _bound(node: ast.ImportFrom) -> set[str]:
    return {alias.asname or alias.name for alias in node.names}


def _assignment(tree: ast.Module, variable: str) -> ast.Assign | ast.AnnAssign | None:
    for node in tree.body:
        targets = node.targets if isinstance(node, ast.Assign) else [getattr(node, "target", None)]
        if any(isinstance(target, ast.Name) and target.id == variable for target in targets):
            return node  # pyright: ignore[reportReturnType] (a node with such a target is one of both)
    return None


@functools.cache
def _entry(_package: Path, kind: str, name: str) -> ast.expr | None:
    """Return the syntax tree of an entry's value; None if the registry does not have it."""
    file, variable = REGISTRIES[kind]
    tree = ast.parse((PACKAGE / file).read_text(encoding="utf-8"))
    assignment = _assignment(tree, variable)
    if assignment is None or not isinstance(assignment.value, ast.Dict):
        raise ValueError(f"{PACKAGE / file}: {variable} must be a dictionary, written out")
    pairs = zip(assignment.value.keys, assignment.value.values, strict=True)
    return next((v for k, v in pairs if isinstance(k, ast.Constant) and k.value == name), None)


def _files_of(kind: str, value: ast.expr) -> list[Path]:
    """Return the files that an entry names: those it imports, and those of dotted paths."""
    path = PACKAGE / REGISTRIES[kind][0]
    names = {part.id for part in ast.walk(value) if isinstance(part, ast.Name)}
    imports = [
        node
        for node in ast.parse(path.read_text(encoding="utf-8")).body
        if isinstance(node, ast.ImportFrom) and _bound(node) & names
    ]
    dotted = [
        part.value.partition(":")[0]
        for part in ast.walk(value)
        if isinstance(part, ast.Constant) and isinstance(part.value, str) and ":" in part.value
    ]
    return _files([*(node.module or "" for node in imports), *dotted])


@functools.cache
def _imported(path: Path) -> list[Path]:
    """Return our modules that a file imports."""
    return _files(_modules(_tree(path)))


def _modules(tree: ast.Module) -> list[str]:
    """Return the names of everything that a syntax tree imports, at any depth."""
    names: list[str] = []
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            names += [alias.name for alias in node.names]
        if isinstance(node, ast.ImportFrom) and node.level:
            raise ValueError(
                f"{ast.unparse(node)}: write absolute imports, so that they can be followed"
            )
        if isinstance(node, ast.ImportFrom) and node.module:
            names += [node.module, *(f"{node.module}.{alias.name}" for alias in node.names)]
    return names


def _files(modules: Iterable[str]) -> list[Path]:
    """Return the files of those modules that are ours."""
    parts = [name.split(".")[1:] for name in modules if name.split(".")[0] == PACKAGE.name]
    files = [PACKAGE.joinpath(*part).with_suffix(".py") for part in parts if part]
    packages = [PACKAGE.joinpath(*part, "__init__.py") for part in parts]
    return [file for file in [*files, *packages] if file.is_file()]


def _meaning(tree: ast.AST) -> str:
    """Return a syntax tree as a text, without docstrings and texts for people."""
    return ast.dump(_WithoutWording().visit(tree))


class _WithoutWording(ast.NodeTransformer):
    """Leaves out docstrings, and empties every text that has two words in a row."""

    def visit_Constant(self, node: ast.Constant) -> ast.AST:
        """Empty a text for people."""
        if isinstance(node.value, str) and WORDING.search(node.value):
            return ast.Constant("")
        return node

    def visit_JoinedStr(self, node: ast.JoinedStr) -> ast.AST:
        """Empty a text for people, with all that it shows."""
        texts = [part.value for part in node.values if isinstance(part, ast.Constant)]
        if any(WORDING.search(str(text)) for text in texts):
            return ast.Constant("")
        return self.generic_visit(node)

    def visit_Expr(self, node: ast.Expr) -> ast.AST | None:
        """Leave out a docstring: a text that is a whole statement."""
        alone = isinstance(node.value, ast.Constant) and isinstance(node.value.value, str)
        return None if alone else self.generic_visit(node)
