"""Claims of the functions themselves: exact, on grids whose functions are known."""

import numpy as np
import pytest
from judging import judged
from scipy import stats
from test_claims_shapes import PLANTED as OF_SHAPES
from test_claims_slopes import PLANTED as OF_SLOPES

from activation_lab.analysis.claims import CLAIMS, functions, shapes, slopes
from activation_lab.analysis.claims.base import EXACT, NOT_RUN, REFUTED, SUPPORTED
from activation_lab.analysis.claims.power.planted import cell, tables

X = np.linspace(-5, 5, 1_001)
NORMAL = stats.norm


def logistic(x):
    return 1 / (1 + np.exp(-x))


def sigmoid_slope(x):
    return logistic(x) * logistic(-x)


def tanh_slope(x):
    return 1 - np.tanh(x) ** 2


def swish_slope(x):
    return logistic(x) + x * sigmoid_slope(x)


def gelu_slope(x):
    return NORMAL.cdf(x) + x * NORMAL.pdf(x)


def grid(**derivatives):
    """The table `functions` with these derivatives; φ is Swish, whatever the name."""
    return tables(
        functions=[
            {"activation": name, "x": x, "value": x * logistic(x), "derivative": slope}
            for name, derivative in derivatives.items()
            for x, slope in zip(X, derivative(X), strict=True)
        ]
    )


def quarter(x):
    return np.full_like(x, 0.25)


def theory(weight_var, chi_1=0.25, activation="relu"):
    """A network with the default initialisation, as `theory` has it."""
    own = cell(activation, activation=activation)
    return tables([own], theory=[{**own, "layer": 1, "weight_var": weight_var, "chi_1": chi_1}])


PLANTED = [
    ("swish-monotonic", SUPPORTED, grid(swish=np.exp)),
    ("swish-monotonic", SUPPORTED, grid(swish=lambda x: -np.exp(x))),
    ("swish-monotonic", REFUTED, grid(swish=swish_slope)),
    ("max-derivative", SUPPORTED, grid(sigmoid=sigmoid_slope)),
    ("max-derivative", REFUTED, grid(sigmoid=tanh_slope)),
    ("tanh-steeper", SUPPORTED, grid(sigmoid=sigmoid_slope, tanh=tanh_slope)),
    ("tanh-steeper", REFUTED, grid(sigmoid=tanh_slope, tanh=sigmoid_slope)),
    ("tanh-steeper", REFUTED, grid(sigmoid=quarter, tanh=quarter)),
    ("tanh-steeper-everywhere", SUPPORTED, grid(sigmoid=quarter, tanh=lambda x: quarter(x) + 0.1)),
    ("tanh-steeper-everywhere", REFUTED, grid(sigmoid=sigmoid_slope, tanh=tanh_slope)),
    ("tanh-steeper-everywhere", REFUTED, grid(sigmoid=quarter, tanh=quarter)),
    ("gelu-derivative", SUPPORTED, grid(gelu=lambda x: NORMAL.cdf(x) * (1 + x))),
    ("gelu-derivative", REFUTED, grid(gelu=gelu_slope)),
    ("gelu-derivative-density", SUPPORTED, grid(gelu=gelu_slope)),
    ("gelu-derivative-density", REFUTED, grid(gelu=lambda x: NORMAL.cdf(x) * (1 + x))),
    ("default-init-tanh", SUPPORTED, theory(0.6)),
    ("default-init-tanh", REFUTED, theory(1 / 3)),
    ("default-init-tanh", REFUTED, theory(2.1)),
    ("default-init-relu", SUPPORTED, theory(1.9)),
    ("default-init-relu", REFUTED, theory(1 / 3)),
    ("default-init-relu", REFUTED, theory(4.1)),
]
EXACTLY = {functions.__name__: PLANTED, shapes.__name__: OF_SHAPES, slopes.__name__: OF_SLOPES}
ALL = [*PLANTED, *OF_SHAPES, *OF_SLOPES]
NAMES = sorted({name for name, *_ in ALL})


@pytest.mark.parametrize(
    ("name", "verdict", "made"), ALL, ids=lambda value: value if isinstance(value, str) else ""
)
def test_a_planted_truth_is_found(name, verdict, made):
    assert judged(name, made).verdict == verdict


@pytest.mark.parametrize("module", EXACTLY)
def test_all_claims_of_a_module_are_exact_and_planted(module):
    ours = {name for name, claim in CLAIMS.items() if claim.decide.__module__ == module}
    assert ours == {name for name, *_ in EXACTLY[module]}
    assert {CLAIMS[name].chance for name in ours} == {EXACT}


@pytest.mark.parametrize("name", NAMES)
def test_what_is_not_there_was_not_run(name):
    assert judged(name, tables()).verdict == NOT_RUN


def test_one_function_of_two_is_not_enough():
    for name in ("tanh-steeper", "tanh-steeper-everywhere"):
        got = judged(name, grid(sigmoid=sigmoid_slope))
        assert got.verdict == NOT_RUN
        assert "no values of tanh" in got.evidence


def test_the_evidence_has_the_numbers_of_the_grid():
    swish = judged("swish-monotonic", grid(swish=swish_slope)).evidence
    assert "falls at 373 points of the grid and rises at 628" in swish
    assert "its least value is -0.2785, at x = -1.28" in swish
    assert "0.2500, at x = 0.00" in judged("max-derivative", grid(sigmoid=sigmoid_slope)).evidence
    both = grid(sigmoid=sigmoid_slope, tanh=tanh_slope)
    assert "1.0000 for tanh and 0.2500 for sigmoid" in judged("tanh-steeper", both).evidence
    everywhere = judged("tanh-steeper-everywhere", both)
    assert "not steeper at 668 of 1001 points of the grid: the nearest to 0 is x = -1.67" in (
        everywhere.evidence
    )
    assert everywhere.estimate == pytest.approx(333 / 1_001)
    printed = judged("gelu-derivative", grid(gelu=gelu_slope)).evidence
    assert "off by up to 5: at x = 5.00 it gives 6.0000, the derivative is 1.0000" in printed


def test_the_default_is_held_against_what_suits_the_activation():
    made = theory(1 / 3, chi_1=0.25)
    relu = judged("default-init-relu", made).evidence
    assert "σ_w² = 0.3333, 0.167 times the 2 that keeps signals with relu" in relu
    assert "by a factor of 0.500 a layer" in relu
    tanh = judged("default-init-tanh", made).evidence
    assert "0.333 times the 1 that keeps signals with tanh" in tanh
    assert "a layer" not in tanh  # theory says nothing of tanh here
    assert "a layer" not in judged("default-init-relu", theory(1 / 3, chi_1=None)).evidence


def test_other_initialisations_do_not_count():
    made = theory(1 / 3)
    made["theory"]["initialisation"] = "he"
    assert judged("default-init-relu", made).verdict == NOT_RUN
