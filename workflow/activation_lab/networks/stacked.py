"""StackedMLP: S independent networks along a leading axis.

Dimensions: S networks (one for each seed), B images, I inputs and O outputs of a layer.
"""

from __future__ import annotations

import itertools
from collections.abc import Iterator, Sequence

import torch
from torch import nn

from activation_lab.activations import catalogue as activations
from activation_lab.initialisations import INITIALISATIONS, Initialisation
from activation_lab.networks.mlp import MLP
from activation_lab.protocol import Settings


def drawn_as(settings: Settings) -> Initialisation:
    """Return how the initial weights are drawn; `critical` depends on the activation.

    Raises `InitialisationError` where the activation has no stable critical point.
    """
    if settings.initialisation != "critical":
        return INITIALISATIONS[settings.initialisation]
    # It alone needs SciPy, which takes half a second to import.
    from activation_lab.theory.critical import initialisation, numeric

    phi = activations.build(settings.activation.name, settings.activation.parameters)
    return initialisation("critical", numeric(phi), str(settings.activation))


def initial_parameters(
    drawn: Initialisation, sizes: Sequence[int], seed: int
) -> list[tuple[torch.Tensor, ...]]:
    """Return weight [O, I] and bias [O] of every layer, drawn from the seed's own generator.

    With the default initialisation they are what `nn.Linear` layers built in order after
    `torch.manual_seed(seed)` have. Each seed is drawn on its own: an initialiser given the stacked
    [S, I, O] would take the wrong fan-in.
    """
    generator = torch.Generator().manual_seed(seed)
    return [
        drawn.layer(inputs, outputs, generator) for inputs, outputs in itertools.pairwise(sizes)
    ]


class Normalise(nn.Module):
    """Batch or layer normalisation of S networks, each with statistics and parameters of its own.

    As torch's BatchNorm1d and LayerNorm: ε 1e-5, running statistics with momentum 0.1.
    """

    mean: torch.Tensor
    variance: torch.Tensor

    def __init__(self, kind: str, networks: int, units: int):
        super().__init__()
        self.over = 1 if kind == "batch" else 2
        self.scale = nn.Parameter(torch.ones(networks, 1, units))
        self.shift = nn.Parameter(torch.zeros(networks, 1, units))
        if kind == "batch":
            self.register_buffer("mean", torch.zeros(networks, 1, units))
            self.register_buffer("variance", torch.ones(networks, 1, units))

    def forward(self, z: torch.Tensor) -> torch.Tensor:
        """Return z [S, B, O] normalised, scaled and shifted; in float32 where products are not."""
        z = z.to(self.scale.dtype)
        if self.over == 1 and not self.training:
            mean, variance = self.mean, self.variance
        else:
            variance, mean = torch.var_mean(z, self.over, correction=0, keepdim=True)
        if self.over == 1 and self.training and torch.is_grad_enabled():
            self._remember(mean.detach(), variance.detach(), z.shape[1])
        return (z - mean) * torch.rsqrt(variance + 1e-5) * self.scale + self.shift

    def _remember(self, mean: torch.Tensor, variance: torch.Tensor, batch: int) -> None:
        self.mean.lerp_(mean, 0.1)
        self.variance.lerp_(variance * (batch / max(batch - 1, 1)), 0.1)  # unbiased, as torch's


class StackedMLP(nn.Module):
    """S multilayer perceptrons of one cell, one for each seed.

    The weights of a layer are one tensor [S, I, O] and its biases [S, 1, O], so that one `baddbmm`
    serves all networks and no gradient crosses from one to another. Everything that a network learns
    or remembers has a leading axis S.
    """

    def __init__(self, settings: Settings, seeds: Sequence[int]):
        super().__init__()
        name, parameters = settings.activation.name, settings.activation.parameters
        drawn = drawn_as(settings)
        assert isinstance(settings.network, MLP)
        hidden = settings.network.hidden
        sizes = settings.network.layers(settings.data)
        layers = zip(*(initial_parameters(drawn, sizes, seed) for seed in seeds), strict=True)
        stacked = [
            (torch.stack([w.T for w, _ in layer]), torch.stack([b[None] for _, b in layer]))
            for layer in layers
        ]
        self.weights = nn.ParameterList(w for w, _ in stacked)
        self.biases = nn.ParameterList(b for _, b in stacked)
        self.phis = nn.ModuleList(
            activations.build(name, parameters, seeds, layer) for layer in range(1, len(hidden) + 1)
        )
        self.norms = nn.ModuleList(
            nn.Identity()
            if settings.normalisation == "none"
            else Normalise(settings.normalisation, len(seeds), units)
            for units in hidden
        )

    @property
    def depth(self) -> int:
        """The number of hidden layers."""
        return len(self.phis)

    @property
    def networks(self) -> int:
        """S, the number of networks."""
        return self.weights[0].shape[0]

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        """Return the logits [S, B, 10] of images [B, 784], the same for all, or [S, B, 784]."""
        logits = x
        for z, _ in self.layers(x):
            logits = z
        return logits

    def layers(self, x: torch.Tensor) -> Iterator[tuple[torch.Tensor, torch.Tensor | None]]:
        """Yield pre-activation z and activation h = φ(z), [S, B, O] each, of every hidden layer.

        z is what φ is applied to, after the normalisation. The last pair is the logits and None.
        """
        h = x if x.dim() == 3 else x.expand(self.networks, *x.shape)
        hidden = list(zip(self.norms, self.phis, strict=True))
        for layer, (weight, bias) in enumerate(zip(self.weights, self.biases, strict=True)):
            z = torch.baddbmm(bias, h, weight)
            if layer == len(hidden):
                yield z, None
                return
            norm, phi = hidden[layer]
            z = norm(z)
            h = phi(z)
            yield z, h

    def hidden(self, x: torch.Tensor) -> Iterator[tuple[torch.Tensor, torch.Tensor]]:
        """Yield pre-activation and activation of every hidden layer alone."""
        for z, h in self.layers(x):
            if h is not None:
                yield z, h

    def state(self) -> list[torch.Tensor]:
        """Return all that the networks learn or remember, each with leading axis S."""
        return [*self.parameters(), *self.buffers()]

    def keep(self, positions: Sequence[int]) -> None:
        """Keep only the networks at these positions."""
        for tensor in self.state():
            tensor.data = tensor.data[list(positions)].clone()
            tensor.grad = None

    def snapshot(self) -> list[torch.Tensor]:
        """Return a copy of the state."""
        return [tensor.detach().clone() for tensor in self.state()]

    def restore(self, state: Sequence[torch.Tensor]) -> None:
        """Take this state, as `snapshot` gave it."""
        for own, given in zip(self.state(), state, strict=True):
            own.data = given.clone()
