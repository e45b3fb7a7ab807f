"""The measures of a network, each with its own table.

To add a measure, write a file with its table and its function, and name it in `MEASURES`. Its `phases`
say when it is taken: of untrained networks, of trained ones, or both. It is then in the data dictionary,
in `load()`, and in the published reference.
"""

from __future__ import annotations

from activation_lab.measures.activations import ACTIVATIONS
from activation_lab.measures.base import Measure
from activation_lab.measures.gradients import GRADIENTS
from activation_lab.measures.jacobians import JACOBIANS
from activation_lab.measures.neurons import NEURONS

MEASURES: dict[str, Measure] = {
    "gradients": GRADIENTS,
    "activations": ACTIVATIONS,
    "neurons": NEURONS,
    "jacobians": JACOBIANS,
}
