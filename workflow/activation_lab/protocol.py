"""Settings: everything that decides a run, but its seed, as typed and checked values."""

from __future__ import annotations

import difflib
import math
import re
from collections.abc import Iterable, Mapping
from typing import Annotated, Any, Literal

from pydantic import (
    BaseModel,
    BeforeValidator,
    ConfigDict,
    Field,
    Strict,
    model_serializer,
    model_validator,
)
from pydantic_core import PydanticCustomError

from activation_lab.activations.catalogue import ACTIVATIONS, own
from activation_lab.initialisations import INITIALISATIONS

TRAINING_IMAGES = 50_000
OWN = re.compile(r"[A-Za-z_]\w*(\.[A-Za-z_]\w*)*:[A-Za-z_]\w*")

# pyright does not take the names of a `Literal` from a variable.
INITIALISED = (*INITIALISATIONS, "critical")
# The names only: what they mean stands in train.py, which needs torch.
OPTIMIZERS = ("sgd", "nesterov", "adam", "adamw", "rmsprop")


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
    """Return the error that a validator raises, to be reported with the key and the value."""
    return PydanticCustomError("config", "{message}", {"message": message})


def _number(value: object) -> object:
    if isinstance(value, bool):
        raise fail("must be a number")
    return value


Whole = Annotated[int, Strict()]
Number = Annotated[float, BeforeValidator(_number)]


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
        names = {"anyOf": [{"enum": sorted(ACTIVATIONS)}, {"pattern": f"^{OWN.pattern}$"}]}
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
        if not OWN.fullmatch(name):
            raise fail(f"{name} is not a dotted path such as my_module:MyActivation")
        return None
    if name not in ACTIVATIONS:
        raise fail(
            f"{name} is not an activation; {nearest(name, ACTIVATIONS)}; "
            "or your own by a dotted path, my_module:MyActivation"
        )
    return ACTIVATIONS[name].parameters


class Shape(Model):
    """A network of `depth` hidden layers of `width` units each."""

    depth: Annotated[Whole, Field(ge=1, le=1_000)]
    width: Annotated[Whole, Field(ge=1, le=16_384)]


def _sizes(value: object) -> object:
    """Read `{depth: 3, width: 64}` as the sizes 64, 64, 64."""
    if isinstance(value, Mapping):
        shape = Shape.model_validate(value)
        return (shape.width,) * shape.depth
    return value


Network = Annotated[
    tuple[Annotated[Whole, Field(ge=1, le=16_384)], ...],
    Field(min_length=1, max_length=1_000),
    BeforeValidator(_sizes, json_schema_input_type=list[int] | Shape),
]


class Settings(Model):
    """Everything that decides a run, but its seed."""

    activation: Annotated[Activation, Field(description="The function after every hidden layer")]
    network: Annotated[
        Network,
        Field(description="Units of each hidden layer: a list, or {depth: 32, width: 128}"),
    ]
    initialisation: Annotated[
        Literal[INITIALISED],  # pyright: ignore[reportInvalidTypeForm]
        Field(description="How the initial weights are drawn"),
    ]
    normalisation: Annotated[
        Literal["none", "batch", "layer"],
        Field(description="Batch or layer normalisation before every activation"),
    ]
    optimizer: Annotated[
        Literal[OPTIMIZERS],  # pyright: ignore[reportInvalidTypeForm]
        Field(description="The optimizer"),
    ]
    learning_rate: Annotated[Number, Field(gt=0, le=1_000, description="Step size")]
    schedule: Annotated[
        Literal["constant", "cosine"],
        Field(description="The learning rate over the epochs; cosine: down to 0 after the last"),
    ]
    momentum: Annotated[
        Number, Field(ge=0, lt=1, description="Momentum of sgd, nesterov and rmsprop")
    ]
    weight_decay: Annotated[Number, Field(ge=0, le=1_000, description="Weight decay")]
    batch_size: Annotated[Whole, Field(ge=1, le=TRAINING_IMAGES, description="Images a step")]
    epochs: Annotated[
        Whole, Field(ge=0, le=100_000, description="At most so many epochs; 0: do not train")
    ]
    stop: Annotated[
        Literal["patience", "never"],
        Field(description="patience: stop early; never: train all epochs"),
    ]
    patience: Annotated[
        Whole,
        Field(ge=1, description="Stop after so many epochs without a better validation accuracy"),
    ]
    precision: Annotated[
        Literal["float32", "tf32", "bfloat16"],
        Field(description="Of the products in training steps; tf32: on an NVIDIA GPU alone"),
    ]
    training_images: Annotated[
        Whole,
        Field(ge=1_024, le=TRAINING_IMAGES, description="Train on the first so many of the split"),
    ]

    @model_validator(mode="after")
    def _possible(self) -> Settings:
        if self.batch_size > self.training_images:
            raise fail(
                f"batch_size ({self.batch_size}) must not exceed "
                f"training_images ({self.training_images}): the last partial batch is dropped"
            )
        entry = ACTIVATIONS.get(self.activation.name)
        if self.epochs and entry and entry.untrainable:
            raise fail(
                f"{self.activation.name} cannot be trained: {entry.untrainable}. "
                "It can stand in a study with epochs: 0"
            )
        if self.initialisation == "critical" and entry and not entry.critical:
            raise fail(
                f"{self.activation.name} has no stable critical initialisation; "
                f"use one of {', '.join(INITIALISATIONS)} for it"
            )
        if self.optimizer == "nesterov" and self.momentum == 0:
            raise fail("nesterov needs a momentum above 0")
        return self
