"""Theory beside measurement: like is compared with like, and what chance would show is known."""

import numpy as np
import pandas as pd
import pytest
from made_up_studies import as_read, made_up

from activation_lab.analysis.agreement import (
    COLUMNS,
    DEAD,
    EDGE,
    GRADIENT,
    JACOBIAN,
    agreement,
    by_chance,
)
from activation_lab.report import findings
from activation_lab.report.figures import FIGURES
from activation_lab.report.listings.theory import differences


def tables(cells=("relu",), seeds=(1, 2, 3)):
    """One layer of weights with squares 9, 25 and 14 of 25 predicted; no dead units."""
    made = made_up(list(cells), seeds)
    gradients = made["gradients"].query("layer == 1")
    predictions = made["predictions"].assign(
        predicted_rms=5.0, predicted_rms_finite=5.0, predicted_log_std=0.4
    )
    spread = pd.DataFrame({"std": [3.0, 4.0, 14**0.5], "mean": [0.0, 3.0, 0.0]})
    for column in spread:
        gradients[column] = np.resize(spread[column], len(gradients))
    dead = made["dead_neurons"].assign(dead_first=0, predicted_dead=0.0)
    compared = {"gradients": gradients, "predictions": predictions, "dead_neurons": dead}
    compared["jacobians"] = made["jacobians"].iloc[:0]
    return as_read(made | compared)


def with_dead(made, counts, predicted, units=20):
    """So many units of the first layer are dead in each network, on the first images and on all."""
    rows = made["dead_neurons"].query("phase == 'untrained' and layer == 1")
    rows = rows.assign(dead_first=counts, dead=0, units=units, predicted_dead=units * predicted)
    return {**made, "dead_neurons": rows}


def test_root_mean_squares_are_compared_as_in_a_case_worked_by_hand():
    (row,) = agreement(tables()).to_dict("records")
    assert (row["cell"], row["layer"], row["quantity"], row["n"]) == ("relu", 1, GRADIENT, 3)
    # Mean square 16, deviations −7, 9 and −2: standard error √(67/3), of its root that over 2·4.
    assert row["measured"] == pytest.approx(4)
    assert row["predicted"] == 5
    assert row["difference"] == pytest.approx(4 / 5 - 1)
    assert row["standard_error"] == pytest.approx((67 / 3) ** 0.5 / 8 / 5)


def test_networks_inside_the_predicted_scatter_are_counted():
    """ln of 9, 25 and 14 of 25 is −1.02, 0 and −0.58; the interval is −0.08 ± 0.78."""
    (row,) = agreement(tables()).to_dict("records")
    assert (row["inside"], row["log_std"], row["finite"]) == (2, 0.4, 1)
    made = tables()
    wider = made["predictions"].assign(predicted_rms_finite=4.0)  # of 16: −0.58, 0.45 and −0.13
    (row,) = agreement({**made, "predictions": wider}).to_dict("records")
    assert (row["inside"], row["finite"]) == (3, pytest.approx(0.8))
    unknown = made["predictions"].assign(predicted_rms_finite=np.nan, predicted_log_std=np.nan)
    (row,) = agreement({**made, "predictions": unknown}).to_dict("records")
    assert np.isnan(row["inside"])
    assert differences({"s": {**made, "predictions": unknown}}).lines[0]["inside"] == "–"


def test_the_figure_draws_where_theory_expects_single_networks():
    below = FIGURES["gradient_theory"](tables()).axes[1]
    (bar,) = [one for one in below.collections if one.get_alpha() == 0.25]
    ((_, low), (_, high)) = bar.get_segments()[0]
    assert np.log([low, high]) == pytest.approx([-0.04 - 0.392, -0.04 + 0.392], abs=1e-3)


def test_singular_values_are_compared_with_theory():
    made = tables()
    values = made_up(["relu"], (1, 2, 3))["jacobians"].assign(
        mean_square=[0.3, 0.5, 1.2], largest=1.8
    )
    _, mean, largest = agreement({**made, "jacobians": values}).to_dict("records")
    assert (mean["quantity"], mean["layer"], mean["n"]) == (JACOBIAN, 2, 3)
    assert mean["difference"] == pytest.approx((2 / 3) / 0.4 - 1)
    assert mean["inside"] == 2  # ln of .75, 1.25 and 3: −0.29, 0.22 and 1.10, of −0.125 ± 0.98
    assert (largest["quantity"], largest["predicted"]) == (EDGE, 2.0)
    assert largest["difference"] == pytest.approx(-0.1)
    assert np.isnan(largest["inside"])


def test_dead_units_are_those_of_the_images_for_which_they_are_predicted():
    gradient, dead = agreement(with_dead(tables(), [2, 4, 6], 0.25)).to_dict("records")
    assert (gradient["quantity"], dead["quantity"]) == (GRADIENT, DEAD)
    assert (dead["measured"], dead["predicted"]) == (pytest.approx(0.2), 0.25)
    assert dead["difference"] == pytest.approx(-0.05)
    # Shares .1, .2 and .3 have standard error .1/√3; the prediction is of 4,000 draws.
    assert dead["standard_error"] == pytest.approx((0.01 / 3 + 0.25 * 0.75 / 4_000) ** 0.5)


def test_layers_without_dead_units_are_left_out():
    assert set(agreement(with_dead(tables(), [0, 0, 1], 0.02))["quantity"]) == {GRADIENT}
    assert DEAD in set(agreement(with_dead(tables(), [0, 0, 2], 0.02))["quantity"])
    assert DEAD in set(agreement(with_dead(tables(), [0, 0, 0], 0.03))["quantity"])


def test_cells_that_share_a_network_count_it_once():
    one, two = tables(), tables()
    for frame in two.values():
        if "cell" in frame:
            frame["cell"] = "relu-fast"
    both = {name: pd.concat([one[name], two[name]]) for name in one}
    pd.testing.assert_frame_equal(agreement(both), agreement(one))


def test_what_is_trained_or_not_predicted_is_not_compared():
    made = tables()
    rows = made["gradients"]
    trained, unknown = rows.assign(phase="best", std=100.0), rows.assign(cell="unknown")
    more = {**made, "gradients": pd.concat([trained, unknown, rows])}
    pd.testing.assert_frame_equal(agreement(more), agreement(made))
    nothing = {**made, "predictions": made["predictions"].assign(predicted_rms=np.nan)}
    assert agreement(nothing).empty
    assert list(agreement(nothing)) == COLUMNS
    assert findings.depth.prediction(nothing) == []
    assert differences({"s": nothing}).lines == []
    assert FIGURES["gradient_theory"](nothing) is None
    assert FIGURES["dead_theory"](nothing) is None


def test_chance_alone_differs_by_as_much_as_is_said():
    """Networks of which theory is exact: mean squares of five seeds, 500 layers."""
    generator = np.random.default_rng(3)
    square = 25 * generator.chisquare(20, size=(500, 5)) / 20
    seeds, layers = np.meshgrid(range(5), range(500))
    gradients = pd.DataFrame(
        {
            "dataset": "fashion-mnist",
            "activation": "relu",
            "network": "8",
            "initialisation": "he",
            "cell": "relu",
            "phase": "untrained",
            "layer": layers.ravel(),
            "seed": seeds.ravel(),
            "std": square.ravel() ** 0.5,
            "mean": 0.0,
            "study": "tutorial",
        }
    )
    layer = {"study": "tutorial", "cell": "relu", "layer": range(500)}
    predictions = pd.DataFrame({**layer, "predicted_rms": 5.0})
    predictions = predictions.assign(predicted_rms_finite=np.nan, predicted_log_std=np.nan)
    rows = agreement({**tables(), "gradients": gradients, "predictions": predictions})
    assert len(rows) == 500
    assert by_chance(rows) == pytest.approx(rows["difference"].abs().median(), rel=0.1)


def test_the_finding_and_the_table_say_what_chance_would_show():
    made = with_dead(tables(), [2, 4, 6], 0.25)
    (said,) = findings.depth.prediction(made)
    # t(0.75, 2) = 0.8165 times 11.8%.
    assert said == (
        "Mean-field theory predicts the root mean square of the untrained networks' weight gradients "
        "to within 20.0% (median over networks and layers); 9.6% is what 3 seeds would show if it were "
        "exact; the largest difference is −20.0 ± 11.8% (layer 1 of relu)."
    )
    gradient, dead = differences({"tutorial": made}).lines
    assert gradient == {
        "study": "tutorial",
        "quantity": GRADIENT,
        "networks × layers": "1",
        "seeds": "3",
        "median difference": "20.0%",
        "by chance alone": "9.6%",
        "inside": "67% of 3",
        "largest difference": "−20.0 ± 11.8% (layer 1 of relu)",
    }
    assert (dead["median difference"], dead["by chance alone"]) == ("5.0 points", "4.7 points")
    assert dead["largest difference"] == "−5.0 ± 5.8 points (layer 1 of relu)"


def test_one_seed_has_no_standard_error_and_says_so():
    made = with_dead(tables(seeds=(1,)), [2], 0.25)
    assert agreement(made)["standard_error"].isna().all()
    (said,) = findings.depth.prediction(made)
    assert "one seed cannot tell how much of that is chance" in said
    assert said.endswith("the largest difference is −40.0% (layer 1 of relu).")
    for line in differences({"s": made}).lines:
        assert (line["seeds"], line["by chance alone"]) == ("1", "–")
        assert "±" not in line["largest difference"]
    assert FIGURES["gradient_theory"](made).axes
    assert FIGURES["dead_theory"](made).axes


def test_the_figures_draw_what_is_compared_with_its_standard_error():
    made = with_dead(tables(), [2, 4, 6], 0.25)
    above, below = FIGURES["gradient_theory"](made).axes
    (bars,) = above.containers
    assert bars.lines[0].get_xydata().tolist() == [[5, pytest.approx(4)]]
    assert bar(bars) == pytest.approx([4 - 5 * 0.1182, 4 + 5 * 0.1182], abs=1e-3)
    (bars,) = below.containers
    assert bars.lines[0].get_xydata().tolist() == [[5, pytest.approx(0.8)]]
    assert bar(bars) == pytest.approx([0.8 - 0.1182, 0.8 + 0.1182], abs=1e-4)
    (axis,) = FIGURES["dead_theory"](made).axes
    (bars,) = axis.containers
    assert bars.lines[0].get_xydata().tolist() == [[pytest.approx(25), pytest.approx(20)]]
    assert bar(bars) == pytest.approx([20 - 5.814, 20 + 5.814], abs=1e-3)
    assert axis.lines[0].get_xydata().tolist() == [[0, 0], [pytest.approx(25)] * 2]


def bar(drawn):
    """The lower and upper end of the only error bar."""
    return drawn.lines[2][0].get_segments()[0][:, 1].tolist()


def test_panels_are_named_by_what_the_study_varies():
    made = tables()
    several = []
    for name in ("default", "he"):
        gradients = made["gradients"].assign(initialisation=name, cell=name)
        cells = made["cells"].assign(initialisation=name, cell=name, varied=[["initialisation"]])
        predictions = made["predictions"].assign(cell=name)
        several.append({"gradients": gradients, "cells": cells, "predictions": predictions})
    both = {name: pd.concat([one[name] for one in several]) for name in several[0]}
    axes = FIGURES["gradient_theory"](made | both).axes[:2]
    assert [axis.get_title() for axis in axes] == ["default initialisation", "He initialisation"]
