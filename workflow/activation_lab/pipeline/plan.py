"""The plan of a config: what the rules ask for, checked before any job starts."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from activation_lab.activations.catalogue import build, check
from activation_lab.config.cells import (
    Cell,
    batches,
    cells,
    datasets,
    jobs,
    tunings,
)
from activation_lab.config.jobs import Batch, Job, Tuning
from activation_lab.config.read import Config, ConfigError
from activation_lab.config.trial import Trial
from activation_lab.datasets.base import Dataset
from activation_lab.dotted import own, source
from activation_lab.networks import own as own_network
from activation_lab.pipeline.digests import code_of, digest
from activation_lab.protocol import Activation, Settings

DATA = "results/data"  # the folder of all datasets: no config changes it


@dataclass(frozen=True)
class Plan:
    """The jobs and batches that the rules make, by their ids, and settings as text for commands.

    `jobs` train; `tunings` choose learning rates; `batches` measure untrained networks; `asked` maps
    the id of settings to the studies that use them.
    """

    jobs: Mapping[str, Job]
    tunings: Mapping[str, Tuning]
    batches: Mapping[str, Batch]
    asked: Mapping[str, tuple[str, ...]]
    studies: tuple[str, ...]
    datasets: tuple[Dataset, ...]
    activations: str
    own_activations: tuple[str, ...]
    trial: Trial | None

    @classmethod
    def of(cls, config: Config) -> Plan:
        """Return the plan of a config.

        Raises `OwnCodeError` if a user's own activation or network cannot be used,
        `InitialisationError` if an activation has no critical initialisation, and `ConfigError` if two
        cells of a study, two activations or two datasets have the same name.
        """
        grid = cells(config)
        _check_slugs(datasets(config))
        _check_names(grid)
        planned = jobs(config)
        functions = _labelled(job.settings.activation for job in planned)
        for function in functions.values():
            if own(function.name):
                check(function.name, function.parameters)
        for settings in {job.settings.id: job.settings for job in planned}.values():
            _check_critical(settings)
            if isinstance(settings.network, own_network.Own):
                own_network.check(settings.network, settings.data, settings.normalisation)
        measured = [job for job in planned if not job.settings.epochs]
        return cls(
            jobs={job.id: job for job in planned if job.settings.epochs},
            tunings={tuning.id: tuning for tuning in tunings(planned)},
            batches={batch.id: batch for batch in batches(measured)},
            asked=_asked(grid),
            studies=tuple(config.studies),
            datasets=tuple(datasets(config)),
            own_activations=tuple(
                sorted({source("activation", f.name) for f in functions.values() if own(f.name)})
            ),
            trial=config.trial,
            activations=json.dumps([function.model_dump() for function in functions.values()]),
        )

    @property
    def entries(self) -> set[tuple[str, str]]:
        """The entries of registries that any job uses: kind and name."""
        jobs = [*self.jobs.values(), *(job for b in self.batches.values() for job in b.jobs)]
        return {entry for job in jobs for entry in job.settings.entries}

    def code(self, stage: str) -> Callable[[Any], str]:
        """Return the function that tells a rule the digest of a stage's code for its wildcards."""

        def of(wildcards: Any) -> str:
            return code_of(stage, self._found(wildcards))

        return of

    def code_for_all(self, stage: str, *kinds: str) -> str:
        """Return the digest of a stage's code, with the entries of these kinds that any job uses."""
        return digest(stage, [entry for entry in self.entries if entry[0] in kinds])

    def own_files(self, wildcards: Any) -> list[str]:
        """Return the files of a user's own that a job or a batch uses."""
        return sorted(self._found(wildcards).own_files.values())

    def own_data(self, wildcards: Any) -> list[str]:
        """Return the file of a user's own dataset, if it is one."""
        file = self.dataset(wildcards).own
        return [str(file)] if file else []

    def data(self, wildcards: Any) -> list[str]:
        """Return the files of the dataset of a job or a batch, or of the one that is named."""
        return [f"{DATA}/{file}" for file in self.dataset(wildcards).files]

    def dataset(self, wildcards: Any) -> Dataset:
        """Return the dataset of a job or a batch, or the one that is named."""
        slug = getattr(wildcards, "dataset", None)
        found = (dataset for dataset in self.datasets if dataset.slug == slug)
        return next(found) if slug else self._found(wildcards).dataset

    def priority(self, wildcards: Any) -> int:
        """Return how early a job should start: the longest first.

        Then no long job is left running alone at the end.
        """
        return round(self._found(wildcards).cost)

    def _found(self, wildcards: Any) -> Job | Batch | Tuning:
        batch, tuning = (getattr(wildcards, name, None) for name in ("batch", "tuning"))
        if tuning:
            return self.tunings[tuning]
        return self.batches[batch] if batch else self.jobs[wildcards.job]

    def tuning(self, wildcards: Any) -> list[str]:
        """Return the id of what chooses a job's learning rate; none if the config gives it."""
        tuning = self.jobs[wildcards.job].tuning
        return [tuning.id] if tuning else []

    def job(self, wildcards: Any) -> str:
        """Return the job, the batch or the tuning that the wildcards name, as JSON."""
        return self._found(wildcards).model_dump_json()


def _asked(grid: Sequence[Cell]) -> dict[str, tuple[str, ...]]:
    """Return the studies that use the settings of each run, by the settings' id."""
    asked: dict[str, dict[str, None]] = {}
    for cell in grid:
        asked.setdefault(cell.runs.id, {})[cell.study] = None
        if cell.settings.tuning:
            asked.setdefault(cell.settings.tuning.id, {})[cell.study] = None
    return {name: tuple(studies) for name, studies in asked.items()}


def _check_names(planned: Sequence[Cell]) -> None:
    """Raise `ConfigError` if two cells of a study have the same name."""
    known: set[tuple[str, str]] = set()
    for cell in planned:
        if (cell.study, cell.name) in known:
            raise ConfigError(f"studies.{cell.study}: two cells would both be called {cell.name}")
        known.add((cell.study, cell.name))


def _check_slugs(used: Iterable[Dataset]) -> None:
    """Raise `ConfigError` if two datasets would have the same folder."""
    known: dict[str, Dataset] = {}
    for dataset in used:
        other = known.setdefault(dataset.slug, dataset)
        if other is not dataset:
            raise ConfigError(
                f"studies: the datasets {other.name} and {dataset.name} would both be called "
                f"{dataset.slug}: give a file another name"
            )


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
    """Raise `InitialisationError` if an activation has no edge of chaos.

    For catalogue activations with their default parameters, the catalogue says so. All others are
    computed here with torch, which takes seconds to import.
    """
    activation = settings.activation
    known = not own(activation.name) and not activation.parameters
    if settings.initialisation == "critical" and not known:
        from activation_lab.theory.critical import initialisation, numeric

        phi = build(activation.name, activation.parameters)
        initialisation("critical", numeric(phi), str(activation))
