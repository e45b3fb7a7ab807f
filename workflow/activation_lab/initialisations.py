"""How the initial weights are drawn, and with which variances: what theory needs to know of them.

Weights of a layer with n inputs have variance σ_w²/n, biases σ_b². To add an initialisation, name it
in `INITIALISATIONS`. Torch is imported when weights are drawn and not before, so that a config can be
checked without it.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import torch

    Draw = Callable[[torch.Tensor, torch.Generator], object]


@dataclass(frozen=True)
class Initialisation:
    """For a layer of n inputs and m outputs: σ_w², a of its biases U(±a), and how its weight is drawn.

    Without `draw_weight` the weight is the one that torch's layer has drawn.
    """

    weight_var: Callable[[int, int], float]
    bias_bound: Callable[[int], float]
    draw_weight: Draw | None = None

    def bias_var(self, inputs: int) -> float:
        """Return σ_b²."""
        return self.bias_bound(inputs) ** 2 / 3

    def draw(
        self, weight: torch.Tensor, bias: torch.Tensor | None, generator: torch.Generator
    ) -> None:
        """Draw the weight [O, ...] of a torch layer, and then its bias [O]; n is the weight's fan-in."""
        import torch

        bound = self.bias_bound(weight[0].numel())
        with torch.no_grad():
            if self.draw_weight:
                self.draw_weight(weight, generator)
                # Drawn even where it is 0, so that a seed has the same weights with and without.
                drawn = torch.empty(len(weight)).uniform_(-bound, bound, generator=generator)
                if bias is not None:
                    bias.copy_(drawn)
            elif bias is not None and not bound:
                bias.zero_()


def by_torch(name: str, **options: float) -> Draw:
    """Return an initialiser of `torch.nn.init`."""

    def draw(weight: torch.Tensor, generator: torch.Generator) -> object:
        from torch.nn import init

        return getattr(init, name)(weight, generator=generator, **options)

    return draw


def normal(variance: float) -> Draw:
    """Return the initialiser that draws from a Gaussian of σ_w² = `variance`."""
    return lambda weight, generator: weight.normal_(
        0, math.sqrt(variance / weight[0].numel()), generator=generator
    )


def zero(_inputs: int) -> float:
    """Return 0, the bound of biases that are 0."""
    return 0.0


# Beside these there is `critical`, which depends on the activation.
INITIALISATIONS: dict[str, Initialisation] = {
    # Torch's own: weights and biases of nn.Linear and of convolutions from U(-1/√n, 1/√n).
    "default": Initialisation(lambda n, m: 1 / 3, lambda n: 1 / math.sqrt(n)),
    "zero_bias": Initialisation(lambda n, m: 1 / 3, zero),
    # Glorot & Bengio 2010
    "xavier": Initialisation(lambda n, m: 2 * n / (n + m), zero, by_torch("xavier_uniform_")),
    # He et al. 2015
    "he": Initialisation(lambda n, m: 2.0, zero, normal(2.0)),
    # LeCun et al. 1998
    "lecun": Initialisation(lambda n, m: 1.0, zero, normal(1.0)),
    # Saxe et al. 2014; of the two sides of a weight, the shorter is orthonormal
    "orthogonal": Initialisation(lambda n, m: min(1.0, n / m), zero, by_torch("orthogonal_")),
}
