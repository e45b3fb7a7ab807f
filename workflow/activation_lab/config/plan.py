"""From the config to the list of jobs: a pure function, with readable ids."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from pydantic import BaseModel, ConfigDict

from activation_lab.activations.catalogue import build, check, own, source
from activation_lab.config.read import Config, ConfigError, Study
from activation_lab.protocol import Activation, Settings


class Job(BaseModel):
    """What Snakemake starts: one cell of a study and one block of consecutive seeds."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    study: str
    cell: str
    seeds: tuple[int, ...]
    settings: Settings

    @property
    def id(self) -> str:
        """The job's folder under `runs/`."""
        return f"{self.study}/{self.cell}/seeds-{self.seeds[0]}-{self.seeds[-1]}"

    @property
    def cost(self) -> float:
        """About how many multiply-adds the job takes.

        Of the epochs that patience may end, two thirds are counted: the share that the tutorial's
        networks train.
        """
        settings = self.settings
        epochs = settings.epochs * (1 if settings.stop == "never" else 2 / 3)
        passes = len(self.seeds) * settings.training_images * (3 * epochs + 1)
        return passes * settings.network.multiplications(settings.data)

    @property
    def keys(self) -> dict[str, Any]:
        """The columns that tell this job's rows from any other's, but for the seed."""
        settings = self.settings
        return {
            "study": self.study,
            "cell": self.cell,
            "activation": str(settings.activation),
            "network": str(settings.network),
            "depth": settings.network.depth,
            "initialisation": settings.initialisation,
            "optimizer": settings.optimizer,
            "learning_rate": settings.learning_rate,
        }


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


def seedless(planned: Iterable[Job]) -> list[Job]:
    """Return a job without seeds for each cell: what theory, which knows no seeds, is told of."""
    each = {(job.study, job.cell): job for job in planned}
    return [job.model_copy(update={"seeds": ()}) for job in each.values()]


def cells(config: Config) -> list[dict[str, Any]]:
    """Return the rows of the table `cells`: every setting of each cell, and what its study varies."""
    rows = []
    for job in seedless(jobs(config)):
        settings, network = dict(job.settings), job.settings.network
        others = {name: settings[name] for name in settings if name not in job.keys}
        varied = list(config.studies[job.study].axes)
        rows.append(
            {
                **job.keys,
                "family": network.family,
                "width": network.width,
                **others,
                "varied": varied,
            }
        )
    return rows


def jobs(config: Config) -> list[Job]:
    """Return every job of every study: one for each cell and block of seeds."""
    size = config.seeds_per_job
    return [
        Job(study=name, cell=cell_id(settings, study), seeds=block, settings=settings)
        for name, study in config.studies.items()
        for settings in study.grid(config.settings)
        for block in _blocks(sorted(study.seeds), size)
    ]


def _blocks(seeds: list[int], size: int) -> list[tuple[int, ...]]:
    return [tuple(seeds[i : i + size]) for i in range(0, len(seeds), size)]


@dataclass(frozen=True)
class Plan:
    """What the rules ask for: the jobs by their ids, and settings as text for the command line.

    `cells` is a digest of all cells, which of a large grid are too long for a command line.
    """

    jobs: Mapping[str, Job]
    studies: tuple[str, ...]
    activations: str
    cells: str
    own_sources: tuple[str, ...]

    @classmethod
    def of(cls, config: Config) -> Plan:
        """Return the plan of a config.

        Raises `ActivationError` for a user's own activation that cannot be used, `InitialisationError`
        where it has no critical initialisation, and `ConfigError` for two cells of one name, or two
        activations.
        """
        planned = {}
        for job in jobs(config):
            if job.id in planned:
                raise ConfigError(f"studies.{job.study}: two cells would both be called {job.cell}")
            planned[job.id] = job
        functions = _labelled(job.settings.activation for job in planned.values())
        for function in functions.values():
            if own(function.name):
                check(function.name, function.parameters)
        for job in planned.values():
            _check_critical(job.settings)
        theirs = [job.model_dump_json() for job in seedless(planned.values())]
        return cls(
            jobs=planned,
            studies=tuple(config.studies),
            cells=hashlib.sha256("".join(theirs).encode()).hexdigest(),
            own_sources=tuple(sorted({source(f.name) for f in functions.values() if own(f.name)})),
            activations=json.dumps([function.model_dump() for function in functions.values()]),
        )

    def own_source(self, wildcards: Any) -> list[str]:
        """Return the file of a user's own activation, if the job that `wildcards.job` names has one."""
        name = self.jobs[wildcards.job].settings.activation.name
        return [source(name)] if own(name) else []

    def priority(self, wildcards: Any) -> int:
        """Return the cost of the job that `wildcards.job` names: the longest start first.

        None is then left running alone at the end.
        """
        return round(self.jobs[wildcards.job].cost)

    def job(self, wildcards: Any) -> str:
        """Return the job that `wildcards.job` names, as JSON."""
        return self.jobs[wildcards.job].model_dump_json()


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
