"""The activation functions: a registry from a name to a torch module, and φ with its derivative.

Torch is imported when a function is built and not before, so that a config can be checked, and a
figure coloured, without it.
"""

from __future__ import annotations

import importlib
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import torch

    Phi = torch.nn.Module


@dataclass(frozen=True)
class Entry:
    """One activation: the module that computes it and the parameters that a config may set."""

    module: str
    parameters: Mapping[str, float] = field(default_factory=dict)


# The tutorial writes these formulas by hand. torch's own kernels are used instead: the hand-written
# tanh is NaN for |x| > 88.7, and the gradients of its sigmoid and ELU are NaN there.
ACTIVATIONS: dict[str, Entry] = {
    "sigmoid": Entry("torch.nn:Sigmoid"),
    "tanh": Entry("torch.nn:Tanh"),
    "relu": Entry("torch.nn:ReLU"),
    "leakyrelu": Entry("torch.nn:LeakyReLU", {"negative_slope": 0.1}),  # torch's default is 0.01
    "elu": Entry("torch.nn:ELU", {"alpha": 1.0}),
    "swish": Entry("torch.nn:SiLU"),
}


def build(name: str, parameters: Mapping[str, float] | None = None) -> Phi:
    """Return the module that computes the activation `name`.

    Raises `KeyError` if there is no such activation.
    """
    entry = ACTIVATIONS[name]
    module, _, attribute = entry.module.partition(":")
    kind = getattr(importlib.import_module(module), attribute)
    return kind(**{**entry.parameters, **(parameters or {})})


def derivative(phi: Phi, z: torch.Tensor) -> torch.Tensor:
    """Return φ′(z), elementwise and in the shape of `z`, by torch's automatic differentiation."""
    import torch

    with torch.enable_grad():
        z = z.detach().requires_grad_()
        return torch.autograd.grad(phi(z).sum(), z)[0]
