"""Claims of ReLU in deep networks, on networks whose dead units and accuracies are known."""

import pandas as pd
import pytest
from judging import judged, rarely_wrong, scenarios, twice

from activation_lab.analysis.claims.base import (
    ANSWERED,
    INCONCLUSIVE,
    NOT_RUN,
    REFUTED,
    SUPPORTED,
)
from activation_lab.analysis.claims.deep_relu import INITIALISATIONS, TEN_LAYERS
from activation_lab.analysis.claims.power.planted import SEEDS, cell, each_seed, runs, tables
from activation_lab.analysis.printed_numbers import NETWORK

DEAD = ("dead-depth", "dead-grows-with-depth")
SWISH = {"swish-for-deep": "default", "swish-for-deep-critical": "critical"}
JITTER = dict(zip(SEEDS, (-2, 1, 0, 2, -1), strict=True))
REPETITIONS = 30


def together(*made):
    return {name: pd.concat([one[name] for one in made], ignore_index=True) for name in made[0]}


def dead(shares, seeds=SEEDS, size=0.005, **settings):
    """Dead units of an untrained ReLU network: the share in each of some layers, by layer."""
    own = cell("-".join(map(str, settings.values())), **settings)

    def layers(seed):
        return [
            {
                "phase": phase,
                "layer": layer,
                "units": 1_000,
                "dead": round(1_000 * (share + size * JITTER[seed])) if phase == "untrained" else 0,
            }
            for layer, share in shares.items()
            for phase in ("untrained", "best")
        ]

    return tables([own], dead_neurons=each_seed(own, layers, seeds))


def two(four, ten, **more):
    """The tutorial's network and the one of ten layers, with these shares of dead units."""
    return together(
        dead({1: 0.01, 4: 2 * four - 0.01}, network=NETWORK, **more),
        dead({1: 0.01, 10: 2 * ten - 0.01}, size=0.01, network=TEN_LAYERS, **more),
    )


def by_depth(depth=64, seeds=SEEDS, **last):
    """ReLU networks in which 40% are dead up to the middle, and in the deeper half as `last` says."""
    shape = {"network": f"128x{depth}", "width": 128, "depth": depth}
    parts = []
    for name in INITIALISATIONS:
        shares = {1: 0.4, 10: 0.4, depth // 2: 0.4, depth // 2 + 1: last.get(name, 0.5)}
        shares[depth] = shares[depth // 2 + 1]
        parts.append(dead(shares, seeds, initialisation=name, **shape))
        # The noise of both halves is the same; here is the growth's.
        rows = parts[-1]["dead_neurons"]
        deeper = rows["layer"] > depth / 2
        rows.loc[deeper, "dead"] += rows.loc[deeper, "seed"].map(JITTER).astype("Int64") * 5
    return together(*parts)


def trained(accuracy, initialisation="default", depths=(24, 48), seeds=(42, 43, 44), **settings):
    """Deep networks: accuracy(activation, depth, seed) is one, or the status of a run that failed."""
    cells, rows = [], []
    for name in ("swish", "relu"):
        for depth in depths:
            shape = {"network": f"64x{depth}", "width": 64, "depth": depth}
            start = {"activation": name, "initialisation": initialisation}
            own = cell(
                f"{name}-{depth}", **{"epochs": 3, "stop": "never"}, **start, **shape, **settings
            )

            def run(seed, name=name, depth=depth):
                found = accuracy(name, depth, seed)
                if isinstance(found, str):
                    return {"status": found, "test_accuracy": 0.5}
                return {"test_accuracy": found}

            cells.append(own)
            rows += runs(own, run, seeds)
    return tables(cells, runs=rows)


def accuracies(swish, relu, **more):
    """Networks with these accuracies, whose difference varies a little."""
    return trained(
        lambda name, _, seed: swish + 0.005 * JITTER[seed] if name == "swish" else relu, **more
    )


def failing(swish, relu, **more):
    """Networks of which every run ends with one of these statuses."""
    return trained(lambda name, *_: swish if name == "swish" else relu, **more)


@pytest.mark.parametrize(
    ("name", "verdict", "made"),
    [
        ("dead-depth", SUPPORTED, two(0.013, 0.21)),
        ("dead-depth", REFUTED, two(0.21, 0.1)),
        ("dead-depth", INCONCLUSIVE, two(0.21, 0.21)),
        ("dead-depth", INCONCLUSIVE, two(0.013, 0.21, seeds=SEEDS[:1])),
        ("dead-depth", NOT_RUN, dead({1: 0.1}, network=TEN_LAYERS)),
        ("dead-depth", NOT_RUN, two(0.013, 0.21, initialisation="he")),
        ("dead-depth", NOT_RUN, two(0.013, 0.21, training_images=2_048)),
        ("dead-by-depth", ANSWERED, by_depth()),
        ("dead-by-depth", INCONCLUSIVE, by_depth(seeds=SEEDS[:1])),
        ("dead-by-depth", NOT_RUN, by_depth(depth=32)),
        ("dead-grows-with-depth", SUPPORTED, by_depth()),
        ("dead-grows-with-depth", REFUTED, by_depth(he=0.3)),
        ("dead-grows-with-depth", INCONCLUSIVE, by_depth(he=0.4)),
        ("dead-grows-with-depth", INCONCLUSIVE, by_depth(seeds=SEEDS[:1])),
        ("dead-grows-with-depth", NOT_RUN, by_depth(depth=20)),
        ("dead-grows-with-depth", NOT_RUN, two(0.013, 0.21)),
        *(
            (name, verdict, make(a, b, initialisation=start))
            for name, start in SWISH.items()
            for verdict, make, a, b in (
                (SUPPORTED, accuracies, 0.8, 0.7),
                (REFUTED, accuracies, 0.7, 0.8),
                (INCONCLUSIVE, accuracies, 0.8, 0.8),
                (INCONCLUSIVE, failing, "plateau", "diverged"),
            )
        ),
        ("swish-for-deep", NOT_RUN, accuracies(0.8, 0.7, initialisation="critical")),
        ("swish-for-deep-critical", NOT_RUN, accuracies(0.8, 0.7)),
        ("swish-for-deep", NOT_RUN, accuracies(0.8, 0.7, depths=(2, 8))),
        ("swish-for-deep", NOT_RUN, accuracies(0.8, 0.7, normalisation="batch")),
        ("swish-for-deep", INCONCLUSIVE, accuracies(0.8, 0.7, seeds=SEEDS[:1])),
    ],
)
def test_a_planted_truth_is_found(name, verdict, made):
    assert judged(name, made).verdict == verdict


@pytest.mark.parametrize("name", [*DEAD, *SWISH])
def test_what_was_not_run_is_said(name):
    got = judged(name, tables())
    assert (got.verdict, got.n, got.estimate) == (NOT_RUN, 0, None)
    assert got.evidence.startswith("There are no ")
    assert got.evidence.endswith("of `config.yaml` has them.")


def test_the_two_networks_are_compared_in_shares():
    got = judged("dead-depth", two(0.013, 0.21))
    assert (
        "of the ten-layer network 21.0% are dead, and of the four-layer network 1.3%"
        in got.evidence
    )
    assert got.evidence.split(": ")[1].startswith("a difference of +19.70 points (95% interval ")
    assert got.n == 5


def test_the_shares_at_depth_are_shown_under_each_initialisation():
    got = judged("dead-grows-with-depth", by_depth(zero_bias=0.6, he=0.45))
    assert got.evidence.startswith(
        "In layers 10 and 64 the shares of dead units are under default 40% and 50%; under zero bias "
        "40% and 60%; under he 40% and 45%; the deeper half of the layers minus the other half is +5.00 "
    )
    assert "under he, which decides" in got.evidence
    # The deepest network counts that has all initialisations, whatever others there are.
    one = by_depth(depth=100, he=0.2)
    one["cells"] = one["cells"][one["cells"]["initialisation"] == "he"]
    both = together(by_depth(zero_bias=0.6, he=0.45), by_depth(depth=50, he=0.2), one)
    assert judged("dead-grows-with-depth", both) == got


@pytest.mark.parametrize("name", DEAD)
def test_dead_units_of_two_studies_count_once(name):
    made = together(two(0.013, 0.21), by_depth())
    assert judged(name, twice(made)) == judged(name, made)


def test_a_failed_run_counts_as_chance_level_and_is_said():
    def accuracy(name, depth, seed):
        if name == "relu" and depth == 48:
            return "diverged" if seed == 42 else "plateau"
        return 0.8 + 0.001 * JITTER[seed] * (name == "swish")

    got = judged("swish-for-deep", trained(accuracy))
    assert got.verdict == SUPPORTED
    # At 24 layers no difference, at 48 that of 80% and 10%.
    assert got.estimate == pytest.approx(0.35, abs=0.001)
    assert got.n == 3
    assert got.evidence.startswith(
        "At 24 and 48 hidden layers, 6 of 6 runs learn with swish; 3 of 6 runs learn with relu (1 of 6 "
        "runs diverged and 2 stayed at chance level); Swish's test accuracy minus ReLU's, a failed run "
        "counted as 10%, is +3"
    )
    many = judged("swish-for-deep", accuracies(0.8, 0.7, depths=(10, 16, 24, 48)))
    assert many.evidence.startswith("At 4 depths from 10 to 48 hidden layers, 12 of 12 runs learn")


def test_where_neither_learns_it_cannot_be_told():
    got = judged("swish-for-deep", failing("plateau", "diverged"))
    assert (got.verdict, got.n) == (INCONCLUSIVE, 3)
    assert got.evidence == (
        "It cannot be told: neither learns; 0 of 6 runs learn with swish (6 of 6 runs stayed at chance "
        "level); 0 of 6 runs learn with relu (6 of 6 runs diverged)."
    )


@pytest.mark.parametrize(("name", "start"), SWISH.items())
def test_runs_are_compared_within_one_protocol(name, start):
    made = accuracies(0.8, 0.7, initialisation=start)
    assert judged(name, twice(made)) == judged(name, made)
    # Other rates, further from the tutorial's, and networks with one activation alone do not count.
    other = accuracies(0.2, 0.9, initialisation=start, learning_rate=0.3)
    alone = accuracies(0.2, 0.9, initialisation=start, depths=(100,))
    for table in ("cells", "runs"):
        other[table]["study"] = "other"
        alone[table] = alone[table][alone[table]["activation"] == "relu"]
    assert judged(name, together(other, made, alone)) == judged(name, made)
    # Swish at one rate and ReLU at another are not trained alike.
    mixed = together(made, other)
    drop = (mixed["cells"]["study"] == "other") == (mixed["cells"]["activation"] == "swish")
    mixed["cells"] = mixed["cells"][~drop]
    assert judged(name, mixed).verdict == NOT_RUN


def test_the_share_of_dead_units_is_told_by_layer():
    got = judged("dead-by-depth", by_depth(default=0.7, he=0.1))
    assert got.estimate == pytest.approx(0.3)
    assert got.evidence.startswith(
        "Of the units 40.0% in layer 1, 40.0% in layer 10, 40.0% in layer 32 and 70.0% in layer 64 are "
        "dead; from the first layer to the last it is a change of +30.00 points"
    )


POWER = {("swish-for-deep", "false"): 0.97, ("swish-for-deep-critical", "false"): 0.97}


@pytest.mark.parametrize(
    "scenario", scenarios(*DEAD, *SWISH), ids=lambda one: f"{one.claim}: {one.words}"
)
def test_it_is_rarely_wrong(scenario):
    rarely_wrong(scenario, REPETITIONS, POWER.get((scenario.claim, scenario.truth), 0.99))
