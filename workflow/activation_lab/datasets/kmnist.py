"""KMNIST: 70,000 grey pictures of ten cursive Japanese characters."""

from __future__ import annotations

from activation_lab.datasets.idx import Idx

KMNIST = Idx(
    name="kmnist",
    title="KMNIST",
    shape=(1, 28, 28),
    classes=("o", "ki", "su", "tsu", "na", "ha", "ma", "ya", "re", "wo"),
    training=50_000,
    validation=10_000,
    test=10_000,
    targets=(0.85, 0.90, 0.95),
    citation="Clanuwat et al. 2018, Deep Learning for Classical Japanese Literature, arXiv:1812.01718",
    torchvision="KMNIST",
    # The files as they are published: torchvision knows the md5 of these.
    checksums={
        "train-images-idx3-ubyte.gz": "bdb82020997e1d708af4cf47b453dcf7",
        "train-labels-idx1-ubyte.gz": "e144d726b3acfaa3e44228e80efcd344",
        "t10k-images-idx3-ubyte.gz": "5c965bf0a639b31b8f53240b1b52f4d7",
        "t10k-labels-idx1-ubyte.gz": "7320c461ea6c1c855c0b718fb2a4b134",
    },
)
