"""A user's own .npz: what it may hold, and what is said of each mistake before any job starts."""

import json

import numpy as np
import pytest
import torch
import yaml

from activation_lab import datasets
from activation_lab.config.read import ConfigError, read
from activation_lab.datasets.checked_files import DataError
from activation_lab.pipeline.plan import Plan
from conftest import ROOT, small_settings

TRAIN, TEST = 1_300, 100


def arrays(*shape, kind=np.uint8, classes=4):
    """Examples of a shape, and labels that the first value tells."""
    generator = np.random.default_rng(0)
    made = {}
    for part, count in (("train", TRAIN), ("test", TEST)):
        values = generator.integers(256, size=(count, *shape))
        made[f"x_{part}"] = values.astype(kind) if kind == np.uint8 else values / 100 + 3.0
        made[f"y_{part}"] = np.arange(count) % classes
    return made


@pytest.fixture
def saved(tmp_path, monkeypatch):
    """A function that saves arrays as mine.npz in the working directory, and returns that name."""
    monkeypatch.chdir(tmp_path)

    def save(**made):
        np.savez(tmp_path / "mine.npz", **made)
        return "mine.npz"

    return save


SHAPES = {
    "signals": ((12,), np.float64, (1, 12)),
    "features in bytes": ((7,), np.uint8, (1, 7)),
    "grey images": ((20, 18), np.uint8, (1, 20, 18)),
    "channels first": ((3, 20, 18), np.uint8, (3, 20, 18)),
    "channels last": ((20, 18, 3), np.uint8, (3, 20, 18)),
    "floats, channels first": ((2, 20, 18), np.float32, (2, 20, 18)),
}


@pytest.mark.parametrize("name", SHAPES)
def test_each_layout_is_read(saved, name, tmp_path):
    shape, kind, expected = SHAPES[name]
    made = arrays(*shape, kind=kind)
    dataset = datasets.named(saved(**made))
    assert dataset.shape == expected
    assert (dataset.training, dataset.validation, dataset.test) == (1_084, 216, 100)
    assert dataset.classes == ("0", "1", "2", "3")
    parts = dataset.load(tmp_path, 1_084)
    order, rest = (rows.numpy() for rows in dataset.split())
    whole = made["x_train"].astype(np.float64)
    if name == "channels last":
        whole = whole.transpose(0, 3, 1, 2)
    if kind == np.uint8:
        mean, std, whole = 0.5, 0.5, whole / 255
    else:
        mean, std = whole[order].mean(), whole[order].std()
    x, y = parts["validation"].batch(slice(None))
    standard = torch.tensor((whole[rest] - mean) / std).flatten(1).float()
    torch.testing.assert_close(x, standard, rtol=1e-4, atol=1e-5)
    assert np.array_equal(y.numpy(), made["y_train"][rest])
    assert np.array_equal(parts["test"].labels.numpy(), made["y_test"])


@pytest.mark.parametrize(
    ("stem", "slug"), [("mnist", "own-mnist"), ("My Data_2", "own-my-data-2"), ("ä", "own-")]
)
def test_its_name_in_paths_is_none_of_the_registrys(saved, tmp_path, stem, slug):
    (tmp_path / saved(**GOOD)).rename(tmp_path / f"{stem}.npz")
    assert datasets.named(f"{stem}.npz").slug == slug
    assert not any(name.startswith("own-") for name in datasets.DATASETS)


def test_its_path_may_begin_at_home_and_may_not_mean_something_to_snakemake(saved, monkeypatch):
    name = saved(**GOOD)
    home = datasets.named(name).own.absolute().parent
    monkeypatch.setenv("HOME", str(home))
    dataset = datasets.named("~/mine.npz")
    assert (dataset.name, dataset.own) == ("~/mine.npz", home / "mine.npz")
    for path in ("{job}/mine.npz", "<results>/mine.npz"):
        with pytest.raises(ConfigError, match=r"a path must not have any of \{\}<>"):
            read(config(path))


def spoilt(made, key, change):
    return {**made, key: change(made[key])}


def without(made, key):
    return {name: values for name, values in made.items() if name != key}


def at(values, place, new):
    changed = values.copy()
    changed[place] = new
    return changed


GOOD = arrays(20, 18)
FLOATS = arrays(12, kind=np.float64)
BAD = {
    "a missing array": (without(GOOD, "y_test"), "lacks the array y_test; it has x_train"),
    "a pickle": (spoilt(GOOD, "y_train", lambda y: y.astype(object)), "y_train is pickled"),
    "nan": (
        spoilt(FLOATS, "x_train", lambda x: at(x, (3, 4), np.nan)),
        "x_train has values that are not",
    ),
    "infinity": (
        spoilt(FLOATS, "x_test", lambda x: at(x, (3, 4), np.inf)),
        "x_test has values that are",
    ),
    "beyond float32": (
        spoilt(FLOATS, "x_test", lambda x: at(x, (0, 0), 1e300)),
        "not finite in float32",
    ),
    "lengths": (spoilt(GOOD, "y_train", lambda y: y[:-1]), r"y_train has the shape \(1299,\)"),
    "labels of two axes": (spoilt(GOOD, "y_train", lambda y: y[:, None]), r"shape \(1300, 1\)"),
    "labels that are no numbers": (
        spoilt(GOOD, "y_train", lambda y: y.astype(str)),
        "must be whole",
    ),
    "labels in halves": (
        spoilt(GOOD, "y_train", lambda y: y + 0.5),
        "must be whole numbers from 0",
    ),
    "labels below 0": (spoilt(GOOD, "y_test", lambda y: y - 1), "must be whole numbers from 0"),
    "a class that never occurs": (
        spoilt(GOOD, "y_train", lambda y: np.where(y == 2, 1, y)),
        "class 2 never occurs in y_train; the labels go up to 3",
    ),
    "a class of the test alone": (
        spoilt(GOOD, "y_test", lambda y: at(y, 0, 4)),
        "class 4 never occurs in y_train; the labels go up to 4",
    ),
    "one class": (
        {**GOOD, "y_train": GOOD["y_train"] * 0, "y_test": GOOD["y_test"] * 0},
        "one class",
    ),
    "shapes": (spoilt(GOOD, "x_test", lambda x: x[:, 1:]), "an example of x_train has shape"),
    "types": (spoilt(GOOD, "x_test", lambda x: x / 255), "type uint8, and one of x_test"),
    "five axes": (arrays(2, 3, 4, 5), "use \\[N, L\\] for signals"),
    "whole numbers that are no bytes": (
        spoilt(GOOD, "x_train", lambda x: x.astype(int)),
        "use uint8",
    ),
    "too few": ({name: values[:100] for name, values in GOOD.items()}, "1,024 are needed"),
    "nothing to see": (spoilt(GOOD, "x_train", lambda x: 0 * x), "all values of x_train are equal"),
}


def config(name):
    raw = yaml.safe_load((ROOT / "config.yaml").read_text())
    settings = {"dataset": name, "network": [8], "epochs": 1}
    study = {"question": "Mine?", "seeds": [1], "settings": settings}
    return {**raw, "only": "all", "studies": {"mine": study}}


def test_a_good_one_is_planned(saved, tmp_path):
    plan = Plan.of(read(config(saved(**GOOD))))
    (job,) = plan.jobs.values()
    assert job.id.startswith("own-mine/8/relu/")
    assert job.own_files == {"mine.npz": "mine.npz"}
    assert job.columns["dataset"] == "mine.npz"
    assert json.loads(job.model_dump_json())["settings"]["dataset"] == "mine.npz"


@pytest.mark.parametrize("name", BAD)
def test_each_mistake_is_named_before_any_job(saved, name):
    made, told = BAD[name]
    with pytest.raises(ConfigError, match=told) as error:
        Plan.of(read(config(saved(**made))))
    assert "mine.npz" in str(error.value)


@pytest.mark.parametrize(
    ("content", "told"),
    [
        (None, "mine.npz cannot be read: No such file"),
        (b"PK but no archive", "mine.npz is not an .npz file"),
        ("truncated", "mine.npz is not an .npz file"),
        ("altered", "cannot be read, the file is damaged"),
    ],
)
def test_a_file_that_cannot_be_read_is_named(saved, tmp_path, content, told):
    saved(**GOOD)
    path = tmp_path / "mine.npz"
    whole = path.read_bytes()
    path.unlink()
    if content == "truncated":
        path.write_bytes(whole[:-100])
    elif content == "altered":
        path.write_bytes(whole[:5_000] + bytes([whole[5_000] ^ 1]) + whole[5_001:])
    elif content is not None:
        path.write_bytes(content)
    with pytest.raises(ConfigError, match=told):
        read(config("mine.npz"))


def test_a_network_that_cannot_take_it_says_so(saved):
    name = saved(**arrays(9, 9))
    raw = config(name)
    raw["studies"]["mine"]["settings"]["network"] = "conv"
    with pytest.raises(
        ConfigError, match=r"network conv needs images of at least 16 × 16 pixels; mine\.npz"
    ):
        read(raw)


def test_two_files_of_one_name_are_refused(saved, tmp_path):
    saved(**GOOD)
    (tmp_path / "other").mkdir()
    (tmp_path / "other/mine.npz").write_bytes((tmp_path / "mine.npz").read_bytes())
    raw = config("mine.npz")
    study = raw["studies"]["mine"]
    study["vary"] = {"dataset": ["mine.npz", "other/mine.npz"]}
    del study["settings"]["dataset"]
    with pytest.raises(
        ConfigError, match="would both be called own-mine: give a file another name"
    ):
        Plan.of(read(raw))


def test_a_file_that_changes_while_it_is_used_is_noticed(saved, tmp_path):
    settings = small_settings(dataset=saved(**GOOD), training_images=1_024)
    dataset = settings.data
    saved(**spoilt(GOOD, "x_train", lambda x: 255 - x))
    with pytest.raises(DataError, match=r"mine\.npz has changed while it was used: run again"):
        dataset.load(tmp_path, 1_024)
    assert datasets.named("mine.npz") is not dataset  # it is read anew
