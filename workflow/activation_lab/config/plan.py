"""From the config to the list of jobs: a pure function, with readable folders."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from pydantic import BaseModel, ConfigDict

from activation_lab.activations.catalogue import build, check, own, source
from activation_lab.config.read import Config, ConfigError, Study
from activation_lab.protocol import Activation, Settings

# Untrained networks that share a process: its start takes as long as measuring one or two of them.
BATCH = 12


@dataclass(frozen=True)
class Cell:
    """A point of a study's grid, with the seeds of its runs."""

    study: str
    name: str
    settings: Settings
    seeds: tuple[int, ...]
    varied: tuple[str, ...]

    @property
    def runs(self) -> Settings:
        """The settings of its runs: of untrained networks without what only training would use."""
        return self.settings if self.settings.epochs else self.settings.untrained


class Job(BaseModel):
    """Settings and a block of seeds: runs that are made together."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    settings: Settings
    seeds: tuple[int, ...]

    @property
    def id(self) -> str:
        """The folder of its runs under `runs/`."""
        settings = self.settings
        network = str(settings.network)[
            :60
        ]  # a hundred different layers would be too long for a file system
        place = f"{settings.dataset}/{network}/{settings.activation}/{settings.id}"
        return f"{place}/seeds-{self.seeds[0]}-{self.seeds[-1]}"

    @property
    def activation(self) -> str:
        """The name of its activation, a dotted path where it is a user's own."""
        return self.settings.activation.name

    @property
    def cost(self) -> float:
        """About how many multiplications and additions the job takes.

        Of the epochs that patience may end, two thirds are counted: the share that the tutorial's
        networks train.
        """
        settings = self.settings
        epochs = settings.epochs * (1 if settings.stop == "never" else 2 / 3)
        passes = len(self.seeds) * settings.training_images * (3 * epochs + 1)
        return passes * settings.network.multiplications(settings.data)

    @property
    def columns(self) -> dict[str, Any]:
        """The columns that tell the rows of these runs from any other's, except the seed."""
        return self.settings.columns


class Batch(BaseModel):
    """Jobs of untrained networks with the same dataset and activation, which share a process."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    number: int
    jobs: tuple[Job, ...]

    @property
    def id(self) -> str:
        """Its folder under `untrained/`."""
        settings = self.jobs[0].settings
        return f"{settings.dataset}/{settings.activation}/{self.number}"

    @property
    def activation(self) -> str:
        """The name of its activation, a dotted path where it is a user's own."""
        return self.jobs[0].activation

    @property
    def cost(self) -> float:
        """About how many multiplications and additions its jobs take."""
        return sum(job.cost for job in self.jobs)


def show(value: Any) -> str:
    """Return a setting's value as ids and tables show it.

    >>> show(0.01), show("never")
    ('0.01', 'never')
    """
    return repr(value) if isinstance(value, float) else str(value)


def cell_id(settings: Settings, study: Study) -> str:
    """Return a readable id: the activation, then whatever else the study varies."""
    others = [name for name in study.axes if name != "activation"]
    parts = [f"{name.replace('_', '-')}-{show(getattr(settings, name))}" for name in others]
    return "_".join([str(settings.activation), *parts])


def cells(config: Config) -> list[Cell]:
    """Return the cells of all studies, in the config's order."""
    return [
        Cell(
            study=name,
            name=cell_id(settings, study),
            settings=settings,
            seeds=tuple(sorted(study.seeds)),
            varied=tuple(study.axes),
        )
        for name, study in config.studies.items()
        for settings in study.grid(config.settings)
    ]


def rows(config: Config) -> list[dict[str, Any]]:
    """Return the rows of the table `cells`, but for their labels."""
    return [
        {
            "study": cell.study,
            "cell": cell.name,
            **cell.settings.columns,
            "settings_id": cell.runs.id,
            "untrained_id": cell.settings.untrained.id,
            "seeds": list(cell.seeds),
            "varied": list(cell.varied),
            "family": cell.settings.network.family,
            "width": cell.settings.network.width,
            **cell.settings.others,
        }
        for cell in cells(config)
    ]


def jobs(config: Config) -> list[Job]:
    """Return every job of every study; a run that several cells ask for is in one job.

    The networks of a cell that trains are measured before training too, by a job of their own: how
    they would train makes no difference.
    """
    asked: dict[str, tuple[Settings, set[int]]] = {}
    for cell in cells(config):
        for settings in (cell.runs, cell.settings.untrained):
            asked.setdefault(settings.id, (settings, set()))[1].update(cell.seeds)
    return [
        Job(settings=settings, seeds=block)
        for settings, seeds in asked.values()
        for block in _blocks(sorted(seeds), config.seeds_per_job)
    ]


def _blocks(items: Sequence[Any], size: int) -> list[tuple[Any, ...]]:
    return [tuple(items[start : start + size]) for start in range(0, len(items), size)]


def untrained(config: Config) -> list[Settings]:
    """Return the settings of all networks before training, each once."""
    each = {cell.settings.untrained.id: cell.settings.untrained for cell in cells(config)}
    return list(each.values())


def batches(jobs: Iterable[Job]) -> list[Batch]:
    """Return jobs, all of untrained networks, as batches of one dataset and activation each."""
    together: dict[tuple[str, str], list[Job]] = {}
    for job in jobs:
        key = (job.settings.dataset, str(job.settings.activation))
        together.setdefault(key, []).append(job)
    return [
        Batch(number=number, jobs=tuple(some))
        for several in together.values()
        for number, some in enumerate(_blocks(several, BATCH), start=1)
    ]


@dataclass(frozen=True)
class Plan:
    """What the rules ask for: jobs and batches by their ids, and settings as text for commands.

    `jobs` train; `batches` measure untrained networks; `asked` says of settings, by their id, which
    studies ask for them. `networks` is a digest of all untrained
    networks, which theory looks at: of a large grid they are too long for a command line.
    """

    jobs: Mapping[str, Job]
    batches: Mapping[str, Batch]
    asked: Mapping[str, tuple[str, ...]]
    studies: tuple[str, ...]
    activations: str
    networks: str
    own_sources: tuple[str, ...]

    @classmethod
    def of(cls, config: Config) -> Plan:
        """Return the plan of a config.

        Raises `ActivationError` for a user's own activation that cannot be used, `InitialisationError`
        where it has no critical initialisation, and `ConfigError` for two cells of one name, or two
        activations.
        """
        grid = cells(config)
        _check_names(grid)
        planned = jobs(config)
        functions = _labelled(job.settings.activation for job in planned)
        for function in functions.values():
            if own(function.name):
                check(function.name, function.parameters)
        for job in planned:
            _check_critical(job.settings)
        measured = [job for job in planned if not job.settings.epochs]
        networks = sorted({job.settings.id for job in measured})
        return cls(
            jobs={job.id: job for job in planned if job.settings.epochs},
            batches={batch.id: batch for batch in batches(measured)},
            asked=_asked(grid),
            studies=tuple(config.studies),
            networks=hashlib.sha256("".join(networks).encode()).hexdigest(),
            own_sources=tuple(sorted({source(f.name) for f in functions.values() if own(f.name)})),
            activations=json.dumps([function.model_dump() for function in functions.values()]),
        )

    def own_source(self, wildcards: Any) -> list[str]:
        """Return the file of a user's own activation, if a job or a batch has one."""
        name = self._found(wildcards).activation
        return [source(name)] if own(name) else []

    def priority(self, wildcards: Any) -> int:
        """Return how early a job should start: the longest first.

        None is then left running alone at the end.
        """
        return round(self._found(wildcards).cost)

    def _found(self, wildcards: Any) -> Job | Batch:
        batch = getattr(wildcards, "batch", None)
        return self.batches[batch] if batch else self.jobs[wildcards.job]

    def job(self, wildcards: Any) -> str:
        """Return the job or the batch that the wildcards name, as JSON."""
        return self._found(wildcards).model_dump_json()


def _asked(grid: Sequence[Cell]) -> dict[str, tuple[str, ...]]:
    """Return for the settings of each run which studies ask for them."""
    asked: dict[str, dict[str, None]] = {}
    for cell in grid:
        asked.setdefault(cell.runs.id, {})[cell.study] = None
    return {name: tuple(studies) for name, studies in asked.items()}


def _check_names(planned: Sequence[Cell]) -> None:
    """Raise `ConfigError` for two cells of one study with one name."""
    known: set[tuple[str, str]] = set()
    for cell in planned:
        if (cell.study, cell.name) in known:
            raise ConfigError(f"studies.{cell.study}: two cells would both be called {cell.name}")
        known.add((cell.study, cell.name))


def _labelled(activations: Iterable[Activation]) -> dict[str, Activation]:
    """Return activations by the labels that they have in ids, tables and figures."""
    labelled: dict[str, Activation] = {}
    for activation in activations:
        other = labelled.setdefault(str(activation), activation)
        if other != activation:
            raise ConfigError(
                f"studies: {other.name} and {activation.name} would both be called {activation}: "
                "give your own another name"
            )
    return labelled


def _check_critical(settings: Settings) -> None:
    """Raise `InitialisationError` where no edge of chaos is found for a user's own activation.

    Of those in the registry it is known, without torch, which takes seconds to import.
    """
    activation = settings.activation
    known = not own(activation.name) and not activation.parameters
    if settings.initialisation == "critical" and not known:
        from activation_lab.theory.critical import initialisation, numeric

        phi = build(activation.name, activation.parameters)
        initialisation("critical", numeric(phi), str(activation))
