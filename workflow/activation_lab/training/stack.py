"""Several networks of the same settings that train together, each as if it were alone.

Networks are plain modules of one seed. On a GPU the modules of a job's seeds are stacked, and called by
`torch.func.vmap`: that costs hardly more than one. On a CPU each trains by itself, a stack of one.

Dimensions: S networks, B examples.
"""

from __future__ import annotations

import copy
from collections.abc import Iterator, Sequence
from typing import Self

import torch
from torch import nn
from torch.func import functional_call, stack_module_state, vmap


class Stack:
    """S networks of the same settings, one for each seed. Their state has a leading axis S.

    A stack of one is its module: the state is a view of the module's own tensors.
    """

    def __init__(self, modules: Sequence[nn.Module]):
        self.module = modules[0]
        self.together = len(modules) > 1
        self._parameters, self._buffers = {}, {}
        if self.together:
            self.module = copy.deepcopy(modules[0])
            self._parameters, self._buffers = stack_module_state(list(modules))
        # Found once: looking for them at each step took 6% of the time of a deep, narrow network.
        learnt = self._parameters.values() if self.together else self.module.parameters()
        self._learnt: list[torch.Tensor] = list(learnt)

    @property
    def networks(self) -> int:
        """S, the number of networks."""
        return len(next(iter(self._parameters.values()))) if self.together else 1

    @property
    def device(self) -> torch.device:
        """Where the networks are."""
        return self.parameters()[0].device

    @property
    def dtype(self) -> torch.dtype:
        """The type of the weights."""
        return self.parameters()[0].dtype

    def parameters(self) -> Sequence[torch.Tensor]:
        """Return the tensors that an optimizer changes."""
        return self._learnt

    def to(self, device: torch.device | str) -> Self:
        """Move the networks to a device."""
        self.module.to(device)
        for tensor in self._own():
            tensor.data = tensor.data.to(device)
        return self

    def double(self) -> Self:
        """Hold all numbers as float64."""
        self.module.double()
        for tensor in self._own():
            if tensor.is_floating_point():
                tensor.data = tensor.data.double()
        return self

    def _own(self) -> list[torch.Tensor]:
        """Return the stacked tensors; a stack of one has none."""
        return [*self._parameters.values(), *self._buffers.values()]

    def train(self, mode: bool = True) -> Self:
        """Set training mode, as `nn.Module.train`."""
        self.module.train(mode)
        return self

    def eval(self) -> Self:
        """Leave training mode."""
        return self.train(False)

    def zero_grad(self) -> None:
        """Forget the gradients."""
        for parameter in self.parameters():
            parameter.grad = None

    def __call__(self, x: torch.Tensor, each: bool = False) -> torch.Tensor:
        """Return the logits [S, B, classes] of examples [B, ...], the same for all networks.

        With `each=True` the examples are [S, B, ...]: each network gets its own.
        """
        if not self.together:
            return self.module(x[0] if each else x)[None]
        call = vmap(self._call, in_dims=(0, 0, 0 if each else None))
        return call(self._parameters, self._buffers, x)

    def _call(
        self, parameters: dict[str, torch.Tensor], buffers: dict[str, torch.Tensor], x: torch.Tensor
    ) -> torch.Tensor:
        return functional_call(self.module, (parameters, buffers), (x,))

    def members(self) -> Iterator[nn.Module]:
        """Yield each network as a module.

        If there are several, the same module is reused for each, so use one before asking for the next.
        """
        if not self.together:
            yield self.module
            return
        own = [*self.module.parameters(), *self.module.buffers()]
        for position in range(self.networks):
            for tensor, stacked in zip(own, self.state(), strict=True):
                tensor.data.copy_(stacked[position])
            yield self.module

    def state(self) -> list[torch.Tensor]:
        """Return all that the networks learn or remember, each with leading axis S."""
        if self.together:
            return [tensor.detach() for tensor in self._own()]
        return [t.detach()[None] for t in (*self.module.parameters(), *self.module.buffers())]

    def keep(self, positions: Sequence[int]) -> None:
        """Keep only the networks at these positions."""
        if self.together:
            for tensor in self._own():
                tensor.data = tensor.data[list(positions)].clone()
                tensor.grad = None

    def snapshot(self) -> list[torch.Tensor]:
        """Return a copy of the state."""
        return [tensor.clone() for tensor in self.state()]

    def restore(self, state: Sequence[torch.Tensor]) -> None:
        """Take this state, as `snapshot` gave it."""
        if self.together:
            for own, given in zip(self._own(), state, strict=True):
                own.data = given.to(own.device).clone()
            return
        for own, given in zip(self.state(), state, strict=True):
            own.copy_(given)
