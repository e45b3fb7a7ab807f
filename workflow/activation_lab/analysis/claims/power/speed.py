"""Tables in which claims of `claims/speed.py` are true, false and on the border."""

from __future__ import annotations

import math
from collections.abc import Mapping

import numpy as np

from activation_lab.analysis.claims.base import Tables
from activation_lab.analysis.claims.power.base import BORDERLINE, FALSE, TRUE, scenario
from activation_lab.analysis.claims.power.planted import SEEDS, cell, each_seed, runs, tables
from activation_lab.analysis.claims.speed import LEAKY
from activation_lab.analysis.printed_numbers import PROTOCOL, TIMES_FASTER

SOON = {0.03: 4.0, 0.1: 3.5}  # epochs to 85% of the faster activation, by learning rate
PROTOCOL_SOON = {PROTOCOL["learning_rate"]: 4.6}
NOISE = 0.15  # standard deviation over seeds of their natural logarithm
LONGEST = 200  # epochs
NEVER = math.inf


def _draw(
    generator: np.random.Generator, times: Mapping[str, float], soon: Mapping[float, float]
) -> Tables:
    """Draw runs that take so many times as many epochs as the faster activation takes.

    Epochs are rounded up before they are multiplied, so that the true ratio is exact.
    """
    cells, ended, metrics = [], [], []
    for name, ratio in times.items():
        for rate, epochs in soon.items():
            base = cell(
                f"{name}-{rate}",
                activation=name,
                learning_rate=rate,
                stop="never",
                epochs=LONGEST,
                varied=["activation", "learning_rate"],
            )
            drawn = np.ceil(epochs * np.exp(NOISE * generator.normal(size=len(SEEDS)))) * ratio
            when = {seed: n for seed, n in zip(SEEDS, drawn.tolist(), strict=True) if n < NEVER}
            cells.append(base)
            ended += runs(base, lambda _: {"epochs": LONGEST})
            metrics += each_seed(
                base, lambda seed, when=when: {"epoch": int(when[seed]), "val_accuracy": 0.86}, when
            )
    return tables(cells, runs=ended, metrics=metrics)


@scenario("relu-faster", TRUE, "tanh takes 2 times as many epochs, sigmoid 5 times")
def _relu_is_faster(generator: np.random.Generator) -> Tables:
    return _draw(generator, {"relu": 1, "tanh": 2, "sigmoid": 5}, SOON)


@scenario("relu-faster", FALSE, "ReLU takes 2 times as many epochs as tanh")
def _relu_is_slower(generator: np.random.Generator) -> Tables:
    return _draw(generator, {"relu": 2, "tanh": 1, "sigmoid": 5}, SOON)


@scenario("relu-faster", BORDERLINE, "tanh takes as many epochs as ReLU, sigmoid 5 times as many")
def _tanh_is_as_fast(generator: np.random.Generator) -> Tables:
    return _draw(generator, {"relu": 1, "tanh": 1, "sigmoid": 5}, SOON)


@scenario("relu-faster-untuned", TRUE, "tanh takes 2 times as many epochs, sigmoid never arrives")
def _relu_is_faster_untuned(generator: np.random.Generator) -> Tables:
    return _draw(generator, {"relu": 1, "tanh": 2, "sigmoid": NEVER}, PROTOCOL_SOON)


@scenario("relu-faster-untuned", FALSE, "ReLU takes 2 times as many epochs as tanh")
def _relu_is_slower_untuned(generator: np.random.Generator) -> Tables:
    return _draw(generator, {"relu": 2, "tanh": 1, "sigmoid": NEVER}, PROTOCOL_SOON)


@scenario("relu-faster-untuned", BORDERLINE, "tanh takes as many, sigmoid never arrives")
def _tanh_is_as_fast_untuned(generator: np.random.Generator) -> Tables:
    return _draw(generator, {"relu": 1, "tanh": 1, "sigmoid": NEVER}, PROTOCOL_SOON)


@scenario("six-times-faster", TRUE, "tanh takes 10 times as many epochs, sigmoid 15 times")
def _ten_times(generator: np.random.Generator) -> Tables:
    return _draw(generator, {LEAKY: 1, "tanh": 10, "sigmoid": 15}, SOON)


@scenario("six-times-faster", FALSE, "tanh takes as many epochs as Leaky ReLU, sigmoid 3 times")
def _once(generator: np.random.Generator) -> Tables:
    return _draw(generator, {LEAKY: 1, "tanh": 1, "sigmoid": 3}, SOON)


@scenario("six-times-faster", BORDERLINE, "tanh takes 6 times as many epochs, sigmoid 15 times")
def _tanh_six_times(generator: np.random.Generator) -> Tables:
    return _draw(generator, {LEAKY: 1, "tanh": TIMES_FASTER, "sigmoid": 15}, SOON)


@scenario("six-times-faster", BORDERLINE, "both take 6 times as many epochs")
def _both_six_times(generator: np.random.Generator) -> Tables:
    return _draw(generator, {LEAKY: 1, "tanh": TIMES_FASTER, "sigmoid": TIMES_FASTER}, SOON)
