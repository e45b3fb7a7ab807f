"""The config file as typed, checked values; every error is found at once and named.

There are no defaults here: `config.yaml` is the default, and explains every key where it stands.
"""

from __future__ import annotations

import difflib
import itertools
import json
import re
from collections import Counter
from collections.abc import Callable, Iterable, Mapping
from typing import Annotated, Any, Literal, get_args, get_origin

from pydantic import (
    AfterValidator,
    BaseModel,
    BeforeValidator,
    ConfigDict,
    Field,
    Strict,
    ValidationError,
    create_model,
    model_serializer,
    model_validator,
)
from pydantic_core import PydanticCustomError

from activation_lab import UserError
from activation_lab.activations import ACTIVATIONS

NAME = re.compile(r"[a-z0-9][a-z0-9-]*")
TRAINING_IMAGES = 50_000


class ConfigError(UserError):
    """A config that cannot be used; the message lists every problem."""


class _Model(BaseModel):
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


def _fail(message: str) -> PydanticCustomError:
    return PydanticCustomError("config", "{message}", {"message": message})


def _number(value: object) -> object:
    if isinstance(value, bool):
        raise _fail("must be a number")
    return value


def _seeds(value: object) -> object:
    """Read `42-46` as the five seeds 42, 43, 44, 45, 46."""
    if not isinstance(value, str):
        return value
    match = re.fullmatch(r"(\d{1,18})-(\d{1,18})", value)
    if not match or int(match[1]) > int(match[2]):
        raise _fail("must be a range such as 42-46, or a list of whole numbers")
    if int(match[2]) - int(match[1]) >= 100_000:
        raise _fail("must be a range of at most 100000 seeds")
    return tuple(range(int(match[1]), int(match[2]) + 1))


def _unique(values: tuple) -> tuple:
    repeated = sorted(value for value, count in Counter(map(str, values)).items() if count > 1)
    if repeated:
        raise _fail(f"must not repeat a value; repeated: {', '.join(repeated)}")
    return values


class Activation(_Model):
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
            raise _fail("must be a name, or a mapping with a name: {name: leakyrelu, ...}")
        if name not in ACTIVATIONS:
            raise _fail(f"{name} is not an activation; {nearest(name, ACTIVATIONS)}")
        known = ACTIVATIONS[name].parameters
        for key, number in parameters.items():
            if key not in known:
                allowed = nearest(key, known) if known else "it has none"
                raise _fail(f"{key} is not a parameter of {name}; {allowed}")
            if isinstance(number, bool) or not isinstance(number, int | float):
                raise _fail(f"{key} must be a number")
        changed = {key: float(n) for key, n in parameters.items() if n != known[key]}
        return {"name": name, "parameters": dict(sorted(changed.items()))}

    @classmethod
    def __get_pydantic_json_schema__(cls, _core: Any, _handler: Any) -> dict[str, Any]:
        names = {"enum": sorted(ACTIVATIONS)}
        with_parameters = {
            "type": "object",
            "required": ["name"],
            "properties": {"name": names},
            "additionalProperties": {"type": "number"},
        }
        return {"anyOf": [names, with_parameters]}

    @model_serializer
    def _write(self) -> dict[str, Any]:
        return {"name": self.name, **self.parameters}

    def __str__(self) -> str:
        return "-".join([self.name, *(f"{k}={v:g}" for k, v in self.parameters.items())])


Whole = Annotated[int, Strict()]
Number = Annotated[float, BeforeValidator(_number)]


class Settings(_Model):
    """Everything that decides a run, but its seed."""

    activation: Annotated[Activation, Field(description="The function after every hidden layer")]
    network: Annotated[
        tuple[Annotated[Whole, Field(ge=1, le=16_384)], ...],
        Field(min_length=1, max_length=1_000, description="Units of each hidden layer"),
    ]
    initialisation: Annotated[
        Literal["default"],
        Field(description="Initial weights; default is nn.Linear's own"),
    ]
    optimizer: Annotated[Literal["sgd"], Field(description="SGD with momentum")]
    learning_rate: Annotated[Number, Field(gt=0, le=1_000, description="Step size")]
    momentum: Annotated[Number, Field(ge=0, lt=1, description="Momentum of SGD")]
    batch_size: Annotated[Whole, Field(ge=1, le=TRAINING_IMAGES, description="Images a step")]
    epochs: Annotated[
        Whole, Field(ge=0, le=100_000, description="At most so many epochs; 0: do not train")
    ]
    patience: Annotated[
        Whole,
        Field(ge=1, description="Stop after so many epochs without a better validation accuracy"),
    ]
    training_images: Annotated[
        Whole,
        Field(ge=256, le=TRAINING_IMAGES, description="Train on the first so many of the split"),
    ]

    @model_validator(mode="after")
    def _one_batch(self) -> Settings:
        if self.batch_size > self.training_images:
            raise _fail(
                f"batch_size ({self.batch_size}) must not exceed "
                f"training_images ({self.training_images}): the last partial batch is dropped"
            )
        return self


def _several(setting: Any) -> Any:
    return Annotated[tuple[setting, ...], Field(min_length=1), AfterValidator(_unique)]


def _optional_settings(name: str, doc: str, kind: Callable[[Any], Any]) -> type[_Model]:
    """Return a model with the fields of `Settings`, each in the form `kind`, and None if not given."""
    fields = {
        key: (
            kind(Annotated[info.annotation, *info.metadata, Field()]),
            Field(default=None, description=info.description),
        )
        for key, info in Settings.model_fields.items()
    }
    return create_model(name, __base__=_Model, __doc__=doc, **fields)


Overrides = _optional_settings(
    "Overrides", "Settings that differ from the top level `settings`.", lambda setting: setting
)
Vary = _optional_settings(
    "Vary", "Settings to vary: the grid is every combination of their values.", _several
)


class Study(_Model):
    """One question, with a grid of settings and a list of seeds."""

    question: Annotated[str, Field(min_length=1, description="What the study asks")]
    seeds: Annotated[
        tuple[Annotated[Whole, Field(ge=0, lt=2**53)], ...],
        Field(min_length=1, description="One run for each: a range such as 42-46, or a list"),
        BeforeValidator(_seeds, json_schema_input_type=str | list[int]),
        AfterValidator(_unique),
    ]
    settings: Overrides = Field(default_factory=Overrides, description=Overrides.__doc__)
    vary: Vary = Field(default_factory=Vary, description=Vary.__doc__)

    @model_validator(mode="after")
    def _fixed_or_varied(self) -> Study:
        both = sorted(_given(self.settings).keys() & _given(self.vary).keys())
        if both:
            raise _fail(f"{', '.join(both)} stands under settings and under vary: keep one of them")
        return self

    @property
    def axes(self) -> dict[str, tuple[Any, ...]]:
        """What the study varies: setting → its values."""
        return _given(self.vary)

    def grid(self, base: Settings) -> list[Settings]:
        """Return the settings of every cell, laid over `base`.

        Raises `pydantic.ValidationError` where a combination of values is impossible.
        """
        fixed = {**dict(base), **_given(self.settings)}
        points = itertools.product(*self.axes.values())
        return [
            Settings.model_validate({**fixed, **dict(zip(self.axes, point, strict=True))})
            for point in points
        ]


class Data(_Model):
    """Where FashionMNIST is."""

    folder: Annotated[
        str,
        Field(description="A folder that holds the four files (.gz or not); auto: find or fetch"),
    ]


StudyName = Annotated[str, Field(pattern=rf"^{NAME.pattern}$")]


class Config(_Model):
    """The whole config file."""

    results: Annotated[str, Field(min_length=1, description="The folder of all that is made")]
    data: Data
    device: Annotated[
        Literal["auto", "cpu", "cuda", "mps"],
        Field(description="Where networks are trained; auto: on a GPU if there is one"),
    ]
    seeds_per_job: Annotated[
        Whole, Field(ge=1, le=1_000, description="Seeds trained together as one stacked network")
    ]
    settings: Settings
    studies: Annotated[
        dict[StudyName, Study],
        Field(min_length=1, description="Studies by name; null drops one"),
    ]

    @model_validator(mode="before")
    @classmethod
    def _drop_empty_studies(cls, value: Any) -> Any:
        if isinstance(value, Mapping) and isinstance(value.get("studies"), Mapping):
            studies = {k: v for k, v in value["studies"].items() if v is not None}
            return {**value, "studies": studies}
        return value

    @model_validator(mode="after")
    def _possible_grids(self) -> Config:
        for name, study in self.studies.items():
            try:
                study.grid(self.settings)
            except ValidationError as error:
                raise _fail(f"studies.{name}: {error.errors()[0]['msg']}") from None
        return self


def _given(model: BaseModel) -> dict[str, Any]:
    return {key: value for key, value in dict(model).items() if value is not None}


def read(raw: Mapping[str, Any]) -> Config:
    """Check a config as YAML gives it.

    Raises `ConfigError`, which names every problem: its key, its value, what is allowed and the
    nearest valid name.
    """
    try:
        return Config.model_validate(raw)
    except ValidationError as error:
        problems = [_describe(problem) for problem in _own(error.errors())]
    count = f"{len(problems)} problem{'s' * (len(problems) > 1)}"
    raise ConfigError("\n".join([f"The config cannot be used ({count}):", *problems]))


def _own(problems: list[Any]) -> list[Any]:
    """Leave out that a list is too short where the reason is that its items are wrong."""
    inner = {problem["loc"][:-1] for problem in problems}
    return [p for p in problems if not (p["type"] == "too_short" and p["loc"] in inner)]


def _describe(problem: Mapping[str, Any]) -> str:
    """Return a line for a problem as pydantic reports it."""
    where = ".".join(str(part) for part in problem["loc"] if part != "[key]")
    message = problem["msg"][:1].lower() + problem["msg"][1:]
    shown = f" = {_short(problem['input'])}"
    if problem["type"] == "missing":
        message, shown = "is missing", ""
    if problem["type"] == "extra_forbidden":
        allowed = _keys_at(Config, problem["loc"][:-1])
        message = f"unknown key; {nearest(problem['loc'][-1], allowed)}"
    if problem["type"] == "string_pattern_mismatch":
        message = "a name has lower-case letters, digits and hyphens: sigmoid-patience"
    if problem["type"] == "config" and isinstance(problem["input"], BaseModel):
        shown = ""
    return f"  {where}{shown}: {message}" if where else f"  {message}"


def _short(value: object) -> str:
    text = json.dumps(value, default=str)
    return text if len(text) <= 60 else f"{text[:57]}..."


def _keys_at(kind: Any, location: tuple[int | str, ...]) -> list[str]:
    """Return the keys allowed at a location inside a model."""
    for part in location:
        while get_origin(kind) is Annotated:
            kind = get_args(kind)[0]
        if isinstance(kind, type) and issubclass(kind, BaseModel):
            kind = kind.model_fields[str(part)].annotation
        else:
            kind = get_args(kind)[-1]
    return list(kind.model_fields)


def schema() -> dict[str, Any]:
    """Return the JSON schema of the config file."""
    return {
        "$schema": "https://json-schema.org/draft/2020-12/schema",
        **Config.model_json_schema(by_alias=True),
    }
