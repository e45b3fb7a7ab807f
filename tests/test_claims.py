import itertools
import re

import numpy as np
import pandas as pd
import pyarrow as pa
import pytest
import yaml
from scipy import stats

from activation_lab import statistics, tables
from activation_lab.claims import CLAIMS, claims
from activation_lab.claims.accuracy import PYTORCH, RANKING
from activation_lab.claims.registry import INCONCLUSIVE, REFUTED, SUPPORTED
from activation_lab.published import DEAD_UNTRAINED, NETWORK, PROTOCOL, TEST_ACCURACY
from activation_lab.schemas import FLAG, TABLES, WHOLE
from conftest import ROOT

SEEDS = (42, 43, 44, 45, 46)
JITTER = dict(zip(SEEDS, (-2, 1, 0, 2, -1), strict=True))
TEN_LAYERS = list(DEAD_UNTRAINED)[1]
SOME = ("tanh", "relu", "leakyrelu", "elu", "swish")


def cell(name, **settings):
    """A cell of the tutorial's protocol, but for these settings."""
    network = settings.get("network", NETWORK)
    return {
        **{"study": "renamed", "cell": name, "activation": "relu", "varied": ["activation"]},
        **PROTOCOL,
        **{"depth": len(network.split("-")), "width": None, **settings},
    }


def each_seed(own, make, seeds=SEEDS):
    """Rows of a cell: `make` returns the columns of a seed, or those of several rows."""
    made = ((seed, make(seed)) for seed in seeds)
    return [
        {**own, "seed": seed, **columns}
        for seed, several in made
        for columns in (several if isinstance(several, list) else [several])
    ]


def loaded(cells=(), **rows):
    """All tables with these rows, typed as `tables.load` gives them."""
    nullable = {WHOLE: pd.Int64Dtype(), FLAG: pd.BooleanDtype()}
    rows["cells"] = list(cells)
    return {
        name: pa.Table.from_pylist(rows.get(name, []), table.schema).to_pandas(
            types_mapper=nullable.get
        )
        for name, table in TABLES.items()
    }


def run(own, make, seeds=SEEDS):
    usual = {"status": "ok", "epochs": 9, "best_epoch": 9, "plateau_exit_epoch": 1}
    return each_seed(own, lambda seed: {**usual, **make(seed)}, seeds)


def sigmoid(patience, never):
    """Sigmoid runs of which so many of five learn, with and without early stopping."""
    learning = {"patience": patience, "never": never}
    cells = [cell(stop, activation="sigmoid", stop=stop) for stop in learning]
    runs = [
        row
        for own in cells
        for row in run(
            own,
            lambda seed, own=own: (
                {"test_accuracy": 0.8, "plateau_exit_epoch": 15}
                if seed - 42 < learning[own["stop"]]
                else {"test_accuracy": 0.1, "status": "plateau", "plateau_exit_epoch": None}
            ),
        )
    ]
    return loaded(cells, runs=runs)


def trained(accuracy, spread, seeds=SEEDS):
    """Trained networks of the six activations around a test accuracy; sigmoid splits."""
    cells = [cell(name, activation=name) for name in PYTORCH]
    runs = [
        row
        for own in cells
        for row in run(
            own,
            lambda seed, name=own["activation"]: {
                "test_accuracy": accuracy(name) + spread * (JITTER[seed] + 0.1 * np.sin(len(name))),
                "status": "plateau" if name == "sigmoid" and seed > 42 else "ok",
            },
            seeds,
        )
    ]
    return loaded(cells, runs=runs)


def published(name):
    return np.mean([edition[name] for edition in TEST_ACCURACY.values()]) / 100


def ranked(order, apart=0.02):
    """Trained networks in this order, the same amount apart; noise is each activation's own."""
    runs = trained(lambda name: 0.9 - apart * [*order, "sigmoid"].index(name), 1e-4)
    noise = {(n, s): np.random.default_rng([ord(n[0]), s]).normal() for n in PYTORCH for s in SEEDS}
    own = [noise[key] for key in runs["runs"][["activation", "seed"]].itertuples(index=False)]
    runs["runs"]["test_accuracy"] += 2e-3 * np.array(own)
    runs["contrasts"] = statistics.contrasts(runs["runs"], runs["cells"])
    return runs


def rates(relu, tanh, sigmoid, epochs=40):
    """Networks at two learning rates that reach 86% after so many epochs at 0.1, later at 0.01."""
    varied = ["activation", "learning_rate"]
    first = {"relu": relu, "tanh": tanh, "sigmoid": sigmoid}
    cells = [
        cell(f"{name}-{rate}", activation=name, learning_rate=rate, varied=varied)
        for name in first
        for rate in (0.01, 0.1)
    ]
    metrics = []
    for own in cells:

        def curve(seed, own=own):
            when = first[own["activation"]](seed) + (6 if own["learning_rate"] < 0.1 else 0)
            return [
                {"epoch": epoch, "val_accuracy": 0.86 if epoch >= when else 0.5}
                for epoch in range(1, epochs + 1)
            ]

        metrics += each_seed(own, curve)
    made = loaded(cells, metrics=metrics)
    made["targets"] = statistics.targets(made["metrics"], made["cells"])
    return made


def deep(factors, depth=52):
    """Untrained networks: the gradient's factor a layer as measured and as predicted."""
    cells, gradients, theory = [], [], []
    for index, (measured, predicted) in enumerate(factors):
        own = cell(
            f"c{index}", activation=f"a{index}", network=f"128x{depth}", width=128, depth=depth
        )
        cells.append(own)

        def sizes(seed, measured=measured):
            layers = range(1, depth + 2)
            return [
                {"stage": "untrained", "layer": n, "std": measured ** (depth - n)} for n in layers
            ]

        gradients += each_seed(own, sizes, SEEDS[:2])
        theory.append({**own, "layer": 1, "chi_1": predicted**2, "weight_var": 1 / 3})
    return loaded(cells, gradients=gradients, theory=theory)


def dead(counts, stages=("untrained",), seeds=SEEDS, **settings):
    """A ReLU cell's rows of `dead_neurons`: counts(seed, stage) of 100 units in each layer."""
    own = cell("-".join(map(str, settings.values())) or "relu", **settings)

    def layers(seed):
        return [
            {"stage": stage, "layer": layer, "dead": number, "units": 100}
            for stage in stages
            for layer, number in enumerate(counts(seed, stage), start=1)
        ]

    return own, each_seed(own, layers, seeds)


def ten_layers(default, others):
    """Dead units of each layer under three initialisations."""
    parts = [
        dead(
            lambda seed, _, name=name: [
                max(0, n + JITTER[seed]) for n in (default if name == "default" else others)
            ],
            network=TEN_LAYERS,
            initialisation=name,
        )
        for name in ("default", "zero_bias", "he")
    ]
    return loaded(
        [own for own, _ in parts], dead_neurons=[row for _, rows in parts for row in rows]
    )


def counted(network, off=0, seed=42):
    own, rows = dead(
        lambda *_: [n + off for n in DEAD_UNTRAINED[network]], seeds=[seed], network=network
    )
    return loaded([own], dead_neurons=rows)


def before_and_after(change):
    own, rows = dead(
        lambda seed, stage: [
            0,
            20 + (stage == "best") * (change + JITTER[seed]),
        ],
        stages=("untrained", "best"),
    )
    return loaded([own], dead_neurons=rows, runs=run(own, lambda _: {}))


def images(fewer):
    """Dead units when 1,024 images are looked at, and with 50,000 so many fewer."""
    parts = [
        dead(
            lambda seed, _, n=n: [0, 0, 0, 20 + (n == 50_000) * (JITTER[seed] - fewer)],
            training_images=n,
        )
        for n in (1_024, 50_000)
    ]
    return loaded(
        [own for own, _ in parts], dead_neurons=[row for _, rows in parts for row in rows]
    )


def gradients(columns, activations=SOME, seeds=SEEDS):
    """Untrained gradients: columns(activation, layer, seed) in five layers."""
    cells = [cell(name, activation=name) for name in activations]
    rows = []
    for own in cells:

        def layers(seed, own=own):
            return [
                {
                    **{"stage": "untrained", "layer": layer, "std": 1.0, "norm": 1.0},
                    **columns(own["activation"], layer, seed),
                }
                for layer in range(1, 6)
            ]

        rows += each_seed(own, layers, seeds)
    return loaded(cells, gradients=rows)


def noisy(value, seed, size=0.1):
    return value * 10 ** (size * JITTER[seed] / 2)


def sizes(first, output, size=0.1):
    def columns(_, layer, seed):
        return {"abs_max": noisy({1: first, 5: output}.get(layer, 1e-3), seed, size)}

    return gradients(columns, ("sigmoid",))


def norms(ratio, size=0.1):
    return gradients(
        lambda _, layer, seed: {"norm": 1.0 if layer > 1 else 1 / noisy(ratio, seed, size)}
    )


def zeros(share, size=0.001):
    return gradients(
        lambda name, _, seed: {"zero_fraction": (name == "relu") * (share + size * JITTER[seed])}
    )


def values(columns, activations=SOME, seeds=SEEDS):
    """Values after each hidden layer of trained networks: columns(activation, layer, seed)."""
    cells = [cell(name, activation=name) for name in activations]
    rows, runs = [], []
    for own in cells:

        def layers(seed, own=own):
            return [
                {
                    **{"stage": "best", "kind": kind, "layer": layer},
                    **columns(own["activation"], layer, seed),
                }
                for layer in range(1, 5)
                for kind in ("pre", "post")
            ]

        rows += each_seed(own, layers, seeds)
        runs += run(own, lambda _: {}, seeds)
    return loaded(cells, activations=rows, runs=runs)


def largest(swish, size=1.0):
    return values(
        lambda name, _, seed: {"max": swish + size * JITTER[seed] if name == "swish" else 10.0}
    )


def saturated(*layers, size=0.01):
    def columns(_, layer, seed):
        return {"saturated_fraction": layers[layer - 1] + size * JITTER[seed] * (layer == 2)}

    return values(columns, ("tanh",))


def grid(**derivatives):
    x = np.linspace(-5, 5, 1_001)
    return loaded(
        functions=[
            {"activation": name, "x": at, "value": at**2, "derivative": slope}
            for name, derivative in derivatives.items()
            for at, slope in zip(x, derivative(x), strict=True)
        ]
    )


def normal(x):
    return stats.norm.pdf(x)


def variance(weight_var):
    own = cell("relu")
    return loaded([own], theory=[{**own, "layer": 1, "weight_var": weight_var, "chi_1": 0.25}])


def neurons(states, images=50_000, rates=(0.01,), status="ok", momentum=0.9, **settings):
    """ReLU units: (layer, dead untrained, dead at best, share of test images alive) each."""
    cells = [
        cell(
            f"rate-{rate}",
            **{"learning_rate": rate, "training_images": images, "momentum": momentum},
            **{"varied": ["learning_rate"], **settings},
        )
        for rate in rates
    ]
    rows, runs = [], []
    for own in cells:

        def units(seed, own=own):
            listed = states(own["learning_rate"], seed) if callable(states) else states
            return [
                {
                    **{"stage": stage, "layer": layer, "unit": unit},
                    "nonzero_fraction": 0.0 if is_dead else 0.5,
                    "nonzero_fraction_test": test,
                }
                for unit, (layer, before, after, test) in enumerate(listed, start=1)
                for stage, is_dead in (("untrained", before), ("best", after))
            ]

        rows += each_seed(own, units)
        runs += run(own, lambda _: {"status": status})
    return loaded(cells, neurons=rows, runs=runs)


def at_inference(alive, of):
    """Five runs of so many dead units, of which some are alive on the test set, and a live one."""
    dead = [(2, False, True, 0.001 if unit < alive else 0.0) for unit in range(of)]
    return neurons([*dead, (2, False, False, 0.5)])


def died(shares, size=1):
    """Of 100 units so many die at each learning rate."""

    def states(rate, seed):
        number = shares[rate] + size * JITTER[seed] * (rate > 0.01)
        return [(1, False, unit < number, 0.0) for unit in range(100)]

    return neurons(states, rates=tuple(shares))


def revived(**layers):
    """Of ten dead units of a layer so many come back, in each of five runs."""
    numbers = {int(name.removeprefix("layer_")): back for name, back in layers.items()}
    return neurons(
        [(layer, True, unit >= back, 0.0) for layer, back in numbers.items() for unit in range(10)]
    )


def watched(first, later, images=2_048, momentum=0.9):
    """Ten units of each layer die in epoch 1; so many come back in epoch 2."""
    made = neurons([(1, False, False, 0.0)], images=images, momentum=momentum)
    transitions = [
        {**own, "seed": seed, "epoch": epoch, "layer": layer, **moved}
        for own, seed in itertools.product(made["cells"].to_dict("records"), SEEDS)
        for layer, back in ((1, first), (2, later))
        for epoch, moved in (
            (1, {"dead": 10, "died": 10, "revived": 0}),
            (2, {"dead": 10 - back, "died": 0, "revived": back}),
        )
    ]
    return {**made, "transitions": loaded(transitions=transitions)["transitions"]}


REVERSED = RANKING[::-1]
SLOW = {"sigmoid": lambda seed: 40}
PLANTED = [
    ("sigmoid-fails", SUPPORTED, lambda: sigmoid(0, 0)),
    ("sigmoid-fails", REFUTED, lambda: sigmoid(1, 5)),
    ("sigmoid-fails", INCONCLUSIVE, lambda: sigmoid(1, 3)),
    ("accuracies", SUPPORTED, lambda: trained(published, 0.0025)),
    ("accuracies", REFUTED, lambda: trained(lambda name: published(name) + 0.05, 0.0025)),
    ("accuracies", INCONCLUSIVE, lambda: trained(published, 0.02)),
    ("accuracies", INCONCLUSIVE, lambda: trained(published, 0.0025, seeds=[42])),
    ("ranking", SUPPORTED, lambda: ranked(RANKING)),
    ("ranking", REFUTED, lambda: ranked(REVERSED)),
    ("ranking", INCONCLUSIVE, lambda: ranked(RANKING, apart=0)),
    ("six-times-faster", SUPPORTED, lambda: rates(lambda s: 2, lambda s: 16 + s % 3, **SLOW)),
    ("six-times-faster", REFUTED, lambda: rates(lambda s: 4, lambda s: 4 + s % 3, **SLOW)),
    (
        "six-times-faster",
        INCONCLUSIVE,
        lambda: rates(lambda s: 2, lambda s: 3 + 8 * (s % 4), **SLOW),
    ),
    ("six-times-faster", INCONCLUSIVE, lambda: rates(lambda s: 99, lambda s: 4, **SLOW)),
    ("fifty-layers", SUPPORTED, lambda: deep([(0.4, 0.41)] * 4 + [(1.3, 1.31)] * 4)),
    ("fifty-layers", REFUTED, lambda: deep([(1.2, 0.41)] * 4 + [(0.7, 1.31)] * 4)),
    ("fifty-layers", INCONCLUSIVE, lambda: deep([(0.4, 0.41)] * 8)),
    ("dead-depth", SUPPORTED, lambda: ten_layers(range(5, 100, 10), range(5, 100, 10))),
    ("dead-depth", REFUTED, lambda: ten_layers(range(5, 100, 10), range(2, 22, 2))),
    ("dead-depth", INCONCLUSIVE, lambda: ten_layers(range(5, 100, 10), range(2, 50, 5))),
    ("sigmoid-gradient", SUPPORTED, lambda: sizes(1.2e-5, 0.08)),
    ("sigmoid-gradient", REFUTED, lambda: sizes(1.2e-5, 0.001)),
    ("sigmoid-gradient", INCONCLUSIVE, lambda: sizes(3e-5, 0.08, size=1)),
    ("gradients-similar", SUPPORTED, lambda: norms(2)),
    ("gradients-similar", REFUTED, lambda: norms(500)),
    ("gradients-similar", INCONCLUSIVE, lambda: norms(9.5)),
    ("relu-spike", SUPPORTED, lambda: zeros(0.2)),
    ("relu-spike", REFUTED, lambda: zeros(0.002)),
    ("relu-spike", INCONCLUSIVE, lambda: zeros(0.02)),
    ("swish-large", SUPPORTED, lambda: largest(20)),
    ("swish-large", REFUTED, lambda: largest(5)),
    ("swish-large", INCONCLUSIVE, lambda: largest(11, size=5)),
    ("tanh-saturates", SUPPORTED, lambda: saturated(0.3, 0.1, 0.1, 0.2)),
    ("tanh-saturates", REFUTED, lambda: saturated(0.3, 0.1, 0.2, 0.1)),
    ("tanh-saturates", INCONCLUSIVE, lambda: saturated(0.1, 0.1, 0.05, 0.1)),
    ("swish-monotonic", SUPPORTED, lambda: grid(swish=np.exp)),
    ("swish-monotonic", REFUTED, lambda: grid(swish=np.sin)),
    ("swish-monotonic", INCONCLUSIVE, lambda: grid(tanh=np.sin)),
    ("max-derivative", SUPPORTED, lambda: grid(sigmoid=lambda x: x * 0 + 0.25, tanh=np.cosh)),
    ("max-derivative", REFUTED, lambda: grid(sigmoid=np.sin, tanh=np.sin)),
    (
        "max-derivative",
        REFUTED,
        lambda: grid(sigmoid=lambda x: x * 0 + 0.25, tanh=lambda x: normal(x) / 2),
    ),
    ("max-derivative", INCONCLUSIVE, lambda: grid(sigmoid=np.sin)),
    ("gelu-derivative", SUPPORTED, lambda: grid(gelu=lambda x: normal(x) * (1 + x))),
    ("gelu-derivative", REFUTED, lambda: grid(gelu=lambda x: stats.norm.cdf(x) + x * normal(x))),
    ("gelu-derivative", INCONCLUSIVE, lambda: grid(swish=np.tanh)),
    ("default-init", SUPPORTED, lambda: variance(1.9)),
    ("default-init", REFUTED, lambda: variance(1 / 3)),
    ("default-init", INCONCLUSIVE, loaded),
    ("dead-untrained", SUPPORTED, lambda: counted(NETWORK)),
    ("dead-untrained", REFUTED, lambda: counted(NETWORK, off=1)),
    ("dead-untrained", INCONCLUSIVE, lambda: counted(NETWORK, seed=43)),
    ("dead-ten-layer", SUPPORTED, lambda: counted(TEN_LAYERS)),
    ("dead-ten-layer", REFUTED, lambda: counted(TEN_LAYERS, off=1)),
    ("dead-ten-layer", INCONCLUSIVE, lambda: counted(NETWORK)),
    ("dead-shrinks", SUPPORTED, lambda: before_and_after(-10)),
    ("dead-shrinks", REFUTED, lambda: before_and_after(10)),
    ("dead-shrinks", INCONCLUSIVE, lambda: before_and_after(0)),
    ("data-helps", SUPPORTED, lambda: images(10)),
    ("data-helps", REFUTED, lambda: images(-10)),
    ("data-helps", INCONCLUSIVE, lambda: images(0)),
    ("dead-at-inference", SUPPORTED, lambda: at_inference(0, of=20)),
    ("dead-at-inference", REFUTED, lambda: at_inference(1, of=20)),
    ("dead-at-inference", INCONCLUSIVE, lambda: at_inference(0, of=3)),
    ("lr-kills", SUPPORTED, lambda: died({0.01: 2, 0.1: 20, 0.3: 60})),
    ("lr-kills", REFUTED, lambda: died({0.01: 60, 0.1: 20, 0.3: 20})),
    ("lr-kills", INCONCLUSIVE, lambda: died({0.01: 20, 0.1: 20, 0.3: 20}, size=5)),
    ("input-never-revives", SUPPORTED, lambda: revived(layer_1=0, layer_2=5)),
    ("input-never-revives", SUPPORTED, lambda: watched(0, 5)),
    ("input-never-revives", REFUTED, lambda: revived(layer_1=1, layer_2=5)),
    ("input-never-revives", REFUTED, lambda: watched(1, 5)),
    ("input-never-revives", INCONCLUSIVE, lambda: revived(layer_2=5)),
    ("input-never-revives", INCONCLUSIVE, lambda: watched(1, 5, images=50_000)),
    ("never-changes", SUPPORTED, lambda: revived(layer_1=0, layer_2=0)),
    ("never-changes", REFUTED, lambda: revived(layer_1=0, layer_2=1)),
    ("never-changes", INCONCLUSIVE, lambda: watched(1, 5, images=50_000)),
]


def judged(name, made):
    return CLAIMS[name].judge(made)


def one_sentence(text):
    assert not re.search(r"\b(nan|None|NaN|inf)\b|<NA>|\|", text), text
    assert text.endswith("."), text
    assert not re.search(r"[.!?] ", text), text


@pytest.mark.parametrize(
    ("name", "verdict", "make"), PLANTED, ids=lambda value: value if isinstance(value, str) else ""
)
def test_a_planted_truth_is_found(name, verdict, make):
    got = judged(name, make())
    assert got.verdict == verdict, got.evidence
    one_sentence(got.evidence)
    if got.low is not None and not np.isnan(got.low):
        assert got.low <= got.estimate
        assert got.high is None or got.estimate <= got.high


def test_every_claim_has_a_case_of_each_verdict():
    wanted = itertools.product(CLAIMS, (SUPPORTED, REFUTED, INCONCLUSIVE))
    assert set(wanted) == {(name, verdict) for name, verdict, _ in PLANTED}


@pytest.mark.parametrize("name", CLAIMS)
def test_what_was_not_run_is_named(name):
    got = judged(name, loaded())
    claim = CLAIMS[name]
    assert (got.verdict, got.n, got.estimate) == (INCONCLUSIVE, 0, None)
    assert f"the study `{claim.study}` of `{claim.config}`" in got.evidence
    one_sentence(got.evidence)
    assert claim.study in yaml.safe_load((ROOT / claim.config).read_text())["studies"]


def test_evidence_takes_its_numbers_from_the_tables():
    said = judged("sigmoid-fails", sigmoid(1, 5)).evidence
    assert "5 of 5 runs learn (100%, 95% Wilson interval 57% to 100%" in said
    assert "1 of 5 runs learn (20%, 95% Wilson interval 4% to 62%" in said
    assert "an artefact of early stopping (Fisher's exact p = 0.0476)" in said
    assert "is not established" in judged("sigmoid-fails", sigmoid(3, 5)).evidence
    watched_only = judged("input-never-revives", watched(1, 5, images=50_000)).evidence
    assert "5 of 50 dead units came back in layer 1" in watched_only
    assert "all of them under momentum" in judged("input-never-revives", watched(1, 5)).evidence
    free = judged("input-never-revives", watched(1, 5, momentum=0.0)).evidence
    assert "momentum" not in free


def test_other_protocols_do_not_count():
    made = before_and_after(-10)
    made["cells"]["normalisation"] = "batch"
    assert judged("dead-shrinks", made).n == 0
    made = sigmoid(1, 5)
    made["cells"]["learning_rate"] = 0.1
    assert judged("sigmoid-fails", made).n == 0
    made = revived(layer_1=1, layer_2=5)
    made["cells"]["weight_decay"] = 0.1
    assert judged("input-never-revives", made).n == 0


def test_a_network_of_two_studies_counts_once():
    made = sigmoid(1, 5)
    twice = {
        name: pd.concat([frame, frame.assign(study="again")], ignore_index=True)
        for name, frame in made.items()
    }
    assert judged("sigmoid-fails", twice).n == judged("sigmoid-fails", made).n == 5


def test_runs_that_failed_do_not_count():
    made = before_and_after(-10)
    made["runs"].loc[0, "status"] = "diverged"
    made["runs"].loc[1, "status"] = "plateau"
    assert judged("dead-shrinks", made).n == 3
    assert judged("never-changes", neurons([(2, True, False, 0.0)], status="diverged")).n == 0
    assert judged("dead-at-inference", at_inference(1, of=20)).n == 100


def test_the_table_is_whole_and_can_be_written(tmp_path):
    made = claims(loaded())
    assert made["claim"].tolist() == list(CLAIMS)
    assert len(CLAIMS) == 23
    tables.write("claims", tables.from_pandas("claims", made), tmp_path / "claims.parquet")
    assert tables.load("claims", tmp_path)["verdict"].eq(INCONCLUSIVE).all()
    for text in [*made["statement"], *made["test"], *made["source"]]:
        assert "|" not in text
        assert text
