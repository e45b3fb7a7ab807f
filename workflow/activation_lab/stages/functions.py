"""Tabulate φ and φ′ of each activation."""

import argparse
import json
from pathlib import Path

import torch

from activation_lab import tables
from activation_lab.activations import catalogue as activations
from activation_lab.protocol import Activation

POINTS = 1_001  # on [-5, 5]: a step of 0.01


def arguments() -> argparse.ArgumentParser:
    """Return the stage's command line."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--activations", type=json.loads, required=True, help="as JSON")
    parser.add_argument("--out", type=Path, required=True)
    return parser


def run(given: argparse.Namespace) -> None:
    """Write the table `functions`."""
    x = torch.linspace(-5, 5, POINTS, dtype=torch.float64)
    rows = []
    for spec in map(Activation.model_validate, given.activations):
        phi = activations.build(spec.name, spec.parameters)
        columns = (x.tolist(), *(values.tolist() for values in activations.on_grid(phi, x)))
        rows += [
            {"activation": str(spec), "x": at, "value": value, "derivative": slope}
            for at, value, slope in zip(*columns, strict=True)
        ]
    tables.write("functions", rows, given.out)
