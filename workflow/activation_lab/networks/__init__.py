"""The network families.

To add one, write a file with a subclass of `base.Network` and name it in `FAMILIES`.
"""

from __future__ import annotations

from activation_lab.networks.base import Network
from activation_lab.networks.conv import Conv
from activation_lab.networks.mlp import MLP
from activation_lab.networks.own import Own
from activation_lab.networks.residual import Residual
from activation_lab.networks.transformer import Transformer

FAMILIES: dict[str, type[Network]] = {
    "mlp": MLP,
    "residual": Residual,
    "conv": Conv,
    "transformer": Transformer,
    "own": Own,
}
DEFAULT = "mlp"  # the family of a network that a config writes without one
