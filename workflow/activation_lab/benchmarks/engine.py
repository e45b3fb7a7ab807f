"""Cost of training against the matrix products that it cannot do without.

Every function returns seconds for one epoch of one network, by the tutorial's protocol: training on
all training images and the validation pass.
"""

from __future__ import annotations

import time
from collections.abc import Callable
from itertools import pairwise
from pathlib import Path

import torch
from torch import nn
from torchvision import transforms

from activation_lab.datasets.base import Part
from activation_lab.datasets.download import torchvision_class
from activation_lab.datasets.idx import Idx
from activation_lab.errors import UserError
from activation_lab.networks import products
from activation_lab.networks.base import Network
from activation_lab.networks.mlp import MLP
from activation_lab.protocol import Settings
from activation_lab.training import fit as train
from activation_lab.training.build import build
from activation_lab.training.optimizers import Optimizer
from activation_lab.training.stack import Stack

PROTOCOL = Settings(epochs=1, stop="never")
DATASET = PROTOCOL.data
BATCH = PROTOCOL.batch_size
STEPS = DATASET.training // BATCH


def timed(work: Callable[[], object]) -> float:
    """Return the seconds that a call takes, a GPU's work that it starts included."""
    _settle()
    started = time.perf_counter()
    work()
    _settle()
    return time.perf_counter() - started


def _settle() -> None:
    if torch.cuda.is_available():
        torch.cuda.synchronize()


@torch.no_grad()
def floor(network: list[int], share: float = 1.0, onednn: bool = False) -> float:
    """Do the products alone: forward, weight gradients, input gradients.

    The input gradients of the first layer are not needed. `share` of an epoch is done, and scaled.
    """
    product = products.product if onednn else nn.functional.linear
    sizes = MLP.read(network).layers(DATASET)
    weights = [torch.randn(m, n) / n**0.5 for n, m in pairwise(sizes)]
    biases = [torch.zeros(m) for m in sizes[1:]]

    def values(images: int) -> list[torch.Tensor]:
        return [torch.randn(images, n) for n in sizes]

    def forward(values: list[torch.Tensor]) -> None:
        for value, weight, bias in zip(values, weights, biases, strict=False):
            product(value, weight, bias)

    def step(values: list[torch.Tensor], back: list[torch.Tensor]) -> None:
        forward(values)
        for layer in reversed(range(len(weights))):
            product(back[layer + 1].t(), values[layer].t())
            if layer:
                product(back[layer + 1], weights[layer].t())

    trained, back, judged = values(BATCH), values(BATCH), values(train.EVALUATION_BATCH)
    steps = max(round(STEPS * share), 1)
    training = timed(lambda: [step(trained, back) for _ in range(steps)]) * STEPS / steps
    passes = DATASET.validation // train.EVALUATION_BATCH
    return training + timed(lambda: [forward(judged) for _ in range(passes)])


def engine(
    network: list[int] | Network,
    stacked: int,
    parts: dict[str, Part],
    share: float = 1.0,
    **changes: str,
) -> float:
    """Train and validate as the pipeline does, on the device that has the data.

    `share` of an epoch is done, and scaled. `changes` are settings other than the protocol's.
    """
    settings = Settings.model_validate({**dict(PROTOCOL), "network": network, **changes})
    seeds = range(stacked)
    device = parts["training"].labels.device
    stack = Stack([build(settings, seed) for seed in seeds]).to(device)
    optimizer = Optimizer(stack.parameters(), settings)
    steps = max(round(STEPS * share), 1)
    order = torch.stack([torch.randperm(DATASET.training)[: steps * BATCH] for _ in seeds]).to(
        device
    )
    train.train_epoch(stack, optimizer, parts["training"], order[:, : 2 * BATCH], settings)
    training = timed(
        lambda: train.train_epoch(stack, optimizer, parts["training"], order, settings)
    )
    validation = timed(lambda: train.evaluate(stack, parts["validation"]))
    return (training * STEPS / steps + validation) / stacked


def plain(network: list[int], parts: dict[str, Part], share: float = 1.0) -> float:
    """Train and validate `nn.Sequential` by a loop without anything else, on the same data."""
    layers: list[nn.Module] = []
    for n, m in pairwise([DATASET.inputs, *network]):
        layers += [nn.Linear(n, m), nn.ReLU()]
    return loop(nn.Sequential(*layers, nn.Linear(network[-1], len(DATASET.classes))), parts, share)


def loop(model: nn.Module, parts: dict[str, Part], share: float = 1.0) -> float:
    """Train and validate a module by a loop without anything else, on the same data."""
    optimizer = torch.optim.SGD(model.parameters(), lr=0.01, momentum=0.9, fused=True)

    def learn(order: torch.Tensor) -> None:
        model.train()
        for rows in order.split(BATCH):
            x, y = parts["training"].batch(rows)
            optimizer.zero_grad()
            nn.functional.cross_entropy(model(x), y).backward()
            optimizer.step()

    @torch.inference_mode()
    def judge() -> None:
        model.eval()
        for start in range(0, DATASET.validation, train.EVALUATION_BATCH):
            x, y = parts["validation"].batch(slice(start, start + train.EVALUATION_BATCH))
            (model(x).argmax(-1) == y).sum().item()

    steps = max(round(STEPS * share), 1)
    order = torch.randperm(DATASET.training)[: steps * BATCH]
    learn(order[: 2 * BATCH])
    return timed(lambda: learn(order)) * STEPS / steps + timed(judge)


def weights(hidden: list[int]) -> int:
    """Return how many weights a network with these hidden layers has, biases aside."""
    return MLP.read(hidden).multiplications(DATASET)


TUTORIALS = PROTOCOL.network.multiplications(DATASET)  # the weights of the tutorial's network


class ByHand(nn.Module):
    """ReLU as the tutorial writes it."""

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        """Return max(x, 0)."""
        return x * (x > 0).float()


def _loaders(folder: Path) -> list[torch.utils.data.DataLoader]:
    """Return the tutorial's loaders of training and validation, which torchvision feeds."""
    scale = transforms.Compose([transforms.ToTensor(), transforms.Normalize((0.5,), (0.5,))])
    if not isinstance(DATASET, Idx):
        raise UserError(f"The tutorial's own loop is not written for data such as {DATASET.title}")
    images = torchvision_class(DATASET.torchvision)(
        folder.parents[1], transform=scale, download=False
    )
    sizes = [DATASET.training, DATASET.validation]
    generator = torch.Generator().manual_seed(DATASET.split_seed)
    parts = torch.utils.data.random_split(images, sizes, generator)
    return [
        torch.utils.data.DataLoader(part, BATCH, shuffle=first, drop_last=first)
        for part, first in zip(parts, (True, False), strict=True)
    ]


def tutorial(network: list[int], folder: Path, share: float = 1.0) -> float:
    """Train and validate as the tutorial does: each image from torchvision through a DataLoader."""
    loaders = _loaders(folder)
    layers: list[nn.Module] = [nn.Flatten()]
    for n, m in pairwise([DATASET.inputs, *network]):
        layers += [nn.Linear(n, m), ByHand()]
    model = nn.Sequential(*layers, nn.Linear(network[-1], len(DATASET.classes)))
    optimizer = torch.optim.SGD(model.parameters(), lr=0.01, momentum=0.9)

    def learn(most: int) -> None:
        model.train()
        for step, (x, y) in enumerate(loaders[0]):
            if step == most:
                return
            optimizer.zero_grad()
            loss = nn.functional.cross_entropy(model(x), y)
            loss.backward()
            optimizer.step()

    @torch.no_grad()
    def judge(most: int) -> None:
        model.eval()
        for step, (x, y) in enumerate(loaders[1]):
            if step == most:
                return
            (model(x).argmax(-1) == y).sum().item()

    passes = DATASET.validation / BATCH
    steps, batches = max(round(STEPS * share), 1), max(round(passes * share), 1)
    training = timed(lambda: learn(steps)) * STEPS / steps
    return training + timed(lambda: judge(batches)) * passes / batches
