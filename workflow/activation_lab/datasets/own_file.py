"""A user's own dataset: an .npz file with the arrays x_train, y_train, x_test and y_test.

Examples are bytes (uint8) or floats:

- signals [N, L]; a table of features is one too;
- grey images [N, H, W];
- images with channels [N, C, H, W]; or [N, H, W, C] if they are bytes and only the last axis is 1 or 3.

Labels [N] are whole numbers from 0. A sixth of the training examples validates.
"""

from __future__ import annotations

import dataclasses
import functools
import re
import zipfile
import zlib
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

import numpy as np

from activation_lab.datasets.base import Dataset, Part
from activation_lab.datasets.checked_files import DataError
from activation_lab.files import checksum, slug

SUFFIX = ".npz"
PATH = re.compile(r"[^{}<>]+\.npz")  # Snakemake would replace what is in such brackets
# In the paths of results. No name of `DATASETS` begins with it.
PREFIX = "own-"
LEAST = 1_024  # training examples: the measures need so many
ARRAYS = ("x_train", "y_train", "x_test", "y_test")
CHANNELS = (1, 3)


@dataclass(frozen=True, kw_only=True, eq=False)
class OwnFile(Dataset):
    """A dataset in a file of a user's, whose path is its name."""

    @property
    def slug(self) -> str:
        """Its name in paths and in the names of rules."""
        return f"{PREFIX}{slug(Path(self.name).stem)}"

    @property
    def files(self) -> list[str]:
        """None: no rule fetches it."""
        return []

    @property
    def own(self) -> Path:
        """The user's file."""
        return Path(self.name).expanduser()

    def fetch(self, destination: Path, folder: Path | None = None) -> None:
        """Leave the file where the user has it."""

    def check(self, folder: Path) -> None:
        """Raise `DataError` if the file is another than the one whose numbers and labels are known."""
        if checksum(self.own) != self.checksums[self.own.name]:
            raise DataError(f"{self.name} has changed while it was used: run again.")

    def _place(self, folder: Path) -> Path:
        return self.own.parent

    def read(self, folder: Path, part: Literal["train", "test"]) -> tuple[np.ndarray, np.ndarray]:
        """Return examples [N, *shape], bytes or float32, and labels [N]."""
        with np.load(self.own, allow_pickle=False) as arrays:
            examples, labels = arrays[f"x_{part}"], arrays[f"y_{part}"]
        return _in_layout(_as_computed(examples)), labels.astype(np.int64)

    def load(self, folder: Path, training_images: int) -> dict[str, Part]:
        """Return the parts. Floats are standardised by all values of the training part."""
        examples, _ = self.examples(folder)
        if examples.dtype == np.uint8:
            return super().load(folder, training_images)
        training = examples[self.split()[0].numpy()]
        mean, std = training.mean(dtype=np.float64), training.std(dtype=np.float64)
        if not std:
            raise DataError(f"{self.name}: all values of the examples to train on are equal")
        standardised = dataclasses.replace(self, mean=float(mean), std=float(std))
        return Dataset.load(standardised, folder, training_images)


def dataset(name: str) -> OwnFile:
    """Return the dataset in a file; `name` is its path as the config has it.

    Raises `DataError` that says what is wrong with it. A file is read once, until it changes.
    """
    path = Path(name).expanduser()
    if not PATH.fullmatch(name):
        raise DataError(f"{name} cannot be used: a path must not have any of {{}}<>")
    try:
        status = path.stat()
    except OSError as error:
        raise DataError(f"{name} cannot be read: {error.strerror}") from error
    return _dataset(name, status.st_mtime_ns, status.st_size)


@functools.lru_cache
def _dataset(name: str, _changed: int, _size: int) -> OwnFile:
    path = Path(name).expanduser()
    found = _arrays(path, name)
    for part in ("train", "test"):
        problem = _problem(part, found)
        if problem:
            raise DataError(f"{name}: {problem}")
    problem = _mismatch(found)
    if problem:
        raise DataError(f"{name}: {problem}")
    examples = _in_layout(found["x_train"])
    validation = len(examples) // 6
    return OwnFile(
        name=name,
        title=path.name,
        shape=examples.shape[1:],
        classes=tuple(map(str, range(int(found["y_train"].max()) + 1))),
        training=len(examples) - validation,
        validation=validation,
        test=len(found["x_test"]),
        targets=(0.5, 0.7, 0.9),
        citation=f"the user's own file {path.name}",
        noun="signal" if examples.ndim == 3 else "image",
        looks=_looks(examples.shape[1:]),
        checksums={path.name: checksum(path)},
    )


def _arrays(path: Path, name: str) -> dict[str, np.ndarray]:
    """Read the four arrays. Raises `DataError` if the file or one of them cannot be read."""
    if not zipfile.is_zipfile(path):
        raise DataError(f"{name} is not an .npz file; numpy.savez writes one")
    found = {}
    try:
        with np.load(path, allow_pickle=False) as arrays:
            for key in ARRAYS:
                if key not in arrays:
                    listed = ", ".join(arrays.files) or "nothing"
                    raise DataError(f"{name} lacks the array {key}; it has {listed}")
                found[key] = _as_computed(arrays[key])
    except (OSError, EOFError, ValueError, zipfile.BadZipFile, zlib.error) as error:
        key = ARRAYS[len(found)]
        if "allow_pickle" in str(error):
            raise DataError(
                f"{name}: {key} is pickled, and a pickle could run code: save an array of numbers"
            ) from error
        raise DataError(f"{name}: {key} cannot be read, the file is damaged: {error}") from error
    return found


def _as_computed(array: np.ndarray) -> np.ndarray:
    """Return floats as float32, in which networks compute; other numbers as they are."""
    if array.dtype.kind != "f":
        return array
    with np.errstate(over="ignore"):  # what float32 cannot hold becomes infinite, and is refused
        return array.astype(np.float32)


def _in_layout(examples: np.ndarray) -> np.ndarray:
    """Return examples [N, C, L] or [N, C, H, W]."""
    if examples.ndim < 4:
        return examples[:, np.newaxis]
    last = examples.shape[3] in CHANNELS and examples.shape[1] not in CHANNELS
    if last and examples.dtype == np.uint8:
        return np.ascontiguousarray(np.moveaxis(examples, 3, 1))
    return examples


def _problem(part: str, arrays: dict[str, np.ndarray]) -> str:
    """Say what is wrong with the examples and labels of a part; empty if nothing is."""
    examples, labels = arrays[f"x_{part}"], arrays[f"y_{part}"]
    if examples.dtype not in (np.uint8, np.float32):
        return f"x_{part} has values of type {examples.dtype}: use uint8 or floats"
    if not 2 <= examples.ndim <= 4 or not examples.size:
        return (
            f"x_{part} has the shape {examples.shape}: use [N, L] for signals, [N, H, W] or "
            "[N, C, H, W] for images"
        )
    if not np.isfinite(examples).all():
        return f"x_{part} has values that are not finite in float32"
    if len(labels.shape) != 1 or len(labels) != len(examples):
        return f"y_{part} has the shape {labels.shape}, and x_{part} {len(examples)} examples"
    if labels.dtype.kind not in "iu" or labels.min() < 0:
        least = f" from {labels.min()}" if labels.dtype.kind in "iuf" else ""
        return f"y_{part} must be whole numbers from 0; its values are {labels.dtype}{least}"
    return ""


def _mismatch(arrays: dict[str, np.ndarray]) -> str:
    """Say what is wrong with the parts beside each other; empty if nothing is."""
    train, test = arrays["x_train"], arrays["x_test"]
    if train.shape[1:] != test.shape[1:] or train.dtype != test.dtype:
        return (
            f"an example of x_train has shape {train.shape[1:]} and type {train.dtype}, and one of "
            f"x_test {test.shape[1:]} and {test.dtype}"
        )
    if len(train) - len(train) // 6 < LEAST:
        return (
            f"x_train has {len(train)} examples; without the sixth that validates, "
            f"{LEAST:,} are needed"
        )
    if train.min() == train.max():
        return "all values of x_train are equal"
    present = np.unique(arrays["y_train"])
    most = max(int(present[-1]), int(arrays["y_test"].max()))
    if most == 0:
        return "y_train has one class; two are needed"
    if len(present) <= most:
        missing = next((n for n, label in enumerate(present) if n != label), len(present))
        return f"class {missing} never occurs in y_train; the labels go up to {most}"
    return ""


def _looks(shape: tuple[int, ...]) -> str:
    channels, *size = shape
    if len(size) == 1:
        return f"{size[0]} values"
    kind = {1: "grey pixels", 3: "colour pixels"}.get(channels, f"pixels of {channels} channels")
    return f"{size[0]} × {size[1]} {kind}"
