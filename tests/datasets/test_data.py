import gzip
import hashlib
import http.server
import shutil
import socketserver
import threading
import time

import numpy as np
import pytest
import torch

from activation_lab.datasets import fashion_mnist as data
from activation_lab.datasets.fashion_mnist import CHECKSUMS, DataError


@pytest.fixture
def folder(raw, tmp_path):
    """A folder of one's own with the four files, two of them compressed."""
    for number, name in enumerate(CHECKSUMS):
        if number % 2:
            with gzip.open(tmp_path / f"{name}.gz", "wb", compresslevel=1) as target:
                target.write((raw / name).read_bytes())
        else:
            shutil.copy(raw / name, tmp_path / name)
    return tmp_path


def test_a_folder_that_the_config_names_is_used(folder, tmp_path):
    destination = tmp_path / "out"
    data.fetch(destination, folder)
    assert sorted(path.name for path in destination.iterdir()) == sorted(CHECKSUMS)
    for name in CHECKSUMS:
        data.verify(destination / name, name)


@pytest.mark.parametrize("harm", ["truncated", "altered", "missing"])
@pytest.mark.parametrize("name", ["train-images-idx3-ubyte", "train-labels-idx1-ubyte.gz"])
def test_a_harmed_file_is_named_and_nothing_is_placed(folder, tmp_path, name, harm):
    path, content = folder / name, (folder / name).read_bytes()
    if harm == "truncated":
        path.write_bytes(content[:-1000])
    if harm == "altered":
        path.write_bytes(content[:500] + bytes([content[500] ^ 1]) + content[501:])
    if harm == "missing":
        path.unlink()
    with pytest.raises(DataError, match=path.stem.removesuffix(".gz")):
        data.fetch(tmp_path / "out", folder)
    assert not (tmp_path / "out").exists()


def test_a_file_altered_after_it_was_fetched_is_noticed(folder, tmp_path):
    data.fetch(tmp_path / "out", folder)
    path = tmp_path / "out/t10k-labels-idx1-ubyte"
    path.write_bytes(path.read_bytes()[:-1])
    with pytest.raises(DataError, match=r"truncated or altered .* Delete it and run again"):
        data.labels(tmp_path / "out", "t10k")


class Silent(socketserver.BaseRequestHandler):
    def handle(self):
        time.sleep(5)


@pytest.mark.parametrize("kind", ["absent", "silent", "not there"])
def test_a_network_that_does_not_answer_is_given_up_in_seconds(monkeypatch, tmp_path, kind):
    from torchvision.datasets import FashionMNIST

    handlers = {"silent": Silent, "not there": http.server.SimpleHTTPRequestHandler}
    monkeypatch.setattr(data, "UNREACHABLE_AFTER", 2)
    handler = handlers.get(kind, Silent)
    with socketserver.ThreadingTCPServer(("127.0.0.1", 0), handler) as server:
        server.daemon_threads = True
        server.block_on_close = False
        address = f"http://127.0.0.1:{server.server_address[1]}/nowhere/"
        if kind == "absent":
            server.server_close()
        else:
            threading.Thread(target=server.serve_forever, daemon=True).start()
        monkeypatch.setattr(FashionMNIST, "mirrors", [address])
        started = time.monotonic()
        with pytest.raises(DataError, match=r"http://127\.0\.0\.1"):
            data._from_torchvision(tmp_path)
        assert time.monotonic() - started < 10
        if kind != "absent":
            server.shutdown()


def test_torchvisions_own_download_is_used_where_it_answers(folder, tmp_path, monkeypatch, raw):
    """A local mirror with the archives: torchvision checks their md5, so these are Zalando's."""
    from torchvision.datasets import FashionMNIST

    mirror = tmp_path / "mirror"
    mirror.mkdir()
    fresh = []
    for archive, _ in FashionMNIST.resources:
        name = archive.removesuffix(".gz")
        packed = gzip.compress((raw / name).read_bytes(), compresslevel=1, mtime=0)
        (mirror / archive).write_bytes(packed)
        fresh.append((archive, hashlib.md5(packed).hexdigest()))

    class Handler(http.server.SimpleHTTPRequestHandler):
        def __init__(self, *arguments):
            super().__init__(*arguments, directory=str(mirror))

        def log_message(self, *_):
            pass

    with socketserver.ThreadingTCPServer(("127.0.0.1", 0), Handler) as server:
        threading.Thread(target=server.serve_forever, daemon=True).start()
        address = f"http://127.0.0.1:{server.server_address[1]}/"
        monkeypatch.setattr(FashionMNIST, "mirrors", [address])
        monkeypatch.setattr(FashionMNIST, "resources", fresh)
        found = data._from_torchvision(tmp_path / "scratch")
        server.shutdown()
    assert sorted(found) == sorted(CHECKSUMS)


def test_when_no_source_has_it_every_reason_is_told(monkeypatch, tmp_path):
    def refuse(_scratch):
        raise DataError("not today")

    sources = tuple(data.Source(source.name, refuse) for source in data.SOURCES)
    monkeypatch.setattr(data, "SOURCES", sources)
    with pytest.raises(DataError) as error:
        data.fetch(tmp_path / "out")
    message = str(error.value)
    for expected in (
        "this machine: not today",
        "torchvision",
        "Debian",
        "data.folder in the config",
    ):
        assert expected in message


def test_sources_are_tried_in_order_until_one_has_it(monkeypatch, tmp_path, folder):
    tried = []

    def source(name, have):
        def find(_scratch):
            tried.append(name)
            if not have:
                raise DataError("no")
            return data._found_in(folder)

        return data.Source(name, find)

    monkeypatch.setattr(data, "SOURCES", (source("a", False), source("b", True), source("c", True)))
    data.fetch(tmp_path / "out")
    assert tried == ["a", "b"]


def test_images_are_mapped_not_copied(raw):
    images = data.images(raw, "train")
    assert isinstance(images, np.memmap)
    assert images.shape == (60_000, 784)
    assert images.dtype == np.uint8


def test_a_part_holds_the_images_of_the_split(raw):
    few = data.load(raw, 1_000)["training"]
    assert (len(few), few.images.dtype) == (1_000, torch.float32)
    first = torch.from_numpy(data.images(raw, "train"))[data.split()[0][:1_000]]
    assert torch.equal(few.images, data.normalise(first))
    rows = torch.tensor([7, 3])
    assert torch.equal(few.batch(rows)[0], few.images[rows])
    assert few.batch(slice(2, 5))[0].data_ptr() == few.images[2:].data_ptr()


def test_the_split_is_the_tutorials():
    torch.manual_seed(42)
    training, validation = torch.utils.data.random_split(range(60_000), [50_000, 10_000])
    ours = data.split()
    assert ours[0].tolist() == list(training.indices)
    assert ours[1].tolist() == list(validation.indices)


def test_pixels_are_scaled_as_the_tutorial_does(raw, parts):
    from torchvision import transforms
    from torchvision.datasets import FashionMNIST

    scale = transforms.Compose([transforms.ToTensor(), transforms.Normalize((0.5,), (0.5,))])
    theirs = FashionMNIST(raw.parents[1], transform=scale, download=False)
    images, labels = parts["training"].batch(slice(0, 16))
    for row, index in enumerate(data.split()[0][:16].tolist()):
        image, label = theirs[index]
        assert torch.equal(image.flatten(), images[row])
        assert label == labels[row]
