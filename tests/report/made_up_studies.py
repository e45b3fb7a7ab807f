"""Made-up tables of small studies, as the report gets them."""

import numpy as np
import pandas as pd

from activation_lab.activations.catalogue import build
from activation_lab.analysis.statistics import summary
from activation_lab.schemas import TABLES
from activation_lab.theory.critical import numeric
from activation_lab.theory.portrait import portrait


def keys_of(cells, seeds, study):
    """A row for each run, with the columns that tell it from others."""
    return pd.DataFrame(
        [
            {
                "study": study,
                "cell": cell,
                "settings_id": cell,
                "dataset": "fashion-mnist",
                "network": "2-2",
                "activation": cell,
                "depth": 2,
                "initialisation": "default",
                "optimizer": "sgd",
                "learning_rate": 0.1,
                "seed": seed,
            }
            for cell in cells
            for seed in seeds
        ]
    )


def made_up(cells, seeds=(42, 43), epochs=3, study="tutorial"):
    """Tables of a study in which every cell has two hidden layers and two units in each."""
    keys = keys_of(cells, seeds, study)
    rate = 0.8 + 0.01 * keys["seed"].rank() / len(keys)
    runs = keys.assign(
        status="ok",
        epochs=epochs,
        best_epoch=epochs,
        stopped_early=False,
        **dict.fromkeys(("best_val_accuracy", "test_accuracy", "test_accuracy_last"), rate),
        test_loss=0.5,
        plateau_exit_epoch=1,
        parameters=12,
    )
    metrics = keys.merge(pd.DataFrame({"epoch": range(1, epochs + 1)}), how="cross").assign(
        train_loss=1.0, train_accuracy=0.7, val_loss=1.0, val_accuracy=0.75
    )
    edges = np.linspace(-1, 1, 51)
    layers = keys.merge(pd.DataFrame({"layer": [1, 2, 3]}), how="cross").assign(
        phase="untrained",
        kind="pre",
        mean=0.0,
        std=0.1,
        zero_fraction=0.2,
        bin_edges=lambda rows: [edges] * len(rows),
        counts=lambda rows: [np.arange(50)] * len(rows),
    )
    values = pd.concat([layers, layers[layers["layer"] < 3].assign(kind="post")])
    predictions = layers.drop_duplicates(["cell", "layer"])[["study", "cell", "layer"]]
    sizes = {"predicted_rms": 0.1, "predicted_rms_finite": 0.1, "predicted_log_std": 0.5}
    predictions = predictions.assign(**sizes, predicted_dead=0.25)
    singular = {"mean_square": 0.5, "largest": 2.0, "median": 0.3, "smallest": 0.1}
    jacobians = layers[layers["layer"] == 2].assign(**singular)
    counts = {"units": 2, "dead": 1, "dead_first": 1, "always_on": 1, "predicted_dead": 0.5}
    trained = layers[layers["layer"] < 3].assign(**counts, status="ok")
    dead = pd.concat([trained, trained.assign(phase="best", predicted_dead=np.nan)])
    moves = metrics[[*keys.columns, "epoch"]].assign(layer=1, dead=1, died=1, revived=1)
    moves = moves.assign(ever_dead=2, ever_revived=1)
    fixed = {"mean_slope": 0.5, "chi_1": 0.9, "q_star": 1.0, "correlation_depth": 3.0}
    of_jacobians = {"mean_square": 0.4, "largest": 2.0, "log_std": 0.5}
    fixed |= {f"jacobian_{name}": value for name, value in of_jacobians.items()}
    theory = layers[layers["layer"] < 3].assign(**fixed)
    x = pd.DataFrame({"x": [-5.0, 0.0, 5.0]})
    functions = keys[["activation"]].drop_duplicates().merge(x, how="cross")
    return {
        "runs": runs,
        "metrics": metrics,
        "gradients": layers,
        "activations": values,
        "predictions": predictions,
        "jacobians": jacobians,
        "transitions": moves,
        "theory": theory,
        "dead_neurons": dead,
        "functions": functions.assign(value=0.0, derivative=1.0),
        "portraits": portraits(functions["activation"].unique()),
        "summary": summary(runs),
        "tuning": pd.DataFrame(columns=["study", "cell", *TABLES["tuning"].columns]),
        "cells": keys.drop(columns="seed")
        .drop_duplicates()
        .assign(**CELL, varied=lambda rows: [["activation"]] * len(rows)),
    }


def portraits(activations):
    """The table of that name, in which every activation is a ReLU."""
    relu = portrait(numeric(build("relu", {})))
    return pd.DataFrame([{"activation": name, **relu} for name in activations])


# What the table `cells` says of all made-up cells.
CELL = {
    "dataset_title": "FashionMNIST",
    "network_title": "2 layers of 2",
    "family": "mlp",
    "width": 2,
    "tuning_id": None,
    "normalisation": "none",
    "schedule": "constant",
    "momentum": 0.9,
    "weight_decay": 0.0,
    "batch_size": 256,
    "epochs": 50,
    "stop": "patience",
    "patience": 7,
    "training_images": 50_000,
    "precision": "float32",
}


def varied(column, values, cells=("relu", "tanh"), seeds=(42, 43), epochs=3):
    """Put studies together that differ in one setting."""
    several = [made_up(list(cells), seeds, epochs) for _ in values]
    for tables, value in zip(several, values, strict=True):
        for frame in tables.values():
            if "cell" in frame:
                frame["cell"] = frame["cell"] + f"_{value}"
            if column in frame:
                frame[column] = value
        tables["cells"]["varied"] = [["activation", column]] * len(tables["cells"])
    return {
        name: pd.concat([tables[name] for tables in several], ignore_index=True)
        for name in several[0]
    }


def deep(layers=20):
    """Two initialisations of networks of 20 layers, and of 2."""
    tables = varied("initialisation", ["default", "critical"])
    settings = ["activation", "network", "initialisation"]
    tables["cells"]["varied"] = [settings] * len(tables["cells"])
    more = {name: frame.copy() for name, frame in tables.items()}
    for frame in more.values():
        if "cell" in frame:
            frame["cell"] = frame["cell"] + f"_{layers}"
        if "depth" in frame:
            frame["network"], frame["depth"] = f"{layers} layers", layers
    more["gradients"] = pd.concat(
        [
            more["gradients"].query("layer == 1").assign(layer=layer, std=2.0**layer)
            for layer in range(1, layers + 2)
        ]
    )
    more["runs"] = more["runs"].assign(test_accuracy=0.1)
    return {name: pd.concat([tables[name], more[name]], ignore_index=True) for name in tables}


def as_read(tables):
    """Return frames as `tables.load` does: whole numbers are nullable."""
    return {
        name: frame.astype(dict.fromkeys(frame.select_dtypes("int64"), "Int64"))
        for name, frame in tables.items()
    }


def reaching(depths):
    """Networks of 2 and of 20 layers; 6 ξ_c of each initialisation."""
    tables = as_read(deep())
    reach = tables["theory"]["initialisation"].map(depths) / 6
    return {**tables, "theory": tables["theory"].assign(correlation_depth=reach)}


def stuck():
    tables = made_up(["sigmoid"], seeds=(1, 2, 3, 4), epochs=9)
    tables["runs"]["plateau_exit_epoch"] = pd.array([None, 5, 7, None], dtype="Int64")
    tables["runs"]["status"] = ["plateau", "ok", "ok", "plateau"]
    return tables
