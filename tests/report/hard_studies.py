"""Made-up studies whose figures are hard to lay out: many cells, long labels, deep networks."""

import pandas as pd
from made_up_studies import as_read, made_up, varied

from activation_lab.activations.catalogue import ACTIVATIONS
from activation_lab.analysis.statistics import summary

PER_LAYER = ("gradients", "activations", "predictions", "dead_neurons", "transitions", "theory")


def layered(tables, depth, network):
    """The same study of networks with more layers, of which gradients shrink on their way back."""
    made = {name: frame.copy() for name, frame in tables.items()}
    for name in PER_LAYER:
        last = depth + (name in ("gradients", "activations", "predictions"))
        each = pd.DataFrame({"layer": range(1, last + 1)})
        rows = made[name].query("layer == 1").drop(columns="layer").merge(each, how="cross")
        if name == "activations":
            rows = rows[(rows["kind"] == "pre") | (rows["layer"] <= depth)]
        if name == "gradients":
            rows["std"] = 0.05 * (0.7 + 0.002 * rows["seed"]) ** (depth - rows["layer"])
        made[name] = rows
    for frame in made.values():
        if "network" in frame:
            frame["network"], frame["depth"] = network, depth
    made["cells"]["network_title"] = f"{depth} layers of 128"
    made["cells"]["width"] = 128
    return made


def together(studies, varied_settings):
    """Several studies as one, whose cells differ in these settings."""
    made = {
        name: pd.concat([one[name] for one in studies], ignore_index=True) for name in studies[0]
    }
    made["cells"]["varied"] = [varied_settings] * len(made["cells"])
    return as_read(made)


def named(tables, ending):
    """The same study, with other ids of its cells."""
    return {
        name: frame.assign(cell=frame["cell"] + ending) if "cell" in frame else frame
        for name, frame in tables.items()
    }


def failing(tables):
    """The same study, in which runs of the second seed stay at chance level and some diverge."""
    runs = tables["runs"].copy()
    second = runs["seed"] == sorted(runs["seed"].unique())[1]
    runs.loc[second, ["status", "test_accuracy", "plateau_exit_epoch"]] = ["plateau", 0.1, pd.NA]
    diverged = runs.index[runs["seed"] == runs["seed"].min()][::5]
    runs.loc[diverged, ["status", "test_accuracy"]] = ["diverged", 0.1]
    late = (runs["status"] == "ok") & (runs["seed"] % 2 == 1)
    runs.loc[late, "plateau_exit_epoch"] = 3
    return {**tables, "runs": runs, "summary": summary(runs)}


def many():
    """All activations, 15 seeds of each."""
    names = [name for name in ACTIVATIONS if name != "heaviside"]
    return as_read(failing(made_up(names, range(42, 57), epochs=5)))


def long_labels():
    """Own activations, whose names are paths, under two initialisations and rates."""
    names = [f"my_package.activations:AnActivationOfMyOwn-alpha=0.12{n}-beta=2" for n in range(2)]
    made = varied("learning_rate", [0.0003, 0.1], names, range(42, 47), epochs=12)
    studies = []
    for initialisation in ("zero_bias", "a_long_name_of_an_initialisation"):
        one = named(made, initialisation)
        for frame in one.values():
            if "initialisation" in frame:
                frame["initialisation"] = initialisation
        studies.append(failing(one))
    return together(studies, ["activation", "initialisation", "learning_rate"])


def deep_grid():
    """Networks of 2 to 48 layers under three initialisations."""
    studies = []
    for depth in (2, 12, 48):
        for initialisation in ("default", "zero_bias", "critical"):
            made = made_up(["tanh", "relu"], range(42, 45))
            made = layered(made, depth, f"{depth}x128")
            for frame in made.values():
                if "initialisation" in frame:
                    frame["initialisation"] = initialisation
            made = named(made, f"_{depth}_{initialisation}")
            studies.append(failing(made) if depth > 2 else made)
    return together(studies, ["activation", "network", "initialisation"])


def ten_layers():
    """Untrained networks of ten layers under three initialisations."""
    studies = []
    for initialisation in ("default", "zero_bias", "he"):
        made = layered(made_up(["relu"], range(42, 57), epochs=0), 10, "256-128")
        for frame in made.values():
            if "initialisation" in frame:
                frame["initialisation"] = initialisation
        studies.append(named(made, initialisation))
    return together(studies, ["initialisation"])


def two_datasets():
    """Activations on two datasets, with the same network."""
    made = varied(
        "dataset", ["fashion-mnist", "cifar10"], ["relu", "tanh", "sigmoid"], range(42, 47)
    )
    titles = made["cells"]["dataset"].map({"fashion-mnist": "FashionMNIST", "cifar10": "CIFAR-10"})
    made["cells"]["dataset_title"] = titles
    return as_read(failing(made))


def rates():
    """A study of three learning rates, in which runs fail."""
    names = ["relu", "leakyrelu", "gelu"]
    return as_read(failing(varied("learning_rate", [0.003, 0.03, 0.3], names, range(42, 57))))


def two_numbers():
    """Learning rates and batch sizes: a heatmap."""
    studies = []
    for size in (32, 64, 1_024):
        made = named(varied("learning_rate", [0.003, 0.1], ["relu", "tanh"]), str(size))
        made["cells"]["batch_size"] = size
        studies.append(made)
    return together(studies, ["activation", "learning_rate", "batch_size"])


def one_activation():
    """One activation, trained with and without early stopping."""
    made = varied("stop", ["patience", "never"], ["sigmoid"], range(42, 57), epochs=50)
    return as_read(failing(made))


HARD = {
    study.__name__: study
    for study in (
        many,
        long_labels,
        deep_grid,
        ten_layers,
        two_datasets,
        rates,
        two_numbers,
        one_activation,
    )
}
