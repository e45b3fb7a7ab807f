"""CIFAR's batches, as its files have them: small ones that the tests write."""

import dataclasses
import hashlib
import pickle
import struct
import tarfile

import numpy as np
import pytest

from activation_lab.datasets import DATASETS
from activation_lab.datasets.checked_files import DataError
from activation_lab.datasets.download import torchvision_class

SMALL = {"training": 45, "validation": 5, "test": 10}
NAMES = ("cifar10", "cifar100")


def lists(name):
    """The files that torchvision knows, with their md5."""
    theirs = torchvision_class(DATASETS[name].torchvision)
    return {
        **dict([*theirs.train_list, *theirs.test_list]),
        theirs.meta["filename"]: theirs.meta["md5"],
    }


@pytest.mark.parametrize("name", NAMES)
def test_files_and_checksums_are_those_of_torchvision(name):
    assert DATASETS[name].checksums == lists(name)
    assert DATASETS[name].folder == torchvision_class(DATASETS[name].torchvision).base_folder
    assert len(set(DATASETS[name].classes)) == {"cifar10": 10, "cifar100": 100}[name]


def write(folder, name):
    """Write a small dataset in CIFAR's format; return it, and its images and labels."""
    dataset = DATASETS[name]
    generator = np.random.default_rng(0)
    classes = len(dataset.classes)
    images, labels = [], []
    for file in (*dataset.trained_on, *dataset.tested_on):
        count = 50 // len(dataset.trained_on) if file in dataset.trained_on else 10
        values = generator.integers(256, size=(count, 3_072), dtype=np.uint8)
        targets = generator.integers(classes, size=count).tolist()
        key = "labels" if name == "cifar10" else "fine_labels"
        (folder / file).write_bytes(pickle.dumps({"data": values, key: targets}))
        images.append(values.reshape(-1, 3, 32, 32))
        labels += targets
    key = torchvision_class(dataset.torchvision).meta["key"]
    (folder / dataset.meta).write_bytes(pickle.dumps({key: list(dataset.classes)}))
    checksums = {
        file: hashlib.md5((folder / file).read_bytes()).hexdigest() for file in dataset.checksums
    }
    small = dataclasses.replace(dataset, checksums=checksums, **SMALL)
    return small, np.concatenate(images), np.array(labels)


@pytest.fixture(params=NAMES)
def small(request, tmp_path):
    folder = tmp_path / "root" / DATASETS[request.param].folder
    folder.mkdir(parents=True)
    return (*write(folder, request.param), folder)


def test_images_have_channels_first_and_their_own_labels(small, tmp_path):
    dataset, images, labels, folder = small
    dataset.fetch(tmp_path / "out" / dataset.folder, folder.parent)
    train = dataset.read(tmp_path / "out" / dataset.folder, "train")
    assert np.array_equal(train[0], images[:50])
    assert np.array_equal(train[1], labels[:50])
    test = dataset.read(tmp_path / "out" / dataset.folder, "test")
    assert np.array_equal(test[0], images[50:])
    assert np.array_equal(test[1], labels[50:])


def test_parts_are_split_and_scaled(small):
    dataset, images, labels, folder = small
    parts = dataset.load(folder, 45)
    assert {name: len(part) for name, part in parts.items()} == SMALL
    first, _ = dataset.split()
    x, y = parts["training"].batch(slice(None))
    expected = images[first.numpy()].reshape(45, -1).astype(np.float32) / 255
    assert np.allclose(x.numpy(), (expected - 0.5) / 0.5, atol=1e-6)
    assert np.array_equal(y.numpy(), labels[first.numpy()])


def as_published(values, key, labels):
    """A batch as CIFAR's authors wrote it: by Python 2, which has texts of bytes, and by NumPy 1.

    NumPy 2.4.0 to 2.4.4 warn of the 0 and 1 after `u1`, and warnings are errors here.
    """
    numbers = struct.pack(f"<{'i' * 4}", *values.shape, values.size, len(labels))
    rows, columns, size = numbers[:4], numbers[4:8], numbers[8:12]
    array = b"cnumpy.core.multiarray\n_reconstruct\ncnumpy\nndarray\nK\x00\x85U\x01b\x87R"
    array += b"(K\x01J" + rows + b"J" + columns + b"\x86"
    array += b"cnumpy\ndtype\nU\x02u1K\x00K\x01\x87R(K\x03U\x01|NNN" + b"J\xff\xff\xff\xff" * 2
    array += b"K\x00tb\x89T" + size + values.tobytes() + b"tb"
    listed = b"](" + b"".join(b"K" + bytes([label]) for label in labels) + b"e"
    name = b"U" + bytes([len(key)]) + key.encode()
    return b"\x80\x02}(U\x04data" + array + name + listed + b"u."


def test_files_of_python_2_and_numpy_1_are_read(small):
    dataset, images, labels, folder = small
    path = folder / dataset.tested_on[0]
    key = "labels" if dataset.name == "cifar10" else "fine_labels"
    path.write_bytes(as_published(images[50:].reshape(10, -1), key, labels[50:].tolist()))
    known = {**dataset.checksums, path.name: hashlib.md5(path.read_bytes()).hexdigest()}
    read = dataclasses.replace(dataset, checksums=known).read(folder, "test")
    assert np.array_equal(read[0], images[50:])
    assert np.array_equal(read[1], labels[50:])


@pytest.mark.parametrize("harm", ["truncated", "foreign", "missing"])
def test_a_harmed_file_is_named_before_it_is_unpickled(small, harm, tmp_path):
    dataset, _, _, folder = small
    path = folder / dataset.tested_on[0]
    content = path.read_bytes()
    ran = tmp_path / "ran"
    if harm == "truncated":
        path.write_bytes(content[:-7])
    if harm == "foreign":
        path.write_bytes(pickle.dumps(Runs(str(ran))))
    if harm == "missing":
        path.unlink()
    with pytest.raises(DataError, match=path.name):
        dataset.load(folder, 45)
    with pytest.raises(DataError, match=path.name):
        dataset.fetch(tmp_path / "out", folder)
    assert not ran.exists()


class Runs:
    """Code that a pickle would run."""

    def __init__(self, path):
        self.path = path

    def __reduce__(self):
        return open, (self.path, "w")


def test_a_label_above_the_classes_is_named(small):
    dataset, _, _, folder = small
    path = folder / dataset.tested_on[0]
    batch = pickle.loads(path.read_bytes())
    key = "labels" if "labels" in batch else "fine_labels"
    path.write_bytes(pickle.dumps({**batch, key: [len(dataset.classes)] * 10}))
    known = {**dataset.checksums, path.name: hashlib.md5(path.read_bytes()).hexdigest()}
    with pytest.raises(DataError, match=f"labels from .* and {len(dataset.classes)} classes"):
        dataclasses.replace(dataset, checksums=known).load(folder, 45)


def test_the_other_datasets_files_are_not_taken(tmp_path):
    folder = tmp_path / "cifar-100-python"
    folder.mkdir()
    write(folder, "cifar100")
    with pytest.raises(DataError, match="is not CIFAR-100's train"):
        DATASETS["cifar100"].fetch(tmp_path / "out", folder)


def test_an_archive_is_not_needed(tmp_path):
    """A folder with the archive alone is told what it lacks."""
    with tarfile.open(tmp_path / "cifar-10-python.tar.gz", "w:gz"):
        pass
    with pytest.raises(DataError, match=r"has neither data_batch_1 nor data_batch_1\.gz"):
        DATASETS["cifar10"].fetch(tmp_path / "out", tmp_path)
