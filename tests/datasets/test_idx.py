from pathlib import Path

import numpy as np
import tiny_idx

from activation_lab.datasets.idx import mapped


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
