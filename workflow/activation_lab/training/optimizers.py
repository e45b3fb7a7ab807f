"""The optimizers: torch's own update rules, called without the classes around them.

A class of `torch.optim` imports torch's compiler when it is first used, which takes a second and 100 MB
of every job, and collects its tensors anew at each step.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence

import torch
from torch.optim.adam import adam
from torch.optim.rmsprop import rmsprop
from torch.optim.sgd import sgd

from activation_lab.protocol import Settings

Tensors = list[torch.Tensor]
Memory = dict[str, Tensors]

STEPS = "steps"  # how many there were: a number on the parameter's device


class Optimizer:
    """Moves parameters against their gradients, at the learning rate `rate`.

    `memory` has the tensors that are remembered from step to step, one of each name for each parameter
    and with its shape: its leading axis of networks, too.
    """

    def __init__(self, parameters: Iterable[torch.Tensor], settings: Settings):
        self.parameters = list(parameters)
        self.settings = settings
        self.rate = settings.rate
        self.update, names = RULES[settings.optimizer]
        self.memory: Memory = {
            name: [_nothing(name, parameter) for parameter in self.parameters]
            for name in names
            if name != "momentum" or settings.momentum
        }

    @torch.no_grad()
    def step(self) -> None:
        """Move every parameter that has a gradient."""
        rows = [row for row, p in enumerate(self.parameters) if p.grad is not None]
        parameters = [self.parameters[row] for row in rows]
        gradients = [p.grad for p in parameters if p.grad is not None]
        memory = {name: [kept[row] for row in rows] for name, kept in self.memory.items()}
        self.update(self.settings, self.rate, parameters, gradients, memory)

    def keep(self, positions: Sequence[int]) -> None:
        """Keep what is remembered of the networks at these positions of the leading axis."""
        for kept in self.memory.values():
            kept[:] = [tensor[positions].clone() if tensor.dim() else tensor for tensor in kept]

    def state_dict(self) -> Memory:
        """Return what it remembers, for a checkpoint."""
        return self.memory

    def load_state_dict(self, memory: Memory) -> None:
        """Remember what a checkpoint has, perhaps of fewer networks."""
        self.memory = {
            name: [old.to(now.device) for old, now in zip(memory[name], kept, strict=True)]
            for name, kept in self.memory.items()
        }


def _nothing(name: str, parameter: torch.Tensor) -> torch.Tensor:
    """Return what is remembered of a parameter before the first step: 0."""
    return parameter.new_zeros(()) if name == STEPS else torch.zeros_like(parameter.detach())


def _sgd(s: Settings, rate: float, parameters: Tensors, gradients: Tensors, memory: Memory) -> None:
    """Sutskever et al. 2013, as torch has it."""
    sgd(
        parameters,
        gradients,
        [*memory.get("momentum", [])],
        lr=rate,
        momentum=s.momentum,
        nesterov=s.optimizer == "nesterov",
        weight_decay=s.weight_decay,
        dampening=0,
        maximize=False,
        fused=True,
    )


def _adam(
    s: Settings, rate: float, parameters: Tensors, gradients: Tensors, memory: Memory
) -> None:
    """Kingma & Ba 2015; weight decay apart from the gradient: Loshchilov & Hutter 2019."""
    adam(
        parameters,
        gradients,
        memory["mean"],
        memory["square"],
        [],
        memory[STEPS],
        lr=rate,
        beta1=0.9,
        beta2=0.999,
        eps=1e-8,
        weight_decay=s.weight_decay,
        decoupled_weight_decay=s.optimizer == "adamw",
        amsgrad=False,
        maximize=False,
        fused=True,
    )


def _rmsprop(
    s: Settings, rate: float, parameters: Tensors, gradients: Tensors, memory: Memory
) -> None:
    """Tieleman & Hinton 2012."""
    rmsprop(
        parameters,
        gradients,
        memory["square"],
        [],
        memory.get("momentum", []),
        memory[STEPS],
        lr=rate,
        alpha=0.99,
        eps=1e-8,
        weight_decay=s.weight_decay,
        momentum=s.momentum,
        centered=False,
        maximize=False,
        capturable=parameters[0].is_cuda,
    )


Update = Callable[[Settings, float, Tensors, Tensors, Memory], None]

# With the names that the config allows: the update rule, and the names of what it remembers.
RULES: dict[str, tuple[Update, tuple[str, ...]]] = {
    "sgd": (_sgd, ("momentum",)),
    "nesterov": (_sgd, ("momentum",)),
    "adam": (_adam, ("mean", "square", STEPS)),
    "adamw": (_adam, ("mean", "square", STEPS)),
    "rmsprop": (_rmsprop, ("square", "momentum", STEPS)),
}
