"""What a person calls a cell."""

import pandas as pd
import pytest
from test_config import DEFAULT

from activation_lab.config import cells as grid
from activation_lab.config import read as config
from activation_lab.networks import MLP
from activation_lab.wording import label, labels


def rows(**vary):
    """The rows of the table `cells` of a study that varies these settings."""
    study = {"question": "Which?", "seeds": [1], "vary": vary}
    return grid.rows(config.read(DEFAULT | {"studies": {"one": study}}))


@pytest.mark.parametrize(
    ("hidden", "title"),
    [
        ((512, 256), "hidden layers of 512, 256"),
        ((64, 64, 64), "3 layers of 64"),
        ((64,), "1 layer of 64"),
    ],
)
def test_a_network_says_what_it_is_called(hidden, title):
    assert MLP(hidden=hidden).title == title
    (row,) = rows(network=[list(hidden)])
    assert label(row) == title


def test_a_cell_is_called_by_what_its_study_varies():
    (one,) = rows(dataset=["fashion-mnist"], initialisation=["zero_bias"], learning_rate=[0.01])
    assert label(one) == "FashionMNIST, zero-bias initialisation, learning rate 0.01"
    assert label(one, ["dataset"]) == "FashionMNIST"
    assert label(one, []) == "relu"


def test_a_network_of_any_family_is_called_by_its_title():
    row = {"network": "r8", "network_title": "residual network of 8 blocks", "activation": "relu"}
    cells = pd.DataFrame([{**row, "cell": "one", "varied": ["activation", "network"]}])
    assert labels(cells) == {"one": "relu, residual network of 8 blocks"}
