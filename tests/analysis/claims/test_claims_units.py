"""Claims of dead units, judged on tables in which the truth is known."""

import pandas as pd
import pytest
from judging import judged, rarely_wrong, scenarios, twice

from activation_lab.analysis.claims import CLAIMS
from activation_lab.analysis.claims.base import (
    ANSWERED,
    BY_DEFINITION,
    INCONCLUSIVE,
    NOT_RUN,
    REFUTED,
    SUPPORTED,
)
from activation_lab.analysis.claims.power.planted import SEEDS, cell, each_seed, runs, tables
from activation_lab.analysis.claims.units import TEN_LAYERS
from activation_lab.analysis.printed_numbers import DEAD_UNTRAINED, NETWORK

JITTER = dict(zip(SEEDS, (-2, 1, 0, 2, -1), strict=True))
PHASES = ("untrained", "best")
REPETITIONS = 40


def dead_neurons(own, counts, phases=PHASES, seeds=SEEDS):
    """Rows of a cell: counts(seed, phase) has the dead units of each layer."""
    return each_seed(
        own,
        lambda seed: [
            {"phase": phase, "layer": layer, "dead": dead, "units": 100, "status": "ok"}
            for phase in phases
            for layer, dead in enumerate(counts(seed, phase), start=1)
        ],
        seeds,
    )


def untrained(network, off=0, seed=42):
    own = cell("relu", network=network, epochs=0)
    *counted, last = DEAD_UNTRAINED[network]
    counted.append(last + off)
    rows = dead_neurons(own, lambda *_: counted, phases=["untrained"], seeds=[seed])
    return tables([own], dead_neurons=rows)


@pytest.mark.parametrize(
    ("name", "network"), [("dead-untrained", NETWORK), ("dead-ten-layer", TEN_LAYERS)]
)
def test_printed_counts_are_met_to_the_last_unit(name, network):
    got = judged(name, untrained(network))
    assert (got.verdict, got.n, got.estimate) == (SUPPORTED, 1, 0)
    assert "Seed 42 has exactly the printed numbers of dead units, 0, 0, " in got.evidence
    off = judged(name, untrained(network, off=1))
    assert (off.verdict, off.estimate) == (REFUTED, 1)
    assert f"{DEAD_UNTRAINED[network][-1] + 1} dead units, published" in off.evidence
    assert judged(name, untrained(network, seed=43)).verdict == NOT_RUN
    assert CLAIMS[name].quote == f"[{', '.join(map(str, DEAD_UNTRAINED[network]))}]"


def trained(change, status=lambda seed: "ok", seeds=SEEDS, name="relu", **settings):
    """Networks with 20 dead units in layer 2 before training, so many more after, and 30 in layer 1."""
    own = cell(name, **settings)

    def counts(seed, phase):
        after = phase == "best"
        return [30 * after, 20 + after * (change + JITTER[seed])]

    return (
        [own],
        dead_neurons(own, counts, seeds=seeds),
        runs(own, lambda seed: {"status": status(seed)}, seeds),
    )


def together(*parts):
    cells, dead, own = ([row for part in parts for row in part[index]] for index in range(3))
    return tables(cells, dead_neurons=dead, runs=own)


@pytest.mark.parametrize(
    ("change", "verdict"), [(-10, SUPPORTED), (10, REFUTED), (0, INCONCLUSIVE)]
)
def test_training_shrinks_the_number_of_dead_units(change, verdict):
    got = judged("dead-shrinks", together(trained(change)))
    assert (got.verdict, got.n, got.estimate) == (verdict, 5, change)
    assert f"from 20 to {20 + change}, a change of {change} (95% interval " in got.evidence


def test_the_printed_counts_after_training_stand_beside_ours():
    said = judged("dead-shrinks", together(trained(-15))).evidence
    # 5 ± 2.776 · 1.581 · √(1 + 1/5)
    assert "the printed 3 and 6 lie inside what one more seed would end with, 0.191 to 9.81" in said
    said = judged("dead-shrinks", together(trained(-10))).evidence
    assert "of the printed 3 and 6, 3 lies outside what one more seed would end with, 5.19" in said
    said = judged("dead-shrinks", together(trained(10))).evidence
    assert "the printed 3 and 6 lie outside what one more seed would end with, 25.2 to" in said


def test_other_learning_rates_are_named_where_the_number_rose():
    others = [
        trained(25, name="slow", learning_rate=0.003, epochs=4),
        trained(-5, name="fast", learning_rate=0.03, epochs=4),
        trained(40, lambda _: "plateau", name="faster", learning_rate=0.3, epochs=4),
        trained(40, name="normal", learning_rate=0.1, normalisation="batch"),
    ]
    got = judged("dead-shrinks", together(trained(-10), *others))
    assert (got.verdict, got.n) == (SUPPORTED, 5)
    most = "it rose at 1 of 2 other learning rates (at most 9 epochs), the most at 0.003, from 20 to 45"
    assert most in got.evidence
    got = judged("dead-shrinks", together(trained(-10), others[1]))
    assert "it rose at none of 1 other learning rate (at most 9 epochs)" in got.evidence


def test_failed_runs_are_said_and_not_averaged():
    failed = {42: "diverged", 43: "plateau"}
    got = judged("dead-shrinks", together(trained(-10, lambda seed: failed.get(seed, "ok"))))
    assert (got.verdict, got.n) == (SUPPORTED, 3)
    assert got.evidence.endswith("; 1 of 5 runs diverged and 1 stayed at chance level.")
    none = judged("dead-shrinks", together(trained(-10, lambda _: "diverged")))
    assert (none.verdict, none.n) == (INCONCLUSIVE, 5)
    assert none.evidence == "It cannot be told: 5 of 5 runs diverged."
    one = judged("dead-shrinks", together(trained(-10, seeds=[42])))
    assert (one.verdict, one.n) == (INCONCLUSIVE, 1)


def test_other_protocols_do_not_count_and_a_network_of_two_studies_counts_once():
    other = together(trained(-10, name="other", normalisation="batch"))
    assert judged("dead-shrinks", other).verdict == NOT_RUN
    made = together(trained(-10), trained(25, name="slow", learning_rate=0.003, epochs=4))
    assert judged("dead-shrinks", twice(made)) == judged("dead-shrinks", made)
    made = untrained(NETWORK)
    assert judged("dead-untrained", twice(made)) == judged("dead-untrained", made)


def more_data(dead, status=lambda images, seed: "ok", amounts=(4_096, 50_000), **settings):
    """Networks trained for 12 epochs: dead(images, epoch) units in each of two layers."""
    parts = [_amount(images, dead, status, **settings) for images in amounts]
    cells, transitions, own_runs = (
        [row for part in parts for row in part[index]] for index in range(3)
    )
    return tables(cells, transitions=transitions, runs=own_runs)


def _amount(images, dead, status, seeds=SEEDS, **settings):
    own = cell(str(images), training_images=images, epochs=12, stop="never", **settings)

    def transitions(seed):
        more = JITTER[seed] if images == 4_096 else 0
        return [
            {"epoch": epoch, "layer": layer, "dead": dead(images, epoch) + more}
            for epoch in range(1, 13)
            for layer in (1, 2)
        ]

    outcomes = runs(own, lambda seed: {"status": status(images, seed), "epochs": 12}, seeds)
    return [own], each_seed(own, transitions, seeds), outcomes


def of_amounts(images, epoch):
    """30 units with little data; with much 40 after the first epoch, 10 after the last, else 99."""
    return 30 if images < 50_000 else {1: 40, 12: 10}.get(epoch, 99)


def test_training_on_more_data_is_compared_at_equal_epochs_and_at_equal_steps():
    got = judged("data-helps", more_data(of_amounts))
    assert (got.verdict, got.n, got.estimate) == (ANSWERED, 5, -40)  # two layers
    assert (
        "is 60 with 4,096 training images and 20 with 50,000, a change of -40 (95%" in got.evidence
    )
    assert "after as many steps, 192 and 195, it is 20 (95% interval" in got.evidence
    assert got.low < -40 < got.high


def test_what_else_varies_does_not_change_the_answer():
    made = more_data(of_amounts)
    middle = more_data(of_amounts, amounts=(4_096, 16_384, 50_000))
    assert judged("data-helps", middle) == judged("data-helps", made)
    assert judged("data-helps", twice(made)) == judged("data-helps", made)
    other = more_data(lambda *_: 0, momentum=0.0)
    renamed = {
        name: frame.assign(cell="plain " + frame["cell"])
        for name, frame in other.items()
        if name in ("cells", "runs", "transitions")
    }
    both = made | {name: pd.concat([renamed[name], made[name]]) for name in renamed}
    assert judged("data-helps", both) == judged("data-helps", made)


def test_failed_runs_of_either_amount_are_said():
    def status(images, seed):
        return {(4_096, 42): "diverged", (50_000, 43): "plateau"}.get((images, seed), "ok")

    got = judged("data-helps", more_data(of_amounts, status))
    assert (got.verdict, got.n) == (ANSWERED, 3)
    assert got.evidence.endswith("; 1 of 10 runs diverged and 1 stayed at chance level.")
    none = judged("data-helps", more_data(of_amounts, lambda images, _: "diverged"))
    assert none.verdict == INCONCLUSIVE
    assert "fewer than two seeds learnt with both" in none.evidence
    assert "10 of 10 runs diverged" in none.evidence
    assert judged("data-helps", more_data(of_amounts, amounts=[50_000])).verdict == NOT_RUN
    assert judged("data-helps", more_data(of_amounts, seeds=[42])).verdict == INCONCLUSIVE


def test_looking_at_more_images_lowers_the_count_by_definition():
    def counts(own, dead):
        rows = dead_neurons(own, lambda *_: [0, dead], phases=["untrained"])
        return [{**row, "dead_first": 2 * dead * (row["layer"] > 1)} for row in rows]

    own, fewer = cell("relu"), cell("fewer", training_images=4_096)
    made = tables([own, fewer], dead_neurons=[*counts(own, 8), *counts(fewer, 90)])
    got = judged("data-helps-looking", made)
    assert (got.verdict, got.n) == (BY_DEFINITION, 5)
    assert got.estimate == pytest.approx(-0.04)
    said = (
        "Of the units of 5 untrained networks 8.0% are dead on the first 1,000 training images and"
    )
    assert got.evidence == f"{said} 4.0% on all 50,000."
    assert judged("data-helps-looking", twice(made)) == got
    alone = tables([fewer], dead_neurons=counts(fewer, 90))
    assert judged("data-helps-looking", alone).verdict == NOT_RUN


@pytest.mark.parametrize("scenario", scenarios("dead-shrinks"), ids=lambda one: one.words)
def test_size_and_power(scenario):
    rarely_wrong(scenario, REPETITIONS, power=0.8)
