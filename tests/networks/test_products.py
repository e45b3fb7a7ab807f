"""oneDNN's products are those of `nn.Linear`, and so are their derivatives."""

import copy

import pytest
import torch
from torch import nn

from activation_lab import processor
from activation_lab.networks import products
from activation_lab.networks.products import Linear
from activation_lab.training.stack import Stack

needs_onednn = pytest.mark.skipif(
    not products.HAS_ONEDNN, reason="torch has no oneDNN with AVX2 here"
)


@pytest.fixture(autouse=True)
def on_amd(monkeypatch):
    """Multiply as on an AMD processor, whichever this one is."""
    monkeypatch.setattr(products, "ONEDNN", products.HAS_ONEDNN)


def pair(inputs, outputs, dtype=torch.float32):
    """A layer of ours and torch's, of the same weights."""
    generator = torch.Generator().manual_seed(0)
    ours, theirs = Linear(inputs, outputs, dtype=dtype), nn.Linear(inputs, outputs, dtype=dtype)
    with torch.no_grad():
        for parameter, other in zip(ours.parameters(), theirs.parameters(), strict=True):
            parameter.copy_(torch.randn(parameter.shape, generator=generator, dtype=dtype))
            other.copy_(parameter)
    return ours, theirs


@pytest.fixture
def used(monkeypatch):
    """The shapes that oneDNN multiplies."""
    shapes = []
    real = products.product

    def spied(x, weight, bias=None):
        shapes.append((tuple(x.shape), tuple(weight.shape)))
        return real(x, weight, bias)

    monkeypatch.setattr(products, "product", spied)
    return shapes


@needs_onednn
@pytest.mark.parametrize("rows", [1, 7, 256])
@pytest.mark.parametrize(("inputs", "outputs"), [(1, 1), (3, 10), (64, 64), (784, 512)])
def test_values_and_gradients_are_those_of_torch_in_float64(rows, inputs, outputs, used):
    ours, theirs = pair(inputs, outputs)
    theirs.double()
    x = torch.randn(rows, inputs, generator=torch.Generator().manual_seed(1), requires_grad=True)
    exact = x.detach().double().requires_grad_()
    slope = torch.randn(rows, outputs, generator=torch.Generator().manual_seed(2))
    ours(x).backward(slope)
    theirs(exact).backward(slope.double())
    scale = 1e-6 * max(rows, inputs, outputs) ** 0.5 * 10
    torch.testing.assert_close(ours(x).double(), theirs(exact), rtol=1e-5, atol=scale)
    for one, other in ((x, exact), (ours.weight, theirs.weight), (ours.bias, theirs.bias)):
        torch.testing.assert_close(one.grad.double(), other.grad, rtol=1e-5, atol=scale)
    assert len(used) == 4  # forward twice; the gradients of examples and weights


@needs_onednn
def test_a_gradient_of_one_number_for_all_is_taken_as_it_is(used):
    """`sum` gives a gradient whose rows share one place in memory."""
    ours, theirs = pair(5, 4)
    x = torch.randn(6, 5)
    ours(x).sum().backward()
    theirs(x).sum().backward()
    torch.testing.assert_close(ours.weight.grad, theirs.weight.grad)


@needs_onednn
def test_second_derivatives_are_right():
    ours, theirs = pair(5, 4)
    found = []
    for layer in (ours, theirs):
        x = torch.ones(3, 5, requires_grad=True)
        (slope,) = torch.autograd.grad((layer(x) ** 2).sum(), x, create_graph=True)
        found += torch.autograd.grad((slope**2).sum(), layer.weight)
    torch.testing.assert_close(*found)


@pytest.mark.parametrize(("vendor", "expected"), [("GenuineIntel", True), ("AuthenticAMD", False)])
def test_intels_processors_are_known_by_their_vendor(vendor, expected, tmp_path):
    cpuinfo = tmp_path / "cpuinfo"
    cpuinfo.write_text(f"processor : 0\nvendor_id : {vendor}\nmodel name : Some processor\n")
    assert processor.intel(cpuinfo) is expected


def test_intels_processors_multiply_by_mkl(used, monkeypatch):
    monkeypatch.setattr(products, "ONEDNN", False)
    x = torch.randn(3, 5)
    ours, theirs = pair(5, 4)
    assert torch.equal(ours(x), theirs(x))
    assert used == []


def test_what_onednn_is_not_for_is_left_to_torch(used):
    x = torch.randn(3, 5)
    ours, theirs = pair(5, 4, torch.float64)
    assert torch.equal(ours(x.double()), theirs(x.double()))
    ours, theirs = pair(5, 4)
    with torch.autocast("cpu", torch.bfloat16):
        assert torch.equal(ours(x), theirs(x))
        assert ours(x).dtype == torch.bfloat16
    several = Stack([copy.deepcopy(ours), copy.deepcopy(ours)])
    torch.testing.assert_close(several(x)[1], theirs(x))
    ours.to("meta")(x.to("meta"))
    assert used == []
