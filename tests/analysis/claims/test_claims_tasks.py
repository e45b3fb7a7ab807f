"""A claim speaks of one dataset and one network family: networks of others never change its verdict.

For each claim there are tables with a truth, and tables with the opposite truth, which are planted as
networks of another dataset, and as networks of another family.
"""

import numpy as np
import pandas as pd
import pytest
from judging import judged
from test_claims_bounded import middle
from test_claims_capacity import ten_layers
from test_claims_deep_relu import by_depth
from test_claims_definitions import ALL as NONE_DEAD
from test_claims_definitions import ALWAYS, DEAD, NEGATIVE, SOMETIMES, networks, units
from test_claims_dying import MEASURED
from test_claims_dying import planted as rates
from test_claims_editions import LEARNT, STUCK
from test_claims_editions import sigmoid as ended
from test_claims_functions import PLANTED as OF_VALUES
from test_claims_questions import BOTH, ON_FEW, heaviside, solved, together
from test_claims_questions import networks as of_phases
from test_claims_rectified import rates as unbounded
from test_claims_rectified import zeros
from test_claims_revival import at_inference, dead_at_times, watched
from test_claims_shapes import PLANTED as OF_SHAPES
from test_claims_shapes import grid
from test_claims_slopes import PLANTED as OF_SLOPES
from test_claims_units import TEN_LAYERS, dead_neurons, more_data, of_amounts
from test_claims_units import untrained as counted
from torch import nn

from activation_lab.analysis.claims import CLAIMS
from activation_lab.analysis.claims.base import ABOUT, BY_DEFINITION, NOT_RUN, REFUTED, SUPPORTED
from activation_lab.analysis.claims.power import SCENARIOS
from activation_lab.analysis.claims.power.base import FALSE, TRUE
from activation_lab.analysis.claims.power.few_seeds import on_mnist1d
from activation_lab.analysis.claims.power.planted import cell, tables
from activation_lab.analysis.printed_numbers import NETWORK
from activation_lab.analysis.tasks import Task, parts

GRIDS = [*OF_VALUES, *OF_SHAPES, *OF_SLOPES]
REVIVES = "input-never-revives"


def looked_at(first, whole):
    """Untrained networks with so many units of 100 dead on the first images, and on all."""
    own = cell("relu")
    rows = dead_neurons(own, lambda *_: [whole], phases=["untrained"])
    return tables([own], dead_neurons=[{**row, "dead_first": first} for row in rows])


def bottleneck(dead):
    """The untrained ten-layer network with so many dead units in its last layer but one."""
    cells, counted_units, _ = ten_layers(dead)
    return tables(cells, dead_neurons=counted_units)


SOME_DEAD = {"untrained": (0, 40), "best": (0, 30)}
ONE_DEAD = {**NONE_DEAD, "elu": (0, 1)}

# What is exact, or a question, has no scenario.
EXACT = {
    "dead-untrained": (counted(NETWORK), counted(NETWORK, off=1)),
    "dead-ten-layer": (counted(TEN_LAYERS), counted(TEN_LAYERS, off=1)),
    "data-helps": (more_data(of_amounts), more_data(lambda images, _: images // 4_096)),
    "data-helps-looking": (looked_at(16, 8), looked_at(90, 80)),
    "tanh-where": (middle(0.5, 0.6, 0.7, 0.4), middle(0.1, 0.1, 0.1, 0.1)),
    "relu-how-many": (zeros(0.6, 0.4, 0.6, 0.6), zeros(0.1, 0.1, 0.1, 0.1)),
    "relu-unbounded": (unbounded(0, 1), unbounded(0, 0)),
    "sigmoid-shape": (grid(sigmoid=nn.Sigmoid()), grid(sigmoid=nn.Tanh())),
    "lowering-rate": (rates(), rates(MEASURED[::-1])),
    "dead-at-inference": (at_inference(1, 20), at_inference(19, 20)),
    "dead-at-inference-later": (dead_at_times(), watched({1: (20, 20)}, epochs=12)),
    REVIVES: (watched({1: (20, 3)}), watched({1: (20, 0)})),
    f"{REVIVES}-plain": (watched({1: (20, 0)}, momentum=0.0), watched({1: (20, 9)}, momentum=0.0)),
    f"{REVIVES}-decay": (
        watched({1: (20, 0)}, momentum=0.0, weight_decay=0.01),
        watched({1: (20, 9)}, momentum=0.0, weight_decay=0.01),
    ),
    "never-changes": (watched({1: (20, 3)}), watched({1: (20, 0)})),
    "editions-identical-sigmoid": (ended(STUCK, LEARNT), ended(STUCK, STUCK)),
    "sigmoid-one-rate": (ended(STUCK, STUCK), ended(STUCK, LEARNT)),
    "dead-definition": (units(DEAD, SOMETIMES), units(DEAD, NEGATIVE)),
    "dead-definition-others": (units(ALWAYS, name="elu"), units(NEGATIVE, name="elu")),
    "dead-definition-some": (units(DEAD, ALWAYS), units(DEAD, SOMETIMES)),
    "dead-bottleneck": (bottleneck(72), bottleneck(71)),
    "swish-no-dead": (networks(**NONE_DEAD), networks(swish=(0, 1))),
    "swish-no-dead-variants": (networks(**NONE_DEAD), networks(**ONE_DEAD)),
    "swish-no-dead-cause": (networks(**ONE_DEAD), networks(**NONE_DEAD)),
    "dead-by-depth": (by_depth(), by_depth(default=0.1)),
    "dead-trained": (together(of_phases(ON_FEW, BOTH)), together(of_phases(ON_FEW, SOME_DEAD))),
    "identify-dead": (together(of_phases(ON_FEW, BOTH)), together(of_phases(SOME_DEAD, BOTH))),
    "solve-dead": (together(*solved(default=40, he=8)), together(*solved(default=8, he=40))),
    "heaviside-problem": (heaviside(1.0), heaviside(0.5)),
    "few-seeds": tuple(on_mnist1d(np.random.default_rng(1), gain, gain) for gain in (0, 0.1)),
}


def truths(name):
    """Tables in which a claim is true, and in which it is false: or one way, and the other."""
    if name in EXACT:
        return EXACT[name]
    found = [
        [one.make for one in SCENARIOS if (one.claim, one.truth) == (name, truth)]
        for truth in (TRUE, FALSE)
    ]
    if all(found):
        # The clearest of several scenarios is the last.
        return tuple(makes[-1](np.random.default_rng(1)) for makes in found)
    return tuple(
        next(made for other, verdict, made in GRIDS if other == name and verdict in wanted)
        for wanted in ((SUPPORTED, BY_DEFINITION), (REFUTED,))
    )


def moved(made, **task):
    """The same networks, of another dataset or family; their cells have names of their own.

    So have networks of another family, whose names tell it.
    """
    found = {}
    for name, frame in made.items():
        if "cell" in frame:
            frame = frame.assign(cell="other " + frame["cell"])
        if "network" in frame and "family" in task:
            frame = frame.assign(network=task["family"] + " " + frame["network"])
        for column in set(task) & set(frame):
            frame = frame.assign(**{column: task[column]})
        found[name] = frame
    # φ itself is the same everywhere.
    return found | {"functions": made["functions"].iloc[:0]}


def beside(first, then):
    """Both tables, one after the other."""
    return {name: pd.concat([first[name], then[name]], ignore_index=True) for name in then}


OTHERS = [{"dataset": "digits"}, {"family": "residual"}]
# These are decided on φ alone, which has no dataset and no network.
OF_FUNCTIONS = {name for name, _, made in GRIDS if made["theory"].empty}
# Experiments have a table of their own, whose networks are all of the tutorial's task.
ON_STUDIES = [name for name, one in CLAIMS.items() if not one.experiment]


@pytest.mark.parametrize("task", OTHERS, ids=lambda task: next(iter(task)))
@pytest.mark.parametrize("name", ON_STUDIES)
def test_networks_of_another_task_never_change_a_verdict(name, task):
    made, opposite = truths(name)
    alone = judged(name, made)
    if name not in OF_FUNCTIONS:
        assert judged(name, opposite) != alone
        assert judged(name, moved(opposite, **task)).verdict == NOT_RUN
    other = moved(opposite, **task)
    assert judged(name, beside(other, made)) == alone
    assert judged(name, beside(made, other)) == alone


def test_a_task_keeps_its_own_cells_and_their_rows_in_every_table():
    made, opposite = truths("dead-shrinks")
    other = moved(opposite, dataset="digits")
    names = {"study": "planted", "metric": "test_accuracy"}
    pairs = [("relu", "relu"), ("relu", "other relu"), ("other relu", "other relu")]
    contrasts = pd.DataFrame([{**names, "first": one, "second": two} for one, two in pairs])
    networks = [("fashion-mnist", NETWORK), ("digits", NETWORK)]
    theory = pd.DataFrame(networks, columns=["dataset", "network"])
    both = beside(other, made) | {"contrasts": contrasts, "theory": theory}
    kept = ABOUT.only(both)
    for name in ("cells", "runs", "dead_neurons"):
        pd.testing.assert_frame_equal(kept[name].reset_index(drop=True), made[name])
    assert kept["contrasts"]["second"].tolist() == ["relu"]
    assert kept["theory"]["dataset"].tolist() == ["fashion-mnist"]
    assert Task("digits", "mlp").only(both)["contrasts"]["first"].tolist() == ["other relu"]
    assert ABOUT.only(made) is made


def test_a_study_is_split_by_what_tells_its_tasks_apart():
    made, opposite = truths("dead-shrinks")
    assert list(parts(made)) == [""]
    family = beside(made, moved(opposite, family="residual"))
    assert {name: len(one["runs"]) for name, one in parts(family).items()} == {
        "MLP": len(made["runs"]),
        "residual": len(opposite["runs"]),
    }
    assert parts(tables()) == {}
