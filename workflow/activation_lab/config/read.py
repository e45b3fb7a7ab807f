"""The config file as typed, checked values; every error is found at once and named.

The defaults of settings are in `protocol.py`. All other keys of the top level have none here:
`config.yaml` has a value for each, and explains it there.
"""

from __future__ import annotations

import itertools
import math
import re
from collections.abc import Callable, Mapping, Sequence
from typing import Annotated, Any, Literal

from pydantic import (
    AfterValidator,
    BaseModel,
    Field,
    ValidationError,
    create_model,
    model_validator,
)

from activation_lab import datasets
from activation_lab.config.mistakes import told
from activation_lab.config.trial import Trial
from activation_lab.errors import UserError
from activation_lab.learning_rates import Tuned
from activation_lab.protocol import Settings
from activation_lab.typed import Model, Seeds, Whole, fail, nearest, unique

NAME = re.compile(r"[a-z0-9][a-z0-9-]*")


class ConfigError(UserError):
    """A config that cannot be used; the message lists every problem."""


def _several(setting: Any) -> Any:
    return Annotated[tuple[setting, ...], Field(min_length=1), AfterValidator(unique)]


# Values that a config may write and that `Settings` turns into others.
WORDS: dict[str, Any] = {"training_images": Literal["all"]}


def _with_words(key: str, setting: Any) -> Any:
    return setting | WORDS[key] if key in WORDS else setting


def _optional_settings(name: str, doc: str, kind: Callable[[Any], Any]) -> type[Model]:
    """Return a model with the fields of `Settings`, each type changed by `kind`.

    Every field may be left out; None means left out.
    """
    fields: dict[str, Any] = {
        key: (
            kind(_with_words(key, Annotated[info.annotation, *info.metadata, Field()])) | None,
            Field(default=None, description=info.description),
        )
        for key, info in Settings.model_fields.items()
    }
    return create_model(name, __base__=Model, __doc__=doc, **fields)


Overrides = _optional_settings(
    "Overrides", "Settings that differ from the top level `settings`.", lambda setting: setting
)
Vary = _optional_settings(
    "Vary", "Settings to vary: the grid is every combination of their values.", _several
)


class Study(Model):
    """One question, with a grid of settings and a list of seeds."""

    question: Annotated[str, Field(min_length=1, description="What the study asks")]
    seeds: Annotated[Seeds, Field(description="One run for each: a range such as 42-46, or a list")]
    # Both are made from `Settings`, so pyright does not know them.
    settings: Overrides = Field(  # pyright: ignore[reportInvalidTypeForm]
        default_factory=Overrides, description=Overrides.__doc__
    )
    vary: Vary = Field(  # pyright: ignore[reportInvalidTypeForm]
        default_factory=Vary, description=Vary.__doc__
    )

    @model_validator(mode="after")
    def _fixed_or_varied(self) -> Study:
        both = sorted(_given(self.settings).keys() & _given(self.vary).keys())
        if both:
            raise fail(f"{', '.join(both)} stands under settings and under vary: keep one of them")
        return self

    @property
    def axes(self) -> dict[str, tuple[Any, ...]]:
        """The settings that the study varies: setting → its values."""
        return _given(self.vary)

    @property
    def cells(self) -> int:
        """The number of points of the grid."""
        return math.prod(len(values) for values in self.axes.values())

    def jobs(self, seeds_per_job: int, base: Model) -> int:
        """The number of jobs that train its networks, and of those that choose a learning rate."""
        blocks = math.ceil(len(self.seeds) / seeds_per_job)
        rates = self.axes.get("learning_rate", (self._fixed(base).get("learning_rate"),))
        tuned = sum(isinstance(rate, Tuned) for rate in rates) / len(rates)
        return round(self.cells * (blocks + tuned))

    def core_hours(self, base: Model) -> float:
        """Estimate the training time if no run stops early, on one core at 70 GFLOP/s.

        A step costs 6 operations per weight and image: forward, and backward twice as much.
        """

        fixed = {**dict(Settings()), **self._fixed(base)}

        def mean(setting: str, of: Callable[[Any], float]) -> float:
            values = self.axes.get(setting, (fixed[setting],))
            return sum(map(of, values)) / len(values)

        dataset = datasets.named(fixed["dataset"])
        images = mean("training_images", lambda n: dataset.training if n == "all" else n)
        products = mean("network", lambda network: network.multiplications(dataset))
        operations = 6 * products * mean("epochs", float) * images * self.cells * len(self.seeds)
        return operations / 70e9 / 3600

    def _fixed(self, base: Model) -> dict[str, Any]:
        return {**_given(base), **_given(self.settings)}

    def grid(self, base: Model) -> list[Settings]:
        """Return the settings of every cell, laid over `base`.

        Raises `pydantic.ValidationError` if a combination of values is impossible.
        """
        fixed = self._fixed(base)
        points = itertools.product(*self.axes.values())
        return [
            Settings.model_validate({**fixed, **dict(zip(self.axes, point, strict=True))})
            for point in points
        ]


class Data(Model):
    """Where the datasets are."""

    folder: Annotated[
        str,
        Field(description="A folder that holds the files (.gz or not); auto: find or fetch"),
    ]


EXPERIMENTS = Field(description="Experiments that no setting can describe, by their names")
StudyName = Annotated[str, Field(pattern=rf"^{NAME.pattern}$")]


class Config(Model):
    """The whole config file."""

    results: Annotated[str, Field(pattern=r"^[^{}<>]+$", description="The folder for all results")]
    runs: Annotated[
        str,
        Field(pattern=r"^[^{}<>]+$", description="The folder of all runs, which configs can share"),
    ]
    data: Data
    device: Annotated[
        Literal["auto", "cpu", "cuda", "mps"],
        Field(description="Where networks are trained; auto: on an NVIDIA GPU if there is one"),
    ]
    jobs_per_device: Annotated[
        Whole, Field(ge=1, le=64, description="Training jobs that share an NVIDIA GPU")
    ]
    seeds_per_job: Annotated[
        Whole,
        Field(ge=1, le=1_000, description="Seeds of a job; a GPU trains them at the same time"),
    ]
    most_jobs: Annotated[
        Whole, Field(ge=1, le=1_000_000, description="Refuse to start more jobs than this")
    ]
    settings: Overrides = Field(  # pyright: ignore[reportInvalidTypeForm]
        default_factory=Overrides,
        description="Settings that every study starts from; those left out have the tutorial's values",
    )
    only: Annotated[
        Literal["all"] | tuple[str, ...],
        Field(union_mode="left_to_right", description="The studies to run: all, or their names"),
    ]
    studies: Annotated[
        dict[StudyName, Study],
        Field(min_length=1, description="Studies by name; null drops one"),
    ]
    experiments: Annotated[tuple[str, ...], AfterValidator(unique), EXPERIMENTS]
    trial: Annotated[
        Trial | None,
        Field(description="An activation on trial, with the studies as tasks; null: none"),
    ]

    @model_validator(mode="before")
    @classmethod
    def _drop_empty_studies(cls, value: Any) -> Any:
        if isinstance(value, Mapping) and isinstance(value.get("studies"), Mapping):
            studies = {k: v for k, v in value["studies"].items() if v is not None}
            return {**value, "studies": studies}
        return value

    @model_validator(mode="after")
    def _keep_only(self) -> Config:
        """Drop the studies that `only` does not name."""
        if self.only == "all":
            return self
        for name in self.only:
            if name not in self.studies:
                raise fail(f"only: there is no study {name}; {nearest(name, self.studies)}")
        kept = {name: study for name, study in self.studies.items() if name in self.only}
        return self.model_copy(update={"studies": kept})

    @model_validator(mode="after")
    def _confirmed(self) -> Config:
        """Refuse a config with more than `most_jobs` jobs.

        Jobs are counted here without building the grid.
        """
        jobs = sum(study.jobs(self.seeds_per_job, self.settings) for study in self.studies.values())
        if jobs > self.most_jobs:
            hours = sum(study.core_hours(self.settings) for study in self.studies.values())
            raise fail(
                f"the studies ask for {jobs:,} jobs, at most about {hours:,.0f} core-hours of "
                f"training; to confirm, raise most_jobs, which is {self.most_jobs}"
            )
        return self

    @model_validator(mode="after")
    def _possible_grids(self) -> Config:
        impossible, grids = [], {}
        for name, study in self.studies.items():
            try:
                grids[name] = study.grid(self.settings)
                impossible += _tuned_and_judged(name, study, grids[name])
            except ValidationError as error:
                impossible.append(f"studies.{name}: {error.errors()[0]['msg']}")
        if self.trial and not impossible:
            impossible = self.trial.mistakes(self.studies, grids)
        if impossible:
            raise fail("\n  ".join(impossible))
        return self


def _tuned_and_judged(name: str, study: Study, grid: Sequence[Settings]) -> list[str]:
    """Say which seeds of a study also tune its learning rate; nothing if none does."""
    rates = (settings.learning_rate for settings in grid)
    tuning = {seed for rate in rates if isinstance(rate, Tuned) for seed in rate.seeds}
    both = sorted(tuning & set(study.seeds))
    if not both:
        return []
    seeds = ", ".join(map(str, both))
    return [f"studies.{name}.seeds: {seeds} tune the learning rate; judge other seeds"]


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
        raise ConfigError(told(Config, error)) from None


def schema() -> dict[str, Any]:
    """Return the JSON schema of the config file."""
    made = Config.model_json_schema()
    studies = made["properties"]["studies"]["patternProperties"]
    for pattern, study in studies.items():
        studies[pattern] = {"anyOf": [study, {"type": "null"}]}  # null drops a study
    return {"$schema": "https://json-schema.org/draft/2020-12/schema", **_bounds_named(made)}


BOUNDS = {
    **{"gt": "exclusiveMinimum", "ge": "minimum"},
    **{"lt": "exclusiveMaximum", "le": "maximum"},
}


def _bounds_named(part: Any) -> Any:
    """Rename bounds to JSON schema's names.

    Pydantic keeps its own names (`ge`, `lt`) for fields that have one of our validators.
    """
    if isinstance(part, list):
        return [_bounds_named(item) for item in part]
    if isinstance(part, dict):
        return {BOUNDS.get(key, key): _bounds_named(value) for key, value in part.items()}
    return part
