"""A plain function of a tensor as an activation."""

from __future__ import annotations

from collections.abc import Callable

import torch
from torch import nn


class Elementwise(nn.Module):
    """A plain function as a module."""

    def __init__(self, function: Callable[[torch.Tensor], torch.Tensor]):
        super().__init__()
        self.function = function

    def forward(self, z: torch.Tensor) -> torch.Tensor:
        """Return the function of z."""
        return self.function(z)
