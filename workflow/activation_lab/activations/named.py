"""An activation as a config names it: a name, with parameters or without."""

from __future__ import annotations

import math
from collections.abc import Mapping
from typing import Any

from pydantic import Field, model_serializer, model_validator

from activation_lab.activations.catalogue import ACTIVATIONS
from activation_lab.dotted import PATH, own
from activation_lab.typed import Model, fail, nearest


class Activation(Model):
    """An activation and the parameters that differ from the registry's."""

    name: str
    parameters: dict[str, float] = Field(default_factory=dict)

    @model_validator(mode="before")
    @classmethod
    def _read(cls, value: object) -> object:
        """Read `relu`, or a mapping such as `{name: leakyrelu, negative_slope: 0.01}`."""
        if isinstance(value, Activation):
            return value
        name, parameters = value, {}
        if isinstance(value, Mapping):
            parameters = dict(value)
            name = parameters.pop("name", None)
        if not isinstance(name, str):
            raise fail("must be a name, or a mapping with a name: {name: leakyrelu, ...}")
        known = _parameters_of(name)
        for key, number in parameters.items():
            if known is not None and key not in known:
                allowed = nearest(key, known) if known else "it has none"
                raise fail(f"{key} is not a parameter of {name}; {allowed}")
            parameters[key] = _finite(key, number)
        changed = {k: n for k, n in parameters.items() if n != (known or {}).get(k)}
        return {"name": name, "parameters": dict(sorted(changed.items()))}

    @classmethod
    def __get_pydantic_json_schema__(cls, _core: Any, _handler: Any) -> dict[str, Any]:
        names = {"anyOf": [{"enum": sorted(ACTIVATIONS)}, {"pattern": f"^{PATH.pattern}$"}]}
        with_parameters = {
            "type": "object",
            "required": ["name"],
            "properties": {"name": {"type": "string", **names}},
            "additionalProperties": {"type": "number"},
        }
        return {"anyOf": [{"type": "string", **names}, with_parameters]}

    @model_serializer
    def _write(self) -> dict[str, Any]:
        return {"name": self.name, **self.parameters}

    def __str__(self) -> str:
        """Return the label of ids, tables and figures; a user's own goes by its last name."""
        name = self.name.rpartition(":")[2]
        return "-".join([name, *(f"{key}={value!r}" for key, value in self.parameters.items())])


def _finite(key: str, number: object) -> float:
    """Read a parameter; YAML gives 1e-2 as a text."""
    try:
        value = math.nan if isinstance(number, bool) else float(number)  # pyright: ignore[reportArgumentType]
    except (TypeError, ValueError, OverflowError):
        value = math.nan
    if not math.isfinite(value):
        raise fail(f"{key} must be a finite number")
    return value


def _parameters_of(name: str) -> Mapping[str, float] | None:
    """Return the parameters that an activation has; None: a user's own may have any."""
    if own(name):
        if not PATH.fullmatch(name):
            raise fail(f"{name} is not a dotted path such as my_module:MyActivation")
        return None
    if name not in ACTIVATIONS:
        raise fail(
            f"{name} is not an activation; {nearest(name, ACTIVATIONS)}; "
            "or your own by a dotted path, my_module:MyActivation"
        )
    return ACTIVATIONS[name].parameters
