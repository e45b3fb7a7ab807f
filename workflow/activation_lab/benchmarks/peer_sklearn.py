"""An epoch of the tutorial's network by scikit-learn's MLPClassifier, in an environment of its own.

It is started and asked as `peer_jax.py`; the only question is `one`.
"""

import json
import sys
import time
import warnings

# These are in the environment of the peers alone.
# pyright: reportMissingImports=false
import numpy as np
import sklearn
from sklearn.exceptions import ConvergenceWarning
from sklearn.neural_network import MLPClassifier

warnings.simplefilter("ignore", ConvergenceWarning)  # after each epoch it says that it was only one


def main(path, layers):
    """Answer the lines of standard input."""
    with np.load(path) as arrays:
        data = dict(arrays)
    classifier = MLPClassifier(
        tuple(layers[1:-1]),
        solver="sgd",
        alpha=0,
        batch_size=256,
        learning_rate_init=0.01,
        momentum=0.9,
        nesterovs_momentum=False,
        max_iter=1,
        warm_start=True,
        random_state=0,
    )
    print(f"scikit-learn {sklearn.__version__}", flush=True)
    for _ in sys.stdin:
        started = time.perf_counter()
        classifier.fit(data["training"], data["training_labels"])
        classifier.score(data["validation"], data["validation_labels"])
        print(time.perf_counter() - started, flush=True)


if __name__ == "__main__":
    main(sys.argv[1], json.loads(sys.argv[2]))
