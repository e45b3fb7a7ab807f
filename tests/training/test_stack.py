"""Several networks at once are what each would be alone."""

import pytest
import torch
from test_networks import SEEDS, images, plain

from activation_lab.training.job import can_be_called
from conftest import small_settings, stacked


@pytest.mark.parametrize("normalisation", ["none", "batch", "layer"])
@pytest.mark.parametrize("training", [True, False])
@pytest.mark.parametrize("seeds", [SEEDS, SEEDS[:1]])
def test_forward_equals_separate_networks(normalisation, training, seeds):
    settings = small_settings(normalisation=normalisation)
    stack = stacked(settings, seeds).double()
    separate = [plain(settings, seed).double() for seed in seeds]
    x = images(5)
    for network in (stack, *separate):
        network.train()(x)  # batch normalisation remembers
        network.train(training)
    ours = stack(x)
    for position, network in enumerate(separate):
        torch.testing.assert_close(ours[position], network(x), rtol=1e-10, atol=1e-12)


@pytest.mark.parametrize("seeds", [SEEDS, SEEDS[:1]])
def test_each_network_may_have_images_of_its_own(seeds):
    stack = stacked(small_settings(), seeds).double()
    x = images(len(seeds), 5)
    last = len(seeds) - 1
    torch.testing.assert_close(
        stack(x, each=True)[last], stack(x[last])[last], rtol=1e-12, atol=1e-12
    )


@pytest.mark.parametrize("normalisation", ["none", "batch"])
@pytest.mark.parametrize("activation", ["relu", "prelu", "rrelu"])
def test_keep_and_restore(normalisation, activation):
    settings = small_settings(normalisation=normalisation, activation=activation)
    stack = stacked(settings, [1, 2, 3]).double().eval()
    x = images(4)
    before, whole = stack(x), stack.snapshot()
    stack.keep([2, 0])
    assert stack.networks == 2
    torch.testing.assert_close(stack(x), before[[2, 0]])
    stack.restore(whole)
    torch.testing.assert_close(stack(x), before)


@pytest.mark.parametrize("seeds", [SEEDS, SEEDS[:1]])
def test_members_are_the_networks_one_by_one(seeds):
    stack = stacked(small_settings(normalisation="batch"), seeds).double()
    x = images(5)
    stack.train()(x)
    stack.eval()
    for position, member in enumerate(stack.members()):
        torch.testing.assert_close(member(x), stack(x)[position], rtol=1e-12, atol=1e-12)


@pytest.mark.parametrize("seeds", [SEEDS, SEEDS[:1]])
def test_the_state_is_the_networks_own(seeds):
    """What is written into it is what computes."""
    stack = stacked(small_settings(), seeds).double()
    for tensor in stack.state():
        tensor.zero_()
    assert not stack(images(3)).any()
    assert all(tensor.shape[0] == len(seeds) for tensor in stack.state())


@pytest.mark.parametrize("activation", ["tanh", "prelu", "rrelu"])
def test_networks_of_torch_and_of_this_project_can_be_called_at_once(activation):
    stack = stacked(small_settings(activation=activation), SEEDS)
    assert can_be_called(stack, images(2).float())


def test_what_depends_on_the_numbers_is_called_for_one_network_after_another(
    tmp_path, monkeypatch, caplog
):
    monkeypatch.syspath_prepend(tmp_path)
    path = tmp_path / "mine_stacked.py"
    path.write_text("def phi(z):\n    return z.tanh() if (z > 0).any() else z.relu()\n")
    settings = small_settings(activation="mine_stacked:phi")
    with caplog.at_level("INFO"):
        assert not can_be_called(stacked(settings, SEEDS), images(2).float())
    assert "Seeds train one after another" in caplog.text
    assert can_be_called(stacked(settings, SEEDS[:1]), images(2).float())
