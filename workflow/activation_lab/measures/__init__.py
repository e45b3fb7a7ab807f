"""What is measured of a network, each with its own table.

To add a measure, write a file with its table and its function, and name it in `MEASURES`. It is then in
every run, in the data dictionary, in `load()`, and in the published reference.
"""

from __future__ import annotations

from activation_lab.measures import activations, gradients, jacobians, neurons
from activation_lab.measures.base import Measure

MEASURES: dict[str, Measure] = {
    "gradients": gradients.MEASURE,
    "activations": activations.MEASURE,
    "neurons": neurons.MEASURE,
    "jacobians": jacobians.MEASURE,
}
