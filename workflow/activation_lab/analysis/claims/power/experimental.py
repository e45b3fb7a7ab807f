"""Tables in which claims of `claims/experimental.py` are true, false and on the border."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import pandas as pd

from activation_lab.analysis.claims.base import Tables
from activation_lab.analysis.claims.experimental import SPREAD, WITHIN
from activation_lab.analysis.claims.power.base import BORDERLINE, FALSE, TRUE, scenario
from activation_lab.analysis.claims.power.planted import SEEDS, Row, tables
from activation_lab.schemas.experiments import EXPERIMENTS


def experiment(name: str, rows: Sequence[Row]) -> Tables:
    """Return tables with these rows of an experiment, and nothing else."""
    usual = {"experiment": name, "activation": "relu", "arm": "", "seed": 42, "layer": 1}
    made = pd.DataFrame(
        [{**usual, **row} for row in rows], columns=list(EXPERIMENTS["experiments"].columns)
    )
    return {**tables(), "experiments": made}


def zeros(shares: Sequence[tuple[float, float]]) -> Tables:
    """Return an experiment with these shares of zeros at units dead on all, and on the batch alone."""
    rows = [
        {"seed": seed, "quantity": quantity, "value": value}
        for seed, (by_all, by_batch) in zip(SEEDS, shares, strict=True)
        for quantity, value in (
            ("zeros", 1000),
            ("zeros_by_all", 1000 * by_all),
            ("zeros_by_batch", 1000 * by_batch),
        )
    ]
    return experiment("batch-or-all", rows)


def _around(generator: np.random.Generator, share: float) -> np.ndarray:
    return np.clip(generator.normal(share, 0.05, len(SEEDS)), 0, 1)


for name in ("relu-spike-cause", "relu-spike-cause-batch"):

    def _plant(generator: np.random.Generator, share: float, own: bool) -> Tables:
        found = [(x, 0.0) if own else (0.0, x) for x in _around(generator, share)]
        return zeros(found)

    for truth, words, value in (
        (TRUE, "7 zeros in 10", 0.7),
        (FALSE, "3 zeros in 10", 0.3),
        (BORDERLINE, "half of the zeros", 0.5),
    ):

        @scenario(name, truth, words)
        def _shares(
            generator: np.random.Generator,
            value: float = value,
            own: bool = name == "relu-spike-cause",
        ) -> Tables:
            return _plant(generator, value, own)


def _shrunk(generator: np.random.Generator, more: float) -> Tables:
    rows = []
    for seed in SEEDS:
        for factor, mean in ((1.0, 0.2), (SPREAD, 0.2 + more)):
            dead = int(generator.binomial(512, mean))
            rows += [
                {"seed": seed, "arm": f"spread {factor:g}", "quantity": quantity, "value": value}
                for quantity, value in (("dead", dead), ("units", 512))
            ]
    return experiment("shrunk-pixels", rows)


@scenario("input-std-protects", TRUE, "10 points more are dead with shrunk images")
def _more(generator: np.random.Generator) -> Tables:
    return _shrunk(generator, 0.1)


@scenario("input-std-protects", FALSE, "10 points fewer are dead with shrunk images")
def _fewer(generator: np.random.Generator) -> Tables:
    return _shrunk(generator, -0.1)


@scenario("input-std-protects", BORDERLINE, "as many are dead with shrunk images")
def _as_many(generator: np.random.Generator) -> Tables:
    return _shrunk(generator, 0)


def _alive(generator: np.random.Generator, off: float) -> Tables:
    rows = []
    for arm, predicted in (("2 layers of 2", 0.5625), ("10 layers of 2", 0.0563)):
        alive = int(generator.binomial(10_000, predicted + off))
        found = {"networks": 10_000, "alive": alive, "predicted_share": predicted}
        rows += [{"arm": arm, "quantity": q, "value": value} for q, value in found.items()]
    return experiment("collapse", rows)


@scenario("dies-in-probability", TRUE, "as the formula says")
def _as_said(generator: np.random.Generator) -> Tables:
    return _alive(generator, 0)


@scenario("dies-in-probability", FALSE, "5 points more than the formula says")
def _alive_more(generator: np.random.Generator) -> Tables:
    return _alive(generator, 0.05)


@scenario("dies-in-probability", BORDERLINE, "2 points more than the formula says")
def _alive_border(generator: np.random.Generator) -> Tables:
    return _alive(generator, WITHIN)
