"""Accuracy at equal time: what each activation reaches in the time that the fastest one takes."""

from __future__ import annotations

from collections.abc import Mapping

import pandas as pd


def at_equal_time(metrics: pd.DataFrame, seconds: Mapping[str, float]) -> pd.DataFrame:
    """Return how far each activation gets on one task, in the time of the fastest one's whole training.

    `metrics` are the epochs of the task's runs, `seconds` the time of an epoch by activation. Columns:
    activation, epochs (whole ones that fit), accuracy (the best validation accuracy until then, the
    mean over the runs).
    """
    epochs = int(metrics["epoch"].max())
    time = epochs * min(seconds.values())
    rows = []
    for activation, own in metrics.groupby("activation", sort=False):
        fit = max(int(time / seconds[str(activation)] + 1e-9), 1)
        reached = own[own["epoch"] <= fit].groupby("seed")["val_accuracy"].max()
        rows.append({"activation": activation, "epochs": fit, "accuracy": reached.mean()})
    return pd.DataFrame(rows)
