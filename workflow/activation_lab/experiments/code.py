"""What the workflow needs to know of experiments: which there are, and the digest of their code."""

from __future__ import annotations

from collections.abc import Iterable

from activation_lab.config.read import ConfigError
from activation_lab.experiments import EXPERIMENTS
from activation_lab.experiments.base import DATASET
from activation_lab.pipeline.digests import digest
from activation_lab.pipeline.plan import DATA
from activation_lab.typed import nearest

FILES = [f"{DATA}/{file}" for file in DATASET.files]


def check(names: Iterable[str]) -> None:
    """Raise `ConfigError` if a name is not that of an experiment."""
    for name in names:
        if name not in EXPERIMENTS:
            raise ConfigError(
                f"experiments: there is no experiment {name}; {nearest(name, EXPERIMENTS)}"
            )


def code(name: str) -> str:
    """Return the digest of the code that an experiment's result depends on."""
    entries = {entry for settings in EXPERIMENTS[name].settings for entry in settings.entries}
    return digest("experiment", [("experiment", name), ("dataset", DATASET.name), *entries])
