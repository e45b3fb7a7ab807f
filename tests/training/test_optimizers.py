"""The optimizers move weights as torch's own classes do, to the bit."""

import pytest
import torch

from activation_lab.protocol import OPTIMIZERS
from activation_lab.training.optimizers import Optimizer
from conftest import small_settings

STEPS = 5
CLASSES = {
    "sgd": lambda p, s: torch.optim.SGD(
        p, s.rate, s.momentum, weight_decay=s.weight_decay, fused=True
    ),
    "nesterov": lambda p, s: torch.optim.SGD(
        p, s.rate, s.momentum, weight_decay=s.weight_decay, nesterov=True, fused=True
    ),
    "adam": lambda p, s: torch.optim.Adam(p, s.rate, weight_decay=s.weight_decay, fused=True),
    "adamw": lambda p, s: torch.optim.AdamW(p, s.rate, weight_decay=s.weight_decay, fused=True),
    "rmsprop": lambda p, s: torch.optim.RMSprop(
        p, s.rate, momentum=s.momentum, weight_decay=s.weight_decay
    ),
}


def settings_of(optimizer, **changes):
    return small_settings(**{"optimizer": optimizer, "learning_rate": 0.01, **changes})


def weights():
    """Two parameters with a leading axis of three networks, and a third that gets no gradient."""
    generator = torch.Generator().manual_seed(1)
    shapes = ((3, 4, 5), (3, 4), (3, 1))
    return [torch.randn(shape, generator=generator).requires_grad_() for shape in shapes]


def learn(optimizer, parameters, steps=range(STEPS)):
    """Take steps along gradients that depend on the weights and on the step."""
    for number in steps:
        for parameter in parameters[:2]:
            parameter.grad = (parameter.detach() + number).sin()
        optimizer.step()


@pytest.mark.parametrize("weight_decay", [0.0, 0.1])
@pytest.mark.parametrize("momentum", [0.0, 0.9])
@pytest.mark.parametrize("name", OPTIMIZERS)
def test_weights_are_those_of_torchs_class(name, momentum, weight_decay):
    if name == "nesterov" and not momentum:
        momentum = 0.5  # a config without any is refused
    settings = settings_of(name, momentum=momentum, weight_decay=weight_decay)
    ours, theirs = weights(), weights()
    learn(Optimizer(ours, settings), ours)
    learn(CLASSES[name](theirs, settings), theirs)
    assert not torch.equal(ours[0], weights()[0])
    for one, other in zip(ours, theirs, strict=True):
        assert torch.equal(one, other)


@pytest.mark.parametrize("name", OPTIMIZERS)
def test_one_that_was_saved_goes_on_as_if_it_had_not_been(name, tmp_path):
    settings = settings_of(name)
    whole, parts = weights(), weights()
    learn(Optimizer(whole, settings), whole)
    first = Optimizer(parts, settings)
    learn(first, parts, range(2))
    torch.save(first.state_dict(), tmp_path / "saved.pt")
    second = Optimizer(parts, settings)
    second.load_state_dict(torch.load(tmp_path / "saved.pt", weights_only=True))
    learn(second, parts, range(2, STEPS))
    assert torch.equal(whole[0], parts[0])


@pytest.mark.parametrize("name", OPTIMIZERS)
def test_networks_that_stay_move_as_before(name):
    settings = settings_of(name)
    every, some = weights(), weights()
    learn(Optimizer(every, settings), every)
    optimizer = Optimizer(some, settings)
    learn(optimizer, some, range(2))
    for parameter in some:
        parameter.data = parameter.data[[2, 0]].clone()
        parameter.grad = None
    optimizer.keep([2, 0])
    learn(optimizer, some, range(2, STEPS))
    assert torch.equal(every[0][[2, 0]], some[0])
