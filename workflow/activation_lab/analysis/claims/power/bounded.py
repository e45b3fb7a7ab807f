"""Tables in which claims of `claims/bounded.py` are true, false and on the border."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from activation_lab.analysis.claims.base import Tables
from activation_lab.analysis.claims.bounded import GATHERED, HIGH_PEAK, MUCH
from activation_lab.analysis.claims.power.base import BORDERLINE, FALSE, TRUE, scenario
from activation_lab.analysis.claims.power.planted import Row, cell, values
from activation_lab.protocol import BINS

IMAGES = 100_000  # so many values in a histogram
NEAR_NOISE = 0.003  # over seeds, of the share of values around ½
FULLEST = 0.02  # share of values in the fullest window between
PEAK_NOISE = 0.35  # of the share of values at a bound, relative to it
SATURATED_NOISE = {"sigmoid": (0.01, 0.01, 0.01, 0.04), "tanh": (0.011,) * 4}  # by layer


def _near_half(generator: np.random.Generator, shares: Sequence[float]) -> Tables:
    """Draw sigmoid networks at chance level: the share of values around ½ in each layer."""

    def columns(_: str, layer: int, __: str) -> Row:
        share = min(shares[layer - 1] + generator.normal(0, NEAR_NOISE), 1)
        inside, outside = round(IMAGES * share), round(IMAGES * (1 - share) / 2)
        histogram = {"bin_edges": [0, 0.25, 0.75, 1], "counts": [outside, inside, outside]}
        return {"std": 0.1, **histogram}

    return values([cell("sigmoid", activation="sigmoid")], columns, status="plateau")


@scenario("sigmoid-half", TRUE, "97.5% in the first layer, 99.5% in the others")
def _gathered(generator: np.random.Generator) -> Tables:
    return _near_half(generator, [0.975, 0.995, 0.995, 0.995])


@scenario("sigmoid-half", FALSE, "90% in one layer")
def _not_gathered(generator: np.random.Generator) -> Tables:
    return _near_half(generator, [0.975, 0.995, 0.995, 0.9])


@scenario("sigmoid-half", BORDERLINE, f"{GATHERED:.0%} in one layer")
def _one_layer_on_the_border(generator: np.random.Generator) -> Tables:
    return _near_half(generator, [GATHERED, 0.995, 0.995, 0.995])


@scenario("sigmoid-half", BORDERLINE, f"{GATHERED:.0%} in every layer")
def _all_layers_on_the_border(generator: np.random.Generator) -> Tables:
    return _near_half(generator, [GATHERED] * 4)


def _peaks(generator: np.random.Generator, at_zero: float, at_one: float) -> Tables:
    """Draw trained sigmoid networks: the share of values at 0 and at 1; the fullest window has 2%."""

    def columns(_: str, __: int, ___: str) -> Row:
        zero, one = (max(share * generator.normal(1, PEAK_NOISE), 0) for share in (at_zero, at_one))
        rest = [(1 - FULLEST - zero - one) / (BINS - 3)] * (BINS - 3)
        shares = [zero, *rest[:20], FULLEST, *rest[20:], one]
        return {
            "bin_edges": np.linspace(0, 1, BINS + 1).tolist(),
            "counts": [round(IMAGES * share) for share in shares],
        }

    return values([cell("never", activation="sigmoid", stop="never")], columns)


@scenario("sigmoid-peaks", TRUE, "12% at 0 and at 1, 2% in the fullest window between")
def _both(generator: np.random.Generator) -> Tables:
    return _peaks(generator, 0.12, 0.12)


@scenario("sigmoid-peaks", FALSE, "1% at 0, 12% at 1, 2% in the fullest window between")
def _no_peak_at_zero(generator: np.random.Generator) -> Tables:
    return _peaks(generator, 0.01, 0.12)


@scenario("sigmoid-peaks", BORDERLINE, "twice as many at 0 as between, 12% at 1")
def _peak_on_the_border(generator: np.random.Generator) -> Tables:
    return _peaks(generator, HIGH_PEAK * FULLEST, 0.12)


@scenario("sigmoid-peaks", BORDERLINE, "twice as many at 0 and at 1 as between")
def _peaks_on_the_border(generator: np.random.Generator) -> Tables:
    return _peaks(generator, HIGH_PEAK * FULLEST, HIGH_PEAK * FULLEST)


def _saturated(
    generator: np.random.Generator,
    after: Sequence[float],
    before: float = 0,
    **settings: str,
) -> Tables:
    """Draw networks with these shares of saturated values, layer by layer."""

    def columns(name: str, layer: int, phase: str) -> Row:
        share = after[layer - 1] if phase == "best" else before
        noise = SATURATED_NOISE[name][layer - 1] if phase == "best" else 0.0
        return {"saturated_fraction": share + generator.normal(0, noise)}

    return values([cell("one", **settings)], columns)


def _sigmoid(generator: np.random.Generator, after: Sequence[float]) -> Tables:
    return _saturated(generator, after, activation="sigmoid", stop="never")


@scenario("sigmoid-last-converged", TRUE, "6.5, 0, 0 and 11.5% of the values, as measured")
def _converged(generator: np.random.Generator) -> Tables:
    return _sigmoid(generator, (0.065, 0, 0, 0.115))


@scenario("sigmoid-last-converged", FALSE, "6.5, 15, 0 and 11.5% of the values")
def _less_than_the_second(generator: np.random.Generator) -> Tables:
    return _sigmoid(generator, (0.065, 0.15, 0, 0.115))


@scenario("sigmoid-last-converged", BORDERLINE, "twice as many as in the second layer")
def _twice_the_second(generator: np.random.Generator) -> Tables:
    return _sigmoid(generator, (0.065, 0.2 / MUCH, 0, 0.2))


@scenario("sigmoid-last-converged-most", TRUE, "6.5, 0, 0 and 30% of the values")
def _most_converged(generator: np.random.Generator) -> Tables:
    return _sigmoid(generator, (0.065, 0, 0, 0.3))


@scenario("sigmoid-last-converged-most", FALSE, "15, 0, 0 and 11.5% of the values")
def _less_than_the_first(generator: np.random.Generator) -> Tables:
    return _sigmoid(generator, (0.15, 0, 0, 0.115))


@scenario("sigmoid-last-converged-most", BORDERLINE, "twice as many as in one layer")
def _twice_one_layer(generator: np.random.Generator) -> Tables:
    return _sigmoid(generator, (0.4 / MUCH, 0, 0, 0.4))


@scenario("sigmoid-last-converged-most", BORDERLINE, "twice as many as in every other layer")
def _twice_every_layer(generator: np.random.Generator) -> Tables:
    return _sigmoid(generator, (*[0.4 / MUCH] * 3, 0.4))


@scenario("tanh-cause", TRUE, "from none to 6% of the values, as measured")
def _rises(generator: np.random.Generator) -> Tables:
    return _saturated(generator, (0, 0, 0, 0.06), activation="tanh")


@scenario("tanh-cause", FALSE, "from 10% to 4% of the values")
def _falls(generator: np.random.Generator) -> Tables:
    return _saturated(generator, (0, 0, 0, 0.04), before=0.1, activation="tanh")


@scenario("tanh-cause", BORDERLINE, "6% before and after training")
def _stays(generator: np.random.Generator) -> Tables:
    return _saturated(generator, (0, 0, 0, 0.06), before=0.06, activation="tanh")
