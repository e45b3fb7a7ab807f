import dataclasses
import sys
from subprocess import run

import numpy as np
import pytest
import tiny_idx
import torch

from activation_lab.datasets import DATASETS, DEFAULT
from activation_lab.datasets.base import Dataset
from activation_lab.datasets.checked_files import DataError
from activation_lab.datasets.download import Source


@pytest.fixture
def folder(tmp_path):
    folder = tmp_path / "own"
    folder.mkdir()
    return folder


@pytest.fixture
def tiny(folder):
    return tiny_idx.write(folder)


def given_sources(dataset, sources, monkeypatch):
    monkeypatch.setattr(type(dataset), "sources", property(lambda _: sources))


def test_each_is_registered_by_its_name():
    assert DEFAULT in DATASETS
    assert all(dataset.name == name for name, dataset in DATASETS.items())


def test_a_config_is_checked_without_torch():
    code = "import sys, activation_lab.datasets; sys.exit('torch' in sys.modules)"
    assert run([sys.executable, "-c", code], check=False).returncode == 0


def test_shape_and_classes_give_inputs_and_chance(tiny):
    assert (tiny.inputs, tiny.chance) == (6, 1 / 3)


@pytest.mark.parametrize("root", [False, True], ids=["its folder", "a folder of several datasets"])
def test_a_folder_that_the_config_names_is_used(tiny, folder, tmp_path, root):
    if root:
        (tmp_path / "root/FashionMNIST").mkdir(parents=True)
        folder = folder.rename(tmp_path / "root" / tiny.folder).parents[1]
    tiny.fetch(tmp_path / "out", folder)
    assert sorted(path.name for path in (tmp_path / "out").iterdir()) == sorted(tiny.checksums)
    tiny.check(tmp_path / "out")


def test_of_a_harmed_folder_nothing_is_placed(tiny, folder, tmp_path):
    path = folder / "t10k-labels-idx1-ubyte"
    path.write_bytes(path.read_bytes()[:-1])
    with pytest.raises(DataError, match="is not Tiny's t10k-labels-idx1-ubyte"):
        tiny.fetch(tmp_path / "out", folder)
    assert not (tmp_path / "out").exists()


def test_another_dataset_with_the_same_file_names_is_not_taken_for_it(tiny, folder, tmp_path):
    with pytest.raises(DataError, match="is not FashionMNIST's train-images-idx3-ubyte"):
        DATASETS["fashion-mnist"].fetch(tmp_path / "out", folder)


@pytest.mark.parametrize("read", [lambda d, f: d.load(f, 20), lambda d, f: d.examples(f)])
@pytest.mark.parametrize("harm", ["altered", "missing"])
def test_a_file_altered_after_it_was_fetched_is_noticed(tiny, folder, harm, read):
    path = folder / "t10k-labels-idx1-ubyte"
    content = path.read_bytes()
    path.unlink()
    if harm == "altered":
        path.write_bytes(content[:-1] + bytes([content[-1] ^ 1]))
    with pytest.raises(DataError, match=rf"{path} is not Tiny's .* Delete it and run again"):
        read(tiny, folder)


def test_when_no_source_has_it_every_reason_is_told(tiny, monkeypatch, tmp_path):
    def refuse(_scratch):
        raise DataError("not today")

    two = [Source("one", refuse), Source("another", lambda _: [tmp_path])]
    given_sources(tiny, two, monkeypatch)
    with pytest.raises(DataError) as error:
        tiny.fetch(tmp_path / "out")
    first, one, another, last = str(error.value).splitlines()
    assert first == "Tiny was not found at any source:"
    assert one == "  one: not today"
    assert another.startswith(f"  another: {tmp_path} has neither train-images-idx3-ubyte nor ")
    assert last.startswith("Put train-images-idx3-ubyte, train-labels-idx1-ubyte, ")
    assert last.endswith("name it under data.folder in the config.")


def test_sources_are_tried_in_order_until_one_has_it(tiny, folder, monkeypatch, tmp_path):
    tried = []

    def source(name, folders):
        def find(scratch):
            assert list(scratch.iterdir()) == []
            tried.append(name)
            return folders

        return Source(name, find)

    three = [source("a", [tmp_path]), source("b", [folder]), source("c", [folder])]
    given_sources(tiny, three, monkeypatch)
    tiny.fetch(tmp_path / "out")
    assert tried == ["a", "b"]


def test_parts_are_cut_from_the_split_and_scaled(tiny, folder):
    parts = tiny.load(folder, 15)
    assert {name: len(part) for name, part in parts.items()} == {
        "training": 15,
        "validation": 10,
        "test": 10,
    }
    images, labels = (torch.from_numpy(np.array(values)) for values in tiny.examples(folder))
    first, second = tiny.split()
    assert sorted([*first.tolist(), *second.tolist()]) == list(range(30))
    assert torch.equal(parts["training"].labels, labels[first[:15]].long())
    expected = (images[second].flatten(1).float() / 255 - 0.5) / 0.5
    assert torch.equal(parts["validation"].batch(slice(None))[0], expected)
    test, _ = parts["test"].batch(slice(None))
    assert -1 <= test.min() < -0.5 < 0.5 < test.max() <= 1


def test_a_batch_is_scaled_and_the_part_stays_as_it_is(tiny, folder):
    part = tiny.load(folder, 20)["training"]
    before = part.values.clone()
    whole, labels = part.batch(slice(None))
    rows = torch.tensor([7, 3])
    assert torch.equal(part.batch(rows)[0], whole[rows])
    assert torch.equal(part.batch(rows)[1], labels[rows])
    assert torch.equal(part.first(5).batch(slice(2, 5))[0], whole[2:5])
    assert part.values.dtype == torch.uint8
    assert torch.equal(part.values, before)


def test_mean_and_deviation_are_values_of_the_dataset(tiny):
    pixels = torch.tensor([0, 51, 255], dtype=torch.uint8)
    other = dataclasses.replace(tiny, mean=0.2, std=0.1)
    assert torch.allclose(other.scale(pixels), torch.tensor([-2.0, 0.0, 8.0]), atol=1e-6)


def test_numbers_that_are_no_bytes_are_not_taken_for_bytes_and_stay_as_they_were(tiny):
    values = torch.tensor([0.2, 0.4])
    scaled = dataclasses.replace(tiny, mean=0.2, std=0.1).scale(values)
    assert torch.allclose(scaled, torch.tensor([0.0, 2.0]), atol=1e-6)
    assert values.tolist() == pytest.approx([0.2, 0.4])


def test_a_dataset_says_how_it_is_read(tmp_path):
    values = {field.name: None for field in dataclasses.fields(Dataset)}
    with pytest.raises(NotImplementedError):
        Dataset(**values).read(tmp_path, "train")
