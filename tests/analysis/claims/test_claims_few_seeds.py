"""Claims on what a few seeds say, on many whose accuracies are known."""

import numpy as np
import pytest
from judging import judged, rarely_wrong, scenarios, twice

from activation_lab.analysis.claims.base import (
    ANSWERED,
    INCONCLUSIVE,
    NOT_RUN,
    REFUTED,
    SUPPORTED,
)
from activation_lab.analysis.claims.power.few_seeds import on_mnist1d
from activation_lab.analysis.claims.power.planted import tables

BETTER, FEW = "mish-better", "few-seeds"


def drawn(*below, **options):
    return on_mnist1d(np.random.default_rng(1), *below, **options)


@pytest.mark.parametrize(
    ("name", "verdict", "made"),
    [
        (BETTER, SUPPORTED, drawn(0.03, 0.03)),
        (BETTER, REFUTED, drawn(0.03, -0.03)),
        (BETTER, INCONCLUSIVE, drawn(0, 0)),
        (BETTER, INCONCLUSIVE, drawn(0.03, 0.03, seeds=range(1, 2))),
        (BETTER, NOT_RUN, tables()),
        (FEW, ANSWERED, drawn(0, 0)),
        (FEW, INCONCLUSIVE, drawn(0, 0, seeds=range(1, 20))),
        (FEW, INCONCLUSIVE, drawn(0, 0, status="plateau")),
        (FEW, NOT_RUN, tables()),
    ],
)
def test_a_planted_truth_is_found(name, verdict, made):
    assert judged(name, made).verdict == verdict
    assert judged(name, twice(made)) == judged(name, made)


def test_both_rivals_are_told():
    assert judged(BETTER, drawn(0.03, 0.02)).evidence.startswith(
        "Mish gains +3.21 points against swish and +2.02 points against gelu; "
    )


def test_how_often_seeds_mislead_is_told():
    got = judged(FEW, drawn(0, 0))
    assert got.evidence.startswith(
        "All 40 seeds call Mish neither better nor worse than swish and gelu;"
    )
    assert 0.01 < got.estimate < 0.1
    large = judged(FEW, drawn(0.1, 0.1))
    assert large.evidence.startswith("All 40 seeds call Mish better than swish and gelu;")
    assert large.estimate == 0


@pytest.mark.parametrize("scenario", scenarios(BETTER), ids=lambda one: one.words)
def test_it_is_rarely_wrong(scenario):
    rarely_wrong(scenario, 100, 0.95)
