import html
import math
import re

import numpy as np
import pandas as pd
import pytest
from made_up_studies import as_read, deep, made_up, reaching, stuck, varied
from matplotlib.collections import LineCollection
from matplotlib.figure import Figure

from activation_lab.activations.catalogue import ACTIVATIONS
from activation_lab.datasets.base import Dataset
from activation_lab.report import captions
from activation_lab.report.figures import FIGURES, caption, samples, style
from activation_lab.report.figures.axes import numeric_axes
from conftest import ROOT


@pytest.mark.parametrize(
    ("depths", "hatched", "lines"),
    [
        ({"default": 10.0, "critical": 30.0}, 1, 1),
        ({"default": 1.0, "critical": 10.0}, 3, 2),  # all of a column, from its top
        ({"default": None, "critical": np.inf}, 0, 0),
    ],
)
def test_what_theory_calls_too_deep_is_hatched_below_a_line(depths, hatched, lines):
    axis = FIGURES["depth_accuracy"](reaching(depths)).axes[0]
    assert sum(patch.get_hatch() == "///" for patch in axis.patches) == hatched
    assert sum(isinstance(found, LineCollection) for found in axis.collections) == lines


def families():
    """The same study of two network families."""
    tables = varied("network", ["64-32", "conv"])
    of_conv = tables["cells"]["network"] == "conv"
    tables["cells"]["family"] = of_conv.map({True: "conv", False: "mlp"})
    return tables


CASES = {
    "depth_accuracy": deep,
    "depth_dead": deep,
    "accuracy_by_setting": lambda: varied("learning_rate", [0.01, 0.1]),
    "dead_by_setting": lambda: varied("learning_rate", [0.01, 0.1]),
    "escape": stuck,
    "accuracy_by_task": families,
}


@pytest.mark.parametrize("name", CASES)
def test_figures_of_studies_that_vary_more(name, tmp_path):
    figure = FIGURES[name](as_read(CASES[name]()))
    style.save(figure, tmp_path / "figure.svg")
    assert (tmp_path / "figure.svg").stat().st_size > 4_000


def test_numeric_settings_choose_the_figure():
    """One: lines, in a panel for each value of what else varies; two: a heatmap each activation."""
    rates = varied("learning_rate", [0.01, 0.1])
    rates["cells"]["varied"] = [["activation", "learning_rate", "initialisation"]] * 4
    rates["cells"]["initialisation"] = ["he", "xavier"] * 2
    lines = FIGURES["accuracy_by_setting"](rates)
    assert [axis.get_title() for axis in lines.axes] == [
        "He initialisation",
        "Xavier initialisation",
    ]
    assert lines.axes[0].get_xticks().tolist() == [0.01, 0.1]
    both = varied("learning_rate", [0.01, 0.1])
    both["cells"]["varied"] = [["activation", "learning_rate", "batch_size"]] * 4
    both["cells"]["batch_size"] = [32, 32, 64, 64]
    heat = FIGURES["accuracy_by_setting"](both)
    assert [axis.get_title() for axis in heat.axes] == ["relu", "tanh"]
    shown = [text.get_text() for text in heat.axes[0].texts]
    mean, low, high = 100 * both["summary"].loc[0, ["mean", "low", "high"]].astype(float)
    assert shown == [f"{mean:.1f}\n{low:.1f} to {high:.1f}"] * 2


def test_networks_of_even_width_are_numeric_by_their_depth():
    cells = made_up(["relu"])["cells"].assign(varied=[["network"]])
    cells = pd.concat([cells, cells.assign(depth=8)])
    assert numeric_axes(cells) == ["depth"]
    assert numeric_axes(cells.assign(width=None)) == []


@pytest.mark.parametrize("cells", [["relu"], list(ACTIVATIONS)])
@pytest.mark.parametrize("name", FIGURES)
def test_every_figure_draws_one_to_many_cells(name, cells, tmp_path):
    figure = FIGURES[name](as_read(made_up(cells)))
    if name in CASES:
        assert figure is None  # it needs a study that varies more, or in which runs are stuck
        return
    style.save(figure, tmp_path / "figure.svg")
    assert 2_000 < (tmp_path / "figure.svg").stat().st_size < 600_000
    texts = " ".join(text.get_text() for text in figure.findobj(lambda a: hasattr(a, "get_text")))
    assert all(cell in texts.replace("\n", "_") for cell in cells)


def test_published_accuracies_are_drawn_beside_the_tutorials_own_networks_alone():
    tables = made_up(["relu", "tanh"])
    own = tables["cells"].assign(network="512-256-256-128", learning_rate=0.01)
    for cells, drawn in ((tables["cells"], False), (own, True), (own.assign(epochs=10), False)):
        figure = FIGURES["accuracy"]({**tables, "cells": cells})
        texts = [text.get_text() for text in figure.legends[0].get_texts()]
        assert ("PyTorch edition" in texts) is drawn


def test_a_study_that_does_not_train_has_no_curves():
    untrained = made_up(["relu"], epochs=0)
    assert FIGURES["accuracy"](untrained) is None
    assert FIGURES["curves"](untrained) is None
    assert isinstance(FIGURES["gradients"](untrained), Figure)


def test_without_dead_units_there_is_no_figure_of_them():
    alive = made_up(["tanh"])
    alive["dead_neurons"] = alive["dead_neurons"].assign(dead=0)
    assert FIGURES["dead"](alive) is None


def test_the_same_tables_give_the_same_bytes(tmp_path):
    for name in ("a.svg", "b.svg"):
        style.save(FIGURES["accuracy"](made_up(["relu", "tanh"])), tmp_path / name)
    assert (tmp_path / "a.svg").read_bytes() == (tmp_path / "b.svg").read_bytes()


def test_activations_differ_in_colour_and_marker_and_keep_them():
    looks = [tuple(style.look(name).items()) for name in ACTIVATIONS]
    assert len(set(looks)) == len(looks)
    first_ten = list(ACTIVATIONS)[:10]
    assert len({style.look(name)["color"] for name in first_ten}) == 10
    assert style.look("leakyrelu-negative_slope=0.01") == style.look("leakyrelu")
    assert style.look("mine") == style.look("mine")


@pytest.mark.parametrize("name", FIGURES)
def test_every_caption_is_a_text(name):
    assert len(caption(name)) > 80
    assert caption(name).endswith(".")


@pytest.mark.parametrize(("channels", "shown"), [(1, (4 * 3, 2, 1)), (3, (4 * 3, 2, 3))])
def test_samples_show_four_of_each_class_in_grey_or_in_colour(channels, shown):
    made_up_set = Dataset(
        name="tiny",
        title="Tiny",
        shape=(channels, 3, 2),
        classes=("left hand", "right"),
        training=10,
        validation=1,
        test=1,
        targets=(),
        citation="",
        noun="image",
        looks="3 × 2 pixels",
        checksums={},
    )
    images = np.arange(10)[:, None, None, None] * np.ones((1, *made_up_set.shape), dtype="uint8")
    images[:, 0] += 100  # the first channel
    figure = samples.samples(made_up_set, images, np.array([1, 0] * 5))
    assert [axis.get_title() for axis in figure.axes] == ["left\nhand", "right"]
    pictures = [axis.images[0].get_array() for axis in figure.axes]
    assert [picture.reshape(*shown).shape for picture in pictures] == [shown] * 2
    # The odd images are of the first class, and the first channel stays the first.
    assert pictures[0].reshape(*shown)[::3, 0, 0].tolist() == [101, 103, 105, 107]
    assert ("ink on white" in samples.caption(made_up_set)) is (channels == 1)
    assert "each of its 2 classes, 3 × 2 pixels" in samples.caption(made_up_set)


def tiny_set(shape, classes):
    """A dataset with two examples of each class: only its values are looked at."""
    names = tuple(f"class {number}" for number in range(classes))
    count = {"training": 2 * classes, "validation": 1, "test": 1}
    words = {"title": "Tiny", "citation": "", "noun": "example", "looks": "small"}
    dataset = Dataset(
        name="tiny", shape=shape, classes=names, targets=(), checksums={}, **count, **words
    )
    labels = np.arange(2 * classes) % classes
    return dataset, labels[:, None] * np.ones((1, math.prod(shape))), labels


def test_signals_are_drawn_as_lines():
    dataset, signals, labels = tiny_set((1, 40), 10)
    figure = samples.samples(dataset, signals.reshape(-1, 1, 40), labels)
    assert len(figure.axes) == 10
    for number, axis in enumerate(figure.axes):
        assert not axis.images
        assert [line.get_ydata().tolist() for line in axis.lines] == [[number] * 40] * 2
        assert axis.get_ylim() == (0, 9)
    assert "ink" not in samples.caption(dataset)


@pytest.mark.parametrize(("classes", "rows"), [(20, 2), (21, 3), (100, 10), (150, 10)])
def test_of_many_classes_one_example_each_is_drawn_in_rows_of_ten(classes, rows):
    dataset, images, labels = tiny_set((3, 4, 4), classes)
    figure = samples.samples(dataset, images.reshape(-1, 3, 4, 4), labels)
    shown = [axis for axis in figure.axes if axis.images]
    assert len(figure.axes) == 10 * rows
    assert [axis.get_title() for axis in shown] == [
        name.replace(" ", "\n") for name in dataset.classes[:100]
    ]
    each = 2 if classes <= 20 else 1  # there are two
    assert {axis.images[0].get_array().shape for axis in shown} == {(4 * each, 4, 3)}
    # Floats are scaled: the darkest of all is 0, and the brightest 1.
    assert shown[1].images[0].get_array()[0, 0, 0] == pytest.approx(1 / (classes - 1))
    assert figure.get_size_inches()[0] < 9
    named = {
        20: "the first four training examples of each of its 20 classes",
        150: "the first training example of each of the first 100 of 150 classes",
    }
    usual = f"the first training example of each of its {classes} classes"
    assert named.get(classes, usual) in samples.caption(dataset)


def test_the_captions_for_snakemake_are_in_step():
    written = (ROOT / "workflow/report/figure.rst").read_text()
    assert written == captions.template(), "run `make schema`"


@pytest.mark.parametrize("name", FIGURES)
def test_snakemake_renders_every_caption(name):
    from types import SimpleNamespace

    from docutils.core import publish_parts
    from jinja2 import Template

    snakemake = SimpleNamespace(wildcards=SimpleNamespace(figure=name))
    text = Template(captions.template()).render(snakemake=snakemake)
    strict = {"halt_level": 2, "report_level": 2, "_disable_config": True}
    body = publish_parts(text, writer="html", settings_overrides=strict)["body"]
    assert html.unescape(re.sub(r"<.*?>", "", body)).split() == caption(name).split()


def test_rounding_leaves_text_where_it_is(tmp_path):
    """Glyphs are placed by transforms, whose factors are small: paths alone are rounded."""
    style.save(FIGURES["accuracy"](made_up(["relu", "tanh"])), tmp_path / "figure.svg")
    text = (tmp_path / "figure.svg").read_text()
    assert "scale(0.015625)" in text
    paths = re.findall(r' d="([^"]*)"', text)
    assert paths
    assert not any(re.search(r"\.\d{3}", path) for path in paths)
