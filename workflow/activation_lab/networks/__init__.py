"""The network families.

To add one, write a file with a subclass of `base.Network` and name it in `FAMILIES`.
"""

from __future__ import annotations

from activation_lab.networks.base import Network
from activation_lab.networks.mlp import MLP

FAMILIES: dict[str, type[Network]] = {
    "mlp": MLP,
}
DEFAULT = "mlp"  # the family of a network that a config writes without one
