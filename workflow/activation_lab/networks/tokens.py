"""The parts of a transformer: patches, positions, attention, blocks.

Attention is written out: torch's own module takes another way in evaluation, and torch's fused kernels
do not always give the same bits twice on a GPU.

Dimensions: B examples, T tokens, F features.
"""

from __future__ import annotations

import math

import torch
from torch import nn

from activation_lab.networks.base import Place
from activation_lab.networks.layers import Added

HEADS = 4
POSITION_STD = 0.02  # Dosovitskiy et al. 2021


class Patches(nn.Module):
    """Cuts flat examples [B, inputs] into patches [B, T, values], row by row."""

    def __init__(self, shape: tuple[int, ...], length: int):
        super().__init__()
        self.shape, self.length = shape, length

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        """Return the patches; a patch has all channels."""
        x = x.unflatten(1, self.shape)
        for axis in range(2, x.dim()):
            x = x.unfold(axis, self.length, self.length)  # cuts this axis, and adds one at the end
        positions = x.dim() // 2 - 1
        return x.movedim(1, positions + 1).flatten(1, positions).flatten(2)


class Positions(nn.Module):
    """Adds a learnt vector to each token."""

    def __init__(self, tokens: int, features: int):
        super().__init__()
        self.positions = nn.Parameter(torch.empty(tokens, features).normal_(std=POSITION_STD))

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        """Return tokens [B, T, F] with their positions."""
        return x + self.positions


class Attention(nn.Module):
    """Self-attention: each head weighs all tokens by softmax(q kᵀ / √(F / heads))."""

    def __init__(self, features: int, heads: int):
        super().__init__()
        self.heads = heads
        self.asked = nn.Linear(features, 3 * features)  # queries, keys and values
        self.out = nn.Linear(features, features)

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        """Return what each token [B, T, F] takes from all."""
        query, key, value = self.asked(x).unflatten(-1, (3, self.heads, -1)).permute(2, 0, 3, 1, 4)
        weight = (query @ key.mT / math.sqrt(query.shape[-1])).softmax(-1)
        return self.out((weight @ value).transpose(1, 2).flatten(2))


class Mean(nn.Module):
    """Takes the mean over the tokens."""

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        """Return [B, F] of tokens [B, T, F]."""
        return x.mean(1)


def block(features: int, wider: int, place: Place) -> nn.Module:
    """Return x + attention(norm(x)), and then x + MLP(norm(x))."""
    attention = Added(nn.LayerNorm(features), Attention(features, HEADS))
    first, phi = nn.Linear(features, wider), place(wider, axis=-1)
    mlp = Added(nn.LayerNorm(features), first, phi, nn.Linear(wider, features))
    return nn.Sequential(attention, mlp)
