"""Check a config file before Snakemake loads it, and say what is wrong.

Snakemake copies a mapping for each of its aliases. If aliases refer to other aliases, a small file can
expand to billions of values, and Snakemake hangs. If a file is not text, Snakemake ends with a
traceback.
"""

from __future__ import annotations

import json
import math
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import yaml

from activation_lab.errors import UserError

MOST_VALUES = 1_000_000  # ten times the seeds that a study may have


def check(path: Path) -> None:
    """Raise `UserError` if Snakemake cannot load a file; its keys and values are not checked here."""
    try:
        text = path.read_text(encoding="utf-8")
        _check_text(text, path)
    except FileNotFoundError:
        raise UserError(f"There is no config file {path}.") from None
    except UnicodeDecodeError as error:
        raise UserError(f"{path} is not text in UTF-8 ({error}): save it as UTF-8.") from None
    except RecursionError:
        raise UserError(f"{path} is nested too deep: a config has a handful of levels.") from None


def laid_over(paths: Sequence[Path]) -> dict[str, Any]:
    """Return several config files as one: the keys of each replace those of the ones before.

    Raises `UserError` for a file that cannot be read.
    """
    from snakemake.utils import update_config  # half a second

    raw: dict[str, Any] = {}
    for path in paths:
        try:
            update_config(raw, yaml.safe_load(path.read_text("utf-8")) or {})
        except (OSError, ValueError, yaml.YAMLError) as error:
            raise UserError(f"The config {path} cannot be read: {error}") from error
    return raw


def _check_text(text: str, path: Path) -> None:
    try:
        json.loads(text)
        return  # Snakemake tries JSON first too; it may hold tabs, and has no aliases
    except ValueError:
        pass
    try:
        loader = yaml.SafeLoader(text)
        loader.name = str(path)
        node = loader.get_single_node()
        if node and _values(node, {}) > MOST_VALUES:
            raise UserError(
                f"{path} stands for more than {MOST_VALUES:,} values when every alias (*name) is "
                "written out. Do not use aliases inside other aliases."
            )
        if node:
            loader.construct_document(node)
    except (yaml.YAMLError, ValueError) as error:  # ValueError: the 31st of April
        raise UserError(f"{path} is not YAML: {error}") from None


def _values(node: yaml.Node, known: dict[int, float]) -> float:
    """Count the values in a node with every alias written out; infinite if a node contains itself."""
    if id(node) not in known:
        known[id(node)] = math.inf  # until it is counted
        items = node.value if isinstance(node, yaml.CollectionNode) else []
        pairs = [item if isinstance(item, tuple) else (item,) for item in items]
        known[id(node)] = 1 + sum(_values(part, known) for pair in pairs for part in pair)
    return known[id(node)]
