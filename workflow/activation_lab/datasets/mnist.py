"""MNIST: 70,000 grey pictures of handwritten digits."""

from __future__ import annotations

from activation_lab.datasets.idx import Idx

MNIST = Idx(
    name="mnist",
    title="MNIST",
    shape=(1, 28, 28),
    classes=tuple("0123456789"),
    training=50_000,
    validation=10_000,
    test=10_000,
    targets=(0.95, 0.97, 0.98),
    citation="LeCun, Bottou, Bengio & Haffner 1998, Proceedings of the IEEE 86(11)",
    torchvision="MNIST",
    # The files as they are published: torchvision knows the md5 of these.
    checksums={
        "train-images-idx3-ubyte.gz": "f68b3c2dcbeaaa9fbdd348bbdeb94873",
        "train-labels-idx1-ubyte.gz": "d53e105ee54ea40749a09fcbcd1e9432",
        "t10k-images-idx3-ubyte.gz": "9fb629c4189551a2d022fa330f9573f3",
        "t10k-labels-idx1-ubyte.gz": "ec29112dd5afa0611ce80d1b7f02629c",
    },
)
