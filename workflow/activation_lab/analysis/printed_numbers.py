"""Numbers that others have published, as they printed them.

Source, where no other is named: P. Lippe, UvA Deep Learning Tutorials, tutorial 3, "Activation
Functions", in its PyTorch and its JAX edition.
"""

import pandas as pd

from activation_lab.protocol import Settings

_TUTORIAL = Settings()
NETWORK = str(_TUTORIAL.network)

# How the tutorial trains: settings as the table `cells` has them.
PROTOCOL = {
    "dataset": _TUTORIAL.dataset,
    "family": _TUTORIAL.network.family,
    "network": NETWORK,
    "initialisation": _TUTORIAL.initialisation,
    "optimizer": _TUTORIAL.optimizer,
    "learning_rate": _TUTORIAL.learning_rate,
    **_TUTORIAL.others,
}

# Test accuracy in percent, one run each.
TEST_ACCURACY = {
    "PyTorch edition": {
        "sigmoid": 10.00,
        "tanh": 87.59,
        "relu": 88.62,
        "leakyrelu": 88.92,
        "elu": 87.27,
        "swish": 88.73,
    },
    "JAX edition": {
        "sigmoid": 78.46,
        "tanh": 88.57,
        "relu": 88.65,
        "leakyrelu": 88.33,
        "elu": 88.32,
        "swish": 88.33,
    },
}

# Untrained networks of seed 42: ReLU units whose output is 0 on all training images, as the
# PyTorch edition prints them.
DEAD_UNTRAINED = {
    NETWORK: (0, 0, 3, 10),
    "256-256-256-256-256-128-128-128-128-128": (0, 0, 7, 27, 89, 60, 58, 61, 72, 56),
}
# The same counts in the JAX edition, which draws other weights from the same distribution.
DEAD_UNTRAINED_JAX = {
    NETWORK: (0, 0, 3, 7),
    "256-256-256-256-256-128-128-128-128-128": (0, 1, 1, 19, 75, 53, 71, 57, 64, 69),
}
# After training, the network of `NETWORK`.
DEAD_TRAINED = {"PyTorch edition": (0, 0, 0, 3), "JAX edition": (0, 0, 3, 3)}

# Sigmoid's weight gradients, untrained, as powers of ten: "only 1e-5" in the input layer, "up to 0.1"
# in the output layer.
SIGMOID_GRADIENT = (1e-5, 0.1)
GRADIENT_BINS = 30  # of the source's histograms of gradients
SIGMOID_STEEPEST = 0.25

# The greatest values after Swish in the trained network.
SWISH_LARGEST = {"PyTorch edition": 20, "JAX edition": 15}

# "more than 50 layers": from there on gradients vanish or explode.
MANY_LAYERS = 50

# The lecture, of Leaky ReLU with slope 0.01: "Converges much faster than sigmoid/tanh in practice! (e.g.
# 6x)".
TIMES_FASTER = 6

# σ_w² that keeps signals from layer to layer: 2 for ReLU (He et al. 2015), 1 for tanh around 0 (LeCun
# et al. 1998).
WEIGHT_VAR = {"relu": 2.0, "tanh": 1.0}

# Test accuracies of scikit-learn's MLPClassifier on FashionMNIST, by hidden layers: H. Xiao, K. Rasul
# and R. Vollgraf, "Fashion-MNIST: a Novel Image Dataset for Benchmarking Machine Learning Algorithms"
# (2017), table 3. Their benchmark sets the activation and the layers, and nothing else.
MLP_CLASSIFIER = {
    "100": {"relu": 0.871, "tanh": 0.868},
    "100-10": {"relu": 0.870, "tanh": 0.863},
    "10x2": {"relu": 0.850, "tanh": 0.841},
    "10": {"relu": 0.848, "tanh": 0.840},
}
# What of scikit-learn's defaults a setting can say.
MLP_CLASSIFIER_PROTOCOL = {
    "initialisation": "xavier",
    "optimizer": "adam",
    "learning_rate": 0.001,
    "batch_size": 200,
}

# "as much as 40% of your network can be "dead"": Stanford's notes of CS231n.
DEAD_AT_HIGH_RATES = 0.4

# Where Mish's README tests Mish against others: with 3 runs of each, and with 23.
MISH_P_VALUES = {3: {"swish": 0.0023, "gelu": 0.0023}, 23: {"swish": 0.1973, "gelu": 0.4003}}


def is_tutorial(cells: pd.DataFrame) -> bool:
    """Tell whether cells are the tutorial's experiment, so that its numbers may stand beside them."""
    return all(set(cells[column]) == {value} for column, value in PROTOCOL.items())
