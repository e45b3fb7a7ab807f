import gzip
import hashlib
import http.server
import socketserver
import threading
import time

import pytest

from activation_lab.datasets import DATASETS, download
from activation_lab.datasets.checked_files import DataError
from activation_lab.datasets.fashion_mnist import FASHION_MNIST


def test_known_folders_that_are_there_are_given(tmp_path):
    absent = tmp_path / "absent"
    assert download.here(absent, tmp_path).find(tmp_path) == [tmp_path]
    with pytest.raises(DataError, match=f"none of {absent} is there"):
        download.here(absent).find(tmp_path)


class Silent(socketserver.BaseRequestHandler):
    def handle(self):
        time.sleep(5)


@pytest.mark.parametrize("kind", ["absent", "silent", "not there"])
def test_a_network_that_does_not_answer_is_given_up_in_seconds(monkeypatch, tmp_path, kind):
    from torchvision.datasets import FashionMNIST

    handlers = {"silent": Silent, "not there": http.server.SimpleHTTPRequestHandler}
    monkeypatch.setattr(download, "UNREACHABLE_AFTER", 2)
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
            download.torchvision("FashionMNIST").find(tmp_path)
        assert time.monotonic() - started < 10
        if kind != "absent":
            server.shutdown()


def test_torchvisions_own_download_is_used_where_it_answers(tmp_path, monkeypatch, raw):
    """A local mirror with the archives: torchvision checks their md5, so these are Zalando's."""
    from torchvision.datasets import FashionMNIST

    mirror, scratch = tmp_path / "mirror", tmp_path / "scratch"
    mirror.mkdir()
    scratch.mkdir()
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
        found = download.torchvision("FashionMNIST").find(scratch)
        server.shutdown()
    assert found == [scratch]
    FASHION_MNIST.check(scratch)


@pytest.mark.parametrize("name", ["mnist", "kmnist", "cifar10", "cifar100"])
def test_where_nothing_can_be_reached_it_is_told_in_seconds_what_to_do(name, monkeypatch, tmp_path):
    """No internet: what was tried, and which files to put where."""
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("HOME", str(tmp_path))
    dataset = DATASETS[name]
    theirs = download.torchvision_class(dataset.torchvision)
    closed = "http://127.0.0.1:9/"  # nothing listens there
    if hasattr(theirs, "mirrors"):
        monkeypatch.setattr(theirs, "mirrors", [closed])
    else:
        monkeypatch.setattr(theirs, "url", closed)
    started = time.monotonic()
    with pytest.raises(DataError) as error:
        dataset.fetch(tmp_path / "out")
    assert time.monotonic() - started < 10
    first, here, torchvision, last = str(error.value).splitlines()
    assert first == f"{dataset.title} was not found at any source:"
    assert f"this machine: none of data/{dataset.folder}, {tmp_path}/data/{dataset.folder}" in here
    assert f"torchvision's download: {closed}" in torchvision
    assert all(file in last for file in dataset.checksums)
    assert last.endswith("name it under data.folder in the config.")


def test_the_address_of_a_dataset_with_one_archive_is_known():
    from torchvision.datasets import CIFAR10, MNIST

    assert download._address(CIFAR10) == CIFAR10.url
    assert download._address(MNIST).endswith("/t10k-labels-idx1-ubyte.gz")


def test_debians_package_is_downloaded_and_unpacked_without_root(tmp_path, monkeypatch):
    """With programs that write down how they are called, in place of apt-get and dpkg-deb."""
    programs, scratch = tmp_path / "bin", tmp_path / "scratch"
    for folder in (programs, scratch):
        folder.mkdir()
    (programs / "apt-get").write_text(
        '#!/bin/sh\necho "$@" >> calls\ncase "$*" in *download*) touch made-up.deb;; esac\n'
    )
    (programs / "dpkg-deb").write_text('#!/bin/sh\necho "$@" >> calls\n')
    for program in programs.iterdir():
        program.chmod(0o755)
    monkeypatch.setenv("PATH", f"{programs}:/usr/bin:/bin")
    (folder,) = download.debian("dataset-fashion-mnist").find(scratch)
    assert folder == scratch / "unpacked/usr/share/datasets/fashion-mnist"
    update, fetched, unpack = (scratch / "calls").read_text().splitlines()
    assert update.endswith(" update")
    assert fetched.endswith(" download dataset-fashion-mnist")
    assert unpack == "-x made-up.deb unpacked"
    for option in (f"Dir::State::Lists={scratch}/lists", "Debug::NoLocking=1"):
        assert f"-o {option}" in update
        assert f"-o {option}" in fetched


def test_a_machine_without_apt_is_told(tmp_path, monkeypatch):
    monkeypatch.setenv("PATH", str(tmp_path))
    with pytest.raises(DataError, match="this machine has no apt-get and dpkg-deb"):
        download.debian("dataset-fashion-mnist").find(tmp_path)
