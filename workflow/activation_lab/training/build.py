"""Networks of given settings and seeds."""

from __future__ import annotations

import itertools

import torch
from torch import nn

from activation_lab.activations import catalogue
from activation_lab.initialisations import INITIALISATIONS, Initialisation
from activation_lab.networks import layers
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

    Torch's layers draw their weights as after `torch.manual_seed(seed)`; other initialisations draw them
    anew. Raises `InitialisationError` as `initialisation` does.
    """
    name, parameters = settings.activation.name, settings.activation.parameters
    sites = itertools.count(1)

    def place(units: int | None = None, axis: int = 1) -> nn.Module:
        phi = catalogue.build(name, parameters, seed, next(sites))
        return layers.site(phi, settings.normalisation, units, axis)

    with torch.random.fork_rng(devices=[]):
        torch.manual_seed(seed)
        network = settings.network.build(settings.data, place)
    layers.draw(network, initialisation(settings), torch.Generator().manual_seed(seed))
    return network
