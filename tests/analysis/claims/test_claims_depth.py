"""Claims of gradients in deep networks, on networks whose gradients are known."""

import numpy as np
import pandas as pd
import pytest
from judging import judged, rarely_wrong, scenarios, twice

from activation_lab.analysis.claims import CLAIMS
from activation_lab.analysis.claims.base import (
    INCONCLUSIVE,
    NOT_RUN,
    REFUTED,
    SUPPORTED,
)
from activation_lab.analysis.claims.power.depth import sigmoid
from activation_lab.analysis.claims.power.planted import cell, each_seed, tables

NAMES = ("fifty-layers", "fifty-layers-chi", "fifty-layers-explode")
SEEDS = (42, 43)
CAUSE = "sigmoid-cause"
NOISE = {42: -1, 43: 1, 44: 0.5, 45: 0}
REPETITIONS = 25


def network(name, slope, root, left, size=0.02, depth=64, seeds=SEEDS, q_star=1.0, **settings):
    """A kind of network: E[φ′], √χ₁, what is left of the gradient, and the noise of ln of that."""
    shape = {"network": f"128x{depth}", "width": 128, "depth": depth, **settings}
    own = cell(f"{name}-{depth}", activation=name, **shape)

    def layers(seed):
        first = None if left is None else left * np.exp(size * NOISE[seed])
        # The output layer, and what training makes of the first, do not count.
        return [
            {"phase": "untrained", "layer": 1, "std": first},
            {"phase": "untrained", "layer": depth, "std": 1.0},
            {"phase": "untrained", "layer": depth + 1, "std": 1e9},
            {"phase": "best", "layer": 1, "std": 1e9},
        ]

    chi = None if root is None else root**2
    theory = [{**own, "layer": 1, "mean_slope": slope, "chi_1": chi, "q_star": q_star}]
    return tables([own], gradients=each_seed(own, layers, seeds), theory=theory)


def together(*made):
    return {name: pd.concat([one[name] for one in made], ignore_index=True) for name in made[0]}


def kept(left=0.07, **more):
    """A critical network: E[φ′] is small, √χ₁ is 1."""
    return network("sigmoid", 0.057, 1.0, left, initialisation="critical", **more)


def vanished(left=1e-20, **more):
    return network("relu", 0.5, 0.41, left, **more)


def grown(left=17.0, **more):
    return network("tanh", 0.69, 1.05, left, initialisation="he", **more)


@pytest.mark.parametrize(
    ("name", "verdict", "made"),
    [
        ("fifty-layers", REFUTED, together(kept(), vanished())),
        ("fifty-layers", SUPPORTED, together(kept(1e-6), vanished())),
        ("fifty-layers", INCONCLUSIVE, together(kept(0.02, size=0.5), vanished())),
        ("fifty-layers", INCONCLUSIVE, together(kept(1e-6), vanished(0.5))),
        ("fifty-layers", INCONCLUSIVE, kept(seeds=SEEDS[:1])),
        ("fifty-layers", NOT_RUN, vanished()),
        ("fifty-layers-chi", SUPPORTED, together(kept(), vanished())),
        ("fifty-layers-chi", REFUTED, together(kept(), vanished(), network("elu", 1, 0.6, 0.5))),
        ("fifty-layers-chi", INCONCLUSIVE, vanished(0.01)),
        ("fifty-layers-chi", INCONCLUSIVE, vanished(seeds=SEEDS[:1])),
        ("fifty-layers-chi", NOT_RUN, kept()),
        ("fifty-layers-explode", SUPPORTED, together(grown(), vanished())),
        ("fifty-layers-explode", REFUTED, together(grown(0.1), kept())),
        ("fifty-layers-explode", INCONCLUSIVE, grown(1.0)),
        ("fifty-layers-explode", INCONCLUSIVE, grown(seeds=SEEDS[:1])),
        ("fifty-layers-explode", NOT_RUN, together(kept(), vanished())),
        (CAUSE, SUPPORTED, sigmoid(np.random.default_rng(0), 0.98)),
        (CAUSE, REFUTED, sigmoid(np.random.default_rng(0), 0.7)),
        (CAUSE, INCONCLUSIVE, sigmoid(np.random.default_rng(0), 0.9)),
        (CAUSE, NOT_RUN, sigmoid(np.random.default_rng(0), 0.98, depth=4)),
    ],
)
def test_a_planted_truth_is_found(name, verdict, made):
    assert judged(name, made).verdict == verdict


@pytest.mark.parametrize("name", NAMES)
def test_networks_of_many_equal_layers_whose_signals_settle_are_needed(name):
    every = (kept(), vanished(), grown())
    unsettled = [
        network("gelu", 0.5, 0.7, 4.0, q_star=0.0),
        network("selu", 0.6, None, 1.0, q_star=None),
    ]
    assert judged(name, together(*every, *unsettled)) == judged(name, together(*every))
    for made in (
        tables(),
        together(*unsettled),
        together(*(make(depth=48) for make in (kept, vanished, grown))),
        together(*(make(width=None) for make in (kept, vanished, grown))),
        together(*(make(normalisation="batch") for make in (kept, vanished, grown))),
    ):
        got = judged(name, made)
        assert (got.verdict, got.n) == (NOT_RUN, 0)
        assert got.evidence.startswith(
            "There are no untrained networks of 50 equal hidden layers or more"
        )
        assert f"the study `{CLAIMS[name].study}` of `{CLAIMS[name].config}`" in got.evidence


def test_evidence_makes_sense_for_any_set_of_networks():
    selu = network("selu", 1.03, 1.0, 0.4, initialisation="critical")
    literal = judged("fifty-layers", together(kept(), vanished(), grown(), selu))
    assert literal.evidence.startswith(
        "With sigmoid under critical E[φ′] is 0.057, and 0.07 of the gradient is left after 64 layers; "
        "in the 2 kinds of networks with E[φ′] below 0.9 and √χ₁ about 1 or above the geometric mean is "
        "1.09 (95% interval "
    )
    assert literal.estimate == pytest.approx((0.07 * 17) ** 0.5)
    assert literal.n == 2  # kinds of networks
    chi = judged(
        "fifty-layers-chi", together(vanished(), network("selu", 1.34, 0.8, 6e-6, depth=50))
    )
    assert "Of 2 kinds of networks with √χ₁ below 0.9 selu under default decides" in chi.evidence
    assert "√χ₁ is 0.8, and after 50 layers 6e-06 (95% interval" in chi.evidence
    assert (chi.n, chi.estimate) == (2, pytest.approx(6e-6))
    explode = judged("fifty-layers-explode", together(kept(), grown()))
    assert explode.evidence.startswith(
        "With √χ₁ above 1 (1 kind of networks, at most 1.05) the first layer's "
    )
    assert "17 (95% interval" in explode.evidence
    assert "62" not in literal.evidence + chi.evidence + explode.evidence


def test_gradients_beyond_all_numbers_have_vanished_or_exploded():
    assert judged("fifty-layers-chi", vanished(0.0)).verdict == SUPPORTED
    assert judged("fifty-layers-explode", grown(None)).verdict == SUPPORTED
    one = grown()
    one["gradients"].loc[one["gradients"]["layer"] == 1, "std"] = [np.nan, 17.0, 17.0, 17.0]
    one = judged("fifty-layers-explode", one)
    assert one.verdict == INCONCLUSIVE
    assert np.isfinite([one.estimate, one.low, one.high]).all()


@pytest.mark.parametrize("name", NAMES)
def test_other_studies_and_their_seeds_do_not_matter(name):
    made = together(kept(), vanished(), grown())
    assert judged(name, twice(made)) == judged(name, made)
    # Another study has more seeds of one kind, another looked at more images, He's ReLU is the critical.
    more = kept(seeds=(43, 44, 45))
    more["cells"]["study"] = more["gradients"]["study"] = "more seeds"
    images = grown(training_images=2_048)
    images["cells"]["study"] = images["gradients"]["study"] = "fewer images"
    he = kept()
    he["cells"]["initialisation"] = he["theory"]["initialisation"] = "he"
    he["gradients"]["initialisation"] = "he"
    he["cells"]["study"] = he["gradients"]["study"] = "again"
    assert judged(name, together(made, more, images, he)) == judged(name, made)


def test_networks_without_a_seed_in_common_decide_nothing():
    made = together(kept(seeds=(42,)), vanished(seeds=(43,)), grown(seeds=(44,)))
    for name in NAMES:
        got = judged(name, made)
        assert got.verdict == INCONCLUSIVE
        assert "have no seed in common" in got.evidence


class Still:
    """Stands for a generator that adds no noise."""

    def normal(self, mean, _):
        return mean


def test_the_factor_is_that_of_one_layer():
    for depth in (8, 64):
        got = CLAIMS[CAUSE].judge(sigmoid(Still(), 0.95, depth=depth))
        assert got.estimate == pytest.approx(0.95)


POWER = {
    ("fifty-layers", "true"): 0.88,
    ("fifty-layers", "false"): 0.91,
    ("fifty-layers-chi", "true"): 0.86,
    ("fifty-layers-chi", "false"): 0.1,
    ("fifty-layers-explode", "true"): 0.97,
    ("fifty-layers-explode", "false"): 0.78,
    (CAUSE, "true"): 0.6,
    (CAUSE, "false"): 0.95,
}


@pytest.mark.parametrize(
    "scenario", scenarios(*NAMES, CAUSE), ids=lambda one: f"{one.claim}: {one.words}"
)
def test_it_is_rarely_wrong(scenario):
    rarely_wrong(scenario, REPETITIONS, POWER.get((scenario.claim, scenario.truth)))
