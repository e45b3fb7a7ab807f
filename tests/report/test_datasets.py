"""A study of two datasets: each is told by itself, with its own chance level and numbers of examples."""

import pandas as pd
import pytest
from made_up_studies import as_read, deep, made_up, varied
from test_findings import analysed, plain
from test_report import TEMPLATES, reported

from activation_lab.datasets import DATASETS
from activation_lab.datasets.base import Dataset
from activation_lab.report import figures, findings, listings, rendering
from activation_lab.report.figures import FIGURES, by_task, style
from activation_lab.report.listings.theory import differences

TINY = Dataset(
    name="tiny",
    title="Tiny",
    shape=(3, 4, 4),
    classes=("left", "right"),
    training=1_024,
    validation=50,
    test=100,
    targets=(0.6,),
    citation="",
    noun="picture",
    looks="4 × 4 coloured pixels",
    checksums={},
)
NAMES = ("fashion-mnist", "tiny")


@pytest.fixture(autouse=True)
def _known(monkeypatch):
    monkeypatch.setitem(DATASETS, "tiny", TINY)


def two(cells=("relu", "tanh"), change=lambda runs: None):
    """The same networks on both datasets, after a change of their runs."""
    tables = varied("dataset", NAMES, cells)
    change(tables["runs"])
    titles = tables["cells"]["dataset"].map({name: DATASETS[name].title for name in NAMES})
    tables["cells"]["dataset_title"] = titles
    return as_read(analysed(tables, ["activation", "dataset"]))


def test_of_several_datasets_the_highest_means_are_named_but_none_of_which_a_run_failed():
    accuracy = {"relu": 0.9, "tanh": 0.8, "elu": 0.7}

    def all_learnt(runs):
        runs["test_accuracy"] = runs["activation"].map(accuracy)

    def a_relu_failed(runs):
        all_learnt(runs)
        first = runs.index[(runs["activation"] == "relu") & (runs["dataset"] == "tiny")][0]
        runs.loc[first, ["status", "test_accuracy"]] = ["plateau", 0.5]

    for change, tiny in ((all_learnt, "relu with Tiny (90"), (a_relu_failed, "tanh with Tiny (80")):
        said = findings.headline(two(tuple(accuracy), change))[0]
        assert said.startswith("Highest mean test accuracies: relu with FashionMNIST (90.00%)")
        assert tiny in said


@pytest.mark.parametrize("find", [findings.findings, findings.headline, findings.precision])
def test_each_sentence_names_its_dataset_and_is_what_it_would_be_alone(find):
    both = find(two())
    plain(both)
    for name, title in zip(NAMES, ("FashionMNIST", "Tiny"), strict=True):
        own = {
            table: frame[frame["dataset"] == name] if "dataset" in frame else frame
            for table, frame in two().items()
        }
        # The dataset does not vary any more, and is in no label.
        own["cells"] = own["cells"].assign(varied=[["activation"]] * len(own["cells"]))
        cells = set(own["cells"]["cell"])
        own["contrasts"] = own["contrasts"][own["contrasts"]["second"].isin(cells)]
        assert [said for said in both if said.startswith(title)] == [
            f"{title}: {said}" for said in find(own)
        ]


def test_every_task_has_its_own_figures_and_all_are_shown_side_by_side():
    found = dict(figures.drawn(two()))
    names = {name.partition("-")[2] for name in found}
    assert names == {"", "fashionmnist", "tiny"}
    assert {name for name in found if "-" not in name} == {"functions", "accuracy_by_task"}
    together = found["accuracy_by_task"].axes
    assert [axis.get_title() for axis in together] == ["FashionMNIST", "Tiny"]
    for axis in together:
        assert [label.get_text() for label in axis.get_yticklabels()] == ["relu", "tanh"]


def test_a_tasks_accuracies_are_drawn_once():
    """Side by side; or, where that would be too much, each task by itself."""
    assert not any(name.startswith("accuracy-") for name, _ in figures.drawn(two()))
    many = two(tuple(f"own{number}" for number in range(by_task.MOST_ROWS + 1)))
    names = [name for name, _ in figures.drawn(many) if name.startswith("accuracy")]
    assert names == ["accuracy-fashionmnist", "accuracy-tiny"]


def test_accuracies_on_two_datasets_are_not_compared():
    assert set(two()["contrasts"]["setting"]) == {"activation"}


def test_the_sampling_error_is_that_of_each_test_set():
    said = " ".join(findings.precision(two()))
    assert "FashionMNIST: More seeds do not shrink" in said
    assert "with 10,000 images" in said
    assert "Tiny: More seeds" in said
    assert "with 100 pictures" in said


def test_epochs_are_counted_to_each_datasets_targets():
    (line, *others) = [
        {**line} for line in listings.accuracy.targets(two()) if "Tiny" in line["networks"]
    ]
    assert set(line) == {"networks", "to 60%"}
    assert len(others) == 1


def test_each_dataset_has_its_chance_level():
    axis = FIGURES["accuracy"](two()).axes[0]
    drawn = [line.get_xdata()[0] for line in axis.lines if line.get_linestyle() == ":"]
    assert drawn == [10, 50]


def test_a_network_of_each_dataset_is_compared_with_its_own_theory():
    tables = two()
    rows = tables["predictions"]
    off = rows["predicted_rms"].where(rows["cell"].str.endswith("tiny"), 0.2)
    panels = FIGURES["gradient_theory"]({**tables, "predictions": rows.assign(predicted_rms=off)})
    above, below = panels.axes[:2], panels.axes[2:]
    assert [axis.get_title() for axis in above] == ["FashionMNIST", "Tiny"]
    sizes = [axis.containers[0].lines[0].get_ydata()[0] for axis in below]
    assert sizes == pytest.approx([0.5, 1.0])
    compared = [line["quantity"] for line in differences({"both": tables}).lines]
    assert len(set(compared)) == len(compared) == 4


def deep_on_both():
    made = [deep(), deep()]
    for tables, name in zip(made, NAMES, strict=True):
        for frame in tables.values():
            if "dataset" in frame:
                frame["dataset"] = name
    return {name: pd.concat([tables[name] for tables in made]) for name in made[0]}


@pytest.mark.parametrize("name", ["depth_accuracy", "depth_dead"])
def test_depths_are_drawn_dataset_by_dataset(name):
    axes = FIGURES[name](as_read(deep_on_both())).axes
    titles = {axis.get_title().removesuffix(", trained") for axis in axes if axis.get_visible()}
    titles = {title for title in titles if "untrained" not in title}
    assert len(titles) == 4
    assert sum("Tiny" in title for title in titles) == 2


@pytest.mark.parametrize("name", FIGURES)
def test_every_figure_draws_a_study_of_two_datasets(name, tmp_path):
    figure = FIGURES[name](two())
    if figure is not None:
        style.save(figure, tmp_path / "figure.svg")
        assert (tmp_path / "figure.svg").stat().st_size > 2_000


def test_the_report_names_what_was_measured_on():
    text = rendering.markdown(TEMPLATES, reported(two()))
    assert "Measured on FashionMNIST and Tiny: 8 networks" in text
    assert "](figures/samples-tiny.svg)" in text
    assert "Tiny: the first four training pictures of each of its 2 classes, 4 × 4 coloured" in text
    alone = rendering.markdown(TEMPLATES, reported(analysed(made_up(["relu"]))))
    assert "Measured on FashionMNIST: " in alone
    assert "Tiny" not in alone
