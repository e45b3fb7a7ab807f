"""CIFAR-10: 60,000 colour pictures of animals and vehicles, in ten classes."""

from __future__ import annotations

from activation_lab.datasets.cifar import Cifar

CIFAR10 = Cifar(
    name="cifar10",
    title="CIFAR-10",
    classes=(
        "airplane",
        "automobile",
        "bird",
        "cat",
        "deer",
        "dog",
        "frog",
        "horse",
        "ship",
        "truck",
    ),
    targets=(0.40, 0.50, 0.60),
    torchvision="CIFAR10",
    batches="cifar-10-batches-py",
    trained_on=tuple(f"data_batch_{number}" for number in range(1, 6)),
    tested_on=("test_batch",),
    meta="batches.meta",
    checksums={
        "data_batch_1": "c99cafc152244af753f735de768cd75f",
        "data_batch_2": "d4bba439e000b95fd0a9bffe97cbabec",
        "data_batch_3": "54ebc095f3ab1f0389bbae665268c751",
        "data_batch_4": "634d18415352ddfa80567beed471001a",
        "data_batch_5": "482c414d41f54cd18b22e5b47cb7c3cb",
        "test_batch": "40351d587109b95175f43aff81a1287e",
        "batches.meta": "5ff9c542aee3614f3951f8cda6e48888",
    },
)
