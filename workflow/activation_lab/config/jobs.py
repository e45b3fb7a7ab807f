"""The cells, runs, jobs and batches that the studies ask for: pure functions of the config."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from pydantic import BaseModel, ConfigDict

from activation_lab.config.read import Config, Study
from activation_lab.datasets import DATASETS
from activation_lab.datasets.base import Dataset
from activation_lab.learning_rates import TUNED, Tuned
from activation_lab.protocol import Settings

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
        """The settings of its runs.

        If the networks are not trained, the training settings have their default values.
        """
        return self.settings if self.settings.epochs else self.settings.untrained


class _Runs(BaseModel):
    """Runs of the same settings that are made together."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    settings: Settings

    @property
    def folder(self) -> str:
        """The folder of all runs of these settings, under `runs/`."""
        settings = self.settings
        network = str(settings.network)[
            :60
        ]  # a hundred different layers would be too long for a file system
        return f"{settings.data.slug}/{network}/{settings.activation}/{settings.id}"

    @property
    def dataset(self) -> Dataset:
        """Their dataset."""
        return self.settings.data

    @property
    def own_files(self) -> dict[str, str]:
        """The files of a user's own that they use, by how the config names them."""
        return self.settings.own_files

    @property
    def entries(self) -> list[tuple[str, str]]:
        """The entries of registries that they use: kind and name."""
        return self.settings.entries

    def _cost(self, runs: int) -> float:
        """About how many multiplications and additions so many runs take.

        With early stopping, two thirds of the epochs are counted: that is how many the tutorial's
        networks train.
        """
        settings = self.settings
        epochs = settings.epochs * (1 if settings.stop == "never" else 2 / 3)
        passes = runs * settings.training_images * (3 * epochs + 1)
        return passes * settings.network.multiplications(settings.data)


class Tuning(_Runs):
    """Runs that choose a learning rate: settings, whose rate is a grid and whose epochs are its own."""

    @property
    def tuned(self) -> Tuned:
        """The grid of rates, and the seeds that try them."""
        assert isinstance(self.settings.learning_rate, Tuned)
        return self.settings.learning_rate

    @property
    def rates(self) -> tuple[float, ...]:
        """The grid."""
        assert self.tuned.rates
        return self.tuned.rates

    @property
    def id(self) -> str:
        """Its folder under `runs/`."""
        return f"{self.folder}/tuning"

    @property
    def columns(self) -> dict[str, Any]:
        """The columns that identify its rows, apart from the seed and the rate that it tries."""
        columns = self.settings.columns
        del columns["learning_rate"]
        return columns

    @property
    def cost(self) -> float:
        """About how many multiplications and additions it takes."""
        return self._cost(len(self.rates) * len(self.tuned.seeds))


class Job(_Runs):
    """Settings and a block of seeds: runs that are made together.

    `rate` is the learning rate that tuning chose, once it has.
    """

    seeds: tuple[int, ...]
    rate: float | None = None

    @property
    def id(self) -> str:
        """The folder of its runs under `runs/`."""
        return f"{self.folder}/seeds-{self.seeds[0]}-{self.seeds[-1]}"

    @property
    def tuning(self) -> Tuning | None:
        """The runs that choose its learning rate; None if the config gives it."""
        return Tuning(settings=self.settings.tuning) if self.settings.tuning else None

    @property
    def trained_with(self) -> Settings:
        """The settings with the learning rate that tuning chose."""
        return self.settings if self.rate is None else self.settings.at(self.rate)

    @property
    def cost(self) -> float:
        """About how many multiplications and additions the job takes."""
        return self._cost(len(self.seeds))

    @property
    def columns(self) -> dict[str, Any]:
        """The columns that identify the rows of these runs, apart from the seed."""
        chosen = {} if self.rate is None else {"learning_rate": self.rate}
        return {**self.settings.columns, **chosen}


class Batch(BaseModel):
    """Jobs of untrained networks with the same dataset and activation, which share a process."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    number: int
    jobs: tuple[Job, ...]

    @property
    def id(self) -> str:
        """Its folder under `untrained/`."""
        settings = self.jobs[0].settings
        return f"{settings.data.slug}/{settings.activation}/{self.number}"

    @property
    def own_files(self) -> dict[str, str]:
        """The files of a user's own that its jobs use, by how the config names them."""
        return {name: file for job in self.jobs for name, file in job.own_files.items()}

    @property
    def dataset(self) -> Dataset:
        """The dataset of its jobs."""
        return self.jobs[0].dataset

    @property
    def entries(self) -> list[tuple[str, str]]:
        """The entries of registries that its jobs use: kind and name."""
        return [entry for job in self.jobs for entry in job.entries]

    @property
    def cost(self) -> float:
        """About how many multiplications and additions its jobs take."""
        return sum(job.cost for job in self.jobs)


def show(value: Any) -> str:
    """Return a setting's value as ids and tables show it.

    >>> show(0.01), show("never")
    ('0.01', 'never')
    """
    if isinstance(value, Tuned):
        return TUNED
    return repr(value) if isinstance(value, float) else str(value)


def cell_id(settings: Settings, study: Study) -> str:
    """Return a readable id: the activation, then whatever else the study varies."""
    others = [name for name in study.axes if name != "activation"]
    shown = {**dict(settings), "dataset": settings.data.slug}  # a path is no part of a name
    parts = [f"{name.replace('_', '-')}-{show(shown[name])}" for name in others]
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


def rows(config: Config, rates: Mapping[str, float] = {}) -> list[dict[str, Any]]:
    """Return the rows of the table `cells`, without their labels.

    `rates` are those that tuning chose, by the id of its settings; one that is not there is None.
    """
    return [_row(cell, rates) for cell in cells(config)]


def _row(cell: Cell, rates: Mapping[str, float]) -> dict[str, Any]:
    tuning = cell.settings.tuning
    chosen = {"learning_rate": rates.get(tuning.id)} if tuning else {}
    return {
        "study": cell.study,
        "cell": cell.name,
        **cell.settings.columns,
        **chosen,
        "tuning_id": tuning.id if tuning else None,
        "settings_id": cell.runs.id,
        "untrained_id": cell.settings.untrained.id,
        "seeds": list(cell.seeds),
        "varied": list(cell.varied),
        "dataset_title": cell.settings.data.title,
        "network_title": cell.settings.network.title,
        "family": cell.settings.network.family,
        "width": cell.settings.network.equal_width,
        **cell.settings.others,
    }


def jobs(config: Config) -> list[Job]:
    """Return every job of every study; a run that several cells ask for is in one job.

    If a cell trains its networks, a separate job measures the same networks before training. Training
    settings make no difference to that job, so cells can share it.
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


def tunings(jobs: Iterable[Job]) -> list[Tuning]:
    """Return the runs that choose the learning rates of these jobs, each once."""
    each = {job.tuning.id: job.tuning for job in jobs if job.tuning}
    return list(each.values())


def datasets(config: Config) -> list[Dataset]:
    """Return the datasets that the cells of a config use, in the order of their registry.

    A user's own come last.
    """
    used = {cell.settings.dataset: cell.settings.data for cell in cells(config)}
    order = {name: number for number, name in enumerate(DATASETS)}
    return [used[name] for name in sorted(used, key=lambda name: order.get(name, len(order)))]


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
