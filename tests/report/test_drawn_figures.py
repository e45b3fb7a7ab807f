"""What a person sees of the figures: no text is cut off or covered, and nothing is shown twice."""

import re

import numpy as np
import pandas as pd
import pytest
from drawn_text import faults
from hard_studies import HARD, failing, one_activation, rates, two_datasets
from made_up_studies import as_read, deep, made_up, varied
from matplotlib.figure import Figure
from test_findings import analysed

from activation_lab.activations.catalogue import ACTIVATIONS
from activation_lab.analysis.statistics import summary
from activation_lab.datasets import DATASETS
from activation_lab.report import findings
from activation_lab.report.figures import FIGURES, drawn, samples, style
from activation_lab.report.figures.distributions import MOST_LAYERS, flat_at_both_ends

WIDEST = 14  # inches; with a legend of long names


def texts(figure):
    return [text.get_text() for text in figure.findobj(lambda artist: hasattr(artist, "get_text"))]


def ids(figure):
    return [found for artist in figure.findobj() if (found := artist.get_gid() or "")[:3] == "of|"]


@pytest.mark.parametrize("study", HARD)
def test_no_text_is_cut_off_or_lies_over_another(study):
    found = {}
    for name, figure in drawn(HARD[study]()):
        found[name] = faults(figure)
        assert figure.get_size_inches()[0] < WIDEST, name
    assert len(found) > 5
    assert not {name: wrong for name, wrong in found.items() if wrong}


def test_measuring_finds_what_is_wrong_and_no_more():
    figure = Figure(figsize=(3, 2))
    axis = figure.subplots()
    assert faults(figure) == []
    axis.text(0.5, 0.5, "one")
    axis.text(0.5, 0.9, "apart")
    axis.text(0.5, 0.5, "hidden").set_visible(False)
    assert faults(figure) == []
    axis.text(0.52, 0.5, "two")
    figure.text(0.99, 0.99, "beyond")
    assert faults(figure) == ["outside the canvas: 'beyond'", "'one' over 'two'"]


@pytest.mark.parametrize(
    ("tables", "shown"),
    [
        (made_up(["relu", "tanh"]), {"accuracy", "dead"}),
        (varied("learning_rate", [0.1, 0.2]), {"accuracy_by_setting", "dead", "dead_by_setting"}),
        (deep(), {"depth_accuracy", "depth_dead"}),
    ],
)
def test_what_a_study_varies_decides_how_its_accuracies_and_dead_units_are_drawn(tables, shown):
    ways = {"accuracy", "accuracy_by_setting", "depth_accuracy", "dead", "dead_by_setting"}
    tables = as_read(analysed(tables, tables["cells"]["varied"].iloc[0]))
    names = {name for name, draw in FIGURES.items() if draw(tables)}
    assert names & (ways | {"depth_dead"}) == shown
    assert findings.telling_figure(tables, names) in names


def test_without_the_figure_that_tells_the_answer_there_is_none():
    tables = as_read(analysed(made_up(["relu", "tanh"])))
    assert findings.telling_figure(tables, {"accuracy", "dead"}) == "accuracy"
    assert findings.telling_figure(tables, {"accuracy_by_setting"}) == "accuracy_by_setting"
    assert findings.telling_figure(tables, {"curves"}) == ""


def activations(found):
    return {style.named_part(found_id)[0] for found_id in found}


@pytest.mark.parametrize("study", [lambda: as_read(made_up(["relu", "tanh"])), deep])
def test_what_belongs_to_an_activation_says_so_in_the_svg(study, tmp_path):
    for name, draw in FIGURES.items():
        figure = draw(as_read(study()))
        if figure:
            style.save(figure, tmp_path / "figure.svg")
            written = re.findall(r'id="(of\|[^"]*)"', (tmp_path / "figure.svg").read_text())
            assert activations(written) == {"relu", "tanh"}, name
            assert set(written) == set(ids(figure)), name


@pytest.mark.parametrize("study", [two_datasets, rates])
def test_of_many_marks_none_tells_its_run(study):
    for name, figure in drawn(study()):
        found = ids(figure)
        assert activations(found) <= {"relu", "tanh", "sigmoid", "leakyrelu", "gelu"}
        assert found, name
        assert sum(bool(style.named_part(found_id)[1]) for found_id in found) <= style.MOST_MARKS


def test_each_run_tells_its_accuracy_where_they_are_few():
    tables = made_up(["relu", "tanh"], seeds=range(42, 52))
    tables["runs"]["test_accuracy"] = 0.8
    found = ids(FIGURES["accuracy"](as_read(tables)))
    assert found.count("of|relu|seed 42: 80.0%") == 2  # in either panel
    names = [name for name in ACTIVATIONS if name != "heaviside"]
    many = ids(FIGURES["accuracy"](as_read(made_up(names, seeds=range(42, 52)))))
    assert not any("seed" in found for found in many)
    assert "of|relu" in many


def test_how_many_runs_learnt_stands_beside_a_line_where_not_all_did():
    tables = made_up(["relu", "tanh"], seeds=range(5))
    runs = tables["runs"]
    runs.loc[(runs["cell"] == "relu") & (runs["seed"] > 0), "status"] = "plateau"
    tables = as_read({**tables, "runs": runs, "summary": summary(runs)})
    written = [text for text in texts(FIGURES["accuracy"](tables)) if "learnt" in text]
    assert written == ["1 of 5 learnt"]


def test_the_runs_still_at_chance_level_are_counted_under_the_axis():
    tables = made_up(["sigmoid"], seeds=(1, 2, 3, 4), epochs=10)
    tables["runs"]["plateau_exit_epoch"] = pd.array([None, 5, 7, 3], dtype="Int64")
    (axis,) = FIGURES["escape"](as_read(tables)).axes
    under = [label.get_text() for label in axis.get_xticklabels()]
    assert under == ["0\n4", "2\n4", "4\n3", "6\n2", "8\n1", "10\n1"]


def test_networks_that_differ_in_training_alone_have_their_gradients_drawn_once():
    """One line and one row of histograms for each of three activations, at three rates."""
    figure = FIGURES["gradients"](rates())
    sizes, *histograms = figure.findobj(lambda artist: hasattr(artist, "get_yscale"))
    assert len(sizes.lines) == 3
    assert len(histograms) == 3 * 3
    assert sizes.get_yscale() == "log"


def test_gradients_are_the_mean_of_the_seeds_and_what_they_span():
    tables = made_up(["relu"], seeds=(1, 2))
    rows = tables["gradients"]
    tables["gradients"] = rows.assign(std=0.1 * rows["seed"] * rows["layer"])
    axis = FIGURES["gradients"](as_read(tables)).findobj(lambda a: hasattr(a, "get_yscale"))[0]
    assert axis.lines[0].get_ydata().tolist() == pytest.approx([0.15, 0.3, 0.45])
    band = axis.collections[0].get_paths()[0].vertices
    assert sorted(set(band[band[:, 0] == 2][:, 1])) == pytest.approx([0.2, 0.4])


@pytest.mark.parametrize(("q_star", "slopes"), [(1.0, 1), (0.0, 0)])
def test_of_deep_networks_theory_has_a_slope_unless_signals_die_out(q_star, slopes):
    tables = deep()
    tables["theory"]["q_star"] = q_star
    axes = FIGURES["gradients"](as_read(tables)).findobj(lambda a: hasattr(a, "get_yscale"))
    two = axes[:2]  # initialisations
    assert [axis.get_title() for axis in two] == [
        "default initialisation",
        "critical initialisation",
    ]
    for axis in two:
        dotted = [line for line in axis.lines if line.get_linestyle() == ":"]
        assert len(dotted) == 2 * slopes  # activations
        for line in dotted:
            y = line.get_ydata()
            assert np.allclose(y[1:] / y[:-1], 0.9**-0.5)
            assert y[-1] == pytest.approx(2.0**20)


def test_functions_that_are_flat_at_both_ends_have_a_linear_density():
    tables = made_up(["sigmoid", "relu"])
    x = np.linspace(-5, 5, 11)
    slopes = {"sigmoid": 1 / (2 + np.exp(x) + np.exp(-x)), "relu": 1.0 * (x > 0)}
    tables["functions"] = pd.concat(
        pd.DataFrame({"activation": name, "x": x, "value": 0.0, "derivative": slope})
        for name, slope in slopes.items()
    )
    assert flat_at_both_ends(tables["functions"]) == {"sigmoid"}
    axes = FIGURES["activations"](as_read(tables)).axes
    assert [axis.get_yscale() for axis in axes] == ["linear"] * 3 + ["log"] * 3
    hidden = axes[:2]
    assert hidden[0].get_xlim() == hidden[1].get_xlim()


def test_of_many_layers_a_few_are_shown_with_the_first_and_the_output():
    figure = FIGURES["activations"](HARD["ten_layers"]())
    heads = [axis.get_title() for axis in figure.axes if axis.get_title()]
    assert len(heads) == MOST_LAYERS
    assert (heads[0], heads[-1]) == ("layer 1", "output")


def test_all_panels_of_what_died_and_came_back_have_one_scale():
    tables = rates()
    moves = tables["transitions"]
    tables["transitions"] = moves.assign(died=(1_000 * moves["learning_rate"]).astype("Int64"))
    axes = [axis for axis in FIGURES["flow"](tables).axes if axis.get_visible()]
    assert len({axis.get_ylim() for axis in axes}) == 1


@pytest.mark.parametrize(
    ("tables", "titles", "lines"),
    [
        (made_up([f"own{n}" for n in range(8)]), ["validation images", "training batches"], 8),
        (made_up([f"own{n}" for n in range(9)]), [f"own{n}" for n in range(9)], 2),
    ],
)
def test_few_activations_share_a_panel_for_each_question(tables, titles, lines):
    axes = [axis for axis in FIGURES["curves"](as_read(tables)).axes if axis.get_visible()]
    assert [axis.get_title() for axis in axes] == titles
    means = [line for line in axes[0].lines if line.get_linewidth() == 1.4]
    assert len(means) == lines


def test_cells_of_one_activation_differ_by_their_dashes():
    axis = FIGURES["curves"](one_activation()).axes[0]
    means = [line for line in axis.lines if line.get_linewidth() == 1.4]
    assert len({str(line.get_linestyle()) for line in means}) == 2


def test_dead_units_over_depth_and_initialisation_are_written_with_their_interval():
    tables = as_read(deep())
    rows = tables["dead_neurons"]
    dead = (rows["seed"] - 42).where(rows["depth"] == 2, 1)
    figure = FIGURES["depth_dead"]({**tables, "dead_neurons": rows.assign(dead=dead)})
    axes = {axis.get_title(): axis for axis in figure.axes if axis.get_visible()}
    assert set(axes) == {
        f"{name}, {phase}" for name in ("relu", "tanh") for phase in ("untrained", "trained")
    }
    axis = axes["relu, untrained"]
    assert [label.get_text() for label in axis.get_yticklabels()] == ["2", "20"]
    assert [text.get_text() for text in axis.texts] == ["25\n0 to 100"] * 2 + ["50"] * 2


def test_panels_of_a_grid_agree_where_no_deep_network_learns():
    tables = as_read(failing(deep()))
    lost = tables["runs"]["depth"] > 2
    runs = tables["runs"].assign(status=tables["runs"]["status"].mask(lost, "plateau"))
    figure = FIGURES["depth_dead"]({**tables, "runs": runs})
    shown = [axis for axis in figure.axes if axis.get_visible()]
    assert {axis.get_title() for axis in shown} >= {"relu, untrained", "relu, trained"}
    assert {axis.get_ylim() for axis in shown} == {(2, 0)}  # both depths


def test_networks_of_several_shapes_have_a_panel_each():
    tables = as_read(varied("network", ["2-2", "4-4"]))
    tables["cells"]["network_title"] = tables["cells"]["network"]
    axes = FIGURES["gradients"](tables).findobj(lambda artist: hasattr(artist, "get_yscale"))[:2]
    assert [axis.get_title() for axis in axes] == ["2-2", "4-4"]
    assert [len(axis.lines) for axis in axes] == [2, 2]


@pytest.mark.parametrize("name", DATASETS)
def test_the_names_of_classes_have_room(name):
    dataset = DATASETS[name]
    labels = np.arange(4 * len(dataset.classes)) % len(dataset.classes)
    examples = labels.reshape(-1, *[1] * len(dataset.shape)) * np.ones((1, *dataset.shape))
    assert faults(samples.samples(dataset, examples, labels)) == []
