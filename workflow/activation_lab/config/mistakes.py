"""Describe the mistakes in a config: one line each, with the key, the value and what is allowed."""

from __future__ import annotations

import reprlib
from collections.abc import Mapping
from typing import Annotated, Any, get_args, get_origin

from pydantic import BaseModel, Tag, ValidationError

from activation_lab.networks.mlp import Shape
from activation_lab.typed import nearest

MOST_SHOWN = 30  # problems; a list of a thousand wrong values would bury the others


def told(model: type[BaseModel], error: ValidationError) -> str:
    """Return a message with a line for each problem that a model's validation found."""
    problems = [_describe(model, problem) for problem in _own(error.errors())]
    count = f"{len(problems)} problem{'s' * (len(problems) > 1)}"
    left = len(problems) - MOST_SHOWN
    more = [f"  and {left} more"] if left > 0 else []
    lines = [f"The config cannot be used ({count}):", *problems[:MOST_SHOWN], *more]
    return "\n".join(lines)


def _own(problems: list[Any]) -> list[Any]:
    """Drop the error that a list is too short if its items have errors: they are the cause."""
    inner = {problem["loc"][:-1] for problem in problems}
    return [p for p in problems if not (p["type"] == "too_short" and p["loc"] in inner)]


def _describe(model: type[BaseModel], problem: Mapping[str, Any]) -> str:
    """Return a line for a problem as pydantic reports it."""
    where = ".".join(str(part) for part in problem["loc"] if not str(part).startswith("["))
    message = problem["msg"][:1].lower() + problem["msg"][1:]
    shown = f" = {_short(problem['input'])}"
    if problem["type"] == "missing":
        message, shown = "is missing", ""
    if problem["type"] == "extra_forbidden":
        allowed = _keys_at(model, problem["loc"][:-1])
        message = f"unknown key; {nearest(problem['loc'][-1], allowed)}"
    if problem["type"] == "string_pattern_mismatch" and "[key]" in problem["loc"]:
        message = "a name has lower-case letters, digits and hyphens: sigmoid-patience"
    if problem["type"] == "tuple_type":
        message = "must be a list, such as [1, 2]"
    if problem["type"] in ("model_type", "dict_type", "model_attributes_type"):
        message = "must be a mapping: keys and values"
    if problem["type"] == "config" and isinstance(problem["input"], BaseModel):
        shown = ""
    return f"  {where}{shown}: {message}" if where else f"  {message}"


class _Short(reprlib.Repr):
    """Shows a value as the config spells it, in 60 characters; deep nesting is left out."""

    def __init__(self) -> None:
        super().__init__()
        self.maxlevel = 3
        self.maxstring = self.maxlong = self.maxother = 50

    def repr_bool(self, value: bool, _level: int) -> str:
        return str(value).lower()

    def repr_NoneType(self, _value: None, _level: int) -> str:  # noqa: N802
        return "null"


def _short(value: object) -> str:
    text = _Short().repr(value)
    return text if len(text) <= 60 else f"{text[:57]}..."


def _keys_at(kind: Any, location: tuple[int | str, ...]) -> list[str]:
    """Return the keys allowed at a location inside a model."""
    for part in location:
        kind = _plain(kind)
        if isinstance(kind, type) and issubclass(kind, BaseModel):
            kind = kind.model_fields[str(part)].annotation
        elif str(part).startswith("["):  # the tag of one of several types
            kind = next(other for other in get_args(kind) if part in _tags(other))
        else:
            # A mapping's values, or a list's items.
            items = [part for part in get_args(kind) if part is not Ellipsis]
            kind = items[-1] if items else kind
    # Any other mapping in a config describes a network.
    return list(getattr(_plain(kind), "model_fields", ["family", *Shape.model_fields]))


def _plain(kind: Any) -> Any:
    """Return a type without its annotations, and without None as an alternative."""
    if get_origin(kind) is Annotated:
        return _plain(get_args(kind)[0])
    if type(None) in get_args(kind):
        return _plain(next(other for other in get_args(kind) if other is not type(None)))
    return kind


def _tags(kind: Any) -> list[str]:
    """Return the tags by which a type is told from the others that a value may have."""
    return [part.tag for part in get_args(kind)[1:] if isinstance(part, Tag)]
