"""The table of all cells."""

from __future__ import annotations

from activation_lab.measures.base import CELL, COUNTS, REAL, TEXT, TEXTS, WHOLE, Table

CELLS = {
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
}
