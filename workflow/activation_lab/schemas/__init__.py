"""The schemas of all tables: the contract between the pipeline's stages, and with its readers.

The tables of measures are in `measures/`, beside the functions that fill them. Those that follow from
the tables of runs are in `derived`, all others here.
"""

from __future__ import annotations

from activation_lab.measures import MEASURES
from activation_lab.measures.base import (
    BEST,
    CELL,
    COUNTS,
    FLAG,
    KEYS,
    REAL,
    SETTINGS,
    TEXT,
    TEXTS,
    UNTRAINED,
    WHOLE,
    Table,
)
from activation_lab.protocol import FIRST_IMAGES
from activation_lab.schemas.derived import ANALYSIS, CLAIMS, TRIAL

TRAINING = {
    "runs": Table(
        "run",
        KEYS
        | {
            "status": (
                TEXT,
                "ok; plateau: trained, and its validation accuracy never came a ninth of the way "
                "from chance level to 1 (0.2 for ten classes); "
                "diverged: a loss was not finite. An untrained run is ok, with 0 epochs",
            ),
            "epochs": (WHOLE, "Epochs trained"),
            "best_epoch": (WHOLE, "The epoch of the kept weights, from 1; 0: the initial weights"),
            "stopped_early": (FLAG, "Stopped because patience ran out"),
            "best_val_accuracy": (
                REAL,
                "Validation accuracy of the kept weights; null if untrained",
            ),
            "test_accuracy": (REAL, "Test accuracy of the kept weights"),
            "test_loss": (REAL, "Test cross entropy of the kept weights, nats"),
            "test_accuracy_last": (REAL, "Test accuracy of the last epoch's weights"),
            "plateau_exit_epoch": (
                WHOLE,
                "First epoch whose validation accuracy is at least a ninth of the way from chance level "
                "to 1 (0.2 for ten classes); null: never",
            ),
            "parameters": (WHOLE, "Number of weights and biases"),
        },
    ),
    "metrics": Table(
        "run and epoch",
        KEYS
        | {
            "epoch": (WHOLE, "Epoch, from 1"),
            "train_loss": (REAL, "Mean cross entropy of the epoch's batches as trained on, nats"),
            "train_accuracy": (REAL, "Mean accuracy of the epoch's batches as trained on"),
            "val_loss": (REAL, "Validation cross entropy after the epoch, nats"),
            "val_accuracy": (REAL, "Validation accuracy after the epoch"),
        },
    ),
    "transitions": Table(
        "run, epoch and hidden layer: on the first 2,048 training images. The epoch in "
        "which a run diverged has no row",
        KEYS
        | {
            "epoch": (WHOLE, "Epoch, from 1"),
            "layer": (WHOLE, "Hidden layer, from 1"),
            "dead": (WHOLE, "Units that are exactly 0 on all these images after the epoch"),
            "died": (WHOLE, "Of these, units that were not dead before the epoch"),
            "revived": (WHOLE, "Units that were dead before the epoch and are not dead after it"),
            "ever_dead": (WHOLE, "Units that were dead before training or after any epoch so far"),
            "ever_revived": (WHOLE, "Units in ever_dead that came back at least once"),
        },
    ),
}
TUNING = {
    "tuning": Table(
        "run that tries a learning rate",
        {name: SETTINGS[name] for name in SETTINGS if name != "learning_rate"}
        | {
            "seed": (WHOLE, "The run's seed, which no study judges"),
            "rate": (REAL, "The learning rate that it tries"),
            "status": (TEXT, "ok, plateau or diverged, as in runs"),
            "epochs": (WHOLE, "Epochs trained"),
            "accuracy": (
                REAL,
                "Best validation accuracy; chance level if the run diverged or stayed there",
            ),
            "chosen": (FLAG, "The rate is the one with the highest mean accuracy"),
            "at_edge": (FLAG, "It is, and no rate beyond it on one side was tried"),
        },
    ),
}
THEORY = {
    "theory": Table(
        "activation, network, initialisation and hidden layer: mean-field theory, for wide networks",
        {
            name: SETTINGS[name]
            for name in ("dataset", "network", "activation", "depth", "initialisation")
        }
        | {
            "layer": (WHOLE, "Hidden layer, from 1"),
            "weight_var": (REAL, "σ_w² of the layer's weights: their variance times its inputs"),
            "bias_var": (REAL, "σ_b² of the layer's biases"),
            "q": (REAL, "Predicted mean square pre-activation"),
            "chi": (
                REAL,
                "χ = σ_w² E[φ′²], with σ_w² of the next layer: the factor from E[δ²] in the next layer "
                "to E[δ²] in this one",
            ),
            "mean_slope": (REAL, "E[φ′] over the layer's pre-activations"),
            "jacobian_mean_square": (
                REAL,
                "Predicted mean of the squared singular values of ∂h/∂x, for the images of `jacobians`; "
                "null: not known of this family, as the other two",
            ),
            "jacobian_largest": (
                REAL,
                "Predicted end of their spectrum, where all widths are large: a largest singular value",
            ),
            "jacobian_log_std": (
                REAL,
                "Predicted standard deviation, over seeds, of the log of their mean square",
            ),
            "q_star": (
                REAL,
                "Fixed point of q in a deep network of layers like the last; null: none",
            ),
            "chi_1": (REAL, "χ at q_star: gradients shrink by √χ₁ per layer"),
            "gradient_depth": (REAL, "ξ_∇ = -1/ln χ₁, layers; negative: gradients explode"),
            "c_star": (REAL, "Fixed point of the correlation of two images"),
            "correlation_depth": (
                REAL,
                "ξ_c, layers, infinite if χ₁ is 1; trainable to about 6 ξ_c",
            ),
            "stable": (FLAG, "An error of q_star shrinks"),
        },
    ),
    "predictions": Table(
        "settings and layer: what theory predicts for the measured, untrained networks",
        {"settings_id": SETTINGS["settings_id"]}
        | {
            "layer": (WHOLE, "Hidden layers count from 1; depth + 1 is the output layer"),
            "predicted_rms": (
                REAL,
                "Root mean square of the weight gradient, of infinitely wide networks",
            ),
            "predicted_rms_finite": (
                REAL,
                "The same for the network's own widths, to first order in 1/width; null: not known",
            ),
            "predicted_log_std": (
                REAL,
                "Standard deviation, over seeds, of the log of a network's mean square; null: not known",
            ),
            "predicted_dead": (
                REAL,
                f"Share of units that are dead on the first {FIRST_IMAGES:,} training images; null "
                "for the output layer",
            ),
        },
    ),
}
TABLES: dict[str, Table] = {
    "cells": Table(
        "cell: all of its settings",
        CELL
        | {
            "label": (TEXT, "What a person calls the cell"),
            "untrained_id": (TEXT, "settings_id of the same networks before any training"),
            "tuning_id": (
                TEXT,
                "settings_id in `tuning` of what chose the learning rate; null: the config gives it",
            ),
            "seeds": (COUNTS, "The seeds of its runs"),
            "dataset_title": (TEXT, "What a person calls the dataset"),
            "network_title": (TEXT, "What a person calls the network"),
            "family": (TEXT, "The network's family"),
            "width": (WHOLE, "Units of each hidden layer; null: they differ"),
            "normalisation": (TEXT, "none, batch or layer"),
            "schedule": (TEXT, "constant or cosine"),
            "momentum": (REAL, "Momentum of sgd, nesterov and rmsprop"),
            "weight_decay": (REAL, "Weight decay"),
            "batch_size": (WHOLE, "Images per step"),
            "epochs": (WHOLE, "The largest number of epochs; 0: untrained"),
            "stop": (TEXT, "patience or never"),
            "patience": (WHOLE, "Epochs of patience"),
            "precision": (TEXT, "Precision of the matrix products in training steps"),
            "training_images": (WHOLE, "Images trained on"),
            "varied": (TEXTS, "The settings that the study varies, in its order"),
        },
    ),
    **TRAINING,
    **TUNING,
    **{name: measure.table for name, measure in MEASURES.items()},
    **THEORY,
    "functions": Table(
        "activation and x, on [-5, 5]",
        {
            "activation": CELL["activation"],
            "x": (REAL, "Argument of the function"),
            "value": (REAL, "Value of the function, φ(x)"),
            "derivative": (REAL, "φ′(x), by automatic differentiation"),
        },
    ),
    **ANALYSIS,
    **TRIAL,
    **CLAIMS,
}
# The tables of a job that trains its networks, and of a job that does not.
TRAINED_TABLES = (*TRAINING, *(name for name, m in MEASURES.items() if BEST in m.phases))
UNTRAINED_TABLES = ("runs", *(name for name, m in MEASURES.items() if UNTRAINED in m.phases))
JOB_TABLES = (*TRAINING, *MEASURES)
TUNING_TABLES = tuple(TUNING)
THEORY_TABLES = tuple(THEORY)
ANALYSIS_TABLES = tuple(ANALYSIS)
TRIAL_TABLES = tuple(TRIAL)


def dictionary() -> str:
    """Return the data dictionary: every table and its columns, in markdown."""
    parts = [
        "# Data dictionary\n\nMade from the schemas in `workflow/activation_lab/schemas/` and "
        "`measures/` by `make schema`. Tables are parquet files under `results/tables/`. "
        "Accuracies are fractions. Losses are in nats. Null means that there is no value."
    ]
    for name, table in TABLES.items():
        lines = [f"## {name}\n\nOne row per {table.rows}.\n\n| column | type | meaning |"]
        lines += ["| --- | --- | --- |"]
        lines += [
            f"| `{column}` | {kind} | {meaning.replace('|', '∣')} |"
            for column, (kind, meaning) in table.columns.items()
        ]
        parts.append("\n".join(lines))
    return "\n\n".join(parts) + "\n"
