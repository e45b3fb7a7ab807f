"""Tables in which claims of `claims/rectified.py` are true, false and on the border."""

from __future__ import annotations

from collections.abc import Callable, Sequence

import numpy as np

from activation_lab.analysis.claims.base import Tables
from activation_lab.analysis.claims.power.base import BORDERLINE, FALSE, TRUE, scenario
from activation_lab.analysis.claims.power.planted import Row, cell, values
from activation_lab.analysis.claims.rectified import MANY, MOST, STRONG_PEAK, TANH_PASSES

ZEROS_NOISE = 0.02  # over seeds, of the share of zeros
PASSES_NOISE = 0.02  # of the share of values with a strong gradient
MEASURED = (0.63, 0.41, 0.39, 0.41)  # share of zeros, by layer
IMAGES = 100_000  # so many values in a histogram


def _zeros(generator: np.random.Generator, shares: Sequence[float], fullest: float = 0.1) -> Tables:
    """Draw ReLU networks: the share of zeros in each layer, and of values in the next fullest bin."""

    def columns(_: str, layer: int, __: str) -> Row:
        zeros = shares[layer - 1] + generator.normal(0, ZEROS_NOISE)
        counts = [zeros, fullest, *[(1 - zeros - fullest) / 48] * 48]
        return {
            "zero_fraction": zeros,
            "bin_edges": list(range(51)),
            "counts": [round(IMAGES * share) for share in counts],
        }

    return values([cell("relu")], columns)


@scenario("relu-peak-zero", TRUE, "39 to 63% of the values are 0, as measured, 9% in the next bin")
def _peak(generator: np.random.Generator) -> Tables:
    return _zeros(generator, MEASURED, fullest=0.09)


@scenario("relu-peak-zero", FALSE, "10% are 0 in one layer, 10% in the next bin")
def _no_peak(generator: np.random.Generator) -> Tables:
    return _zeros(generator, [0.4, 0.4, 0.4, 0.1])


@scenario("relu-peak-zero", BORDERLINE, "twice as many are 0 as in the next bin, in one layer")
def _one_peak_on_the_border(generator: np.random.Generator) -> Tables:
    return _zeros(generator, [0.4, 0.4, 0.4, STRONG_PEAK * 0.1])


@scenario("relu-peak-zero", BORDERLINE, "twice as many are 0 as in the next bin, in every layer")
def _peaks_on_the_border(generator: np.random.Generator) -> Tables:
    return _zeros(generator, [STRONG_PEAK * 0.1] * 4)


@scenario("relu-sparse", TRUE, "39 to 63% of the values are 0, as measured")
def _many(generator: np.random.Generator) -> Tables:
    return _zeros(generator, MEASURED)


@scenario("relu-sparse", FALSE, "10% of the values are 0 in one layer, 60% in the others")
def _few(generator: np.random.Generator) -> Tables:
    return _zeros(generator, [0.6, 0.6, 0.6, 0.1])


def _most_scenarios(claim: str) -> None:
    @scenario(claim, TRUE, "60% of the values are 0")
    def _most(generator: np.random.Generator) -> Tables:
        return _zeros(generator, [0.6] * 4)

    @scenario(claim, FALSE, "39 to 63% of the values are 0, as measured after training")
    def _not_most(generator: np.random.Generator) -> Tables:
        return _zeros(generator, MEASURED)


def _border_scenarios(claim: str, bound: float) -> None:
    @scenario(claim, BORDERLINE, f"{bound:.0%} of the values are 0 in one layer, 60% in the others")
    def _one_on_the_border(generator: np.random.Generator) -> Tables:
        return _zeros(generator, [0.6, 0.6, 0.6, bound])

    @scenario(claim, BORDERLINE, f"{bound:.0%} of the values are 0 in every layer")
    def _all_on_the_border(generator: np.random.Generator) -> Tables:
        return _zeros(generator, [bound] * 4)


_border_scenarios("relu-sparse", MANY)
for _name in ("relu-sparse-most", "relu-sparse-untrained"):
    _most_scenarios(_name)
    _border_scenarios(_name, MOST)


def _two(
    generator: np.random.Generator,
    names: tuple[str, str],
    columns: Callable[[str], Row],
    functions: Sequence[Row] = (),
) -> Tables:
    cells = [cell(name, activation=name) for name in names]
    return values(cells, lambda name, *_: columns(name), functions=functions)


def _elu(generator: np.random.Generator, zeros: float) -> Tables:
    """Draw networks: the share of ELU's values that are 0; of ReLU's it is 40%."""
    grid = [{"activation": "elu", "x": x, "value": x, "derivative": 1.0} for x in (1.0, 2.0, 3.0)]

    def columns(name: str) -> Row:
        share = zeros if name == "elu" else 0.4
        return {"zero_fraction": share + generator.normal(0, ZEROS_NOISE)}

    return _two(generator, ("elu", "relu"), columns, functions=grid)


@scenario("elu-benefits", TRUE, "35% of ELU's values are 0, 40% of ReLU's")
def _as_sparse(generator: np.random.Generator) -> Tables:
    return _elu(generator, 0.35)


@scenario("elu-benefits", FALSE, "hardly any of ELU's values are 0, as measured, 40% of ReLU's")
def _not_sparse(generator: np.random.Generator) -> Tables:
    return _elu(generator, 0)


@scenario("elu-benefits", BORDERLINE, "half as many zeros with ELU as with ReLU")
def _half_as_sparse(generator: np.random.Generator) -> Tables:
    return _elu(generator, 0.2)


def _passes(generator: np.random.Generator, relu: float, tanh: float) -> Tables:
    """Draw networks: the share of pre-activations with a strong gradient."""

    def columns(name: str) -> Row:
        share = (relu if name == "relu" else tanh) + generator.normal(0, PASSES_NOISE)
        inside, outside = round(IMAGES * share), round(IMAGES * (1 - share) / 2)
        return {
            "zero_fraction": 1 - share,
            "bin_edges": [-1, -TANH_PASSES, TANH_PASSES, 1],
            "counts": [outside, inside, outside],
        }

    return _two(generator, ("relu", "tanh"), columns)


def _passes_scenarios(claim: str) -> None:
    @scenario(claim, TRUE, "70% with ReLU, 60% with tanh")
    def _more(generator: np.random.Generator) -> Tables:
        return _passes(generator, 0.7, 0.6)

    @scenario(claim, FALSE, "54% with ReLU, 68% with tanh, as measured after training")
    def _fewer(generator: np.random.Generator) -> Tables:
        return _passes(generator, 0.54, 0.68)

    @scenario(claim, BORDERLINE, "60% with both")
    def _as_many(generator: np.random.Generator) -> Tables:
        return _passes(generator, 0.6, 0.6)


_passes_scenarios("relu-strong-gradient-trained")
_passes_scenarios("relu-strong-gradient-untrained")
