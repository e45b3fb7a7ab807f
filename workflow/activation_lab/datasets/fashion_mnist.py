"""FashionMNIST: 70,000 grey pictures of clothes, shoes and bags, in ten classes."""

from __future__ import annotations

from activation_lab.datasets.idx import Idx

FASHION_MNIST = Idx(
    name="fashion-mnist",
    title="FashionMNIST",
    shape=(1, 28, 28),
    classes=(
        "T-shirt/top",
        "Trouser",
        "Pullover",
        "Dress",
        "Coat",
        "Sandal",
        "Shirt",
        "Sneaker",
        "Bag",
        "Ankle boot",
    ),
    training=50_000,
    validation=10_000,
    test=10_000,
    targets=(0.80, 0.85, 0.88),
    citation="Xiao, Rasul & Vollgraf 2017, Fashion-MNIST, arXiv:1708.07747",
    torchvision="FashionMNIST",
    debian="dataset-fashion-mnist",
    checksums={
        "train-images-idx3-ubyte": "c59f468a2f672dc815687fe0f83887768d799fd8a3f3276145d20f83aa44d888",
        "train-labels-idx1-ubyte": "bad3541b69d912435c50bb6ba87bec294ff4f6a2e1246121d8633921760443d9",
        "t10k-images-idx3-ubyte": "5b4141f0afbad91edebe8549f8fcffe087ea10ca49f1dbef5c9a5cd8815ce37b",
        "t10k-labels-idx1-ubyte": "0402a96d92fd2663957122ceb108a494c5af83dab82d92729df917d7dec38c34",
    },
)
