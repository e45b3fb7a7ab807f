"""MNIST-1D, for real: its package draws it here."""

import random

import numpy as np
import pytest
import torch

from activation_lab.datasets import DATASETS
from activation_lab.datasets.checked_files import DataError

MNIST1D = DATASETS["mnist1d"]


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    folder = tmp_path_factory.mktemp("mnist1d")
    MNIST1D.fetch(folder)
    return folder


def test_it_is_drawn_to_the_byte_and_no_random_state_is_touched(tmp_path):
    np.random.seed(1)  # noqa: NPY002 (the package's own state is what must stay)
    random.seed(1)
    before, python = np.random.get_state()[1].copy(), random.getstate()  # noqa: NPY002
    MNIST1D.fetch(tmp_path)
    MNIST1D.check(tmp_path)
    assert np.array_equal(before, np.random.get_state()[1])  # noqa: NPY002
    assert random.getstate() == python


def test_it_is_the_packages_own_but_for_the_rounding(folder):
    from mnist1d.data import make_dataset

    state, python = np.random.get_state(), random.getstate()  # noqa: NPY002
    torch_state = torch.get_rng_state()
    drawn = make_dataset()
    np.random.set_state(state)  # noqa: NPY002
    random.setstate(python)
    torch.set_rng_state(torch_state)
    for part, suffix in (("train", ""), ("test", "_test")):
        signals, labels = MNIST1D.read(folder, part)
        assert np.abs(signals[:, 0] - drawn[f"x{suffix}"]).max() < 6e-6
        assert np.array_equal(labels, drawn[f"y{suffix}"])


def test_parts_are_standardised_and_have_every_class(folder):
    parts = MNIST1D.load(folder, 3_800)
    assert {name: len(part) for name, part in parts.items()} == {
        "training": 3_800,
        "validation": 200,
        "test": 1_000,
    }
    values = torch.cat([part.batch(slice(None))[0] for part in parts.values()])
    labels = torch.cat([part.batch(slice(None))[1] for part in parts.values()])
    assert values.shape == (5_000, 40)
    assert values.mean().item() == pytest.approx(0, abs=1e-5)
    assert values.std().item() == pytest.approx(1, abs=1e-4)
    assert torch.bincount(labels).tolist() == [500] * 10


def test_an_altered_file_is_named(folder, tmp_path):
    for path in folder.iterdir():
        (tmp_path / path.name).write_bytes(path.read_bytes())
    path = tmp_path / "x_test.npy"
    path.write_bytes(path.read_bytes()[:-4])
    with pytest.raises(DataError, match=r"is not MNIST-1D's x_test\.npy"):
        MNIST1D.load(tmp_path, 3_800)


def test_a_folder_of_other_datasets_need_not_have_it(tmp_path):
    MNIST1D.fetch(tmp_path / "out", tmp_path / "nowhere")
    MNIST1D.check(tmp_path / "out")
