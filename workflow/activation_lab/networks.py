"""StackedMLP: S independent networks along a leading axis, and their initial weights.

Dimensions: S networks (one for each seed), B images, I inputs and O outputs of a layer.
"""

from __future__ import annotations

import itertools
import math
from collections.abc import Sequence

import torch
from torch import nn


def default_layer(
    inputs: int, outputs: int, generator: torch.Generator
) -> tuple[torch.Tensor, torch.Tensor]:
    """Draw the weight [O, I] and bias [O] that `nn.Linear(inputs, outputs)` would draw.

    Both come from U(-1/√inputs, 1/√inputs), the weight first (torch.nn.Linear.reset_parameters).
    """
    weight = torch.empty(outputs, inputs)
    nn.init.kaiming_uniform_(weight, a=math.sqrt(5), generator=generator)
    bound = 1 / math.sqrt(inputs)
    return weight, torch.empty(outputs).uniform_(-bound, bound, generator=generator)


def initial_parameters(sizes: Sequence[int], seed: int) -> list[tuple[torch.Tensor, torch.Tensor]]:
    """Return weight [O, I] and bias [O] of every layer, drawn from the seed's own generator.

    They are what `nn.Linear` layers built in order after `torch.manual_seed(seed)` have. Each seed is
    drawn on its own: an initialiser given the stacked [S, I, O] would take the wrong fan-in.
    """
    generator = torch.Generator().manual_seed(seed)
    return [
        default_layer(inputs, outputs, generator) for inputs, outputs in itertools.pairwise(sizes)
    ]


class StackedMLP(nn.Module):
    """S multilayer perceptrons that share an architecture and an activation, one for each seed.

    `sizes` are the inputs, the units of each hidden layer and the classes. The weights of a layer are
    one tensor [S, I, O] and its biases [S, 1, O], so that one `baddbmm` serves all networks and no
    gradient crosses from one to another.
    """

    def __init__(self, sizes: Sequence[int], phi: nn.Module, seeds: Sequence[int]):
        super().__init__()
        layers = zip(*(initial_parameters(sizes, seed) for seed in seeds), strict=True)
        stacked = [
            (torch.stack([w.T for w, _ in layer]), torch.stack([b[None] for _, b in layer]))
            for layer in layers
        ]
        self.weights = nn.ParameterList(w for w, _ in stacked)
        self.biases = nn.ParameterList(b for _, b in stacked)
        self.phi = phi

    @property
    def depth(self) -> int:
        """The number of hidden layers."""
        return len(self.weights) - 1

    @property
    def networks(self) -> int:
        """S, the number of networks."""
        return self.weights[0].shape[0]

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        """Return the logits [S, B, 10] of images [B, 784], the same for all, or [S, B, 784]."""
        *_, logits = self.pre_activations(x)
        return logits

    def pre_activations(self, x: torch.Tensor):
        """Yield the pre-activation [S, B, O] of every layer in turn; the last are the logits."""
        h = x if x.dim() == 3 else x.expand(self.networks, *x.shape)
        for layer, (weight, bias) in enumerate(zip(self.weights, self.biases, strict=True)):
            z = torch.baddbmm(bias, self.phi(h) if layer else h, weight)
            yield z
            h = z

    def keep(self, positions: Sequence[int]) -> None:
        """Keep only the networks at these positions."""
        for parameter in self.parameters():
            parameter.data = parameter.data[list(positions)].clone()
            parameter.grad = None

    def snapshot(self) -> list[torch.Tensor]:
        """Return a copy of all parameters, each with leading axis S."""
        return [parameter.detach().clone() for parameter in self.parameters()]

    def restore(self, parameters: Sequence[torch.Tensor]) -> None:
        """Take these parameters, as `snapshot` gave them."""
        for own, given in zip(self.parameters(), parameters, strict=True):
            own.data = given.clone()
