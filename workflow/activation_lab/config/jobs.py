"""What Snakemake starts: jobs that train, tunings, and batches of untrained networks."""

from __future__ import annotations

from typing import Any

from pydantic import BaseModel, ConfigDict

from activation_lab.datasets.base import Dataset
from activation_lab.learning_rates import Tuned
from activation_lab.protocol import Settings


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
