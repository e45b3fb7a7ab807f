"""A user's own network: a class of a module of theirs, named by a dotted path.

    class Net(nn.Module):
        def __init__(self, phi, dataset):
            super().__init__()
            self.first = nn.Linear(dataset.shape[-1], 32)
            self.phi = phi(32)
            ...

`phi(units)` makes a new site each time that it is called; for tokens [B, T, F] it is `phi(F, axis=-1)`.
The network gets examples [B, *dataset.shape] and returns logits [B, classes].
"""

from __future__ import annotations

import functools
from typing import TYPE_CHECKING, Annotated, Any, ClassVar, Literal

from pydantic import AfterValidator, WithJsonSchema

from activation_lab.datasets.base import Dataset
from activation_lab.dotted import PATH, OwnCodeError, attribute, shape, source, where
from activation_lab.networks.base import Network, Place
from activation_lab.typed import fail

if TYPE_CHECKING:
    import torch
    from torch import nn


def _dotted(path: str) -> str:
    if not PATH.fullmatch(path):
        raise fail(f"{path} is not a dotted path such as my_module:Net")
    return path


DottedPath = Annotated[
    str,
    AfterValidator(_dotted),
    WithJsonSchema({"type": "string", "pattern": rf"^{PATH.pattern}$"}),
]


class Own(Network):
    """A class that takes φ and the dataset; a config writes its dotted path, `my_module:Net`."""

    family: Literal["own"] = "own"
    accepts: ClassVar[Any] = DottedPath
    path: DottedPath

    @classmethod
    def read(cls, value: object) -> Own:
        """Read a dotted path."""
        return cls.model_validate({"path": value} if isinstance(value, str) else value)

    def sites(self, dataset: Dataset) -> int:
        """Return how often the network asks for a φ."""
        return _measured(self.path, dataset)[0]

    def build(self, dataset: Dataset, place: Place) -> nn.Module:
        """Return the network. Raises `OwnCodeError` if it cannot be built."""
        from torch import nn

        try:
            network = attribute(self.path)(place, dataset)
        except Exception as error:  # a user's code may raise anything
            raise OwnCodeError(f"network {self.path} cannot be built: {where(error)}") from error
        if not isinstance(network, nn.Module):
            raise OwnCodeError(
                f"network {self.path} must be an nn.Module; it is a {type(network).__name__}"
            )
        return nn.Sequential(nn.Unflatten(1, dataset.shape), network)

    def multiplications(self, dataset: Dataset) -> int:
        """Return the multiplications of matrix products and convolutions, as torch counts them."""
        return _measured(self.path, dataset)[1]

    def __str__(self) -> str:
        """Return the module and the class with a dot between, as in my_module.Net."""
        return self.path.replace(":", ".")

    @property
    def title(self) -> str:
        """The network's name for people."""
        return self.path.rpartition(":")[2]


def _example(dataset: Dataset) -> torch.Tensor:
    """Return made-up examples [3, inputs], with the batch of three that normalisation needs."""
    import torch

    return torch.randn(3, dataset.inputs, generator=torch.Generator().manual_seed(0))


@functools.cache
def _measured(path: str, dataset: Dataset) -> tuple[int, int]:
    """Return the sites of a user's network and the multiplications for one example."""
    from torch.utils.flop_counter import FlopCounterMode

    from activation_lab.networks.layers import sites

    # Torch counts no products of ours in float32, which are oneDNN's own.
    built, examples = _built(Own(path=path), dataset).double(), _example(dataset).double()
    with FlopCounterMode(display=False) as counter:
        built(examples)
    return len(sites(built)), counter.get_total_flops() // 2 // len(examples)


def _built(network: Own, dataset: Dataset, normalisation: str = "none") -> nn.Module:
    """Return the network with tanh for φ, whose gradient is never 0, its weights drawn from a seed."""
    import torch

    from activation_lab.networks import layers

    def place(units: int | None = None, axis: int = 1) -> nn.Module:
        return layers.site(torch.nn.Tanh(), normalisation, units, axis)

    with torch.random.fork_rng(devices=[]):
        torch.manual_seed(0)
        return network.build(dataset, place)


def check(network: Own, dataset: Dataset, normalisation: str) -> None:
    """Try a user's network on made-up examples, with tanh for φ.

    Raises `OwnCodeError` that says what is wrong with it: how often each φ is applied, what it returns,
    whether two networks of a seed are equal, and whether a gradient reaches every weight.
    """
    fault = f"network {network.path} ({source('network', network.path)})"
    try:
        built, again = (_built(network, dataset, normalisation) for _ in range(2))
        problem = _problem(built, again, dataset)
    except OwnCodeError:
        raise
    except Exception as error:  # a user's code may raise anything
        raise OwnCodeError(f"{fault} fails on {dataset.title}: {where(error)}") from error
    if problem:
        raise OwnCodeError(f"{fault} {problem}")


def _problem(built: nn.Module, again: nn.Module, dataset: Dataset) -> str:
    """Say what is wrong with a network that was built twice; empty if nothing is."""
    from activation_lab.networks.layers import sites, watched, weights

    if not sites(built):
        return "never makes a φ: call phi() for each place where φ is applied"
    examples, expected = _example(dataset), (3, len(dataset.classes))
    with watched(built) as seen:
        logits = built.train()(examples)
    if len(seen) != len(sites(built)):
        return (
            f"makes {len(sites(built))} φ and applies φ {len(seen)} times: call phi() once for each "
            "place where φ is applied"
        )
    if tuple(getattr(logits, "shape", ())) != expected:
        return (
            f"must return logits of shape {expected} for {len(examples)} examples, not "
            f"{shape(logits)}"
        )
    if not logits.isfinite().all():
        return "returns values that are not finite"
    weights(built)
    return _random(built, again, examples) or _unreached(built, logits)


def _random(built: nn.Module, again: nn.Module, examples: torch.Tensor) -> str:
    """Say what of a network is random beyond the seed of its weights; empty if nothing is."""
    pairs = zip(built.parameters(), again.parameters(), strict=True)
    if not all(one.equal(other) for one, other in pairs):
        return "has other weights when it is built again: draw them with torch, after manual_seed"
    built.eval()
    if not built(examples).equal(built(examples)):
        return "returns other logits when it is called again in evaluation"
    return ""


def _unreached(built: nn.Module, logits: torch.Tensor) -> str:
    """Name a parameter that no gradient reaches; empty if there is none."""
    (logits**2).sum().backward()
    for name, parameter in built.named_parameters():
        if parameter.grad is None:
            return f"does not use its parameter {name.removeprefix('1.')}"
    return ""
