"""Down to which depth tanh networks train, in units of the depth scale ξ_c (Schoenholz et al. 2017).

ξ_c is a number of layers: over so many, the correlation of two inputs comes nearer to its limit by a
factor of e. The source's figures say that networks train down to about 6 ξ_c.
"""

from __future__ import annotations

import logging
import math
from collections.abc import Mapping
from typing import TYPE_CHECKING

from activation_lab import networks
from activation_lab.activations.named import Activation
from activation_lab.experiments.base import Experiment, Row, row
from activation_lab.protocol import Settings

if TYPE_CHECKING:
    from torch import nn

    from activation_lab.datasets.base import Part

log = logging.getLogger(__name__)

BASE = Settings(activation=Activation(name="tanh"), network=networks.read([128, 128]))
BIAS_VAR = 0.05  # as in the source
WEIGHT_VARS = (0.8, 1.0, 6.0, 10.0)  # ordered phase twice, then chaos
SCALES = (1.5, 3.0, 6.0, 12.0)  # depths, in ξ_c
SEEDS = (42, 43, 44)
IMAGES, STEPS = 2_048, 200


def measure(parts: Mapping[str, Part]) -> list[Row]:
    """Return ξ_c, the depth, and the accuracy on the training images, of each σ_w² and scale."""
    from activation_lab.activations import catalogue
    from activation_lab.theory import critical, mean_field

    part, rows = parts["training"].first(IMAGES), []
    tanh = critical.numeric(catalogue.build("tanh", {}))
    for weight_var in WEIGHT_VARS:
        scale = mean_field.fixed_point(tanh, weight_var, BIAS_VAR).correlation_depth
        for times in SCALES:
            depth = round(times * scale)
            arm = f"weights {weight_var:g}, {times:g} scales"
            for seed in SEEDS:
                found = {"depth": depth, "scale": scale}
                found["accuracy"] = _accuracy(part, depth, weight_var, seed)
                rows += [
                    row(quantity, value, seed=seed, arm=arm, activation="tanh")
                    for quantity, value in found.items()
                ]
            log.info("%s: %d layers", arm, depth)
    return rows


def _accuracy(part: Part, depth: int, weight_var: float, seed: int) -> float:
    """Return the accuracy on the training images after `STEPS` steps."""
    import torch

    from activation_lab.experiments import training

    network = _network(depth, weight_var, seed)
    generator = torch.Generator().manual_seed(seed)
    epochs = math.ceil(STEPS * BASE.batch_size / len(part))
    training.epochs(network, training.sgd(network, BASE), part, epochs, generator)
    return training.accuracy(network, part)


def _network(depth: int, weight_var: float, seed: int) -> nn.Module:
    """Return a network of equal width with Gaussian weights of variance σ_w²/n."""
    import torch

    from activation_lab.initialisations import Initialisation, normal
    from activation_lab.networks import layers
    from activation_lab.training.build import build

    shape = networks.read({"depth": depth, "width": 128})
    network = build(BASE.model_copy(update={"network": shape}), seed)
    bound = math.sqrt(3 * BIAS_VAR)
    drawn = Initialisation(lambda n, m: weight_var, lambda n: bound, normal(weight_var))
    layers.draw(network, drawn, torch.Generator().manual_seed(seed))
    return network


TRAINABILITY = Experiment(
    "Do networks train just as deep as correlations between inputs reach?", (BASE,), measure
)
