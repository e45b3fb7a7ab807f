"""Claims that dead units stay dead, judged on tables in which the truth is known."""

import pandas as pd
import pytest
import yaml
from judging import judged, twice

from activation_lab.analysis.claims import CLAIMS
from activation_lab.analysis.claims.base import (
    ANSWERED,
    EXACT,
    INCONCLUSIVE,
    NOT_RUN,
    REFUTED,
    SUPPORTED,
)
from activation_lab.analysis.claims.power.planted import SEEDS, cell, each_seed, runs, tables
from activation_lab.protocol import WATCHED_IMAGES
from conftest import ROOT

INPUT = "input-never-revives"
NAMES = (INPUT, f"{INPUT}-plain", f"{INPUT}-decay", "never-changes")


def together(*made):
    """All rows of several planted runs."""
    names = [name for name in made[0] if any(len(one[name]) for one in made)]
    joined = {name: pd.concat([one[name] for one in made], ignore_index=True) for name in names}
    return tables() | joined


def outcome_of(status):
    return status if callable(status) else lambda _: status


def watched(layers, status="ok", name="watched", seeds=SEEDS, epochs=50, **settings):
    """Networks whose images are all watched: layer → units ever dead and ever revived, in each seed.

    The epoch before the last, fewer were counted.
    """
    usual = {"training_images": WATCHED_IMAGES, "momentum": 0.9, "epochs": epochs}
    own = cell(name, **{**usual, **settings})

    def counts(_):
        return [
            {"epoch": epoch, "layer": layer, "ever_dead": dead, "ever_revived": revived}
            for layer, (most, back) in layers.items()
            for epoch, dead, revived in ((1, most // 2, 0), (epochs, most, back))
        ]

    outcomes = runs(own, lambda seed: {"status": outcome_of(status)(seed), "epochs": epochs}, seeds)
    return tables([own], transitions=each_seed(own, counts, seeds), runs=outcomes)


def looked_at(units, status="ok", name="all", seeds=SEEDS, epochs=9, **settings):
    """Networks with many images: (layer, dead untrained, dead at best, share of test images alive)."""
    own = cell(name, **settings)

    def states(_):
        return [
            {
                "phase": phase,
                "layer": layer,
                "unit": unit,
                "nonzero_fraction": 0.0 if dead else 0.5,
                "nonzero_fraction_test": test,
            }
            for unit, (layer, before, after, test) in enumerate(units, start=1)
            for phase, dead in (("untrained", before), ("best", after))
        ]

    outcomes = runs(own, lambda seed: {"status": outcome_of(status)(seed), "epochs": epochs}, seeds)
    return tables([own], neurons=each_seed(own, states, seeds), runs=outcomes)


def test_one_unit_of_the_input_layer_that_comes_back_refutes():
    got = judged(INPUT, watched({1: (20, 3), 2: (30, 12)}))
    assert (got.verdict, got.n, got.estimate) == (REFUTED, 5, 0.15)
    assert got.evidence == (
        "15 of 100 units of layer 1 that were dead on all training images came back, in 5 networks "
        "(15.0%, 95% interval 15.0% to 15.0% over 5 seeds); in later layers 60 of 150 did."
    )
    one = together(watched({1: (20, 0)}, seeds=SEEDS[1:]), watched({1: (20, 1)}, seeds=SEEDS[:1]))
    got = judged(INPUT, one)
    assert (got.verdict, got.estimate) == (REFUTED, 0.01)
    assert got.low == 0
    assert got.high > 0.03  # over seeds; of 100 units that were drawn alone it would be .03


def test_none_that_came_back_leaves_it_open():
    got = judged(INPUT, watched({1: (20, 0), 2: (30, 12)}))
    assert (got.verdict, got.n, got.estimate) == (INCONCLUSIVE, 5, 0)
    assert "0 of 100 units of layer 1" in got.evidence
    assert "(0.0%, 95% interval 0.0% to 52.2% over 5 seeds)" in got.evidence
    assert judged("never-changes", watched({1: (20, 0), 2: (30, 0)})).verdict == INCONCLUSIVE


def test_the_same_networks_without_momentum_stand_beside():
    plain = watched({1: (18, 0), 2: (30, 9)}, name="plain", momentum=0.0)
    got = judged(INPUT, together(watched({1: (20, 3)}), plain))
    assert (got.verdict, got.estimate) == (REFUTED, 0.15)
    assert "; trained without momentum, 0 of 90 did" in got.evidence


def test_arithmetic_says_that_plain_descent_moves_no_dead_unit():
    plain = watched({1: (18, 0), 2: (30, 9)}, momentum=0.0)
    got = judged(f"{INPUT}-plain", together(plain, watched({1: (20, 3)}, name="with")))
    assert (got.verdict, got.n, got.estimate, got.low) == (SUPPORTED, 5, 0, None)
    assert got.evidence == (
        "0 of 90 units of layer 1 that were dead on all training images came back, in 5 networks; "
        "in later layers 45 of 150 did."
    )
    broken = judged(f"{INPUT}-plain", watched({1: (18, 1)}, momentum=0.0))
    assert (broken.verdict, broken.estimate) == (REFUTED, pytest.approx(1 / 18))


def test_weight_decay_is_judged_apart():
    decayed = watched({1: (10, 0)}, momentum=0.0, weight_decay=0.01)
    both = watched({1: (20, 4)}, name="both", weight_decay=0.01)
    plain = watched({1: (30, 0)}, name="plain", momentum=0.0)
    got = judged(f"{INPUT}-decay", together(decayed, both, plain))
    assert (got.verdict, got.estimate) == (SUPPORTED, 0)
    assert "0 of 50 units of layer 1" in got.evidence
    assert "; with momentum besides, 20 of 100 did" in got.evidence
    assert judged(f"{INPUT}-decay", both).verdict == NOT_RUN
    for name in (INPUT, f"{INPUT}-plain", "never-changes"):
        assert judged(name, together(decayed, both)).verdict == NOT_RUN


def test_a_unit_of_any_layer_that_comes_back_refutes_the_lecture():
    plain = watched({1: (10, 0), 2: (10, 2)}, momentum=0.0, name="plain")
    got = judged("never-changes", together(watched({1: (20, 3), 3: (10, 5)}), plain))
    assert (got.verdict, got.n, got.estimate) == (REFUTED, 5, 0.2)
    assert (
        "15 of 150 of layer 1 and 35 of 100 of later layers came back, in all 20.0%" in got.evidence
    )
    assert "in 10 networks" in got.evidence


def test_with_more_images_units_are_compared_at_both_phases():
    units = [
        (1, True, True, 0.0),
        (2, True, False, 0.0),
        (2, True, True, 0.0),
        (2, False, True, 0.0),
    ]
    got = judged("never-changes", looked_at(units))
    assert (got.verdict, got.estimate) == (REFUTED, pytest.approx(1 / 3))
    assert "0 of 5 of layer 1 and 5 of 10 of later layers" in got.evidence
    got = judged(INPUT, together(looked_at(units), watched({1: (4, 1)})))
    assert "5 of 25 units of layer 1" in got.evidence
    assert "in 10 networks" in got.evidence


def test_the_default_config_ran_and_cannot_tell():
    got = judged(
        INPUT, looked_at([(1, False, False, 0.0), (2, True, False, 0.0), (2, True, True, 0.0)])
    )
    assert (got.verdict, got.n) == (INCONCLUSIVE, 0)
    assert got.evidence == (
        "It cannot be told: no unit of layer 1 was dead on all training images before it was "
        "looked at again; in later layers 5 of 10 did; the study `revival` of "
        "`workflow/configs/revival.yaml` is made for this."
    )
    nothing = judged("never-changes", looked_at([(1, False, False, 0.0)]))
    assert nothing.verdict == INCONCLUSIVE
    assert "is made for this" in nothing.evidence


@pytest.mark.parametrize("name", NAMES)
def test_what_was_not_run_is_not_what_cannot_be_told(name):
    got = judged(name, tables())
    assert (got.verdict, got.n, got.estimate) == (NOT_RUN, 0, None)
    assert "the study `revival` of `workflow/configs/revival.yaml` has them" in got.evidence
    assert CLAIMS[name].chance == EXACT
    study = yaml.safe_load((ROOT / CLAIMS[name].config).read_text())["studies"][CLAIMS[name].study]
    assert set(study["vary"]) == {"learning_rate", "momentum", "weight_decay"}


def test_diverged_runs_are_left_out_and_stuck_ones_are_counted():
    status = {42: "diverged", 43: "plateau"}
    for name in (INPUT, "never-changes"):
        got = judged(name, watched({1: (20, 3)}, lambda seed: status.get(seed, "ok")))
        assert (got.verdict, got.n) == (REFUTED, 4)
        assert "12 of 80" in got.evidence
        assert got.evidence.endswith("; 1 of 5 runs diverged and 1 stayed at chance level.")
        none = judged(name, watched({1: (20, 3)}, "diverged"))
        assert none.verdict == INCONCLUSIVE
        assert "5 of 5 runs diverged" in none.evidence
    plain = judged(f"{INPUT}-plain", watched({1: (20, 0)}, "plateau", momentum=0.0))
    assert plain.verdict == SUPPORTED
    assert plain.evidence.endswith("; 5 of 5 runs stayed at chance level.")


def test_other_protocols_do_not_count_and_a_run_counts_once():
    for settings in (
        {"normalisation": "batch"},
        {"optimizer": "adam"},
        {"activation": "leakyrelu"},
    ):
        assert judged(INPUT, watched({1: (20, 3)}, **settings)).verdict == NOT_RUN
    made = together(watched({1: (20, 3), 2: (30, 9)}), looked_at([(1, True, True, 0.0)]))
    for name in (INPUT, "never-changes"):
        assert judged(name, twice(made)) == judged(name, made)
    shorter = watched({1: (16, 2)}, name="short", epochs=12, stop="never")
    assert judged(INPUT, together(shorter, made)) == judged(INPUT, made)


def at_inference(alive, dead, **settings):
    """Units dead at the end, of which some are alive on test images; two that live at the end."""
    units = [(2, False, True, 0.001 if unit < alive else 0.0) for unit in range(dead)]
    return looked_at([*units, (2, False, False, 0.5), (2, True, False, 0.5)], **settings)


def test_units_dead_in_training_and_alive_on_test_images():
    got = judged("dead-at-inference", at_inference(1, 20))
    assert (got.verdict, got.n, got.estimate) == (ANSWERED, 5, 0.05)
    assert got.evidence == (
        "5 of 100 units that are dead on all training images are alive on some of the test images "
        "(5.0%, 95% interval 5.0% to 5.0% over 5 seeds), in 5 networks; none of "
        "them on more than 0.10% of these."
    )
    none = judged("dead-at-inference", at_inference(0, 20))
    assert (none.verdict, none.estimate) == (ANSWERED, 0)
    assert "more than" not in none.evidence
    one = judged("dead-at-inference", at_inference(1, 20, seeds=[42]))
    assert (one.verdict, one.n, one.low) == (ANSWERED, 1, None)
    assert "(5.0%, of one seed), in 1 network" in one.evidence


def dead_at_times(**settings):
    """Networks with all training images, of which some are watched."""
    return watched({1: (2, 0), 2: (10, 6), 3: (8, 4)}, training_images=50_000, **settings)


def test_units_dead_at_some_epoch_that_come_back():
    got = judged("dead-at-inference-later", dead_at_times())
    assert (got.verdict, got.n, got.estimate) == (ANSWERED, 5, 0.5)
    assert got.evidence == (
        "Of the units that were dead on the 2,048 watched images at some time, 0 of 10 in layer 1 "
        "and 50 of 90 in later layers came back, in all 50.0%, 95% interval 50.0% "
        "to 50.0% over 5 seeds, in 5 networks."
    )


def test_seeds_are_what_is_drawn():
    """Five networks of one seed are less than five networks of five seeds."""
    rates = (0.003, 0.01, 0.03, 0.1, 0.3)
    alike = [
        at_inference(2 * (seed == 42), 20, name=f"{rate}-{seed}", learning_rate=rate, seeds=[seed])
        for rate in rates
        for seed in SEEDS[:2]
    ]
    got = judged("dead-at-inference", together(*alike))
    assert (got.n, got.estimate) == (2, 0.05)
    assert got.low == 0
    assert "over 2 seeds), in 10 networks" in got.evidence


QUESTIONS = {
    "dead-at-inference": lambda **settings: at_inference(1, 20, **settings),
    "dead-at-inference-later": dead_at_times,
}


@pytest.mark.parametrize("name", QUESTIONS)
def test_questions_say_which_runs_failed(name):
    status = {42: "diverged", 43: "plateau"}
    got = judged(name, QUESTIONS[name](status=lambda seed: status.get(seed, "ok")))
    assert (got.verdict, got.n) == (ANSWERED, 3)
    assert got.evidence.endswith("; 1 of 5 runs diverged and 1 stayed at chance level.")
    none = judged(name, QUESTIONS[name](status="plateau"))
    assert (none.verdict, none.n) == (INCONCLUSIVE, 5)
    assert none.evidence == "It cannot be told: 5 of 5 runs stayed at chance level."


@pytest.mark.parametrize("name", QUESTIONS)
def test_questions_count_a_run_once(name):
    made = QUESTIONS[name]()
    assert judged(name, twice(made)) == judged(name, made)
    part = QUESTIONS[name](name="part", epochs=4)
    assert judged(name, together(part, made)) == judged(name, made)
    assert judged(name, QUESTIONS[name](normalisation="batch")).verdict == NOT_RUN


def test_questions_without_a_dead_unit():
    alive = judged("dead-at-inference", looked_at([(1, False, False, 0.5)]))
    assert alive.evidence == "It cannot be told: no unit is dead after training."
    never = judged("dead-at-inference-later", watched({1: (0, 0)}, training_images=50_000))
    assert never.evidence == "It cannot be told: no unit was dead after any epoch."
