"""Is a user's φ a function of one number? A trial judges nothing else."""

from __future__ import annotations

from collections.abc import Mapping

import torch

from activation_lab.activations.catalogue import build
from activation_lab.dotted import OwnCodeError, source

EXAMPLES, UNITS = 64, 32


def check(name: str, parameters: Mapping[str, float]) -> None:
    """Raise `OwnCodeError` if φ looks at the batch or at other units, or remembers what it has seen.

    Such a φ is a layer: it could normalise, mix units, or carry what it saw in training into the test.
    Parameters that are learned are allowed, one for each unit too. A φ that draws random numbers in
    training is looked at in evaluation alone.
    """
    fault = f"activation {name} ({source('activation', name)}) cannot stand trial: "
    phi = build(name, parameters)
    z = torch.randn(EXAMPLES, UNITS, generator=torch.Generator().manual_seed(0))
    with torch.no_grad():
        untouched = phi.eval()(z.clone())
        phi.train()
        first, again = phi(z.clone()), phi(z.clone())
        phi(5 * z + 3)
        if not phi.eval()(z.clone()).equal(untouched):
            raise OwnCodeError(f"{fault}it remembers what it has seen in training, for the test")
        modes = (True, False) if first.equal(again) else (False,)
        for training in modes:
            problem = _looks_elsewhere(phi.train(training), z)
            if problem:
                raise OwnCodeError(f"{fault}{problem}")


def _looks_elsewhere(phi: torch.nn.Module, z: torch.Tensor) -> str:
    """Say at what else φ looks; empty if its value depends on its argument alone."""
    h = phi(z.clone())
    for axis, what in ((0, "other examples of the batch"), (1, "other units")):
        half = z.shape[axis] // 2
        other = z.clone()
        other.narrow(axis, half, z.shape[axis] - half).add_(1)
        if not phi(other).narrow(axis, 0, half).allclose(h.narrow(axis, 0, half), atol=1e-6):
            return f"its value at one place depends on {what}. That is a layer, not an activation"
    return ""
