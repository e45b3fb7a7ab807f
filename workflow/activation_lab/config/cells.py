"""From the config to the cells of its studies, and to the jobs that make their runs: pure functions."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from activation_lab.config.jobs import Batch, Job, Tuning
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
