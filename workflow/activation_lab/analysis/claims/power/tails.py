"""Tables in which claims of `claims/tails.py` are true, false and on the border.

Values are a mixture of two distributions of mean 0 and variance 1: a normal one and an exponential one.
The skewness, the distance from a normal distribution, and the distance between two such mixtures are
proportional to the share of the exponential one, or to the difference of two shares.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence

import numpy as np
from scipy import stats

from activation_lab.analysis.claims.base import Tables
from activation_lab.analysis.claims.power.base import BORDERLINE, FALSE, TRUE, scenario
from activation_lab.analysis.claims.power.planted import Row, cell, values
from activation_lab.analysis.claims.tails import MOST, VERY

NOISE = 0.05  # over seeds, of the share
IMAGES = 1_000_000  # so many values in a histogram
EDGES = np.linspace(
    -25 / 3, 25 / 3, 51
)  # symmetric, and -1, where the exponential one begins, is one
NORMAL = np.diff(stats.norm.cdf(EDGES))
SKEWED = np.diff(stats.expon.cdf(EDGES, loc=-1))

MEASURED = (-0.35, 0.32, 0.6, 0.58)  # shares that give ReLU's skewness, by layer

Share = Callable[[str, int], float]


def _mixed(generator: np.random.Generator, names: Sequence[str], share: Share) -> Tables:
    """Draw trained networks: the share of the exponential distribution, below 0 if mirrored."""

    def columns(name: str, layer: int, _: str) -> Row:
        part = share(name, layer) + generator.normal(0, NOISE)
        skewed = SKEWED if part > 0 else SKEWED[::-1]
        counts = IMAGES * ((1 - abs(part)) * NORMAL + abs(part) * skewed)
        return {
            "mean": 0.0,
            "std": 1.0,
            "bin_edges": EDGES.tolist(),
            "counts": counts.round().astype(int).tolist(),
        }

    return values([cell(name, activation=name) for name in names], columns, kind="pre")


def _relu(generator: np.random.Generator, shares: Sequence[float]) -> Tables:
    return _mixed(generator, ["relu"], lambda _, layer: shares[layer - 1])


@scenario("relu-long-tail", TRUE, "skewness 0.8 in every layer")
def _long(generator: np.random.Generator) -> Tables:
    return _relu(generator, [0.4] * 4)


@scenario("relu-long-tail", FALSE, "-0.7, 0.6, 1.2 and 1.2, layer by layer, as measured")
def _not_in_the_first(generator: np.random.Generator) -> Tables:
    return _relu(generator, MEASURED)


@scenario("relu-long-tail", BORDERLINE, "0 in one layer, 0.8 in the others")
def _none_in_one(generator: np.random.Generator) -> Tables:
    return _relu(generator, [0, 0.4, 0.4, 0.4])


@scenario("relu-long-tail", BORDERLINE, "0 in every layer")
def _none(generator: np.random.Generator) -> Tables:
    return _relu(generator, [0] * 4)


@scenario("relu-long-tail-later", TRUE, "-0.7, 0.6, 1.2 and 1.2, layer by layer, as measured")
def _long_later(generator: np.random.Generator) -> Tables:
    return _relu(generator, MEASURED)


@scenario("relu-long-tail-later", FALSE, "0.8 in three layers, -0.4 in the last")
def _not_in_the_last(generator: np.random.Generator) -> Tables:
    return _relu(generator, [0.4, 0.4, 0.4, -0.2])


@scenario("relu-long-tail-later", BORDERLINE, "0.8 in three layers, 0 in the last")
def _none_in_the_last(generator: np.random.Generator) -> Tables:
    return _relu(generator, [0.4, 0.4, 0.4, 0])


@scenario("relu-long-tail-later", BORDERLINE, "0 in every layer")
def _none_later(generator: np.random.Generator) -> Tables:
    return _relu(generator, [0] * 4)


def _with(generator: np.random.Generator, shares: Mapping[str, float]) -> Tables:
    return _mixed(generator, list(shares), lambda name, _: shares[name])


@scenario("relu-long-tail-cause", TRUE, "a skewness of 0.8 with ReLU and 0.1 with Leaky ReLU")
def _its_cause(generator: np.random.Generator) -> Tables:
    return _with(generator, {"relu": 0.4, "leakyrelu": 0.05})


@scenario("relu-long-tail-cause", FALSE, "0.8 with ReLU and 0.7 with Leaky ReLU")
def _not_its_cause(generator: np.random.Generator) -> Tables:
    return _with(generator, {"relu": 0.4, "leakyrelu": 0.35})


@scenario("relu-long-tail-cause", BORDERLINE, "half as much with Leaky ReLU as with ReLU")
def _half_its_cause(generator: np.random.Generator) -> Tables:
    return _with(generator, {"relu": 0.4, "leakyrelu": MOST * 0.4})


@scenario("leaky-like-relu", TRUE, "an eighth as far from ReLU as the others")
def _alike(generator: np.random.Generator) -> Tables:
    return _with(generator, {"relu": 0.5, "leakyrelu": 0.45, "elu": 0.1, "swish": 0.1, "tanh": 0.1})


@scenario("leaky-like-relu", FALSE, "as far from ReLU as the others")
def _not_alike(generator: np.random.Generator) -> Tables:
    return _with(generator, {"relu": 0.5, "leakyrelu": 0.1, "elu": 0.1, "swish": 0.1, "tanh": 0.1})


@scenario("leaky-like-relu", BORDERLINE, "half as far as Swish, a quarter as far as the others")
def _half_as_far_as_swish(generator: np.random.Generator) -> Tables:
    shares = {"elu": 0.1, "swish": 0.3, "tanh": 0.1}
    return _with(generator, {"relu": 0.5, "leakyrelu": 0.5 - VERY * 0.2, **shares})


@scenario("leaky-like-relu", BORDERLINE, "half as far as each of the others")
def _half_as_far(generator: np.random.Generator) -> Tables:
    shares = {"elu": 0.1, "swish": 0.1, "tanh": 0.1}
    return _with(generator, {"relu": 0.5, "leakyrelu": 0.5 - VERY * 0.4, **shares})


@scenario("elu-gaussian", TRUE, "half as far from normal as ReLU and Leaky ReLU")
def _nearer(generator: np.random.Generator) -> Tables:
    return _with(generator, {"relu": 0.5, "leakyrelu": 0.5, "elu": 0.25})


@scenario("elu-gaussian", FALSE, "half as far again as ReLU and Leaky ReLU")
def _further(generator: np.random.Generator) -> Tables:
    return _with(generator, {"relu": 0.4, "leakyrelu": 0.4, "elu": 0.6})


@scenario("elu-gaussian", BORDERLINE, "as far as Leaky ReLU, nearer than ReLU")
def _as_far_as_leaky(generator: np.random.Generator) -> Tables:
    return _with(generator, {"relu": 0.6, "leakyrelu": 0.4, "elu": 0.4})


@scenario("elu-gaussian", BORDERLINE, "as far as ReLU and Leaky ReLU")
def _as_far(generator: np.random.Generator) -> Tables:
    return _with(generator, {"relu": 0.4, "leakyrelu": 0.4, "elu": 0.4})


@scenario("swish-between", TRUE, "distances of 0.08 with ReLU, 0.05 with Swish and 0.03 with ELU")
def _between(generator: np.random.Generator) -> Tables:
    return _with(generator, {"relu": 0.5, "swish": 0.35, "elu": 0.2})


@scenario("swish-between", FALSE, "further from normal than ReLU")
def _beyond(generator: np.random.Generator) -> Tables:
    return _with(generator, {"relu": 0.4, "swish": 0.6, "elu": 0.2})


@scenario("swish-between", BORDERLINE, "as far as ELU, nearer than ReLU")
def _as_elu(generator: np.random.Generator) -> Tables:
    return _with(generator, {"relu": 0.5, "swish": 0.25, "elu": 0.25})


@scenario("swish-between", BORDERLINE, "as far as ReLU, further than ELU")
def _as_relu(generator: np.random.Generator) -> Tables:
    return _with(generator, {"relu": 0.5, "swish": 0.5, "elu": 0.2})


@scenario("swish-between", BORDERLINE, "as far as both")
def _as_both(generator: np.random.Generator) -> Tables:
    return _with(generator, {"relu": 0.4, "swish": 0.4, "elu": 0.4})
