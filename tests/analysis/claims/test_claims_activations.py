"""Claims of values after training, on networks whose values are known."""

import pytest
from judging import judged, rarely_wrong, scenarios, twice

from activation_lab.analysis.claims.activations import OTHERS
from activation_lab.analysis.claims.base import INCONCLUSIVE, NOT_RUN, REFUTED, SUPPORTED
from activation_lab.analysis.claims.power.planted import SEEDS, cell, each_seed, runs, tables

FIVE = ("swish", *OTHERS)
SWISH = ("swish-large", "swish-large-anywhere")
NAMES = (*SWISH, "tanh-saturates")
JITTER = dict(zip(SEEDS, (-2, 1, 0, 2, -1), strict=True))
REPETITIONS = 30


def values(columns, activations=FIVE, seeds=SEEDS, failed=(), **settings):
    """Trained networks of four hidden layers: columns(activation, layer, kind, seed).

    `failed` has (activation, seed, status); what is measured of such a run would change any verdict.
    """
    cells = [cell(name, activation=name, **settings) for name in activations]
    status = {(name, seed): ended for name, seed, ended in failed}
    rows, trained = [], []
    for own in cells:
        name = own["activation"]

        def layers(seed, name=name):
            wrong = {"max": 1e6, "saturated_fraction": 0.9} if (name, seed) in status else {}
            places = [(layer, kind) for layer in range(1, 5) for kind in ("pre", "post")]
            return [
                {
                    "phase": phase,
                    "layer": layer,
                    "kind": kind,
                    **(wrong if phase == "best" else {"max": 1e6}),
                    **({} if wrong or phase != "best" else columns(name, layer, kind, seed)),
                }
                for phase in ("untrained", "best")
                for layer, kind in [*places, (5, "pre")]
            ]

        rows += each_seed(own, layers, seeds)
        trained += runs(
            own, lambda seed, name=name: {"status": status.get((name, seed), "ok")}, seeds
        )
    return tables(cells, activations=rows, runs=trained)


def largest(swish, size=1.0, inner=0.0, **more):
    """The greatest value after the last hidden layer: ReLU's is 10, Swish's given; logits are larger."""

    def columns(name, layer, kind, seed):
        if layer == 5:
            return {"max": 100.0 if name == "tanh" else 50.0}
        if layer < 4 or kind == "pre":
            return {"max": inner if name == "elu" else 0.0}
        return {"max": {"swish": swish + size * JITTER[seed], "relu": 10.0}.get(name, 5.0)}

    return values(columns, **more)


def saturated(*shares, size=0.01, **more):
    """Shares of tanh's saturated values, layer by layer; the second layer's varies."""

    def columns(_, layer, kind, seed):
        if layer == 5 or kind == "pre":
            return {}
        return {"saturated_fraction": shares[layer - 1] + size * JITTER[seed] * (layer == 2)}

    return values(columns, ("tanh",), **more)


@pytest.mark.parametrize(
    ("name", "verdict", "made"),
    [
        *((name, SUPPORTED, largest(20)) for name in SWISH),
        *((name, REFUTED, largest(2)) for name in SWISH),
        *((name, INCONCLUSIVE, largest(11, size=5)) for name in SWISH),
        *((name, INCONCLUSIVE, largest(20, seeds=SEEDS[:1])) for name in SWISH),
        *((name, NOT_RUN, saturated(0.3, 0.1, 0.1, 0.2)) for name in SWISH),
        ("swish-large", SUPPORTED, largest(20, inner=40)),
        ("swish-large-anywhere", REFUTED, largest(20, inner=40)),
        ("tanh-saturates", SUPPORTED, saturated(0.3, 0.1, 0.1, 0.2)),
        ("tanh-saturates", REFUTED, saturated(0.3, 0.2, 0.1, 0.1)),
        ("tanh-saturates", REFUTED, saturated(0.05, 0.1, 0.1, 0.2, size=0.001)),
        ("tanh-saturates", INCONCLUSIVE, saturated(0.3, 0.1, 0.05, 0.1)),
        ("tanh-saturates", INCONCLUSIVE, saturated(0.3, 0.1, 0.1, 0.2, seeds=SEEDS[:1])),
        ("tanh-saturates", NOT_RUN, tables()),
    ],
)
def test_a_planted_truth_is_found(name, verdict, made):
    assert judged(name, made).verdict == verdict


def test_the_next_value_is_told_beside_what_is_printed():
    got = judged("swish-large", largest(18))
    assert got.evidence.startswith(
        "Swish's greatest value after the last hidden layer exceeds that with"
    )
    # Student's t of 4 degrees of freedom, 2.776, times 1.58 √(1 + 1/5).
    assert (
        "one more run with Swish would in 95% of cases reach between 13.2 and 22.8" in got.evidence
    )
    assert "the sources print 20 in the PyTorch edition and 15 in the JAX edition" in got.evidence
    assert "with relu, the comparison that decides, by 8 (95% interval 6.04 to 9.96" in got.evidence
    assert got.estimate == pytest.approx(8)


def test_saturation_is_told_layer_by_layer():
    got = judged("tanh-saturates", saturated(0.3, 0.1, 0.05, 0.2))
    assert "hidden layer 30.0%, 10.0%, 5.0% and 20.0% of the values are saturated" in got.evidence
    assert (
        "layer 4 minus layer 2, the outer and the inner layer that decide, is +10.00 points"
        in got.evidence
    )
    assert got.estimate == pytest.approx(0.1)


def made_for(name, **more):
    return (
        saturated(0.3, 0.1, 0.1, 0.2, **more) if name == "tanh-saturates" else largest(20, **more)
    )


@pytest.mark.parametrize("name", NAMES)
def test_runs_that_failed_are_counted_and_not_averaged(name):
    failed = [("tanh", 42, "diverged"), ("tanh", 43, "plateau"), ("elu", 42, "plateau")]
    got = judged(name, made_for(name, failed=failed))
    assert (got.verdict, got.n) == (SUPPORTED, 3)
    alone = name == "tanh-saturates"
    many = "1 of 5 runs diverged and 1 stayed" if alone else "1 of 25 runs diverged and 2 stayed"
    assert got.evidence.endswith(f"; {many} at chance level, and these do not count.")


@pytest.mark.parametrize("name", NAMES)
def test_an_activation_of_which_no_run_learnt_decides_nothing(name):
    failed = [("tanh", seed, "plateau" if seed == 42 else "diverged") for seed in SEEDS]
    got = judged(name, made_for(name, failed=failed))
    assert (got.verdict, got.n) == (INCONCLUSIVE, 5)
    assert got.evidence == (
        "It cannot be told: no run learnt with tanh (4 of 5 runs diverged and 1 stayed at chance level)."
    )
    one = judged(name, made_for(name, failed=failed[1:]))
    assert (one.verdict, one.n) == (INCONCLUSIVE, 1)


def test_runs_that_learnt_with_different_seeds_cannot_be_paired():
    failed = [("swish", seed, "diverged") for seed in SEEDS[:3]]
    failed += [("relu", seed, "diverged") for seed in SEEDS[3:]]
    got = judged("swish-large", largest(20, failed=failed))
    assert got.verdict == INCONCLUSIVE
    assert "no seed of which the runs with all activations learnt" in got.evidence


@pytest.mark.parametrize("name", NAMES)
def test_other_studies_and_protocols_do_not_matter(name):
    made = made_for(name)
    assert judged(name, twice(made)) == judged(name, made)
    assert judged(name, made_for(name, learning_rate=0.1)).verdict == NOT_RUN
    made["activations"] = made["activations"].iloc[:0]
    assert judged(name, made).verdict == NOT_RUN


POWER = {
    ("swish-large", "true"): 0.62,
    ("swish-large", "false"): 0.35,
    ("swish-large-anywhere", "true"): 0.62,
    ("swish-large-anywhere", "false"): 0.35,
    ("tanh-saturates", "false"): 0.93,
}


@pytest.mark.parametrize("scenario", scenarios(*NAMES), ids=lambda one: f"{one.claim}: {one.words}")
def test_it_is_rarely_wrong(scenario):
    rarely_wrong(scenario, REPETITIONS, POWER.get((scenario.claim, scenario.truth), 0.99))
