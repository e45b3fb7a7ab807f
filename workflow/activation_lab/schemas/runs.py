"""The tables of a job that trains its networks, or measures untrained ones."""

from __future__ import annotations

from activation_lab.measures import MEASURES
from activation_lab.measures.base import BEST, FLAG, KEYS, REAL, TEXT, UNTRAINED, WHOLE, Table

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
JOB_TABLES: dict[str, Table] = {
    **TRAINING,
    **{name: measure.table for name, measure in MEASURES.items()},
}
# The tables of a job that trains its networks, and of a job that does not.
TRAINED_TABLES = (*TRAINING, *(name for name, m in MEASURES.items() if BEST in m.phases))
UNTRAINED_TABLES = ("runs", *(name for name, m in MEASURES.items() if UNTRAINED in m.phases))
