"""Experiments that settings cannot describe, by the names that a config uses.

To add one, write a file with a `base.Experiment` and name it in `EXPERIMENTS`.
"""

from __future__ import annotations

from activation_lab.experiments.base import Experiment
from activation_lab.experiments.batch_or_all import BATCH_OR_ALL
from activation_lab.experiments.collapse import COLLAPSE
from activation_lab.experiments.crossed_seeds import CROSSED_SEEDS
from activation_lab.experiments.dead_weights import DEAD_WEIGHTS
from activation_lab.experiments.first_steps import FIRST_STEPS
from activation_lab.experiments.frozen_layer import FROZEN_LAYER
from activation_lab.experiments.killed_units import KILLED_UNITS
from activation_lab.experiments.lowered_rate import LOWERED_RATE
from activation_lab.experiments.shrunk_pixels import SHRUNK_PIXELS
from activation_lab.experiments.trainability import TRAINABILITY

EXPERIMENTS: dict[str, Experiment] = {
    "dead-weights": DEAD_WEIGHTS,
    "batch-or-all": BATCH_OR_ALL,
    "shrunk-pixels": SHRUNK_PIXELS,
    "collapse": COLLAPSE,
    "crossed-seeds": CROSSED_SEEDS,
    "frozen-layer": FROZEN_LAYER,
    "killed-units": KILLED_UNITS,
    "lowered-rate": LOWERED_RATE,
    "first-steps": FIRST_STEPS,
    "trainability": TRAINABILITY,
}
