"""The config's reference: every key, what it may be and what it means, from the typed config."""

from __future__ import annotations

import inspect
from collections.abc import Iterable, Mapping
from typing import Any

from activation_lab.activations.catalogue import ACTIVATIONS
from activation_lab.config.read import schema
from activation_lab.networks import FAMILIES

HEAD = """# Configuration

`config.yaml`, at the root of the project, holds the default studies, and has a comment for every key.
To change it, write a file of your own. Its keys replace those of `config.yaml`, one by one:
`make report CONFIG=mine.yaml`, or `snakemake --cores 4 --configfile mine.yaml`. The config is checked
before any job starts; every mistake is listed.

This page is made from the types in `workflow/activation_lab/config/read.py` and `protocol.py` by
`make schema`. So is `workflow/schemas/config.schema.json`, with which an editor completes and checks
keys.
"""


MOST_FORMS = 5  # of a value, that stand in its line


def reference() -> str:
    """Return the reference in markdown."""
    made = schema()
    kinds = made["$defs"]
    (study,) = made["properties"]["studies"]["patternProperties"].values()
    parts = [
        HEAD,
        *("## Top level\n", _table(made["properties"], kinds)),
        *("## Each study under `studies`\n", _table(_of(study, kinds)["properties"], kinds)),
        "## `settings`\n",
        "Every key can be under a study's `settings`, or with a list of values under its `vary`.\n",
        _table(kinds["Overrides"]["properties"], kinds),
        "## Networks\n",
        "A family and its size. Units of a multilayer perceptron need no name: `[512, 256]`, or "
        "`{depth: 32, width: 128}`. `conv` and `transformer` need no size. Your own is a dotted path: "
        "`my_module:Net`.\n",
        _networks(),
        "## Activations\n",
        "By name, or with parameters: `{name: leakyrelu, negative_slope: 0.01}`. Your own by a dotted "
        "path: `my_module:MyActivation`.\n",
        _activations(),
    ]
    return "\n".join(parts)


def _table(properties: Mapping[str, Any], kinds: Mapping[str, Any]) -> str:
    lines = (
        (f"`{key}`", _kind(kind, kinds), kind.get("description", ""))
        for key, kind in properties.items()
    )
    return _markdown(("key", "value", "meaning"), lines)


def _markdown(head: tuple[str, ...], lines: Iterable[tuple[str, ...]]) -> str:
    rows = (head, ("---",) * len(head), *lines)
    return "\n".join([*(f"| {' | '.join(row)} |" for row in rows), ""])


def _of(kind: Mapping[str, Any], kinds: Mapping[str, Any]) -> Mapping[str, Any]:
    """Follow references, and leave out null as an alternative."""
    if "$ref" in kind:
        return _of(kinds[kind["$ref"].rpartition("/")[2]], kinds)
    others = [other for other in _alternatives(kind) if other.get("type") != "null"]
    return _of(others[0], kinds) if len(others) == 1 else kind


def _alternatives(kind: Mapping[str, Any]) -> Iterable[Mapping[str, Any]]:
    return kind.get("anyOf") or kind.get("oneOf") or ()


def _kind(kind: Mapping[str, Any], kinds: Mapping[str, Any]) -> str:
    """Say in words what a value may be."""
    kind = _of(kind, kinds)
    others = [other for other in _alternatives(kind) if other.get("type") != "null"]
    if others:
        if len(others) > MOST_FORMS:
            return "a form (below)"
        return " or ".join(dict.fromkeys(_kind(other, kinds) for other in others))
    if "enum" in kind:
        return _listed(kind["enum"]) if len(kind["enum"]) < 10 else "a name (below)"
    if "const" in kind:
        return f"`{kind['const']}`"
    if "type" not in kind:
        return "`module:Name`"  # a pattern alone is that of a dotted path
    if kind["type"] == "object" and "properties" in kind:
        if len(kind["properties"]) > 3:
            return "mapping (below)"
        more = ", ..." if kind.get("additionalProperties") else ""
        return f"mapping with {_listed(kind['properties'])}{more}"
    names = {"string": "text", "object": "mapping"}
    if kind["type"] == "array":
        return f"list of {_kind(kind['items'], kinds)}"
    if kind["type"] in ("integer", "number"):
        return f"{'whole ' * (kind['type'] == 'integer')}number{_bounds(kind)}"
    return names[kind["type"]]


def _bounds(kind: Mapping[str, Any]) -> str:
    signs = {"minimum": "≥", "exclusiveMinimum": ">", "maximum": "≤", "exclusiveMaximum": "<"}
    bounds = [f"{sign} {kind[name]:,}" for name, sign in signs.items() if name in kind]
    return f" {', '.join(bounds)}" if bounds else ""


def _networks() -> str:
    lines = (
        (
            f"`{name}`",
            _listed(key for key in family.model_fields if key != "family"),
            " ".join((inspect.getdoc(family) or "").split()),
        )
        for name, family in FAMILIES.items()
    )
    return _markdown(("family", "keys", ""), lines)


def _activations() -> str:
    lines = (
        (
            f"`{name}`",
            _listed(f"{key}: {value:g}" for key, value in entry.parameters.items()),
            f"not trainable: {entry.untrainable}" if entry.untrainable else "",
        )
        for name, entry in ACTIVATIONS.items()
    )
    return _markdown(("name", "parameters", ""), lines)


def _listed(values: Iterable[Any]) -> str:
    return ", ".join(f"`{value}`" for value in values)
