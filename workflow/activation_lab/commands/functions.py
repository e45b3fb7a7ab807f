"""Tabulate φ and φ′ of each activation, and what theory says of it."""

from pathlib import Path

import torch

from activation_lab import tables
from activation_lab.activations import catalogue as activations
from activation_lab.protocol import Activation
from activation_lab.schemas.functions import FUNCTIONS
from activation_lab.theory.critical import numeric
from activation_lab.theory.portrait import portrait

POINTS = 1_001  # on [-5, 5]: a step of 0.01


def run(chosen: list[dict], out: Path) -> None:
    """Write the tables `functions` and `portraits` into a folder."""
    x = torch.linspace(-5, 5, POINTS, dtype=torch.float64)
    rows, portraits = [], []
    for spec in map(Activation.model_validate, chosen):
        phi = activations.build(spec.name, spec.parameters)
        columns = (x.tolist(), *(values.tolist() for values in activations.on_grid(phi, x)))
        rows += [
            {"activation": str(spec), "x": at, "value": value, "derivative": slope}
            for at, value, slope in zip(*columns, strict=True)
        ]
        portraits.append({"activation": str(spec), **portrait(numeric(phi))})
    for name, made in (("functions", rows), ("portraits", portraits)):
        tables.write(FUNCTIONS[name], made, out / f"{name}.parquet")
