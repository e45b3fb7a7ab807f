"""What tests of training share: slow, readable twins by torch itself, and small stacks."""

import torch
from test_families import plain_conv, plain_residual
from test_networks import plain as plain_mlp
from torch.nn.functional import cross_entropy

from activation_lab.training import fit as train
from activation_lab.training.build import build
from conftest import stacked as of_seeds

SEEDS = [42, 43, 44]
DYING = {"activation": "relu", "network": [64, 64], "learning_rate": 0.2, "stop": "never"}


class KilledError(Exception):
    """Stands for a kill between two epochs."""


def stacked(settings, seeds=SEEDS):
    return of_seeds(settings, seeds).double()


def fit(network, parts, settings, seeds, *others):
    watched, _ = parts["training"].batch(slice(0, 100))
    return train.fit(network, parts, settings, seeds, watched, *others)


PLAIN = {
    "sgd": lambda p, s: torch.optim.SGD(
        p, s.learning_rate, s.momentum, weight_decay=s.weight_decay, foreach=False
    ),
    "nesterov": lambda p, s: torch.optim.SGD(
        p, s.learning_rate, s.momentum, nesterov=True, foreach=False
    ),
    "adam": lambda p, s: torch.optim.Adam(p, s.learning_rate, foreach=False),
    "adamw": lambda p, s: torch.optim.AdamW(
        p, s.learning_rate, weight_decay=s.weight_decay, foreach=False
    ),
    "rmsprop": lambda p, s: torch.optim.RMSprop(
        p, s.learning_rate, momentum=s.momentum, foreach=False
    ),
}


def plain(settings, seed):
    """The network as torch's own layers make it after a seed."""
    if settings.network.family == "mlp":
        return plain_mlp(settings, seed)
    if settings.network.family == "transformer":
        return build(
            settings, seed
        )  # its layers are compared with torch's where networks are tested
    torch.manual_seed(seed)
    return {"residual": plain_residual, "conv": plain_conv}[settings.network.family](settings.data)


def twin(seed, settings, parts):
    """Train one network as the tutorial does: nn.Sequential, torch.optim, a loop over batches."""
    network = plain(settings, seed).double()
    optimizer = PLAIN[settings.optimizer](network.parameters(), settings)
    cosine = torch.optim.lr_scheduler.CosineAnnealingLR(optimizer, settings.epochs)
    shuffle = torch.Generator().manual_seed(seed)
    best, kept, scores, steps = -1.0, None, [], 0
    for _ in range(settings.epochs):
        network.train()
        order = torch.randperm(len(parts["training"]), generator=shuffle)
        for rows in order.split(settings.batch_size):
            if len(rows) == settings.batch_size:
                images, labels = parts["training"].batch(rows)
                optimizer.zero_grad()
                cross_entropy(network(images.double()), labels).backward()
                optimizer.step()
                steps += 1
        if settings.schedule == "cosine":
            cosine.step()
        network.eval()
        images, labels = parts["validation"].batch(slice(None))
        score = (network(images.double()).argmax(1) == labels).double().mean().item()
        scores.append(score)
        if score > best:
            best, best_epoch = score, len(scores)
            kept = [parameter.detach().clone() for parameter in network.parameters()]
        elif settings.stop == "patience" and len(scores) - best_epoch >= settings.patience:
            break
    return {"best": kept, "last": list(network.parameters()), "scores": scores, "steps": steps}


def assert_same(ours, position, theirs):
    """Compare a stack's state (parameters, then buffers) with the parameters of one network."""
    for stack, parameter in zip(ours, theirs, strict=False):
        torch.testing.assert_close(stack[position], parameter, rtol=1e-8, atol=1e-10)


VARIANTS = [
    {"optimizer": "nesterov"},
    {"optimizer": "adam", "learning_rate": 0.003},
    {"optimizer": "adamw", "learning_rate": 0.003, "weight_decay": 0.1},
    {"optimizer": "rmsprop", "learning_rate": 0.001},
    {"weight_decay": 0.01},
    {"schedule": "cosine"},
    {"normalisation": "batch"},
    {"normalisation": "layer"},
    {"activation": "prelu"},
    {"stop": "never", "patience": 1},
    {"network": {"family": "residual", "depth": 3, "width": 12}},
    {"network": "conv"},
    {"network": "transformer", "optimizer": "adamw", "learning_rate": 0.003, "schedule": "cosine"},
]
