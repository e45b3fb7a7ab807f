"""What mean-field theory predicts of untrained networks.

A network family that it covers has an entry in `THEORIES`, under the family's name.
"""

from __future__ import annotations

from activation_lab.theory.base import Theory
from activation_lab.theory.mlp import MLPTheory
from activation_lab.theory.residual import ResidualTheory

THEORIES: dict[str, type[Theory]] = {
    "mlp": MLPTheory,
    "residual": ResidualTheory,
}
