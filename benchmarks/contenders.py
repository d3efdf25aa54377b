"""The same training in each framework: one function that prepares it, one that runs an epoch.

Each function takes the data, the sizes of the layers, "sgd" or "adam" and the batch size, and
returns a function that trains one epoch, on the first `n` examples or on all: ReLU layers, softmax
cross-entropy, float32, a new random order in each epoch. Frameworks are imported when prepared.
"""

from __future__ import annotations

from itertools import pairwise

import numpy as np

RATES = {"sgd": 0.05, "adam": 1e-3}


def mlp_fit(x, y, sizes, rule, batch):
    import mlp

    layers = []
    for d_in, d_out in pairwise(sizes):
        layers += [mlp.Dense(d_in, d_out), mlp.ReLU()]
    network = mlp.Sequential(*layers[:-1], rng=0)
    optimizer = {"sgd": mlp.SGD, "adam": mlp.Adam}[rule](RATES[rule])
    loss, rng = mlp.CrossEntropy(), np.random.default_rng(0)
    return lambda n=None: mlp.fit(
        network,
        x[:n],
        y[:n],
        loss=loss,
        optimizer=optimizer,
        epochs=1,
        batch_size=batch,
        rng=rng,
        progress=False,
    )


def matrix_products(x, y, sizes, rule, batch):
    """Return the limit: only the matrix products of forward and backward, nothing else."""
    rng = np.random.default_rng(0)
    widths = list(pairwise(sizes))
    a = [rng.standard_normal((batch, d), dtype=np.float32) for d, _ in widths]
    w = [rng.standard_normal(shape, dtype=np.float32) * 0.01 for shape in widths]
    z = [np.empty((batch, d), np.float32) for _, d in widths]
    grad_a, grad_w = [np.empty_like(v) for v in a], [np.empty_like(v) for v in w]

    def epoch(n=None):
        for _ in range(0, len(x[:n]), batch):
            for i in range(len(w)):
                np.matmul(a[i], w[i], out=z[i])
            for i in reversed(range(len(w))):
                np.matmul(a[i].T, z[i], out=grad_w[i])
                if i:
                    np.matmul(z[i], w[i].T, out=grad_a[i])

    return epoch


def torch_eager(x, y, sizes, rule, batch, fused=False):
    import torch
    from torch import nn

    torch.set_num_threads(1)
    torch.manual_seed(0)
    layers = []
    for d_in, d_out in pairwise(sizes):
        layers += [nn.Linear(d_in, d_out), nn.ReLU()]
    network = nn.Sequential(*layers[:-1])
    kind = {"sgd": torch.optim.SGD, "adam": torch.optim.Adam}[rule]
    optimizer = kind(network.parameters(), lr=RATES[rule], fused=fused or None)
    loss_function = nn.CrossEntropyLoss()
    x, y = torch.from_numpy(x), torch.from_numpy(y)

    def epoch(n=None):
        torch.set_flush_denormal(fused)
        order, total = torch.randperm(len(x[:n])), 0.0
        for rows in order.split(batch):
            loss = loss_function(network(x[rows]), y[rows])
            optimizer.zero_grad()
            loss.backward()
            optimizer.step()
            total += loss.item() * len(rows)
        torch.set_flush_denormal(False)
        return total / len(order)

    return epoch


def torch_fused(x, y, sizes, rule, batch):
    return torch_eager(x, y, sizes, rule, batch, fused=True)


def jax_jit(x, y, sizes, rule, batch):
    import jax
    import jax.numpy as jnp
    import optax

    rng = np.random.default_rng(0)
    parameters = [
        (
            jnp.asarray(rng.uniform(-1, 1, s).astype(np.float32) * (6 / sum(s)) ** 0.5),
            jnp.zeros(s[1]),
        )
        for s in pairwise(sizes)
    ]
    optimizer = {"sgd": optax.sgd, "adam": optax.adam}[rule](RATES[rule])
    state = optimizer.init(parameters)

    def loss_function(parameters, x, y):
        for w, b in parameters[:-1]:
            x = jax.nn.relu(x @ w + b)
        w, b = parameters[-1]
        return optax.softmax_cross_entropy_with_integer_labels(x @ w + b, y).mean()

    # As JAX wants it: the data on its device, and all that a step does in one compiled function.
    images, classes = jnp.asarray(x), jnp.asarray(y.astype(np.int32))

    def step(parameters, state, total, rows, images, classes):
        loss, gradients = jax.value_and_grad(loss_function)(parameters, images[rows], classes[rows])
        updates, state = optimizer.update(gradients, state, parameters)
        return optax.apply_updates(parameters, updates), state, total + loss * len(rows)

    step = jax.jit(step, donate_argnums=(0, 1, 2))

    def epoch(n=None):
        nonlocal parameters, state
        order, total = rng.permutation(len(x[:n])).astype(np.int32), jnp.zeros(())
        for start in range(0, len(order), batch):
            rows = order[start : start + batch]
            parameters, state, total = step(parameters, state, total, rows, images, classes)
        return float(total) / len(order)

    return epoch


def keras_fit(x, y, sizes, rule, batch):
    import os

    os.environ["KERAS_BACKEND"] = "tensorflow"
    import keras
    import tensorflow as tf

    if not tf.config.threading.get_intra_op_parallelism_threads():
        tf.config.threading.set_intra_op_parallelism_threads(1)
        tf.config.threading.set_inter_op_parallelism_threads(1)
    keras.utils.set_random_seed(0)
    hidden = [keras.layers.Dense(size, activation="relu") for size in sizes[1:-1]]
    network = keras.Sequential([keras.Input((sizes[0],)), *hidden, keras.layers.Dense(sizes[-1])])
    kind = {"sgd": keras.optimizers.SGD, "adam": keras.optimizers.Adam}[rule]
    network.compile(kind(RATES[rule]), keras.losses.SparseCategoricalCrossentropy(from_logits=True))
    return lambda n=None: network.fit(x[:n], y[:n], batch_size=batch, epochs=1, verbose=0)


def sklearn_mlp(x, y, sizes, rule, batch):
    from sklearn.neural_network import MLPClassifier

    network = MLPClassifier(
        sizes[1:-1],
        solver=rule,
        learning_rate_init=RATES[rule],
        batch_size=batch,
        alpha=0,
        momentum=0,
        nesterovs_momentum=False,
        random_state=0,
    )
    classes = np.arange(10)
    return lambda n=None: network.partial_fit(x[:n], y[:n], classes=classes)


ALL = {
    "mlp": mlp_fit,
    "matrix products alone": matrix_products,
    "PyTorch eager": torch_eager,
    "PyTorch fused, denormals flushed": torch_fused,
    "JAX jit": jax_jit,
    "Keras (TensorFlow)": keras_fit,
    "scikit-learn": sklearn_mlp,
}
