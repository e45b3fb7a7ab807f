"""Claims of the functions' slopes: exact, on grids whose functions are known."""

import pytest
from judging import judged
from test_claims_shapes import grid
from torch import nn

from activation_lab.analysis.claims.base import ANSWERED, NOT_RUN, REFUTED, SUPPORTED

SMOOTH = {"sigmoid": nn.Sigmoid(), "tanh": nn.Tanh(), "swish": nn.SiLU()}
BOUNDED = {"sigmoid": nn.Sigmoid(), "tanh": nn.Tanh()}

PLANTED = [
    ("gelu-curved", SUPPORTED, grid(gelu=nn.GELU(), **SMOOTH)),
    ("gelu-curved", REFUTED, grid(gelu=nn.Softplus(), **SMOOTH)),
    ("gelu-curved", REFUTED, grid(gelu=nn.Tanh(), **SMOOTH)),
    ("gelu-curved-range", SUPPORTED, grid(gelu=nn.GELU())),
    ("gelu-curved-range", REFUTED, grid(gelu=nn.Softplus())),
    ("gelu-curved-range", REFUTED, grid(gelu=nn.ReLU())),
    ("saturation-kills", SUPPORTED, grid(**BOUNDED)),
    ("saturation-kills", REFUTED, grid(sigmoid=nn.LeakyReLU(0.1), tanh=nn.Tanh())),
    ("saturation-kills", REFUTED, grid(sigmoid=nn.Sigmoid(), tanh=nn.Hardtanh(-9, 9))),
    ("relu-strong-gradient", SUPPORTED, grid(relu=nn.ReLU(), **BOUNDED)),
    ("relu-strong-gradient", REFUTED, grid(relu=nn.ReLU(), sigmoid=nn.Sigmoid(), tanh=nn.ELU())),
    ("relu-strong-gradient", REFUTED, grid(relu=nn.GELU(), **BOUNDED)),  # not one slope
    ("relu-strong-gradient", REFUTED, grid(relu=nn.Sigmoid(), **BOUNDED)),
    ("sigmoid-shape", ANSWERED, grid(sigmoid=nn.Sigmoid())),
]


def test_the_evidence_has_the_numbers_of_the_grid():
    curved = judged("gelu-curved", grid(gelu=nn.GELU(), **SMOOTH))
    # GELU″(0) = 2 / √(2π), tanh″ = 4 / √27 at its greatest, Swish″(0) = 1/2, sigmoid″ = 1 / √108.
    assert (
        "0.798 with GELU, 0.0962 with sigmoid, 0.77 with tanh and 0.5 with swish" in curved.evidence
    )
    assert curved.estimate == pytest.approx(0.79788, abs=1e-4)
    assert "from -0.1289 to 1.1289" in judged("gelu-curved-range", grid(gelu=nn.GELU())).evidence
    # σ = 0.99 has the slope 0.0099, and tanh = 0.98 the slope 0.0396.
    kills = judged("saturation-kills", grid(**BOUNDED))
    assert "at most 3.9% of its greatest for sigmoid and 3.9% for tanh" in kills.evidence
    assert kills.estimate < 4 * 0.99 * 0.01
    strong = judged("relu-strong-gradient", grid(relu=nn.ReLU(), **BOUNDED)).evidence
    assert "on 50.0% of the grid for ReLU, where it is 1, on 0.0% for sigmoid" in strong
    assert "and 17.7% for tanh" in strong  # |x| < 0.8814
    none = judged("relu-strong-gradient", grid(relu=nn.Sigmoid(), **BOUNDED))
    assert "on 0.0% of the grid for ReLU, on" in none.evidence


def test_the_shape_of_a_slope_is_told():
    bell = judged("sigmoid-shape", grid(sigmoid=nn.Sigmoid()))
    assert bell.estimate == pytest.approx(0.25)
    assert "greatest at x = 0.00, 0.2500; it rises at 500 of 500 steps" in bell.evidence
    assert "falls at 500 of 500 after; at the ends it is 0.0066 and 0.0066" in bell.evidence
    straight = judged("sigmoid-shape", grid(sigmoid=nn.Identity())).evidence
    assert "falls at 0 of 1000 after" in straight


@pytest.mark.parametrize("name", ["gelu-curved", "saturation-kills", "relu-strong-gradient"])
def test_every_function_that_is_compared_is_needed(name):
    one = grid(gelu=nn.GELU(), relu=nn.ReLU(), sigmoid=nn.Sigmoid())
    assert judged(name, one).verdict == NOT_RUN
