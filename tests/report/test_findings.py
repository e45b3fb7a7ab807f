"""Every sentence of the findings, with runs that learnt, failed, or are missing."""

import re

import pandas as pd
import pytest
from made_up_studies import as_read, deep, made_up, stuck, varied

from activation_lab.analysis import statistics
from activation_lab.report import findings


def analysed(tables, varies=("activation",)):
    """Tables with what is derived from runs."""
    cells = tables["cells"].assign(varied=[list(varies)] * len(tables["cells"]))
    return tables | {
        "cells": cells,
        "summary": statistics.summary(tables["runs"]),
        "targets": statistics.targets(tables["metrics"], cells),
        "contrasts": statistics.contrasts(tables["runs"], cells),
    }


def ending(tables, **statuses):
    """Give each cell's runs these ends, in the order of their seeds; failed runs score 10%."""
    runs = tables["runs"].copy()
    for cell, ends in statuses.items():
        own = runs.index[runs["cell"] == cell]
        runs.loc[own, "status"] = ends
        runs.loc[own[[end != "ok" for end in ends]], "test_accuracy"] = 0.1
    return tables | {"runs": runs}


def compared(*accuracies):
    """Three cells of five seeds, whose test accuracies differ from 0.8 by these amounts and noise."""
    tables = made_up(["relu", "tanh", "elu"], seeds=(1, 2, 3, 4, 5))
    for place, (cell, more) in enumerate(zip(("relu", "tanh", "elu"), accuracies, strict=True)):
        noise = [0.001 * ((seed * (place + 2)) % 5) for seed in range(5)]
        tables["runs"].loc[tables["runs"]["cell"] == cell, "test_accuracy"] = [
            0.8 + more + part for part in noise
        ]
    return tables


def plain(sentences):
    """One text of sentences that say no value that is missing."""
    text = " ".join(sentences)
    assert not re.search(r"\b(nan|None|NaN|inf)\b|<NA>", text.replace("None of", "")), text
    assert all(sentence.endswith(".") for sentence in sentences)
    return text


def test_failed_runs_are_told_beside_those_that_always_learnt():
    made = ending(compared(0, 0, 0), relu=["plateau"] * 3 + ["diverged", "ok"])
    said = plain(findings.accuracy.accuracies(analysed(made)))
    assert "relu (3 of 5 stayed at chance level and 1 of 5 diverged)" in said
    assert said.startswith("2 of 3 activations always learnt")
    assert "With 5 seeds they cannot be ranked: the one pair does not differ" in said
    assert "relu, n" not in said  # its one lucky run is no mean


def test_one_cell_alone_is_told_with_its_interval():
    alone = analysed(made_up(["relu"], seeds=(1, 2, 3)))
    (said,) = findings.accuracy.accuracies(alone)
    assert re.match(
        r"Every run of relu learnt: the mean test accuracy is \S+% \(95% interval", said
    )
    (said,) = findings.accuracy.accuracies(analysed(made_up(["relu"], seeds=(1,))))
    assert said.endswith("% (n = 1).")
    made = made_up(["relu"], seeds=(1, 2))
    made["runs"] = made["runs"].assign(status="plateau", test_accuracy=0.1)
    (said,) = findings.accuracy.accuracies(analysed(made))
    assert "relu (2 of 2 stayed at chance level)" in said
    assert findings.accuracy.accuracies(analysed(made_up(["relu"], epochs=0))) == []


def test_only_a_corrected_test_tells_cells_apart():
    learnt, alike = findings.accuracy.accuracies(analysed(compared(0, 0, 0)))
    assert learnt.startswith("All 3 activations always learnt")
    assert re.search(
        r"none of 3 pairs differs after Holm's correction for many pairs \(smallest p \d", alike
    )
    _, apart = findings.accuracy.accuracies(analysed(compared(0.05, 0, 0)))
    assert "2 of 3 pairs differ after Holm's correction" in apart
    assert re.search(r"relu − tanh = \+\d\.\d\d points \(\+\d\.\d\d to \+\d\.\d\d\)", apart)
    # Intervals that overlap, or do not, decide nothing.
    fooled = analysed(compared(0.05, 0, 0))
    fooled["contrasts"] = fooled["contrasts"].assign(p_holm=0.5, low=0.01)
    _, said = findings.accuracy.accuracies(fooled)
    assert (
        "none of 3 pairs differs after Holm's correction for many pairs (smallest p 0.50)" in said
    )


def test_one_seed_ranks_nothing_and_failures_alone_are_told():
    _, said = findings.accuracy.accuracies(analysed(made_up(["relu", "tanh"], seeds=(1,))))
    assert "nothing can be ranked" in said
    both = ending(made_up(["relu", "tanh"]), relu=["diverged"] * 2, tanh=["plateau"] * 2)
    assert findings.accuracy.accuracies(analysed(both)) == [
        "Some runs failed: relu (2 of 2 diverged); tanh (2 of 2 stayed at chance level)."
    ]


def stopped(patience, never):
    """Sigmoid runs of five seeds with and without early stopping, that end so."""
    tables = varied("stop", ["patience", "never"], ["sigmoid"], seeds=(1, 2, 3, 4, 5))
    ends = {"sigmoid_patience": patience, "sigmoid_never": never}
    tables = ending(tables, **ends)
    runs = tables["runs"]
    learnt = (runs["status"] == "ok") & (runs["cell"] == "sigmoid_never")
    runs.loc[learnt, ["plateau_exit_epoch", "test_accuracy"]] = [15, 0.8]
    return analysed(tables, ["stop"])


def test_runs_stopped_on_the_plateau_are_followed_when_they_train_on():
    stuck_four = ["ok"] + ["plateau"] * 4
    (said,) = findings.accuracy.continued(stopped(stuck_four, ["ok"] * 5))
    assert said == (
        "With early stopping 4 of 5 sigmoid runs end at chance level; trained on without it, all 4 "
        "learn: they leave chance level in epoch 15 and reach a mean test accuracy of 80.00%, over all "
        "5 that learn without it 80.00%."
    )
    (said,) = findings.accuracy.continued(
        stopped(stuck_four, ["ok", "diverged", "plateau", "ok", "ok"])
    )
    assert "trained on without it, 2 of the 4 learn" in said
    assert said.endswith("80.00% (1 diverged).")
    (said,) = findings.accuracy.continued(stopped(["ok"] * 5, ["ok"] * 5))
    assert said == "With early stopping 0 of 5 sigmoid runs end at chance level."
    assert findings.accuracy.continued(analysed(made_up(["sigmoid"]))) == []


def at_rates(*ends):
    """ReLU at rates 0.1 and 0.3, three seeds: 1, 2 and 3 of 4 units dead, and how the runs end."""
    tables = varied("learning_rate", [0.1, 0.3], ["relu"], seeds=(1, 2, 3))
    dead = tables["dead_neurons"]
    best = (dead["phase"] == "best") & (dead["layer"] == 2)
    dead.loc[best, "dead"] = dead.loc[best, "seed"].map({1: 0, 2: 1, 3: 2})
    cells = ("relu_0.1", "relu_0.3")
    tables = ending(tables, **dict(zip(cells, ends, strict=True)))
    return analysed(tables, ["learning_rate"])


def test_rates_that_were_tuned_are_no_answer_to_what_a_rate_does():
    tables = at_rates(["ok"] * 3, ["ok"] * 3)
    assert findings.units.dying(tables)
    tables["cells"] = tables["cells"].assign(tuning_id="0123456789")
    assert findings.units.dying(tables) == []


def test_dead_units_of_failed_runs_enter_no_mean():
    (said,) = findings.units.dying(at_rates(["ok"] * 3, ["ok", "plateau", "diverged"]))
    assert "50.0% at 0.1 (n = 3)" in said
    assert (
        "25.0% at 0.3 (n = 1; 1 of 3 stayed at chance level, with 50% dead; 1 of 3 diverged)"
        in said
    )
    (said,) = findings.units.dying(at_rates(["diverged"] * 3, ["plateau"] * 3))
    assert "no run learnt at 0.1 (3 of 3 diverged)" in said
    assert (
        "no run learnt at 0.3 (3 of 3 stayed at chance level, with 25%, 50% and 75% dead)" in said
    )


def test_units_that_never_die_are_told_with_the_runs_that_diverged():
    tables = at_rates(["ok"] * 3, ["diverged"] * 3)
    tables["dead_neurons"] = tables["dead_neurons"].assign(dead=0)
    (said,) = findings.units.dying(tables)
    assert said.endswith("none at 0.1; no run learnt at 0.3 (3 of 3 diverged).")


def test_revivals_count_units_of_runs_that_stayed_finite():
    tables = at_rates(["ok"] * 3, ["ok", "ok", "diverged"])
    moves = tables["transitions"]
    # Two units each, of which one came back; in the last epoch, as the counts add up.
    tables["transitions"] = moves.assign(ever_dead=2, ever_revived=(moves["epoch"] == 3) * 1)
    (said,) = findings.units.revivals(tables)
    assert said.startswith("Of 10 units that were 0")
    assert said.endswith(", 5 came back at least once (runs that stayed finite).")
    both = pd.concat([tables["transitions"], tables["transitions"].assign(layer=2, ever_revived=2)])
    (said,) = findings.units.revivals(tables | {"transitions": both})
    assert said.endswith(": most often 100% in layer 2, least often 50% in layer 1.")
    tables["transitions"] = moves.assign(ever_dead=0, ever_revived=0)
    assert findings.units.revivals(tables) == []


def test_what_drawn_biases_do_is_told_where_the_weights_are_the_same():
    tables = varied("initialisation", ["default", "zero_bias"], ["relu"], seeds=(1, 2), epochs=0)
    rows = tables["dead_neurons"]
    drawn = rows["initialisation"] == "default"
    dead = (rows["units"] / 4).where(rows["seed"] == 1, rows["units"] / 2).where(drawn, 0)
    known = analysed(tables, ["initialisation"]) | {"dead_neurons": rows.assign(dead=dead + 1)}
    (_, said) = findings.units.dead_units(known)
    assert "changes the share of dead units by +37.50 points" in said
    one = known | {"dead_neurons": known["dead_neurons"].query("seed == 1")}
    assert len(findings.units.dead_units(one)) == 1  # no interval, no sentence
    he = varied("initialisation", ["default", "he"], ["relu"], seeds=(1, 2), epochs=0)
    assert len(findings.units.dead_units(analysed(he, ["initialisation"]))) == 1


def on_images(ends=("ok", "ok")):
    """ReLU trained on 512 and 1,024 images, two steps and four an epoch, for four epochs."""
    tables = varied("training_images", [512, 1_024], ["relu"], seeds=(1, 2), epochs=4)
    fewer = tables["transitions"]["cell"] == "relu_512"
    tables["transitions"]["dead"] = tables["transitions"]["epoch"].where(fewer, 0)
    tables["cells"]["training_images"] = [512, 1_024]
    tables = ending(tables, **{"relu_1024": list(ends)})
    return analysed(tables, ["training_images"])


def test_more_images_are_compared_at_equal_epochs_and_at_equal_steps():
    epochs, steps = findings.units.more_images(on_images())
    assert epochs.startswith(
        "After 4 epochs each, of the hidden units 100.0% are dead with 512 images"
    )
    assert "0.0% are dead with 1,024 images" in epochs
    assert "from fewest to most the change is −100.00 points (−100.00 to −100.00), n = 2" in epochs
    assert steps.startswith("After about as many steps each (8)")  # 2 epochs of 1,024 images
    uneven = on_images()
    uneven["cells"]["training_images"] = [512, 2_560]  # 10, 20, ... steps: never near 8
    assert len(findings.units.more_images(uneven)) == 1


def test_more_images_leave_out_runs_that_failed():
    (said, *_) = findings.units.more_images(on_images(("ok", "diverged")))
    assert "n =" not in said  # one pair has no interval
    assert findings.units.more_images(on_images(("plateau", "diverged"))) == []


def trained_at_depths(ends):
    """Default and critical networks of 2 and of 20 layers; `ends` of the deep default ones."""
    tables = deep()
    runs = tables["runs"]
    far = (runs["depth"] == 20) & (runs["initialisation"] == "default")
    runs.loc[far, "status"] = ends
    tables["theory"]["network"] = tables["runs"]["network"].iloc[0]
    return tables | {
        "cells": tables["cells"].assign(
            varied=[["activation", "network", "initialisation"]] * len(tables["cells"])
        )
    }


def test_the_depth_that_learns_is_told_for_each_initialisation():
    default, critical, theory = findings.depth.trainable(trained_at_depths("plateau"))
    assert default.startswith(
        "Under the default initialisation relu always learns with up to 2 hidden layers (none of the 2"
    )
    assert "every run learns at every depth tried, at 20 hidden layers relu to 10%" in critical
    assert "two images are: 18 layers for relu; 18 layers for tanh under the default" in theory
    (default, *_) = findings.depth.trainable(trained_at_depths(["ok", "diverged"] * 2))
    assert "(1 of the 2 deeper runs learn)" in default
    assert findings.depth.trainable(analysed(made_up(["relu"]))) == []


def test_dead_units_are_told_layer_by_layer_in_deep_untrained_networks():
    tables = made_up(["relu"], seeds=(1, 2, 3), epochs=0)
    row = tables["dead_neurons"].query("phase == 'untrained' and layer == 1")
    share = {layer: layer / 100 for layer in range(1, 21)}
    dead = pd.concat(
        [row.assign(layer=n, depth=20, units=100, dead=round(100 * s)) for n, s in share.items()]
    )
    (said,) = findings.depth.dead_by_layer(tables | {"dead_neurons": dead})
    assert (
        "in layers 4, 10, 16 and 20 of the untrained network (means, n = 3): relu 4%, 10%," in said
    )
    assert said.endswith("It is greater in the second half of the layers than in the first.")
    (flat,) = findings.depth.dead_by_layer(tables | {"dead_neurons": dead.assign(dead=50)})
    assert flat.endswith("than in the first in none of them.")
    assert findings.depth.dead_by_layer(tables) == []  # two layers are not deep


def test_findings_answer_the_questions_of_their_studies():
    def first(tables, varies=("activation",)):
        return findings.headline(analysed(tables, varies))[0]

    assert first(made_up(["relu", "tanh"])).startswith("All 2 activations always learnt")
    assert first(made_up(["relu"], epochs=0)).startswith("Dead hidden units")
    rates = varied("learning_rate", [0.01, 0.1])
    assert first(rates, ["activation", "learning_rate"]).startswith(
        "Hidden units that are dead after"
    )
    assert findings.headline(stopped(["plateau"] * 5, ["ok"] * 5))[0].startswith("With early")
    assert findings.headline(trained_at_depths("plateau"))[0].startswith("Under the default")
    left = "sigmoid: 2 of 4 runs began at chance level, left it in epochs 5 to 7"
    assert left in plain(findings.findings(analysed(stuck())))


def test_a_gradient_that_does_not_arrive_is_said_and_not_divided_by():
    tables = made_up(["heaviside", "relu"], epochs=0)
    rows = tables["gradients"]
    lost = (rows["cell"] == "heaviside") & (rows["layer"] == 1)
    tables["gradients"] = rows.assign(std=rows["std"].mask(lost, 0.0))
    said = findings.depth.gradient_flow(tables)
    assert said[-1] == "No gradient reaches the first layer of untrained heaviside."
    assert "(relu)" in said[0]
    assert "inf" not in said[0]


def test_what_the_seeds_can_find_is_said():
    tables = analysed(compared(0, 0, 0))
    tables["contrasts"] = tables["contrasts"].assign(std=0.005, n=5)
    resolution, sampling = findings.accuracy.precision(tables)
    assert "standard deviation of 0.50 percentage points (median of 3 pairs)" in resolution
    assert "5 seeds find a true difference of 0.8 points with 80% power" in resolution
    needed = [statistics.pairs_needed(0.005, size) for size in (0.003, 0.005)]
    assert (
        f"0.3 points would take {needed[0]} seeds and 0.5 points would take {needed[1]}"
        in resolution
    )
    assert "10,000 images an accuracy of 80% has a standard deviation of 0.40 points" in sampling
    assert len(findings.accuracy.precision(analysed(made_up(["relu"], seeds=(1,))))) == 1


FAILING = {"diverged": ["diverged"] * 2, "stuck": ["plateau"] * 2, "one of two": ["ok", "diverged"]}


@pytest.mark.parametrize("ends", FAILING.values(), ids=FAILING)
@pytest.mark.parametrize("name", findings.FINDINGS)
def test_every_finding_reads_well_where_runs_failed_or_are_missing(name, ends):
    find = findings.FINDINGS[name]
    for tables in (
        varied("learning_rate", [0.01, 0.1]),
        varied("training_images", [512, 1_024]),
        varied("stop", ["patience", "never"]),
    ):
        setting = tables["cells"]["varied"].iloc[0][1]
        failed = ending(tables, **dict.fromkeys(tables["cells"]["cell"], ends))
        plain(find(as_read(analysed(failed, ["activation", setting]))))
    empty = {name: frame.iloc[:0] for name, frame in analysed(made_up(["relu"])).items()}
    assert find(empty) == []
