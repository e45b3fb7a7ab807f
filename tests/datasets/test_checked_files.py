import gzip
import hashlib

import pytest

from activation_lab.datasets import checked_files
from activation_lab.datasets.checked_files import DataError

TEXT = {"first": b"one " * 500, "second": b"two " * 500}
CHECKSUMS = {name: hashlib.sha256(text).hexdigest() for name, text in TEXT.items()}


@pytest.fixture
def folder(tmp_path):
    """A folder of one's own: the first file is plain, the second compressed."""
    folder = tmp_path / "own"
    folder.mkdir()
    (folder / "first").write_bytes(TEXT["first"])
    (folder / "second.gz").write_bytes(gzip.compress(TEXT["second"]))
    return folder


def test_plain_and_compressed_files_are_found_and_placed_uncompressed(folder, tmp_path):
    found = checked_files.find([tmp_path / "nowhere", folder], CHECKSUMS, "Tiny")
    assert {name: path.name for name, path in found.items()} == {
        "first": "first",
        "second": "second.gz",
    }
    checked_files.place(found, tmp_path / "out")
    assert {path.name: path.read_bytes() for path in (tmp_path / "out").iterdir()} == TEXT


def test_what_is_wrong_with_each_folder_is_told(folder, tmp_path):
    (folder / "first").write_bytes(b"")
    with pytest.raises(DataError) as error:
        checked_files.find([tmp_path / "nowhere", folder], CHECKSUMS, "Tiny")
    first, second = str(error.value).split("; ")
    assert first == f"{tmp_path / 'nowhere'} has neither first nor first.gz"
    assert second.startswith(f"{folder / 'first'} is not Tiny's first: it is truncated, altered")


@pytest.mark.parametrize("harm", ["truncated", "altered", "missing"])
@pytest.mark.parametrize("name", ["first", "second.gz"])
def test_a_harmed_file_is_named(folder, name, harm):
    path, content = folder / name, (folder / name).read_bytes()
    if harm == "truncated":
        path.write_bytes(content[:-12])
    if harm == "altered":
        path.write_bytes(content[:15] + bytes([content[15] ^ 1]) + content[16:])
    if harm == "missing":
        path.unlink()
    name = name.removesuffix(".gz")
    if harm == "missing":
        told = f"has neither {name} nor {name}.gz"
    else:
        told = rf"{path} is not Tiny's {name}: it is truncated, altered or another dataset's "
        told += rf"\(sha256 .*, not {CHECKSUMS[name]}\)\. Delete it and run again\."
    with pytest.raises(DataError, match=told):
        checked_files.find([folder], CHECKSUMS, "Tiny")


def test_a_file_that_cannot_be_read_to_its_end_is_not_taken(folder, tmp_path):
    """Nothing half-written is left: the second file breaks while it is copied."""
    found = checked_files.find([folder], CHECKSUMS, "Tiny")
    path = folder / "second.gz"
    path.write_bytes(path.read_bytes()[:-12])
    with pytest.raises(EOFError):
        checked_files.place(found, tmp_path / "out")
    assert [path.name for path in (tmp_path / "out").iterdir()] == ["first"]


def test_files_that_are_published_packed_are_stored_as_they_are(folder, tmp_path):
    """Their md5 is that of the packed bytes, which torchvision knows."""
    packed = (folder / "second.gz").read_bytes()
    known = {"second.gz": hashlib.md5(packed).hexdigest()}
    found = checked_files.find([folder], known, "Tiny")
    checked_files.place(found, tmp_path / "out")
    assert (tmp_path / "out/second.gz").read_bytes() == packed
    again = gzip.compress(TEXT["second"], compresslevel=1)  # the same text, packed by another
    (folder / "second.gz").write_bytes(again)
    with pytest.raises(DataError, match=r"is not Tiny's second\.gz: .* \(md5 "):
        checked_files.find([folder], known, "Tiny")
    (folder / "second.gz").unlink()
    with pytest.raises(DataError, match=r"has no second\.gz$"):
        checked_files.find([folder], known, "Tiny")


def test_what_a_folder_should_have_is_said():
    assert checked_files.wanted(CHECKSUMS) == "first, second (or their .gz)"
    assert checked_files.wanted({"a.gz": "", "b.gz": ""}) == "a.gz, b.gz"
