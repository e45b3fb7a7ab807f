"""Tables in which claims of `claims/sigmoid.py` are true, false and on the border."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from activation_lab.analysis.claims.base import Tables
from activation_lab.analysis.claims.power.base import BORDERLINE, FALSE, TRUE, scenario
from activation_lab.analysis.claims.power.planted import (
    SEEDS,
    Row,
    cell,
    each_seed,
    runs,
    tables,
)
from activation_lab.analysis.claims.sigmoid import MANY_EPOCHS, MILESTONE, OTHERS

TWENTY = range(42, 62)  # the seeds of workflow/configs/full.yaml
TWENTY_NINE = range(42, 71)


def _learn(
    generator: np.random.Generator, share: float, seeds: Sequence[int], stop: str = "patience"
) -> Tables:
    """Draw sigmoid runs that learn with this probability, and stay at chance level otherwise."""
    base = cell(stop, activation="sigmoid", stop=stop)
    learns = dict(zip(seeds, generator.random(len(seeds)) < share, strict=True))

    def make(seed: int) -> Row:
        if learns[seed]:
            return {"test_accuracy": 0.79, "plateau_exit_epoch": 19}
        return {"status": "plateau", "test_accuracy": 0.1, "plateau_exit_epoch": None}

    return tables([base], runs=runs(base, make, seeds))


@scenario("sigmoid-fails", TRUE, "1 run in 20 learns; 5 seeds, too few to decide")
def _most_fail(generator: np.random.Generator) -> Tables:
    return _learn(generator, 0.05, SEEDS)


@scenario("sigmoid-fails", TRUE, "1 run in 20 learns; 20 seeds")
def _most_of_twenty_fail(generator: np.random.Generator) -> Tables:
    return _learn(generator, 0.05, TWENTY)


@scenario("sigmoid-fails", FALSE, "19 runs in 20 learn; 20 seeds")
def _most_of_twenty_learn(generator: np.random.Generator) -> Tables:
    return _learn(generator, 0.95, TWENTY)


@scenario("sigmoid-fails", BORDERLINE, "1 run in 2 learns; 5 seeds")
def _half_fail(generator: np.random.Generator) -> Tables:
    return _learn(generator, 0.5, SEEDS)


@scenario("sigmoid-fails", BORDERLINE, "1 run in 2 learns; 20 seeds")
def _half_of_twenty_fail(generator: np.random.Generator) -> Tables:
    return _learn(generator, 0.5, TWENTY)


# Of these two claims one run that learns decides, whatever the share is. Only "none" can be wrong.
@scenario("sigmoid-fails-unstopped", TRUE, "no run learns; 29 seeds")
def _none_learns_unstopped(generator: np.random.Generator) -> Tables:
    return _learn(generator, 0.0, TWENTY_NINE, "never")


@scenario("sigmoid-fails-unstopped", FALSE, "every run learns")
def _all_learn_unstopped(generator: np.random.Generator) -> Tables:
    return _learn(generator, 1.0, SEEDS, "never")


@scenario("sigmoid-fails-unstopped", FALSE, "1 run in 10 learns, the least that counts; 29 seeds")
def _few_learn_unstopped(generator: np.random.Generator) -> Tables:
    return _learn(generator, 0.1, TWENTY_NINE, "never")


@scenario("sigmoid-trains", TRUE, "1 run in 5 learns")
def _some_learn(generator: np.random.Generator) -> Tables:
    return _learn(generator, 0.2, SEEDS)


@scenario("sigmoid-trains", TRUE, "1 run in 10 learns, the least that counts; 29 seeds")
def _few_learn(generator: np.random.Generator) -> Tables:
    return _learn(generator, 0.1, TWENTY_NINE)


@scenario("sigmoid-trains", FALSE, "no run learns; 29 seeds")
def _none_learns(generator: np.random.Generator) -> Tables:
    return _learn(generator, 0.0, TWENTY_NINE)


WAITED_NOISE = 3.0  # epochs, over seeds


def _waiting(generator: np.random.Generator, epochs: float) -> Tables:
    """Draw sigmoid runs that leave chance level after so many epochs in the mean."""
    base = cell("never", activation="sigmoid", stop="never")

    def make(_: int) -> Row:
        waited = max(round(generator.normal(epochs, WAITED_NOISE)), 0)
        return {"test_accuracy": 0.8, "plateau_exit_epoch": waited + 1}

    return tables([base], runs=runs(base, make))


@scenario("sigmoid-slow-start", TRUE, "16.6 epochs at chance level, as in the published run")
def _waits_long(generator: np.random.Generator) -> Tables:
    return _waiting(generator, 16.6)


@scenario("sigmoid-slow-start", FALSE, "1 epoch at chance level")
def _hardly_waits(generator: np.random.Generator) -> Tables:
    return _waiting(generator, 1)


@scenario("sigmoid-slow-start", BORDERLINE, f"{MANY_EPOCHS} epochs at chance level")
def _waits_as_long_as_patience(generator: np.random.Generator) -> Tables:
    return _waiting(generator, MANY_EPOCHS)


def _learning(generator: np.random.Generator, took: dict[str, float]) -> Tables:
    """Draw runs that take so many epochs from leaving chance level to the milestone, ± 1."""
    cells, rows, epochs = [], [], []
    for name in ("sigmoid", *OTHERS):
        stop = "never" if name == "sigmoid" else "patience"
        base = cell(name, activation=name, stop=stop)
        cells.append(base)
        rows += runs(base, lambda _: {"test_accuracy": 0.8, "epochs": 50})

        def arrival(_: int, name: str = name) -> Row:
            epoch = 1 + max(round(generator.normal(took[name], 1)), 0)
            return {"epoch": epoch, "val_accuracy": MILESTONE}

        epochs += each_seed(base, arrival)
    return tables(cells, runs=rows, metrics=epochs)


@scenario("sigmoid-slow-start-after", TRUE, "10 epochs with sigmoid and 2 with the others")
def _slower(generator: np.random.Generator) -> Tables:
    return _learning(generator, {"sigmoid": 10, **dict.fromkeys(OTHERS, 2)})


@scenario("sigmoid-slow-start-after", FALSE, "5 epochs with sigmoid and 10 with Swish")
def _faster_than_one(generator: np.random.Generator) -> Tables:
    return _learning(generator, {"sigmoid": 5, **dict.fromkeys(OTHERS, 2), "swish": 10})


@scenario(
    "sigmoid-slow-start-after", BORDERLINE, "10 epochs with sigmoid and Swish, 2 with the others"
)
def _as_fast_as_one(generator: np.random.Generator) -> Tables:
    return _learning(generator, {"sigmoid": 10, **dict.fromkeys(OTHERS, 2), "swish": 10})


@scenario("sigmoid-slow-start-after", BORDERLINE, "10 epochs with all six")
def _as_fast_as_all(generator: np.random.Generator) -> Tables:
    return _learning(generator, dict.fromkeys(("sigmoid", *OTHERS), 10))
