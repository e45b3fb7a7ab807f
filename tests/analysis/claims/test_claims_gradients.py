"""Claims of weight gradients before training, on networks whose gradients are known."""

import pandas as pd
import pytest
from judging import judged, rarely_wrong, scenarios, twice

from activation_lab.analysis.claims.base import INCONCLUSIVE, NOT_RUN, REFUTED, SUPPORTED
from activation_lab.analysis.claims.gradients import OTHERS
from activation_lab.analysis.claims.power.planted import SEEDS, cell, each_seed, tables

ALL = ("sigmoid", *OTHERS)
NAMES = (
    "sigmoid-gradient",
    "sigmoid-gradient-norm",
    "sigmoid-gradient-least",
    "gradients-similar-layers",
    "gradients-similar-weights",
    "gradients-similar-activations",
    "relu-spike",
    "relu-spike-density",
)
JITTER = dict(zip(SEEDS, (-2, 1, 0, 2, -1), strict=True))
REPETITIONS = 20


def network(columns, activations=ALL, seeds=SEEDS, **settings):
    """Untrained networks of five layers: columns(activation, layer, seed), some may be left out."""
    cells = [cell(name, activation=name, **settings) for name in activations]
    usual = {"phase": "untrained", "std": 1.0, "norm": 1.0, "abs_max": 1.0, "zero_fraction": 0.0}
    rows = []
    for own in cells:

        def layers(seed, name=own["activation"]):
            return [
                {**usual, "layer": layer, **columns(name, layer, seed)} for layer in range(1, 6)
            ]

        rows += each_seed(own, layers, seeds)
    return tables(cells, gradients=rows)


def noisy(value, seed, size=0.05):
    return value * 10 ** (size * JITTER[seed])


def sigmoid(first, output, column="abs_max", size=0.05, seeds=SEEDS):
    """Sigmoid's gradients in the input and output layer; size is in orders of magnitude."""

    def columns(_, layer, seed):
        return {column: noisy({1: first, 5: output}.get(layer, 1e-3), seed, size)}

    return network(columns, ("sigmoid",), seeds)


def norms(of_sigmoid, size=0.02, **others):
    """The norms of the input layer: Swish's is 0.03, the others' are 0.1 where not given."""
    known = {"sigmoid": of_sigmoid, "swish": 0.03, **others}

    def columns(name, layer, seed):
        return {"norm": noisy(known.get(name, 0.1), seed, size) if layer == 1 else 1.0}

    return network(columns)


def between_layers(column, size=0.02, **ratios):
    """The greatest layer's value over the least's: 2 where not given."""

    def columns(name, layer, seed):
        noise = noisy(1, seed, size) if name in ratios else 1
        return {column: ratios.get(name, 2) * noise if layer == 5 else 1.0}

    return network(columns, OTHERS)


def between_activations(*ratios, size=0.005):
    """In each layer tanh's norm over all others'."""

    def columns(name, layer, seed):
        return {"norm": noisy(ratios[layer - 1], seed, size) if name == "tanh" else 1.0}

    return network(columns, OTHERS)


def zeros(share, size=0.001, **others):
    known = {"relu": share, **others}
    return network(
        lambda name, layer, seed: {
            "zero_fraction": (known[name] + size * JITTER[seed]) * (layer < 5) * 5 / 4
            if name in known
            else 0.0
        },
        OTHERS,
    )


def near(size=0.001, **shares):
    """Histograms of standard deviation 1 whose middle bin is what counts as near 0."""

    def columns(name, _, seed):
        middle = round(10_000 * (shares.get(name, 0.09) + size * JITTER[seed] * (name == "relu")))
        return {"bin_edges": [-3, -0.1, 0.1, 3], "counts": [0, middle, 10_000 - middle]}

    return network(columns, OTHERS)


@pytest.mark.parametrize(
    ("name", "verdict", "made"),
    [
        ("sigmoid-gradient", SUPPORTED, sigmoid(1.4e-5, 0.05)),
        ("sigmoid-gradient", REFUTED, sigmoid(1.4e-5, 0.001)),
        ("sigmoid-gradient", REFUTED, sigmoid(1e-3, 0.05)),
        ("sigmoid-gradient", INCONCLUSIVE, sigmoid(9e-5, 0.05, size=0.2)),
        ("sigmoid-gradient", INCONCLUSIVE, sigmoid(1.4e-5, 0.05, seeds=SEEDS[:1])),
        ("sigmoid-gradient", NOT_RUN, tables()),
        ("sigmoid-gradient-norm", SUPPORTED, sigmoid(3e-5, 0.1, "norm")),
        ("sigmoid-gradient-norm", REFUTED, sigmoid(1.5e-3, 0.1, "norm")),
        ("sigmoid-gradient-norm", INCONCLUSIVE, sigmoid(9e-5, 0.1, "norm", size=0.2)),
        ("sigmoid-gradient-least", SUPPORTED, norms(0.0015)),
        ("sigmoid-gradient-least", REFUTED, norms(0.06)),
        ("sigmoid-gradient-least", INCONCLUSIVE, norms(0.03)),
        ("sigmoid-gradient-least", NOT_RUN, sigmoid(1.4e-5, 0.05)),
        ("gradients-similar-layers", SUPPORTED, between_layers("norm", swish=2.4)),
        ("gradients-similar-layers", REFUTED, between_layers("norm", swish=30)),
        ("gradients-similar-layers", INCONCLUSIVE, between_layers("norm", swish=9.9)),
        ("gradients-similar-weights", SUPPORTED, between_layers("std", swish=7)),
        ("gradients-similar-weights", REFUTED, between_layers("std", swish=30)),
        ("gradients-similar-weights", INCONCLUSIVE, between_layers("std", swish=9.9)),
        ("gradients-similar-activations", SUPPORTED, between_activations(7, 7, 7, 7, 7)),
        ("gradients-similar-activations", REFUTED, between_activations(7, 7, 12, 7, 7)),
        ("gradients-similar-activations", INCONCLUSIVE, between_activations(7, 10, 7, 7, 7)),
        ("relu-spike", SUPPORTED, zeros(0.13)),
        ("relu-spike", REFUTED, zeros(0.01)),
        ("relu-spike", REFUTED, zeros(0.13, leakyrelu=0.13)),
        ("relu-spike", INCONCLUSIVE, zeros(0.033)),
        ("relu-spike-density", SUPPORTED, near(relu=0.22, leakyrelu=0.18)),
        ("relu-spike-density", REFUTED, near(relu=0.14, leakyrelu=0.18)),
        ("relu-spike-density", INCONCLUSIVE, near(relu=0.18, leakyrelu=0.18)),
    ],
)
def test_a_planted_truth_is_found(name, verdict, made):
    assert judged(name, made).verdict == verdict


@pytest.mark.parametrize("name", NAMES)
def test_what_is_missing_is_said(name):
    nothing = judged(name, tables())
    assert (nothing.verdict, nothing.n, nothing.estimate) == (NOT_RUN, 0, None)
    assert nothing.evidence.startswith("There are no untrained networks of the tutorial with ")
    assert "the study `tutorial` of `config.yaml`" in nothing.evidence
    one = judged(name, full(SEEDS[:1]))
    assert (one.verdict, one.n) == (INCONCLUSIVE, 1)
    assert "It cannot be told: there is one seed of" in one.evidence


def full(seeds=SEEDS, **settings):
    """Networks with all columns that the claims need."""
    histogram = {"bin_edges": [-3, -0.1, 0.1, 3], "counts": [0, 1, 2]}
    return network(
        lambda _, layer, seed: {"norm": noisy(layer, seed), **histogram}, ALL, seeds, **settings
    )


@pytest.mark.parametrize("name", NAMES)
def test_other_studies_and_initialisations_do_not_matter(name):
    made = full()
    assert judged(name, twice(made)) == judged(name, made)
    assert judged(name, made).n == len(SEEDS)
    assert judged(name, full(initialisation="he")).verdict == NOT_RUN
    assert judged(name, full(network="64-64")).verdict == NOT_RUN
    # The first batch is the same, however many images were trained on.
    more = full(training_images=2_048)
    more["cells"]["study"] = more["gradients"]["study"] = "fewer images"
    both = {table: pd.concat([made[table], more[table]], ignore_index=True) for table in made}
    assert judged(name, both) == judged(name, more) == judged(name, made)


def test_orders_of_magnitude_are_what_is_compared():
    said = judged("sigmoid-gradient", sigmoid(1.4e-5, 0.05)).evidence
    assert said.startswith(
        "The largest gradient is 1.4e-05 (95% interval 1.12e-05 to 1.76e-05, n = 5)"
    )
    assert "0.05 (95% interval 0.0399 to 0.0627, n = 5) in the output layer" in said
    assert said.endswith("the source prints 1e-05 and 0.1.")
    # 9 times as much is the same order of magnitude, 11 times is not; so downwards.
    for first, verdict in (
        (9e-5, SUPPORTED),
        (1.1e-4, REFUTED),
        (1.1e-6, SUPPORTED),
        (9e-7, REFUTED),
    ):
        assert judged("sigmoid-gradient", sigmoid(first, 0.1, size=0.005)).verdict == verdict
    norm = judged("sigmoid-gradient-norm", sigmoid(1.5e-3, 0.1, "norm"))
    assert norm.estimate == pytest.approx(1.5e-3)
    assert "the largest single gradient of the layer is 1." in norm.evidence


def test_sigmoid_is_compared_with_each_of_the_others():
    least = judged("sigmoid-gradient-least", norms(0.0015))
    assert least.estimate == pytest.approx(0.05)
    assert (
        "with sigmoid 0.05 (95% interval 0.05 to 0.05, n = 5) times that with swish"
        in least.evidence
    )
    # In the mean below all but one.
    assert judged("sigmoid-gradient-least", norms(0.02, elu=0.01)).verdict == REFUTED


def test_an_interval_beyond_the_bound_that_does_not_refute_is_explained():
    # A 95% interval of 10.3 to 13.9; at 99%, for five looks, from 9.3.
    made = judged("gradients-similar-weights", between_layers("std", size=0.034, swish=12))
    assert made.verdict == INCONCLUSIVE
    assert made.low > 10
    assert "swish decides with 12 (95% interval 10.3 to 1" in made.evidence
    assert made.evidence.endswith("not enough to refute since 5 comparisons were made.")


def test_the_layer_that_decides_is_named():
    said = judged("gradients-similar-activations", between_activations(12, 7, 7, 7, 7)).evidence
    assert "factors of 7 to 12, depending on the layer; the input layer decides with 12" in said
    assert "tanh against " in said
    said = judged("gradients-similar-activations", between_activations(7, 7, 7, 7, 12)).evidence
    assert "the output layer decides" in said


def test_exact_zeros_are_counted_layer_by_layer():
    got = judged("relu-spike", zeros(0.13))
    assert got.estimate == pytest.approx(0.13)
    assert "exactly 0 in the input layer, and most, 16." in got.evidence
    assert "+13.00 points (95% interval" in got.evidence


def test_values_near_0_count_where_a_histogram_cuts_them():
    # Bins of width 0.4 around 0: half of the middle one is within a tenth of a standard deviation.
    def columns(name, _, seed):
        middle = 400 + 10 * JITTER[seed] + 200 * (name == "relu")
        return {"bin_edges": [-3, -0.2, 0.2, 3], "counts": [0, middle, 1_000 - middle]}

    got = judged("relu-spike-density", network(columns, OTHERS))
    assert "30.0% of ReLU's gradients" in got.evidence
    assert "and 20.0% with" in got.evidence
    assert got.estimate == pytest.approx(0.1)


POWER = {("gradients-similar-weights", "true"): 0.75, ("relu-spike-density", "false"): 0.85}


@pytest.mark.parametrize("scenario", scenarios(*NAMES), ids=lambda one: f"{one.claim}: {one.words}")
def test_it_is_rarely_wrong(scenario):
    rarely_wrong(scenario, REPETITIONS, POWER.get((scenario.claim, scenario.truth), 0.99))
