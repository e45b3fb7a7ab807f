"""The matrix products of fully connected layers, on an AMD processor by oneDNN.

By default torch multiplies on a CPU with MKL, Intel's own library, which does not use AVX-512 on AMD's
processors. On one core of a Zen 5, MKL reaches 110 GFLOP/s and oneDNN 250. On Intel's own, MKL is the
faster, by 9% to 60% of an epoch (docs/performance.md). Both libraries are part of torch, but for float32
it has no setting to choose between them. So we call the operator that torch's compiler calls.
"""

from __future__ import annotations

from typing import Any

import torch
from torch import nn
from torch.nn import functional

from activation_lab import processor

AVX = torch.backends.cpu.get_cpu_capability() in ("AVX2", "AVX512")
HAS_ONEDNN = torch.backends.mkldnn.is_available() and AVX
ONEDNN = HAS_ONEDNN and not processor.intel()  # whether it is used


class Linear(nn.Linear):
    """`nn.Linear`, with oneDNN's products where they can be used."""

    def forward(self, input: torch.Tensor) -> torch.Tensor:
        """Return x Wᵀ + b of examples x [B, inputs]: [B, outputs]."""
        if _by_onednn(input, self.weight):
            return _Linear.apply(input, self.weight, self.bias)
        return functional.linear(input, self.weight, self.bias)


def _by_onednn(x: torch.Tensor, weight: torch.Tensor) -> bool:
    """Return whether these are float32 on a CPU, of one network, and to be multiplied as float32."""
    return (
        ONEDNN
        and x.dtype == weight.dtype == torch.float32
        and x.device.type == "cpu"
        and x.dim() == 2
        and isinstance(weight, nn.Parameter)  # those of several networks, stacked, are not
        and not torch.is_autocast_enabled("cpu")
    )


def product(
    x: torch.Tensor, weight: torch.Tensor, bias: torch.Tensor | None = None
) -> torch.Tensor:
    """Return x [B, n] times the transpose of weight [m, n], plus a bias [m]: [B, m]."""
    return torch.ops.mkldnn._linear_pointwise.default(x, weight, bias, "none", [], "")


class _Linear(torch.autograd.Function):
    """The operator has no derivative of its own."""

    @staticmethod
    def forward(
        ctx: Any, x: torch.Tensor, weight: torch.Tensor, bias: torch.Tensor
    ) -> torch.Tensor:
        ctx.save_for_backward(x, weight)
        return product(x, weight, bias)

    @staticmethod
    def backward(ctx: Any, *slopes: torch.Tensor) -> tuple[torch.Tensor | None, ...]:
        (slope,) = slopes
        x, weight = ctx.saved_tensors
        if torch.is_grad_enabled():  # a second derivative is asked for
            return slope @ weight, slope.t() @ x, slope.sum(0)
        of_x = product(slope, weight.t()) if ctx.needs_input_grad[0] else None
        return of_x, product(slope.t(), x.t()), slope.sum(0)
