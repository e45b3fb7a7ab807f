"""The schemas of all tables: the contract between the pipeline's stages, and with its readers.

One long declaration: a reader looks for a column in one place.
"""

from __future__ import annotations

import functools
from collections.abc import Mapping
from dataclasses import dataclass

import pyarrow as pa

from activation_lab.measures.base import MEASURES

QUANTILES = (0.01, 0.05, 0.25, 0.5, 0.75, 0.95, 0.99)
FIRST_IMAGES = 1_000  # on which dead units are predicted, and counted beside the prediction
DRAWN_UNITS = 4_000  # of a layer, for that prediction: a standard error of 0.8 points at most
EPSILON = 1e-6  # a derivative of at most this passes no gradient; zero itself depends on the kernel
SATURATION = 1 - 0.97**2  # tanh's slope where |tanh| = 0.97, as a share of its steepest slope

TEXT, WHOLE, REAL, FLAG = pa.string(), pa.int64(), pa.float64(), pa.bool_()
REALS, COUNTS, TEXTS = pa.list_(REAL), pa.list_(WHOLE), pa.list_(TEXT)


@dataclass(frozen=True)
class Table:
    """A table's rows in words, and its columns: name → type and meaning."""

    rows: str
    columns: Mapping[str, tuple[pa.DataType, str]]

    @functools.cached_property
    def schema(self) -> pa.Schema:
        """The table's schema as parquet has it."""
        return pa.schema([(name, kind) for name, (kind, _) in self.columns.items()])


SETTINGS = {
    "settings_id": (TEXT, "Short digest of all settings: the name of the runs' folder"),
    "dataset": (TEXT, "The dataset"),
    "network": (TEXT, "Units of each hidden layer, joined by hyphens"),
    "activation": (TEXT, "The activation, with parameters that differ from the registry's"),
    "depth": (WHOLE, "Number of hidden layers"),
    "initialisation": (TEXT, "How the initial weights were drawn"),
    "optimizer": (TEXT, "The optimizer; of an untrained network the protocol's"),
    "learning_rate": (REAL, "The learning rate; of an untrained network the protocol's"),
}
KEYS = {**SETTINGS, "seed": (WHOLE, "The run's seed")}
CELL = {
    "study": (TEXT, "The study's name in the config"),
    "cell": (TEXT, "The cell's readable id: what the study varies, but the seed"),
    **SETTINGS,
}
STAGE = {
    "stage": (TEXT, "When: untrained, or best (the kept weights)"),
    "layer": (WHOLE, "Hidden layers count from 1; depth + 1 is the output layer"),
}
MEASURED = {name: (REAL, measure.meaning) for name, measure in MEASURES.items()}
QUANTILE_NAMES = ", ".join(f"{q:g}" for q in QUANTILES)
QUANTILE_COLUMN = {"quantiles": (REALS, f"Quantiles at {QUANTILE_NAMES}")}
HISTOGRAM = {
    "bin_edges": (
        REALS,
        "51 edges of 50 bins of equal width, from the least to the greatest value",
    ),
    "counts": (COUNTS, "How many values lie in each bin"),
}

TABLES = {
    "cells": Table(
        "cell: all of its settings",
        CELL
        | {
            "label": (TEXT, "What a person calls the cell"),
            "untrained_id": (TEXT, "settings_id of the same networks before any training"),
            "seeds": (COUNTS, "The seeds of its runs"),
            "dataset_title": (TEXT, "What a person calls the dataset"),
            "network_title": (TEXT, "What a person calls the network"),
            "family": (TEXT, "The network's family"),
            "width": (WHOLE, "Units of each hidden layer; null: they differ"),
            "normalisation": (TEXT, "none, batch or layer"),
            "schedule": (TEXT, "constant or cosine"),
            "momentum": (REAL, "Momentum of sgd, nesterov and rmsprop"),
            "weight_decay": (REAL, "Weight decay"),
            "batch_size": (WHOLE, "Images a step"),
            "epochs": (WHOLE, "At most so many epochs; 0: untrained"),
            "stop": (TEXT, "patience or never"),
            "patience": (WHOLE, "Epochs of patience"),
            "precision": (TEXT, "Of the products in training steps"),
            "training_images": (WHOLE, "Images trained on"),
            "varied": (TEXTS, "The settings that the study varies, in its order"),
        },
    ),
    "runs": Table(
        "run",
        KEYS
        | {
            "status": (
                TEXT,
                "ok; plateau: trained and never reached twice chance level (validation accuracy 0.2); "
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
                "First epoch with a validation accuracy of at least 0.2; null: never",
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
    "gradients": Table(
        "run, stage and layer: the weight gradient on the first 256 training images",
        KEYS
        | STAGE
        | MEASURED
        | {
            "norm": (REAL, "Frobenius norm"),
            "abs_max": (REAL, "Largest absolute value"),
        }
        | QUANTILE_COLUMN
        | {
            "predicted_rms": (
                REAL,
                "Root mean square by mean-field theory, over weights and initialisations; null: not "
                "predicted, as beyond 10 hidden layers",
            )
        }
        | HISTOGRAM,
    ),
    "activations": Table(
        "run, stage, layer and kind: values on the first 1,024 training images",
        KEYS
        | STAGE
        | {"kind": (TEXT, "pre: before the activation function; post: after it")}
        | MEASURED
        | {
            "min": (REAL, "Least value"),
            "max": (REAL, "Greatest value"),
        }
        | QUANTILE_COLUMN
        | {
            "saturated_fraction": (
                REAL,
                f"Share of values where |φ′| is at most {SATURATION:.4f} of its largest value on "
                "[-5, 5] (for tanh: |tanh| ≥ 0.97); null for the output layer",
            ),
            "effective_rank": (
                REAL,
                "exp of the entropy of the singular values of the images × units matrix "
                "(Roy & Vetterli 2007)",
            ),
        }
        | HISTOGRAM,
    ),
    "neurons": Table(
        "run, stage, layer and unit: over all images trained on",
        KEYS
        | STAGE
        | {
            "unit": (WHOLE, "Unit, from 1"),
            "pre_max": (REAL, "Greatest pre-activation"),
            "pre_min": (REAL, "Least pre-activation"),
            "nonzero_fraction": (REAL, "Share of images whose activation is not exactly 0"),
            "nonzero_fraction_first": (
                REAL,
                f"The same share of the first {FIRST_IMAGES:,} training images",
            ),
            "nonzero_fraction_test": (REAL, "The same share of the 10,000 test images"),
            "gradient_fraction": (REAL, f"Share of images with |φ′| > {EPSILON:g}"),
            "derivative_abs_max": (REAL, "Greatest |φ′| over the images"),
            "abs_mean": (REAL, "Mean absolute activation"),
            "mean": (REAL, "Mean activation"),
            "variance": (REAL, "Variance of the activation"),
        },
    ),
    "dead_neurons": Table(
        "run, stage and hidden layer",
        KEYS
        | STAGE
        | {
            "status": (TEXT, "The run's: one that diverged has no trained units worth counting"),
            "units": (WHOLE, "Units of the layer"),
            "dead": (WHOLE, "Units whose activation is exactly 0 on all images"),
            "always_on": (WHOLE, "Units whose least pre-activation is above 0"),
            "no_gradient": (WHOLE, f"Units with |φ′| ≤ {EPSILON:g} on all images"),
            "constant": (WHOLE, "Units whose activation varies by less than one part in 10^6"),
            "dormant_0": (WHOLE, "Units with mean |h| at 0 of their layer's (Sokar et al. 2023)"),
            "dormant_025": (WHOLE, "Units with mean |h| at most 0.025 of their layer's"),
            "dormant_1": (WHOLE, "Units with mean |h| at most 0.1 of their layer's"),
            "dead_first": (
                WHOLE,
                f"Units whose activation is exactly 0 on the first {FIRST_IMAGES:,} training images",
            ),
            "predicted_dead": (
                REAL,
                "What mean-field theory predicts for dead_first, untrained; null: not predicted, as "
                "beyond 10 hidden layers",
            ),
        },
    ),
    "jacobians": Table(
        "run and stage: singular values of ∂h/∂x, last hidden layer by pixels, on 4 training images",
        KEYS
        | STAGE
        | {
            "mean_square": (REAL, "Mean of the squared singular values"),
            "largest": (REAL, "Largest singular value, mean over the images"),
            "median": (REAL, "Median of all singular values"),
            "smallest": (REAL, "Smallest singular value, mean over the images"),
        },
    ),
    "transitions": Table(
        "run, epoch and hidden layer: on the first 2,048 training images. The epoch in which a run "
        "diverged has no row",
        KEYS
        | {
            "epoch": (WHOLE, "Epoch, from 1"),
            "layer": (WHOLE, "Hidden layer, from 1"),
            "dead": (WHOLE, "Units that are exactly 0 on all these images after the epoch"),
            "died": (WHOLE, "Of them, units that were not so before it"),
            "revived": (WHOLE, "Units that were so before it and no longer are"),
            "ever_dead": (WHOLE, "Units that were so after this epoch or at any time before"),
            "ever_revived": (WHOLE, "Of them, units that came back at least once"),
        },
    ),
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
                "χ = σ_w² E[φ′²] with the weights that follow: takes E[δ²] one layer back",
            ),
            "mean_slope": (REAL, "E[φ′] over the layer's pre-activations"),
            "q_star": (
                REAL,
                "Fixed point of q in a deep network of layers like the last; null: none",
            ),
            "chi_1": (REAL, "χ at q_star: gradients shrink by √χ₁ a layer"),
            "gradient_depth": (REAL, "ξ_∇ = -1/ln χ₁, layers; negative: gradients explode"),
            "c_star": (REAL, "Fixed point of the correlation of two images"),
            "correlation_depth": (
                REAL,
                "ξ_c, layers, infinite where χ₁ is 1; trainable to about 6 ξ_c",
            ),
            "stable": (FLAG, "An error of q_star shrinks"),
        },
    ),
    "predictions": Table(
        "settings and layer: what theory predicts of the measured, untrained networks",
        {"settings_id": SETTINGS["settings_id"]}
        | {
            "layer": (WHOLE, "Hidden layers count from 1; depth + 1 is the output layer"),
            "predicted_rms": (REAL, "Root mean square of the weight gradient"),
            "predicted_dead": (
                REAL,
                f"Share of units that are dead on the first {FIRST_IMAGES:,} training images; null "
                "for the output layer",
            ),
        },
    ),
    "functions": Table(
        "activation and x, on [-5, 5]",
        {
            "activation": CELL["activation"],
            "x": (REAL, "Argument of the function"),
            "value": (REAL, "Value of the function, φ(x)"),
            "derivative": (REAL, "φ′(x), by automatic differentiation"),
        },
    ),
    "summary": Table(
        "cell and metric",
        CELL
        | {
            "metric": (TEXT, "A column of runs, or success_rate: the share of runs that are ok"),
            "n": (WHOLE, "Number of runs: those that are ok; for success_rate all"),
            "mean": (REAL, "Mean; null if n is 0"),
            "std": (REAL, "Sample standard deviation; null if n is below 2"),
            "low": (REAL, "Lower end of the 95% interval of the mean"),
            "high": (REAL, "Upper end of the 95% interval of the mean"),
            "method": (TEXT, "student-t (n < 20), bca (n ≥ 20), wilson (success_rate) or none"),
        },
    ),
    "targets": Table(
        "cell and target: epochs until a run's validation accuracy reaches it",
        CELL
        | {
            "target": (REAL, "The validation accuracy to reach"),
            "n": (WHOLE, "Number of runs"),
            "reached": (WHOLE, "Runs that reached it"),
            "median": (
                REAL,
                "Median over all runs; one that never reached it is later than any other. Null: half "
                "of the runs or more did not",
            ),
            "low": (
                REAL,
                "Lower end of the median's 95% interval by order statistics; null below 6 runs",
            ),
            "high": (REAL, "Upper end of it; null below 6 runs, or where it is not bounded"),
        },
    ),
    "contrasts": Table(
        "study, metric and pair of cells that differ in one varied setting (neighbours, if it is a "
        "number); paired by seed",
        {
            "study": CELL["study"],
            "setting": (TEXT, "The setting in which the two cells differ"),
            "first": (TEXT, "A cell"),
            "second": (TEXT, "Another cell"),
            "metric": (TEXT, "A column of runs"),
            "n": (WHOLE, "Number of seeds of which both runs are ok"),
            "difference": (REAL, "Mean of first minus second over these seeds; null if n is 0"),
            "std": (REAL, "Sample standard deviation of the differences; null if n is below 2"),
            "low": (REAL, "Lower end of the difference's 95% interval (Student's t, paired)"),
            "high": (REAL, "Upper end of the difference's 95% interval"),
            "probability_of_improvement": (
                REAL,
                "Chance that a run of first has the greater value, ties half (Agarwal et al. 2021)",
            ),
            "p": (REAL, "p of no difference, two-sided paired t test; null if n is below 2"),
            "p_holm": (REAL, "p corrected for all pairs of the study and metric (Holm 1979)"),
        },
    ),
    "claims": Table(
        "claim",
        {
            "claim": (TEXT, "The claim's id"),
            "source": (TEXT, "Who says it"),
            "quote": (TEXT, "The source's own words"),
            "statement": (TEXT, "What these words are taken to say; of a question, what is asked"),
            "test": (TEXT, "How it is judged"),
            "dataset": (TEXT, "The dataset that it is about"),
            "family": (TEXT, "The network family that it is about"),
            "chance": (
                REAL,
                "Greatest probability that chance alone makes the verdict wrong; 0: nothing in it is "
                "left to chance",
            ),
            "estimate": (REAL, "The number that decides; null: none, or not run"),
            "low": (REAL, "Lower end of its 95% interval; null: none"),
            "high": (REAL, "Upper end of its 95% interval"),
            "n": (WHOLE, "Number of runs, or of what `test` counts"),
            "verdict": (
                TEXT,
                "supported, refuted, inconclusive (it was run, and cannot tell); by definition; "
                "answered (a question has an estimate, no verdict); not run",
            ),
            "evidence": (TEXT, "One sentence with the numbers"),
        },
    ),
}
# What a job of networks that train has tables of, and one of networks that do not.
MEASURED = ("gradients", "activations", "neurons")
TRAINED_TABLES = ("runs", "metrics", *MEASURED, "transitions")
UNTRAINED_TABLES = ("runs", *MEASURED, "jacobians")
JOB_TABLES = ("runs", "metrics", *MEASURED, "jacobians", "transitions")
THEORY_TABLES = ("theory", "predictions")
ANALYSIS_TABLES = ("dead_neurons", "summary", "targets", "contrasts")


def dictionary() -> str:
    """Return the data dictionary: every table and its columns, in markdown."""
    parts = [
        "# Data dictionary\n\nMade from the schemas in `workflow/activation_lab/schemas.py` by `make "
        "schema`. Tables are parquet files under `results/tables/`. Accuracies are fractions, losses "
        "nats; a null says that there is no such value."
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
