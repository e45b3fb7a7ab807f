"""The table of φ and φ′."""

from __future__ import annotations

from activation_lab.measures.base import CELL, REAL, Table

FUNCTIONS = {
    "functions": Table(
        "activation and x, on [-5, 5]",
        {
            "activation": CELL["activation"],
            "x": (REAL, "Argument of the function"),
            "value": (REAL, "Value of the function, φ(x)"),
            "derivative": (REAL, "φ′(x), by automatic differentiation"),
        },
    ),
}
