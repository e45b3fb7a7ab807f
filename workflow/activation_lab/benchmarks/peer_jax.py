"""An epoch of the tutorial's network in JAX: compiled as a whole, in an environment of its own.

`python peer_jax.py DATA LAYERS`: DATA is an .npz with the scaled images and labels of training and
validation, LAYERS the sizes of all layers as JSON. Then each line on standard input, `one` or `five`,
trains one epoch and validates, and is answered with the seconds that this took per network.
"""

import itertools
import json
import os
import sys
import time

os.environ["XLA_FLAGS"] = "--xla_cpu_multi_thread_eigen=false intra_op_parallelism_threads=1"

# These are in the environment of the peers alone.
# pyright: reportMissingImports=false
import jax
import jax.numpy as jnp
import numpy as np
import optax

BATCH, JUDGED = 256, 2_500  # images per step, and per step of the validation
OPTIMIZER = optax.sgd(0.01, momentum=0.9)


def network(layers, key):
    """Return weights and biases as `nn.Linear` draws them."""
    made = []
    for inputs, outputs in itertools.pairwise(layers):
        key, *own = jax.random.split(key, 3)
        bound = inputs**-0.5
        shapes = ((inputs, outputs), (outputs,))
        made.append(
            [
                jax.random.uniform(one, shape, minval=-bound, maxval=bound)
                for one, shape in zip(own, shapes, strict=True)
            ]
        )
    return made


def logits(weights, x):
    """Return the logits [B, classes] of images [B, inputs]."""
    *hidden, (weight, bias) = weights
    for w, b in hidden:
        x = jax.nn.relu(x @ w + b)
    return x @ weight + bias


def losses(weights, x, y):
    """Return the mean loss over a batch, and how many answers are right."""
    found = logits(weights, x)
    loss = optax.softmax_cross_entropy_with_integer_labels(found, y).mean()
    return loss, (found.argmax(-1) == y).sum()


def epoch(data, weights, memory, order):
    """Train on the batches of `order` [steps, B], then validate."""

    def step(carried, rows):
        weights, memory = carried
        x, y = data["training"][rows], data["training_labels"][rows]
        (loss, right), slopes = jax.value_and_grad(losses, has_aux=True)(weights, x, y)
        changes, memory = OPTIMIZER.update(slopes, memory, weights)
        return (optax.apply_updates(weights, changes), memory), (loss, right)

    def judge(carried, batch):
        return carried, losses(weights, *batch)

    (weights, memory), learnt = jax.lax.scan(step, (weights, memory), order)
    batches = (
        data["validation"].reshape(-1, JUDGED, data["validation"].shape[1]),
        data["validation_labels"].reshape(-1, JUDGED),
    )
    _, judged = jax.lax.scan(judge, None, batches)
    return weights, memory, learnt, judged


def alone(data, *of):
    """Train the only network of a leading axis, without the axis."""
    return jax.tree.map(lambda x: x[None], epoch(data, *jax.tree.map(lambda x: x[0], of)))


class Trained:
    """Networks that train together, one epoch after another."""

    def __init__(self, data, layers, networks):
        self.data, self.networks = data, networks
        self.shuffle = np.random.default_rng(0)
        keys = jax.random.split(jax.random.key(0), networks)
        self.weights = jax.vmap(lambda key: network(layers, key))(keys)
        self.memory = jax.vmap(OPTIMIZER.init)(self.weights)
        together = jax.vmap(epoch, in_axes=(None, 0, 0, 0))
        self.epoch = jax.jit(together if networks > 1 else alone, donate_argnums=(1, 2))
        self.seconds()  # compiles

    def seconds(self):
        """Train an epoch; return the seconds per network."""
        images = len(self.data["training"])
        steps = images // BATCH
        orders = [self.shuffle.permutation(images)[: steps * BATCH] for _ in range(self.networks)]
        order = jnp.asarray(np.stack(orders).reshape(self.networks, steps, BATCH))
        started = time.perf_counter()
        self.weights, self.memory, *found = self.epoch(self.data, self.weights, self.memory, order)
        jax.block_until_ready((self.weights, found))
        return (time.perf_counter() - started) / self.networks


def main(path, layers):
    """Answer the lines of standard input."""
    with np.load(path) as arrays:
        data = {name: jnp.asarray(array) for name, array in arrays.items()}
    ways = {name: Trained(data, layers, count) for name, count in (("one", 1), ("five", 5))}
    print(f"JAX {jax.__version__}", flush=True)
    for line in sys.stdin:
        print(ways[line.strip()].seconds(), flush=True)


if __name__ == "__main__":
    main(sys.argv[1], json.loads(sys.argv[2]))
