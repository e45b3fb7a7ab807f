"""The tutorial's protocol: the settings that decide a run, with their defaults.

The config's keys and their meaning, its JSON schema, the published protocol, the documents, benchmarks
and tests all take the protocol from here.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping
from typing import Annotated, Any, Literal

from pydantic import (
    BeforeValidator,
    Field,
    SerializeAsAny,
    model_validator,
)

from activation_lab import datasets, networks
from activation_lab.activations.catalogue import ACTIVATIONS
from activation_lab.activations.named import Activation
from activation_lab.datasets import DATASETS, own_file
from activation_lab.datasets.base import Dataset
from activation_lab.datasets.checked_files import DataError
from activation_lab.dotted import own, source
from activation_lab.initialisations import INITIALISATIONS
from activation_lab.learning_rates import USUAL, LearningRate, Tuned, with_usual_rates
from activation_lab.networks.base import Network
from activation_lab.networks.own import Own
from activation_lab.typed import Model, Number, Whole, fail

# pyright does not take the names of a `Literal` from a variable.
INITIALISED = (*INITIALISATIONS, "critical")
# The names only: what they mean is in training/fit.py, which needs torch.
OPTIMIZERS = tuple(USUAL)


# The measures: how many images they take, and their limits.
GRADIENT_IMAGES = 256  # the tutorial's choice
ACTIVATION_IMAGES = 1_024  # the tutorial's choice
JACOBIAN_IMAGES = 4
JACOBIAN_OUTPUTS = 2_048  # of a network whose Jacobians are measured, at most
WATCHED_IMAGES = 2_048  # on which units that die and revive are counted
FIRST_IMAGES = 1_000  # on which dead units are predicted, and counted beside the prediction
DRAWN_UNITS = 4_000  # of a layer, for that prediction: a standard error of 0.8 points at most
BINS = 50  # as in the tutorial's histograms
QUANTILES = (0.01, 0.05, 0.25, 0.5, 0.75, 0.95, 0.99)
# A derivative of at most this counts as no gradient; whether it is exactly 0 depends on the kernel.
EPSILON = 1e-6
SATURATION = 1 - 0.97**2  # tanh's slope where |tanh| = 0.97, as a share of its steepest slope
# A network has left the plateau once its accuracy has risen by this share of the way from chance level
# to 100%: to 20% for ten classes. A lower limit would not do: on the plateau, a network that predicts
# only one or two classes fluctuates up to 15%.
PLATEAU = 1 / 9
ALPHA = 0.05  # the chance of a false positive, at most: intervals are of 95%


def _dataset(name: object) -> object:
    """Check the name of a dataset, and with it a user's own file."""
    try:
        if isinstance(name, str):
            datasets.named(name)
    except DataError as error:
        raise fail(str(error)) from error
    return name


OWN_DATASET = Annotated[str, Field(pattern=f"^{own_file.PATH.pattern}$")]
NAMED_DATASET = Literal[tuple(DATASETS)]  # pyright: ignore[reportInvalidTypeForm]


class Settings(Model):
    """Everything that decides a run, except its seed. The defaults are the tutorial's protocol."""

    dataset: Annotated[
        str,
        BeforeValidator(_dataset, json_schema_input_type=NAMED_DATASET | OWN_DATASET),
        Field(description="The dataset; or your own, the path of an .npz file"),
    ] = datasets.DEFAULT
    network: Annotated[
        SerializeAsAny[Network],
        BeforeValidator(networks.read, json_schema_input_type=networks.ACCEPTED),
        Field(
            description="Units of each hidden layer: a list, or {depth: 32, width: 128}. Or another "
            "family: {family: residual, depth: 16, width: 128}, conv, transformer. Or your own"
        ),
    ] = networks.read([512, 256, 256, 128])
    activation: Annotated[
        Activation, Field(description="The function after every hidden layer")
    ] = Activation(name="relu")
    initialisation: Annotated[
        Literal[INITIALISED],  # pyright: ignore[reportInvalidTypeForm]
        Field(description="How the initial weights are drawn"),
    ] = "default"
    normalisation: Annotated[
        Literal["none", "batch", "layer"],
        Field(description="Batch or layer normalisation before every activation"),
    ] = "none"
    optimizer: Annotated[
        Literal[OPTIMIZERS],  # pyright: ignore[reportInvalidTypeForm]
        Field(description="The optimizer"),
    ] = "sgd"
    learning_rate: Annotated[
        LearningRate,
        Field(
            description="Step size. tuned: the best of a grid, chosen for each cell on seeds that are "
            "not judged; or with rates, seeds and epochs of your own"
        ),
    ] = 0.01
    schedule: Annotated[
        Literal["constant", "cosine"],
        Field(description="The learning rate over the epochs; cosine: down to 0 after the last"),
    ] = "constant"
    momentum: Annotated[
        Number, Field(ge=0, lt=1, description="Momentum of sgd, nesterov and rmsprop")
    ] = 0.9
    weight_decay: Annotated[Number, Field(ge=0, le=1_000, description="Weight decay")] = 0.0
    batch_size: Annotated[Whole, Field(ge=1, description="Examples per step")] = 256
    epochs: Annotated[
        Whole, Field(ge=0, le=100_000, description="The largest number of epochs; 0: do not train")
    ] = 50
    stop: Annotated[
        Literal["patience", "never"],
        Field(description="patience: stop early; never: train all epochs"),
    ] = "patience"
    patience: Annotated[
        Whole,
        Field(ge=1, description="Stop after so many epochs without a better validation accuracy"),
    ] = 7
    precision: Annotated[
        Literal["float32", "tf32", "bfloat16"],
        Field(
            description="Precision of the matrix products in training steps; "
            "tf32: only on NVIDIA GPUs"
        ),
    ] = "float32"
    training_images: Annotated[
        Whole,
        Field(
            ge=1_024,
            description="How many of the dataset's training images to train on, from the first; "
            "or all",
        ),
    ] = DATASETS[datasets.DEFAULT].training

    @model_validator(mode="before")
    @classmethod
    def _all_images(cls, value: Any) -> Any:
        """Use all images of the dataset if the config says `all`, or says nothing."""
        if isinstance(value, Mapping) and value.get("training_images", "all") == "all":
            name = value.get("dataset", datasets.DEFAULT)
            try:
                return {**value, "training_images": datasets.named(str(name)).training}
            except DataError:
                return value  # the field says what is wrong with it
        return value

    @model_validator(mode="before")
    @classmethod
    def _rates(cls, value: Any) -> Any:
        """Fill in the rates to try if the config gives none; an untrained network needs none."""
        if not isinstance(value, Mapping) or "learning_rate" not in value:
            return value
        rate = with_usual_rates(value["learning_rate"], value.get("optimizer", "sgd"))
        others = {name: given for name, given in value.items() if name != "learning_rate"}
        if value.get("epochs") == 0 and not isinstance(rate, (int, float, str)):
            return others
        return {**others, "learning_rate": rate}

    @model_validator(mode="after")
    def _possible(self) -> Settings:
        there = self.data.training
        if self.training_images > there:
            raise fail(
                f"training_images ({self.training_images}) must not exceed the {there} of "
                f"{self.dataset}"
            )
        unfit = self.network.unfit(self.data)
        if unfit:
            raise fail(f"network {self.network} {unfit}; {self.dataset} cannot be used with it")
        if self.batch_size > self.training_images:
            raise fail(
                f"batch_size ({self.batch_size}) must not exceed "
                f"training_images ({self.training_images}): the last partial batch is dropped"
            )
        entry = ACTIVATIONS.get(self.activation.name)
        if self.epochs and entry and entry.untrainable:
            raise fail(
                f"activation {self.activation.name} cannot be trained: {entry.untrainable}. "
                "It can stand in a study with epochs: 0"
            )
        if self.initialisation == "critical" and entry and not entry.critical:
            raise fail(
                f"activation {self.activation.name} has no stable critical initialisation; "
                f"use one of {', '.join(INITIALISATIONS)} for it"
            )
        if self.optimizer == "nesterov" and self.momentum == 0:
            raise fail("nesterov needs a momentum above 0")
        return self

    @property
    def data(self) -> Dataset:
        """The dataset itself."""
        return datasets.named(self.dataset)

    @property
    def rate(self) -> float:
        """The learning rate as a number. Raises `ValueError` if it has still to be chosen."""
        if isinstance(self.learning_rate, Tuned):
            raise ValueError("the learning rate has not been chosen yet")
        return self.learning_rate

    @property
    def tuning(self) -> Settings | None:
        """The settings of the runs that choose the learning rate; None if the config gives it."""
        if isinstance(self.learning_rate, Tuned):
            return self.model_copy(update={"epochs": self.learning_rate.epochs})
        return None

    def at(self, rate: float) -> Settings:
        """The same settings at a learning rate."""
        return self.model_copy(update={"learning_rate": rate})

    @property
    def id(self) -> str:
        """A short digest of all settings: the name of their runs' folder."""
        text = json.dumps(self.model_dump(mode="json"), sort_keys=True)
        return hashlib.sha256(text.encode()).hexdigest()[:10]

    @property
    def entries(self) -> list[tuple[str, str]]:
        """The entries of registries that it uses: kind and name."""
        return [
            ("dataset", self.dataset),
            ("network", self.network.family),
            ("activation", self.activation.name),
            ("initialisation", self.initialisation),
        ]

    @property
    def own_files(self) -> dict[str, str]:
        """The files of a user's own activation, network and dataset, by how the config names them.

        Raises `OwnCodeError` if one is not there.
        """
        name, files = self.activation.name, {}
        if own(name):
            files[name] = source("activation", name)
        if isinstance(self.network, Own):
            files[self.network.path] = source("network", self.network.path)
        if self.data.own:
            files[self.dataset] = str(self.data.own)
        return files

    @property
    def columns(self) -> dict[str, Any]:
        """The columns that the rows of every run carry; a rate that is tuned is None."""
        return {
            "settings_id": self.id,
            "dataset": self.dataset,
            "network": str(self.network),
            "activation": str(self.activation),
            "depth": self.network.sites(self.data),
            "initialisation": self.initialisation,
            "optimizer": self.optimizer,
            "learning_rate": None if self.tuning else self.rate,
        }

    @property
    def others(self) -> dict[str, Any]:
        """All other settings, by name."""
        return {name: value for name, value in dict(self).items() if name not in self.columns}

    @property
    def untrained(self) -> Settings:
        """The settings of the same network without training.

        Training settings have their default values.
        """
        return self.model_copy(
            update={name: Settings.model_fields[name].default for name in TRAINING} | {"epochs": 0}
        )


# Settings that matter only in training.
TRAINING = (
    "optimizer",
    "learning_rate",
    "schedule",
    "momentum",
    "weight_decay",
    "batch_size",
    "stop",
    "patience",
    "precision",
)
