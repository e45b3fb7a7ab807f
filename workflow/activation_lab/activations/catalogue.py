"""The activation functions: a registry from a name to a torch module, and φ with its derivative.

Torch is imported when a function is built and not before, so that a config can be checked, and a
figure coloured, without it.
"""

from __future__ import annotations

import functools
import inspect
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from activation_lab.dotted import OwnCodeError, attribute, own, shape, source, where

if TYPE_CHECKING:
    import torch

    Phi = torch.nn.Module


@dataclass(frozen=True)
class Entry:
    """One activation: the module that computes it and the parameters that a config may set."""

    module: str
    parameters: Mapping[str, float] = field(default_factory=dict)
    fixed: Mapping[str, str] = field(default_factory=dict)
    untrainable: str = ""  # why, where gradient descent cannot train a network with it
    critical: bool = True  # with these parameters it has an edge of chaos that is stable


# The tutorial writes its formulas by hand. torch's own kernels are used instead: the hand-written
# tanh is NaN for |x| > 88.7, and the gradients of its sigmoid and ELU are NaN there.
ACTIVATIONS: dict[str, Entry] = {
    "sigmoid": Entry("torch.nn:Sigmoid"),
    "tanh": Entry("torch.nn:Tanh"),
    "relu": Entry("torch.nn:ReLU"),
    "leakyrelu": Entry("torch.nn:LeakyReLU", {"negative_slope": 0.1}),  # torch's default is 0.01
    "elu": Entry("torch.nn:ELU", {"alpha": 1.0}),
    "swish": Entry("activation_lab.activations.modules:Swish", {"beta": 1.0}),
    "gelu": Entry("torch.nn:GELU"),
    "selu": Entry("torch.nn:SELU"),
    "mish": Entry("torch.nn:Mish"),
    "prelu": Entry("torch.nn:PReLU", {"init": 0.25}),
    "softplus": Entry("torch.nn:Softplus", {"beta": 1.0, "threshold": 20.0}, critical=False),
    "gelu_tanh": Entry("torch.nn:GELU", fixed={"approximate": "tanh"}),
    "celu": Entry("torch.nn:CELU", {"alpha": 1.0}),
    "hardshrink": Entry("torch.nn:Hardshrink", {"lambd": 0.5}, critical=False),
    "hardsigmoid": Entry("torch.nn:Hardsigmoid"),
    "hardswish": Entry("torch.nn:Hardswish"),
    "hardtanh": Entry("torch.nn:Hardtanh", {"min_val": -1.0, "max_val": 1.0}),
    "logsigmoid": Entry("torch.nn:LogSigmoid", critical=False),
    "relu6": Entry("torch.nn:ReLU6"),
    "rrelu": Entry("activation_lab.activations.modules:RReLU", {"lower": 1 / 8, "upper": 1 / 3}),
    "silu": Entry("torch.nn:SiLU"),  # torch's name of swish with β = 1
    "softshrink": Entry("torch.nn:Softshrink", {"lambd": 0.5}, critical=False),
    "softsign": Entry("torch.nn:Softsign"),
    "tanhshrink": Entry("torch.nn:Tanhshrink", critical=False),
    "threshold": Entry("torch.nn:Threshold", {"threshold": 0.1, "value": 0.0}, critical=False),
    "identity": Entry("torch.nn:Identity"),  # the baseline: a linear network
    # Tailored to so many layers (Zhang, Botev & Martens 2022); for the initialisation `lecun`.
    "tat_leakyrelu": Entry(
        "activation_lab.theory.tailored:TailoredLeakyReLU", {"layers": 50, "correlation": 0.9}
    ),
    "tat_tanh": Entry(
        "activation_lab.theory.tailored:TailoredTanh", {"layers": 50, "curvature": 0.3}
    ),
    "tat_swish": Entry(
        "activation_lab.theory.tailored:TailoredSwish", {"layers": 50, "curvature": 0.3}
    ),
    "heaviside": Entry(
        "activation_lab.activations.modules:Heaviside",
        untrainable="its derivative is 0 wherever it has one, so no gradient reaches any weight "
        "before the last layer",
        critical=False,
    ),
}


def build(
    name: str, parameters: Mapping[str, float] | None = None, seed: int = 0, site: int = 1
) -> Phi:
    """Return the module that computes the activation `name` at a site of the network of a seed.

    What it draws at random depends on the seed and the site. Raises `KeyError` if there is no such
    activation, `OwnCodeError` for a user's own that cannot be built.
    """
    from torch import nn

    from activation_lab.activations.plain_function import Elementwise

    parameters = dict(parameters or {})
    if own(name):
        phi = _build_own(name, parameters)
    else:
        entry = ACTIVATIONS[name]
        phi = attribute(entry.module)(**{**entry.parameters, **entry.fixed, **parameters})
    if not isinstance(phi, nn.Module):
        phi = Elementwise(phi)
    seeded: Callable[[int, int], None] | None = getattr(phi, "seeded", None)
    if seeded:
        seeded(seed, site)
    return phi


def _build_own(name: str, parameters: dict[str, float]) -> Any:
    """Return what a dotted path names: a module, made if it is a class, or a function of a tensor."""
    try:
        found = attribute(name)
        if inspect.isclass(found):
            return found(**parameters)
        return functools.partial(found, **parameters) if parameters else found
    except Exception as error:  # a user's code may raise anything
        raise OwnCodeError(f"activation {name} cannot be built: {where(error)}") from error


def check(name: str, parameters: Mapping[str, float]) -> None:
    """Try a user's own activation: shape kept, finite on [-20, 20], differentiable.

    Raises `OwnCodeError` that says which of these fails, and where.
    """
    import torch

    z = torch.linspace(-20, 20, 801).reshape(3, 267)
    fault = f"activation {name} ({source('activation', name)})"
    try:
        phi = build(name, parameters)
        h = phi(z.clone())
        if not isinstance(h, torch.Tensor) or h.shape != z.shape:
            raise OwnCodeError(f"{fault} must keep the shape: of {shape(z)} it makes {shape(h)}")
        slope = derivative(phi, z)
    except OwnCodeError:
        raise
    except Exception as error:  # a user's code may raise anything
        raise OwnCodeError(f"{fault} must be differentiable: {where(error)}") from error
    for what, values in (("φ", h), ("φ′", slope)):
        bad = z[~values.isfinite()]
        if len(bad):
            raise OwnCodeError(f"{fault}: {what} is not finite at x = {bad[0].item():g}")
    if not slope.any():
        raise OwnCodeError(f"{fault} has derivative 0 everywhere: no gradient could pass")


def derivative(phi: Phi, z: torch.Tensor) -> torch.Tensor:
    """Return φ′(z), elementwise and in the shape of `z`, by torch's automatic differentiation."""
    import torch

    with torch.enable_grad():
        z = z.detach().requires_grad_()
        h = phi(z)
        return torch.autograd.grad(h.sum(), z)[0]


def on_grid(phi: Phi, x: torch.Tensor) -> tuple[torch.Tensor, torch.Tensor]:
    """Return φ(x) and φ′(x) of a module, for arguments [N], outside training."""
    phi = phi.eval().to(x.dtype)
    z = x.reshape(-1, 1)
    return phi(z).detach().flatten(), derivative(phi, z).flatten()
