import dataclasses
import gzip
import hashlib
from pathlib import Path

import numpy as np
import pytest
import tiny_idx

from activation_lab.datasets import DATASETS
from activation_lab.datasets.checked_files import DataError
from activation_lab.datasets.download import torchvision_class
from activation_lab.datasets.idx import mapped, unpacked


def test_an_idx_file_is_mapped_in_the_shape_of_its_header(tmp_path):
    values = np.arange(24, dtype=np.uint8).reshape(2, 3, 4)
    (tmp_path / "file").write_bytes(tiny_idx.idx(values))
    got = mapped(tmp_path / "file")
    assert isinstance(got, np.memmap)  # not copied
    assert np.array_equal(got, values)


def test_images_have_the_shape_of_the_dataset(tmp_path):
    dataset = tiny_idx.write(tmp_path)
    images, labels = dataset.read(tmp_path, "test")
    assert images.shape == (tiny_idx.TEST, 1, 2, 3)
    assert labels.shape == (tiny_idx.TEST,)
    stored = (tmp_path / "t10k-images-idx3-ubyte").read_bytes()[16:]
    assert images.tobytes() == stored


def test_its_sources_are_this_machine_torchvision_and_debian_if_it_has_a_package(tmp_path):
    from activation_lab.datasets.fashion_mnist import FASHION_MNIST

    tiny = tiny_idx.write(tmp_path)
    names = ["this machine", "torchvision's download"]
    assert [source.name for source in tiny.sources] == names
    assert [source.name for source in FASHION_MNIST.sources] == [*names, "Debian's archive"]


def test_torchvisions_usual_root_is_looked_at(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    own = Path("data/FashionMNIST/raw")
    own.mkdir(parents=True)
    tiny = tiny_idx.write(own)
    tiny.fetch(tmp_path / "out")
    tiny.check(tmp_path / "out")


@pytest.mark.parametrize("name", ["mnist", "kmnist"])
def test_the_checksums_are_those_of_torchvision(name):
    known = dict(torchvision_class(DATASETS[name].torchvision).resources)
    assert DATASETS[name].checksums == known
    assert DATASETS[name].shape == (1, 28, 28)
    assert len(set(DATASETS[name].classes)) == 10


def packed(folder: Path):
    """The tiny dataset as it would be published: four .gz, whose md5 is known."""
    plain = tiny_idx.write(folder)
    checksums = {}
    for name in plain.checksums:
        content = gzip.compress((folder / name).read_bytes())
        (folder / name).unlink()
        (folder / f"{name}.gz").write_bytes(content)
        checksums[f"{name}.gz"] = hashlib.md5(content).hexdigest()
    return dataclasses.replace(plain, checksums=checksums)


def test_packed_files_are_read_as_plain_ones(tmp_path):
    (tmp_path / "plain").mkdir()
    (tmp_path / "packed").mkdir()
    plain, other = tiny_idx.write(tmp_path / "plain"), packed(tmp_path / "packed")
    other.fetch(tmp_path / "out", tmp_path / "packed")
    for part in ("train", "test"):
        for one, same in zip(
            plain.read(tmp_path / "plain", part), other.read(tmp_path / "out", part), strict=True
        ):
            assert np.array_equal(one, same)
    expected = plain.load(tmp_path / "plain", 20)["validation"].batch(slice(None))
    found = other.load(tmp_path / "out", 20)["validation"].batch(slice(None))
    assert all((one == same).all() for one, same in zip(expected, found, strict=True))


FOREIGN = {
    "no IDX file": (b"GIF89a and more", "is not an IDX file of bytes"),
    "an end within the header": (b"\0\0\x08\x03\0\0\0\x02", "ends within its header"),
    "too few values": (tiny_idx.idx(np.zeros((2, 3), np.uint8))[:-1], "header says"),
    "another type of values": (b"\0\0\x0d\x01\0\0\0\x00", "is not an IDX file of bytes"),
}


@pytest.mark.parametrize("harm", FOREIGN)
@pytest.mark.parametrize("read", [mapped, unpacked])
def test_what_is_no_idx_file_of_bytes_is_named(tmp_path, harm, read):
    content, told = FOREIGN[harm]
    path = tmp_path / "file"
    path.write_bytes(content if read is mapped else gzip.compress(content))
    with pytest.raises(DataError, match=told):
        read(path)


def mislabelled(folder, dataset, values):
    """Replace the training labels; the checksum is then that of the new file."""
    path = folder / "train-labels-idx1-ubyte"
    path.write_bytes(tiny_idx.idx(values))
    digest = hashlib.sha256(path.read_bytes()).hexdigest()
    return dataclasses.replace(dataset, checksums={**dataset.checksums, path.name: digest})


@pytest.mark.parametrize(
    ("labels", "told"),
    [
        (np.zeros(tiny_idx.TRAIN - 1, np.uint8), "29 labels for 30 examples"),
        (np.full(tiny_idx.TRAIN, 3, np.uint8), "labels from 3 to 3, and 3 classes"),
    ],
)
def test_labels_that_do_not_fit_are_named(tmp_path, labels, told):
    dataset = mislabelled(tmp_path, tiny_idx.write(tmp_path), labels)
    with pytest.raises(DataError, match=told) as error:
        dataset.load(tmp_path, 20)
    assert "Tiny's train part" in str(error.value)
    assert "train-labels-idx1-ubyte" in str(error.value)


def test_images_of_another_shape_are_named(tmp_path):
    dataset = dataclasses.replace(tiny_idx.write(tmp_path), shape=(1, 3, 2))
    with pytest.raises(DataError, match=r"examples of shape \(30, 1, 2, 3\), not \(30, 1, 3, 2\)"):
        dataset.load(tmp_path, 20)
