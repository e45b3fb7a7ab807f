"""The network families.

To add one, write a file with a subclass of `base.Network` and name it in `FAMILIES`.
"""

from __future__ import annotations

import functools
import operator
from collections.abc import Mapping

from activation_lab import dotted
from activation_lab.networks.base import Network
from activation_lab.networks.conv import Conv
from activation_lab.networks.mlp import MLP
from activation_lab.networks.own import Own
from activation_lab.networks.residual import Residual
from activation_lab.networks.transformer import Transformer
from activation_lab.typed import fail, nearest

FAMILIES: dict[str, type[Network]] = {
    "mlp": MLP,
    "residual": Residual,
    "conv": Conv,
    "transformer": Transformer,
    "own": Own,
}
DEFAULT = "mlp"  # the family of a network that a config writes without one

# The types of all forms in which a config may write a network.
ACCEPTED = functools.reduce(
    operator.or_,
    (kind for family in FAMILIES.values() for kind in (family.accepts, family) if kind),
)


def read(value: object) -> Network:
    """Read a network: as its family writes it, or a mapping with the family's name.

    Raises `pydantic.ValidationError` or `PydanticCustomError` if it cannot be read.
    """
    if isinstance(value, Network):
        return value
    if isinstance(value, str) and dotted.own(value):
        return FAMILIES["own"].read(value)
    if isinstance(value, str):
        value = {"family": value}
    if not isinstance(value, Mapping) or "family" not in value:
        return FAMILIES[DEFAULT].read(value)
    family = value["family"]
    if not isinstance(family, str) or family not in FAMILIES:
        raise fail(
            f"{family} is not a network family; {nearest(family, FAMILIES)}; or your own by a "
            "dotted path, my_module:Net"
        )
    return FAMILIES[family].read(value)
