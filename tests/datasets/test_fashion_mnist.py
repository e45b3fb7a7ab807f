import torch

from activation_lab.datasets.fashion_mnist import FASHION_MNIST


def test_its_values_are_those_of_its_files(raw, parts):
    sizes = [FASHION_MNIST.training, FASHION_MNIST.validation, FASHION_MNIST.test]
    assert [len(part) for part in parts.values()] == sizes == [50_000, 10_000, 10_000]
    images, labels = FASHION_MNIST.examples(raw)
    assert images.shape == (60_000, *FASHION_MNIST.shape)
    assert set(labels.tolist()) == set(range(len(FASHION_MNIST.classes)))


def test_its_classes_are_torchvisions():
    from torchvision.datasets import FashionMNIST

    assert list(FASHION_MNIST.classes) == FashionMNIST.classes


def test_the_split_is_the_tutorials():
    torch.manual_seed(42)
    training, validation = torch.utils.data.random_split(range(60_000), [50_000, 10_000])
    ours = FASHION_MNIST.split()
    assert ours[0].tolist() == list(training.indices)
    assert ours[1].tolist() == list(validation.indices)


def test_pixels_are_scaled_as_the_tutorial_does(raw, parts):
    from torchvision import transforms
    from torchvision.datasets import FashionMNIST

    scale = transforms.Compose([transforms.ToTensor(), transforms.Normalize((0.5,), (0.5,))])
    theirs = FashionMNIST(raw.parents[1], transform=scale, download=False)
    images, labels = parts["training"].batch(slice(0, 16))
    for row, index in enumerate(FASHION_MNIST.split()[0][:16].tolist()):
        image, label = theirs[index]
        assert torch.equal(image.flatten(), images[row])
        assert label == labels[row]
