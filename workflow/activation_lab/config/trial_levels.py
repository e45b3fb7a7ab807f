"""What `make trial` asks for: the tasks, and how much a level spends on them.

A task has the optimizer and schedule that its literature uses, the same for all activations; only the
learning rate is tuned for each. `docs/trial.md` explains the protocol.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from activation_lab import networks
from activation_lab.activations.named import Activation
from activation_lab.config.trial import PLANNED
from activation_lab.datasets import named
from activation_lab.learning_rates import USUAL, grid
from activation_lab.wording import family, listed

FIRST_SEED = 101  # of those that are judged; tuning has 1, 2, 3
SGD = {"optimizer": "sgd", "momentum": 0.9, "batch_size": 256}
ADAM = {"optimizer": "adam", "batch_size": 100}  # MNIST-1D's authors
# Transformers are trained so since Vaswani et al. 2017 and Loshchilov & Hutter 2019.
ADAMW = {"optimizer": "adamw", "schedule": "cosine", "weight_decay": 0.01, "batch_size": 256}
RESIDUAL = {"family": "residual", "depth": 16, "width": 128}

TASKS: dict[str, dict[str, Any]] = {
    "fashion-mnist-mlp": {"dataset": "fashion-mnist", "network": [512, 256, 256, 128], **SGD},
    "fashion-mnist-residual": {"dataset": "fashion-mnist", "network": RESIDUAL, **SGD},
    "fashion-mnist-conv": {"dataset": "fashion-mnist", "network": "conv", **SGD},
    "fashion-mnist-transformer": {"dataset": "fashion-mnist", "network": "transformer", **ADAMW},
    "mnist1d-mlp": {"dataset": "mnist1d", "network": [100, 100], **ADAM},
    "mnist1d-conv": {"dataset": "mnist1d", "network": "conv", **ADAM},
    "cifar10-residual": {"dataset": "cifar10", "network": RESIDUAL, **SGD},
    "cifar10-conv": {"dataset": "cifar10", "network": "conv", **SGD},
}
SMALL = ("mnist1d-mlp", "mnist1d-conv", "fashion-mnist-mlp")
SIX = tuple(name for name in TASKS if not name.startswith("cifar10"))
# Accuracies closer than this are equivalent. MNIST-1D has 1,000 test signals: a point is ten of them.
MARGINS = {"mnist1d": 0.01}
MARGIN = 0.003


@dataclass(frozen=True)
class Level:
    """What a level spends: tasks, rivals, rates and seeds, and the epochs of tuning and of judging.

    `epochs` are those of datasets with tens of thousands of images; `small_epochs` those of MNIST-1D,
    whose 3,800 signals make 38 steps an epoch.
    """

    tasks: tuple[str, ...]
    rivals: tuple[str, ...]
    rates: int
    tuning_seeds: int
    seeds: int
    epochs: tuple[int, int]
    small_epochs: tuple[int, int]


LEVELS = {
    "quick": Level(SMALL, ("relu", "gelu"), 5, 1, 8, (3, 10), (40, 80)),
    "standard": Level(SIX, ("relu", "gelu", "swish"), 7, 2, 10, (5, 20), (50, 150)),
    "thorough": Level(
        tuple(TASKS), ("relu", "gelu", "swish", "leakyrelu", "tanh"), 7, 3, 30, (17, 50), (50, 150)
    ),
}


def config(
    candidate: Activation,
    rivals: Sequence[Activation],
    level: Level,
    tasks: Sequence[str],
    seeds: int,
    results: str,
) -> dict[str, Any]:
    """Return the config of a trial that is looked at for the first time."""
    return {
        "results": results,
        "only": list(tasks),
        "studies": {name: _study(TASKS[name], candidate, rivals, level, seeds) for name in tasks},
        "trial": {
            "candidate": _written(candidate),
            "rivals": [_written(rival) for rival in rivals],
            "margins": {name: margin(name) for name in tasks},
            "planned": max(PLANNED, seeds),
            "looks": [seeds],
        },
    }


def margin(task: str) -> float:
    """Return the difference in accuracy below which activations are equivalent on a task."""
    return MARGINS.get(TASKS[task]["dataset"], MARGIN)


def _study(
    task: Mapping[str, Any],
    candidate: Activation,
    rivals: Sequence[Activation],
    level: Level,
    seeds: int,
) -> dict[str, Any]:
    small = task["dataset"] == "mnist1d"
    tuning, judging = level.small_epochs if small else level.epochs
    tuned = {
        "rates": list(grid(USUAL[task["optimizer"]], level.rates)),
        "seeds": list(range(1, level.tuning_seeds + 1)),
        "epochs": tuning,
    }
    others = listed([str(rival) for rival in rivals])
    where = f"{named(task['dataset']).title} ({family(networks.read(task['network']).family)})"
    return {
        "question": f"Is {candidate} better than {others} on {where}, each at its own best rate?",
        "seeds": judged_seeds(seeds),
        "settings": {**task, "learning_rate": tuned, "epochs": judging, "stop": "never"},
        "vary": {"activation": [_written(phi) for phi in (candidate, *rivals)]},
    }


def judged_seeds(count: int) -> str:
    """Return the seeds of a look as a config has them.

    >>> judged_seeds(4)
    '101-104'
    """
    return f"{FIRST_SEED}-{FIRST_SEED + count - 1}"


def _written(activation: Activation) -> Any:
    """Return an activation as a person writes it in a config."""
    return activation.model_dump() if activation.parameters else activation.name
