"""Typed and checked values: the base of settings, networks and configs."""

from __future__ import annotations

import difflib
from collections.abc import Iterable
from typing import Annotated

from pydantic import BaseModel, BeforeValidator, ConfigDict, Strict
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
