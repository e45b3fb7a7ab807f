"""Networks of given settings and seeds."""

from __future__ import annotations

import torch
from torch import nn

from activation_lab.activations import catalogue
from activation_lab.initialisations import INITIALISATIONS, Initialisation
from activation_lab.protocol import Settings


def initialisation(settings: Settings) -> Initialisation:
    """Return how the initial weights are drawn; `critical` depends on the activation.

    Raises `InitialisationError` if the activation has no stable critical point.
    """
    if settings.initialisation != "critical":
        return INITIALISATIONS[settings.initialisation]
    # It alone needs SciPy, which takes half a second to import.
    from activation_lab.theory import critical

    phi = catalogue.build(settings.activation.name, settings.activation.parameters)
    return critical.initialisation("critical", critical.numeric(phi), str(settings.activation))


def build(settings: Settings, seed: int) -> nn.Module:
    """Return the network of a seed before training; the global random state is not touched.

    Raises `InitialisationError` as `initialisation` does.
    """
    name, parameters = settings.activation.name, settings.activation.parameters
    return settings.network.build(
        dataset=settings.data,
        phi=lambda site: catalogue.build(name, parameters, seed, site),
        drawn=initialisation(settings),
        normalisation=settings.normalisation,
        generator=torch.Generator().manual_seed(seed),
    )
