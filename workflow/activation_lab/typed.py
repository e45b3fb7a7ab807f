"""Typed and checked values: the base of settings, networks and configs."""

from __future__ import annotations

import difflib
import re
from collections import Counter
from collections.abc import Iterable
from typing import Annotated

from pydantic import AfterValidator, BaseModel, BeforeValidator, ConfigDict, Field, Strict
from pydantic_core import PydanticCustomError


class Model(BaseModel):
    """A model that cannot be changed and has no unknown keys."""

    model_config = ConfigDict(extra="forbid", frozen=True, allow_inf_nan=False)


def nearest(name: object, allowed: Iterable[str]) -> str:
    """Say which allowed name is meant, and which there are.

    >>> nearest("rellu", ["relu", "tanh"])
    'did you mean relu? Allowed: relu, tanh'
    """
    allowed = sorted(allowed)
    close = difflib.get_close_matches(str(name), allowed, n=1)
    meant = f"did you mean {close[0]}? " if close else ""
    return f"{meant}{'Allowed' if meant else 'allowed'}: {', '.join(allowed)}"


def fail(message: str) -> PydanticCustomError:
    """Return the error that a validator raises; the config's reader adds the key and the value."""
    return PydanticCustomError("config", "{message}", {"message": message})


def _number(value: object) -> object:
    if isinstance(value, bool):
        raise fail("must be a number")
    return value


Whole = Annotated[int, Strict()]
Number = Annotated[float, BeforeValidator(_number)]


def unique(values: tuple) -> tuple:
    """Return values of which none is repeated; a validator."""
    repeated = sorted(value for value, count in Counter(map(str, values)).items() if count > 1)
    if repeated:
        raise fail(f"must not repeat a value; repeated: {', '.join(repeated)}")
    return values


def _seeds(value: object) -> object:
    """Read `42-46` as the five seeds 42, 43, 44, 45, 46."""
    if not isinstance(value, str):
        return value
    match = re.fullmatch(r"(\d{1,18})-(\d{1,18})", value)
    if not match or int(match[1]) > int(match[2]):
        raise fail("must be a range such as 42-46, or a list of whole numbers")
    if int(match[2]) - int(match[1]) >= 100_000:
        raise fail("must be a range of at most 100000 seeds")
    return tuple(range(int(match[1]), int(match[2]) + 1))


Seeds = Annotated[
    tuple[Annotated[Whole, Field(ge=0, lt=2**53)], ...],
    Field(min_length=1),
    BeforeValidator(_seeds, json_schema_input_type=str | list[int]),
    AfterValidator(unique),
]
