"""Numbers that others have published, as they printed them.

Source: P. Lippe, UvA Deep Learning Tutorials, tutorial 3, "Activation Functions", in its PyTorch and
its JAX edition.
"""

import pandas as pd

NETWORK = "512-256-256-128"

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

# Untrained networks of seed 42: ReLU units whose output is 0 on all 50,000 training images.
DEAD_UNTRAINED = {
    "512-256-256-128": (0, 0, 3, 10),
    "256-256-256-256-256-128-128-128-128-128": (0, 0, 7, 27, 89, 60, 58, 61, 72, 56),
}


def is_tutorial(runs: pd.DataFrame) -> bool:
    """Tell whether runs are the tutorial's experiment, so that its numbers may stand beside them."""
    protocol = {
        **{"study": "tutorial", "network": NETWORK, "initialisation": "default"},
        **{"optimizer": "sgd", "learning_rate": 0.01},
    }
    return all(set(runs[column]) == {value} for column, value in protocol.items())
